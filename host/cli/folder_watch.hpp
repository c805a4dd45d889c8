// Tells that something in some folders changed, or one of some files: inotify(7), for the one thread that has it.
//
// A file is watched through its folder, since editors put a new one in its place; what else is in that folder does not
// count.
//
// A folder that is not there, or goes away, is looked for at each changed(), and counts as changed when it is there.
// Where the kernel gives no watch, nothing ever changes.
#pragma once

#include "plugin/sealed_file.hpp"

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace patchbay::cli {

class FolderWatch {
 public:
  explicit FolderWatch(const std::vector<std::filesystem::path>& folders,
                       const std::vector<std::filesystem::path>& files = {});

  // Readable when something happened.
  [[nodiscard]] int descriptor() const { return events_.number(); }
  // Whether something was written, came or went since the last call.
  [[nodiscard]] bool changed();

 private:
  struct Watched {
    int number = -1;              // of its watch; below zero where there is none
    bool counts_whole = false;    // whatever happens in it
    std::set<std::string> files;  // that count
  };

  [[nodiscard]] bool begin(const std::filesystem::path& folder, Watched& watched) const;

  plugin::Descriptor events_;
  std::map<std::filesystem::path, Watched> folders_;
};

}  // namespace patchbay::cli
