// A file of records that several processes map at once. The file belongs to whoever names it; each makes it where it is
// not there, as zeros. Records are atomics, or the processes agree on who writes when. Throws where it cannot be
// mapped.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string>

namespace patchbay::bench {

template <class Record>
class Mapped {
 public:
  Mapped(const std::string& file, std::size_t count) : bytes_(count * sizeof(Record)) {
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0 || ::ftruncate(descriptor, static_cast<off_t>(bytes_)) != 0)
      throw std::runtime_error("opening " + file + ": " + std::strerror(errno));
    address_ = ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (address_ == MAP_FAILED) throw std::runtime_error("mapping " + file + ": " + std::strerror(errno));
    ::close(descriptor);
    records_ = {static_cast<Record*>(address_), count};
  }
  ~Mapped() { ::munmap(address_, bytes_); }
  Mapped(const Mapped&) = delete;
  Mapped& operator=(const Mapped&) = delete;

  [[nodiscard]] std::span<Record> records() const { return records_; }

 private:
  std::size_t bytes_;
  void* address_ = nullptr;
  std::span<Record> records_;
};

}  // namespace patchbay::bench
