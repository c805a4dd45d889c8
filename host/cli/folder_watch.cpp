#include "cli/folder_watch.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cstring>

namespace patchbay::cli {
namespace {

constexpr std::uint32_t what_matters = IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_ATTRIB | IN_ONLYDIR;

}  // namespace

FolderWatch::FolderWatch(const std::vector<std::filesystem::path>& folders)
    : events_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
  for (const std::filesystem::path& folder : folders)
    folders_[folder] = ::inotify_add_watch(events_.number(), folder.c_str(), what_matters);
}

bool FolderWatch::changed() {
  bool is_changed = false;
  alignas(inotify_event) std::array<char, 4096> part{};
  for (ssize_t length = 0; (length = ::read(events_.number(), part.data(), part.size())) > 0;)
    for (std::size_t at = 0; at < static_cast<std::size_t>(length);) {
      inotify_event event{};
      std::memcpy(&event, part.data() + at, sizeof event);
      at += sizeof event + event.len;
      is_changed = true;
      if ((event.mask & IN_IGNORED) == 0) continue;
      for (auto& [folder, watch] : folders_)
        if (watch == event.wd) watch = -1;
    }
  for (auto& [folder, watch] : folders_) {
    if (watch >= 0) continue;
    watch = ::inotify_add_watch(events_.number(), folder.c_str(), what_matters);
    is_changed = is_changed || watch >= 0;
  }
  return is_changed;
}

}  // namespace patchbay::cli
