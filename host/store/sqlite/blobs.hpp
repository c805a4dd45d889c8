// Large content as files named by their SHA-256: `blobs/ab/abcdef...`.
//
// put() returns when the file and its folder entry are on the disk, so that a commit that refers to it can follow. The
// same content is one file. Content whose commit never came stays behind: nothing refers to it, and the next try with
// the same content takes it up. One thread writes (the committer); any number read.
#pragma once

#include "base/digest.hpp"
#include "base/result.hpp"
#include "store/sqlite/files.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace patchbay::store::sqlite {

inline constexpr std::size_t largest_inline = std::size_t{64} * 1024;

class Blobs {
 public:
  // `files` outlives it.
  explicit Blobs(std::filesystem::path folder, Files& files = system_files())
      : folder_(std::move(folder)), files_(&files) {}

  [[nodiscard]] Result<Digest32> put(std::string_view bytes);
  [[nodiscard]] Result<std::string> get(const Digest32& sha256) const;  // `corrupt` when missing or another's

  [[nodiscard]] std::filesystem::path path_of(const Digest32& sha256) const;

 private:
  std::filesystem::path folder_;
  Files* files_;
};

}  // namespace patchbay::store::sqlite
