// A journal that only grows, also over the death of its writer: lines gather in memory and are durable when sync()
// returns. One thread. Throws where the disk refuses.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>

namespace patchbay::faults {

class AppendJournal {
 public:
  explicit AppendJournal(const std::string& file)
      : file_(file), descriptor_(::open(file.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) {
    if (descriptor_ < 0) refuse("opening");
    cut_off_unfinished();
  }
  ~AppendJournal() { ::close(descriptor_); }
  AppendJournal(const AppendJournal&) = delete;
  AppendJournal& operator=(const AppendJournal&) = delete;

  void add(std::string_view line) { lines_.append(line).append("\n"); }

  void sync() {
    if (lines_.empty()) return;
    const ssize_t written = ::write(descriptor_, lines_.data(), lines_.size());
    if (written != static_cast<ssize_t>(lines_.size()) || ::fdatasync(descriptor_) != 0) refuse("writing");
    lines_.clear();
  }

 private:
  // A writer that was killed may have left the start of a line.
  void cut_off_unfinished() {
    off_t end = ::lseek(descriptor_, 0, SEEK_END);
    for (char last = 0; end > 0 && ::pread(descriptor_, &last, 1, end - 1) == 1 && last != '\n';) --end;
    if (::ftruncate(descriptor_, end) != 0) refuse("cutting");
  }

  [[noreturn]] void refuse(const std::string& doing) const {
    throw std::runtime_error(doing + " " + file_ + ": " + std::strerror(errno));
  }

  std::string file_;
  int descriptor_;
  std::string lines_;
};

}  // namespace patchbay::faults
