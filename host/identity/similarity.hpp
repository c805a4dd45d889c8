// How alike two short texts are. Pure. Any thread. Integers only, so that every machine answers the same.
#pragma once

#include <cstdint>
#include <string_view>

namespace patchbay::identity {

// The least number of insertions, deletions, replacements and swaps of neighbours (optimal string alignment) that turn
// one into the other, or `at_most + 1` when it takes more. Texts of more than 120 bytes are never alike.
[[nodiscard]] std::uint32_t edits(std::string_view left, std::string_view right, std::uint32_t at_most);

// Winkler's measure (1990) with a prefix of four, in thousandths, cut. Only the first 63 bytes count. May be 0 where it
// is less than `at_least`, which is mostly seen from the letters alone.
[[nodiscard]] std::uint32_t likeness(std::string_view left, std::string_view right, std::uint32_t at_least = 0);

}  // namespace patchbay::identity
