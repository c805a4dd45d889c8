// A folder of its own for a test, and what stands in it.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace patchbay::file {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string path = (std::filesystem::temp_directory_path() / "patchbay-file-XXXXXX").string();
    EXPECT_NE(::mkdtemp(path.data()), nullptr);
    path_ = path;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }

  [[nodiscard]] std::string path() const { return path_; }
  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }

  // Finished files, as an importer sees them, in their order; or all others.
  [[nodiscard]] std::vector<std::string> finished() const {
    return names([](const std::string& name) { return !name.starts_with('.'); });
  }
  [[nodiscard]] std::vector<std::string> hidden() const {
    return names([](const std::string& name) { return name.starts_with('.'); });
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ifstream file(path_ + "/" + name, std::ios::binary);
    std::ostringstream content;
    content << file.rdbuf();
    return content.str();
  }
  void write(const std::string& name, const std::string& content) const {
    std::ofstream(path_ + "/" + name, std::ios::binary | std::ios::trunc) << content;
  }
  [[nodiscard]] std::string all_finished() const {
    std::string all;
    for (const std::string& name : finished()) all += read(name);
    return all;
  }

 private:
  template <class Wanted>
  [[nodiscard]] std::vector<std::string> names(Wanted wanted) const {
    std::set<std::string> sorted;
    for (const auto& entry : std::filesystem::directory_iterator(path_))
      if (const std::string name = entry.path().filename().string(); wanted(name)) sorted.insert(name);
    return {sorted.begin(), sorted.end()};
  }

  std::string path_;
};

}  // namespace patchbay::file
