// The store's folder: made for its owner alone, held by one gateway at a time, on a disk of this machine.
//
// Any thread. Failures carry the folder and a remedy: `conflict` when another process holds it, `invalid` when it is on
// a network file system, `unavailable` for the rest.
#pragma once

#include "base/result.hpp"

#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>

namespace patchbay::store::sqlite {

// The name of the network or user-space file system behind statfs' f_type; nothing for a local one.
[[nodiscard]] std::optional<std::string_view> remote_file_system(std::uint64_t type);

[[nodiscard]] Status refuse_remote(const std::filesystem::path& folder);
[[nodiscard]] Status make_folder(const std::filesystem::path& folder);  // 0700, with its parents
[[nodiscard]] Status make_file(const std::filesystem::path& file);      // empty, 0600; leaves an existing one alone

// The advisory lock on `folder`/lock, held until this ends.
class FolderLock {
 public:
  [[nodiscard]] static Result<FolderLock> take(const std::filesystem::path& folder);
  FolderLock(FolderLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FolderLock& operator=(FolderLock&&) = delete;
  ~FolderLock();

 private:
  explicit FolderLock(int descriptor) noexcept : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace patchbay::store::sqlite
