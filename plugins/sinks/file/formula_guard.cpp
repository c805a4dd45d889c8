#include "formula_guard.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace patchbay::file {
namespace {

constexpr std::string_view separators = ",;|\t\r\n";
constexpr std::string_view line_starts = "\t\r\n";

struct Character {
  char32_t point;
  std::size_t length;
};

// The text is valid UTF-8, so its first byte says how long a character is.
Character first_of(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[at])); };
  const std::uint32_t lead = byte(0);
  const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (length == 1 || length > text.size()) return {static_cast<char32_t>(lead), 1};
  std::uint32_t point = lead & (0xFFU >> (length + 1));
  for (std::size_t at = 1; at < length; ++at) point = (point << 6U) | (byte(at) & 0x3FU);
  return {static_cast<char32_t>(point), length};
}

bool begins_formula(char32_t c) {
  // ASCII, the small forms and the full-width forms.
  static constexpr std::array<char32_t, 12> all{U'=',      U'+',      U'-',      U'@',      U'\uFE66', U'\uFE62',
                                                U'\uFE63', U'\uFE6B', U'\uFF1D', U'\uFF0B', U'\uFF0D', U'\uFF20'};
  return std::ranges::find(all, c) != all.end();
}

// Quotes, white space, control characters and what has no width: a program may drop them before it looks.
bool is_passed_over(char32_t c) {
  static constexpr std::array<std::pair<char32_t, char32_t>, 14> ranges{{{0x01, 0x20},
                                                                         {U'"', U'"'},
                                                                         {U'\'', U'\''},
                                                                         {0x7F, 0xA0},
                                                                         {0xAD, 0xAD},
                                                                         {0x1680, 0x1680},
                                                                         {0x180E, 0x180E},
                                                                         {0x2000, 0x200F},
                                                                         {0x2028, 0x202F},
                                                                         {0x205F, 0x206F},
                                                                         {0x3000, 0x3000},
                                                                         {0xFE00, 0xFE0F},
                                                                         {0xFEFF, 0xFEFF},
                                                                         {0xFFFD, 0xFFFD}}};
  return std::ranges::any_of(ranges, [c](const auto& range) { return c >= range.first && c <= range.second; });
}

bool could_be_formula(std::string_view part) {
  while (!part.empty()) {
    const Character next = first_of(part);
    if (begins_formula(next.point)) return true;
    if (!is_passed_over(next.point)) return false;
    part.remove_prefix(next.length);
  }
  return false;
}

// An apostrophe that was there already does not hide the character behind it, or undoing would take a wrong one away.
bool begins_line(std::string_view text) {
  const std::size_t at = text.find_first_not_of('\'');
  return at != std::string_view::npos && line_starts.find(text[at]) != std::string_view::npos;
}

std::string without_zeros(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  for (const char c : text) {
    if (c == '\0')
      clean += "\uFFFD";
    else
      clean += c;
  }
  return clean;
}

}  // namespace

std::string guarded(std::string_view given) {
  const std::string text = without_zeros(given);
  std::string_view rest = text;
  std::string safe;
  safe.reserve(text.size() + 2);
  for (;;) {
    const std::size_t end = rest.find_first_of(separators);
    const std::string_view part = rest.substr(0, end);
    if (could_be_formula(part)) safe += '\'';
    safe += part;
    if (end == std::string_view::npos) break;
    safe += rest[end];
    rest.remove_prefix(end + 1);
  }
  if (begins_line(safe)) safe.insert(safe.begin(), '\'');
  return safe;
}

}  // namespace patchbay::file
