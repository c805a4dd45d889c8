// Large content as files named by their SHA-256: `blobs/ab/abcdef...`.
//
// put() returns when the file and its folder entry are on the disk, so that a commit that refers to it can follow. The
// same content is one file. Content whose commit never came stays behind: nothing refers to it, and the next try with
// the same content takes it up. One thread writes (the committer); any number read.
#pragma once

#include "base/digest.hpp"
#include "base/result.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace patchbay::store::sqlite {

inline constexpr std::size_t largest_inline = std::size_t{64} * 1024;

class Blobs {
 public:
  explicit Blobs(std::filesystem::path folder) : folder_(std::move(folder)) {}

  [[nodiscard]] Result<Digest32> put(std::string_view bytes);
  [[nodiscard]] Result<std::string> get(const Digest32& sha256) const;  // `corrupt` when missing or another's

 private:
  [[nodiscard]] std::filesystem::path path_of(const Digest32& sha256) const;

  std::filesystem::path folder_;
};

}  // namespace patchbay::store::sqlite
