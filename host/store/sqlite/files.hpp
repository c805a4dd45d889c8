// The file calls behind what the store keeps beside its database (large content, backups), so that a test can put a
// disk in their place that fails, or loses power.
//
// system_files() are the kernel's. Any thread. The calls answer as the system calls of the same purpose do, errno
// included; the functions below them make Errors of that, `unavailable` with the path and a remedy.
#pragma once

#include "base/digest.hpp"
#include "base/result.hpp"

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>

namespace patchbay::store::sqlite {

class Files {
 public:
  virtual ~Files() = default;
  virtual int make(const char* path) = 0;  // opens it to write, empty and 0600
  virtual ssize_t write(int descriptor, const char* bytes, std::size_t size) = 0;
  virtual int sync(int descriptor) = 0;
  virtual int close(int descriptor) = 0;
  virtual int rename(const char* from, const char* to) = 0;
  virtual int unlink(const char* path) = 0;
  virtual int make_folder(const char* path) = 0;  // 0700
  virtual int sync_folder(const char* path) = 0;  // its entries
};

[[nodiscard]] Files& system_files();

class Descriptor {
 public:
  explicit Descriptor(int number) noexcept : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor();
  [[nodiscard]] int number() const noexcept { return number_; }

 private:
  int number_;
};

[[nodiscard]] tl::unexpected<Error> system_failure(std::string_view doing, const std::filesystem::path& path,
                                                   int error);
// Written beside its place, synced and renamed: it is there whole or not at all. Its folder is not synced.
[[nodiscard]] Status write_file(Files& files, const std::filesystem::path& path, std::string_view bytes);
[[nodiscard]] Status sync_folder(Files& files, const std::filesystem::path& folder);
// Makes the folder, 0700, in one that exists; leaves an existing one alone.
[[nodiscard]] Status make_folder_in(Files& files, const std::filesystem::path& folder);
// The whole of a small file.
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& path);
// Its SHA-256, read piece by piece; `each` is told how many bytes a piece had.
[[nodiscard]] Result<Digest32> digest_file(const std::filesystem::path& path,
                                           const std::function<void(std::uint64_t)>& each);
// Copies, syncs the copy (not its folder), and gives the SHA-256 of what was copied.
[[nodiscard]] Result<Digest32> copy_file(Files& files, const std::filesystem::path& from,
                                         const std::filesystem::path& to,
                                         const std::function<void(std::uint64_t)>& each);

}  // namespace patchbay::store::sqlite
