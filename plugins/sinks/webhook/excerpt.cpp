#include "excerpt.hpp"

#include <cstddef>
#include <cstdint>

namespace patchbay::webhook {
namespace {

constexpr std::size_t longest = 200;

struct Character {
  std::size_t length;  // in bytes
  char32_t code;
  bool valid;
};

// The character at the front, as RFC 3629 allows it: no overlong forms, no surrogates, nothing beyond U+10FFFF.
Character first_of(std::string_view text) {
  const auto byte = [&](std::size_t index) { return static_cast<std::uint8_t>(text[index]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return {1, lead, true};
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return {1, 0, false};
  char32_t code = lead & (0x7fU >> length);
  for (std::size_t index = 1; index < length; ++index) {
    if ((byte(index) & 0xc0) != 0x80) return {1, 0, false};
    code = (code << 6) | (byte(index) & 0x3fU);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  if (overlong || surrogate || code > 0x10ffff) return {1, 0, false};
  return {length, code, true};
}

// What a terminal might obey, too: C1 controls, and the marks that turn the direction of writing.
bool is_blank(char32_t code) {
  return code <= 0x20 || (code >= 0x7f && code <= 0xa0) || (code >= 0x200b && code <= 0x200f) ||
         (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) || code == 0xfeff;
}

}  // namespace

std::string excerpt(std::string_view text) {
  std::string kept;
  std::size_t characters = 0;
  bool blank_before = false;
  while (!text.empty()) {
    const Character character = first_of(text);
    const std::string_view bytes = text.substr(0, character.length);
    text.remove_prefix(character.length);
    if (character.valid && is_blank(character.code)) {
      blank_before = !kept.empty();
      continue;
    }
    if (characters + (blank_before ? 1 : 0) >= longest) return kept + "…";
    if (blank_before) {
      kept += ' ';
      ++characters;
      blank_before = false;
    }
    kept += character.valid ? bytes : "?";
    ++characters;
  }
  return kept;
}

std::string escape_pointer(std::string_view token) {
  std::string escaped;
  for (const char c : token) {
    if (c == '~')
      escaped += "~0";
    else if (c == '/')
      escaped += "~1";
    else
      escaped += c;
  }
  return escaped;
}

}  // namespace patchbay::webhook
