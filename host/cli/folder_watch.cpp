#include "cli/folder_watch.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cstring>

namespace patchbay::cli {
namespace {

constexpr std::uint32_t what_matters = IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_ATTRIB | IN_ONLYDIR;

}  // namespace

FolderWatch::FolderWatch(const std::vector<std::filesystem::path>& folders,
                         const std::vector<std::filesystem::path>& files)
    : events_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
  for (const std::filesystem::path& folder : folders) folders_[folder].counts_whole = true;
  for (const std::filesystem::path& file : files) folders_[file.parent_path()].files.insert(file.filename());
  for (auto& [folder, watched] : folders_) static_cast<void>(begin(folder, watched));
}

bool FolderWatch::begin(const std::filesystem::path& folder, Watched& watched) const {
  watched.number = ::inotify_add_watch(events_.number(), folder.c_str(), what_matters);
  return watched.number >= 0;
}

bool FolderWatch::changed() {
  bool is_changed = false;
  alignas(inotify_event) std::array<char, 4096> part{};
  for (ssize_t length = 0; (length = ::read(events_.number(), part.data(), part.size())) > 0;)
    for (std::size_t at = 0; at < static_cast<std::size_t>(length);) {
      inotify_event event{};
      std::memcpy(&event, part.data() + at, sizeof event);
      // Filled up with zero bytes.
      const std::string name = event.len != 0 ? part.data() + at + sizeof event : "";
      at += sizeof event + event.len;
      for (auto& [folder, watched] : folders_) {
        if (watched.number != event.wd) continue;
        if (watched.counts_whole || watched.files.contains(name)) is_changed = true;
        if ((event.mask & IN_IGNORED) != 0) watched.number = -1;
      }
    }
  for (auto& [folder, watched] : folders_)
    if (watched.number < 0 && begin(folder, watched)) is_changed = true;
  return is_changed;
}

}  // namespace patchbay::cli
