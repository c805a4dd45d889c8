// SHA-256 and what is made of it: dedupe keys, content digests, file names. Pure. Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace patchbay {

using Digest16 = std::array<std::uint8_t, 16>;  // the first half of a SHA-256: enough to tell apart, half the index
using Digest32 = std::array<std::uint8_t, 32>;

[[nodiscard]] Digest32 sha256(std::string_view bytes);

// A digest of several parts, each with its length, so that ("ab","c") and ("a","bc") differ.
[[nodiscard]] Digest16 digest_of(std::initializer_list<std::string_view> parts);

[[nodiscard]] std::string hex(std::string_view bytes);
template <std::size_t N>
[[nodiscard]] std::string_view bytes_of(const std::array<std::uint8_t, N>& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace patchbay
