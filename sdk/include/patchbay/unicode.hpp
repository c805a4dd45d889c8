// Unicode in UTF-8, one code point at a time. What is no UTF-8 is read as U+FFFD and never thrown at. Pure; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace patchbay {

inline constexpr char32_t replacement_character = 0xFFFD;

// The code point that begins at `at`, which moves behind it; U+FFFD for what is none.
[[nodiscard]] inline char32_t next_point(std::string_view text, std::size_t& at) noexcept {
  const auto first = static_cast<unsigned char>(text[at++]);
  if (first < 0x80) return first;
  if (first < 0xC2 || first > 0xF4) return replacement_character;
  const unsigned more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
  char32_t point = first & (0x3FU >> more);
  for (unsigned i = 0; i < more; ++i) {
    if (at >= text.size() || (static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U) return replacement_character;
    point = (point << 6U) | (static_cast<unsigned char>(text[at++]) & 0x3FU);
  }
  constexpr std::array<char32_t, 4> least{0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = point >= 0xD800 && point <= 0xDFFF;
  return point < least[more] || point > 0x10FFFF || is_surrogate ? replacement_character : point;
}

inline void append_utf8(std::string& to, char32_t point) {
  const auto tail = [&](unsigned shift) { to += static_cast<char>(0x80U | ((point >> shift) & 0x3FU)); };
  if (point < 0x80) {
    to += static_cast<char>(point);
  } else if (point < 0x800) {
    to += static_cast<char>(0xC0U | (point >> 6U));
    tail(0);
  } else if (point < 0x10000) {
    to += static_cast<char>(0xE0U | (point >> 12U));
    tail(6);
    tail(0);
  } else {
    to += static_cast<char>(0xF0U | (point >> 18U));
    tail(12);
    tail(6);
    tail(0);
  }
}

}  // namespace patchbay
