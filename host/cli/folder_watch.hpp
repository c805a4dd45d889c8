// Tells that something in some folders changed: inotify(7), for the one thread that has it.
//
// A folder that is not there, or goes away, is looked for at each changed(), and counts as changed when it is there.
// Where the kernel gives no watch, nothing ever changes.
#pragma once

#include "plugin/sealed_file.hpp"

#include <filesystem>
#include <map>
#include <vector>

namespace patchbay::cli {

class FolderWatch {
 public:
  explicit FolderWatch(const std::vector<std::filesystem::path>& folders);

  // Readable when something happened.
  [[nodiscard]] int descriptor() const { return events_.number(); }
  // Whether something was written, came or went since the last call.
  [[nodiscard]] bool changed();

 private:
  plugin::Descriptor events_;
  std::map<std::filesystem::path, int> folders_;  // with the number of its watch; below zero where there is none
};

}  // namespace patchbay::cli
