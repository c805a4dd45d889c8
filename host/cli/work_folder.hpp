// A folder of a command's own below the one for temporary files, gone with it. A plain owner; any thread.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

namespace patchbay::cli {

class WorkFolder {
 public:
  // "patchbay-NAME-" and something random; path() is empty where none can be made.
  explicit WorkFolder(std::string_view name) {
    std::error_code error;
    const std::filesystem::path all = std::filesystem::temp_directory_path(error);
    if (error) return;
    path_ = (all / ("patchbay-" + std::string(name) + "-XXXXXX")).string();
    if (::mkdtemp(path_.data()) == nullptr) path_.clear();
  }
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  ~WorkFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace patchbay::cli
