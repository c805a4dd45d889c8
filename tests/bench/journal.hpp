// When each message was posted and when it came out: a file that the load generator and the receiver both map.
//
// The load generator writes `posted`, the receiver `delivered`, each once for a message, on CLOCK_MONOTONIC in
// nanoseconds; 0 = not yet. The file belongs to whoever names it; both make it where it is not there. Throws where the
// file cannot be mapped.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string>

namespace patchbay::bench {

struct Times {
  std::atomic<std::int64_t> posted{0};
  std::atomic<std::int64_t> delivered{0};
};
static_assert(std::atomic<std::int64_t>::is_always_lock_free);

class Journal {
 public:
  Journal(const std::string& file, std::size_t messages) : bytes_(messages * sizeof(Times)) {
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0 || ::ftruncate(descriptor, static_cast<off_t>(bytes_)) != 0)
      throw std::runtime_error("opening the journal " + file + ": " + std::strerror(errno));
    address_ = ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (address_ == MAP_FAILED) throw std::runtime_error("mapping the journal " + file + ": " + std::strerror(errno));
    ::close(descriptor);
    times_ = {static_cast<Times*>(address_), messages};
  }
  ~Journal() { ::munmap(address_, bytes_); }
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  [[nodiscard]] std::span<Times> times() const { return times_; }

 private:
  std::size_t bytes_;
  void* address_ = nullptr;
  std::span<Times> times_;
};

}  // namespace patchbay::bench
