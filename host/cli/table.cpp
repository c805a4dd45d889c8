#include "cli/table.hpp"

#include <algorithm>
#include <span>

namespace patchbay::cli {
namespace {

constexpr std::size_t widest_cell = 60;

// A character as it stands in UTF-8; text from the host is valid, and what is not is taken byte by byte.
struct Character {
  char32_t code = 0;
  std::size_t bytes = 1;
};

Character character_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  const std::size_t length = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (first < 0x80 || length == 1 || at + length > text.size()) return {first, 1};
  char32_t code = first & (0x7FU >> length);
  for (std::size_t i = at + 1; i < at + length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return {first, 1};
    code = (code << 6U) | (byte(i) & 0x3FU);
  }
  return {code, length};
}

// C0, DEL and C1 (ECMA-48; stray bytes count among these): line breaks and escape sequences out of a stranger's
// message.
bool is_control(Character character) {
  return character.code < 0x20 || (character.code >= 0x7F && character.code < 0xA0) ||
         (character.code >= 0x80 && character.bytes == 1);
}

// What turns the direction of the text around it (UAX #9): with it a stranger makes "gnp.exe" look like "exe.png".
// Line and paragraph separators and the tags that no terminal shows go with it.
bool is_invisible(char32_t code) {
  return code == 0x061C || code == 0x200E || code == 0x200F || (code >= 0x2028 && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069) || code == 0xFEFF || (code >= 0xE0000 && code <= 0xE007F);
}

struct Range {
  char32_t first, last;
};

// The large blocks of what UAX #11 calls wide, and of marks that stand on the letter before them: enough to keep
// columns straight, where Unicode's whole tables would ask for a library.
constexpr Range wide[] = {{0x1100, 0x115F},   {0x2E80, 0x303E},   {0x3041, 0x33FF},   {0x3400, 0x4DBF},
                          {0x4E00, 0x9FFF},   {0xA000, 0xA4CF},   {0xA960, 0xA97F},   {0xAC00, 0xD7A3},
                          {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF01, 0xFF60},   {0xFFE0, 0xFFE6},
                          {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};
constexpr Range without_width[] = {{0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x064B, 0x065F},
                                   {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x200B, 0x200D}, {0x20D0, 0x20FF},
                                   {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}};

bool is_in(std::span<const Range> ranges, char32_t code) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [code](const Range& range) { return code >= range.first && code <= range.last; });
}

// How many columns a terminal gives it.
std::size_t columns_of(char32_t code) {
  if (is_invisible(code) || is_in(without_width, code)) return 0;
  return is_in(wide, code) ? 2 : 1;
}

void append_harmless(std::string& to, Character character, std::string_view bytes) {
  if (is_invisible(character.code)) return;
  to.append(is_control(character) ? std::string_view(" ") : bytes);
}

std::size_t columns_in(std::string_view text) {
  std::size_t columns = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Character character = character_at(text, at);
    columns += columns_of(character.code);
    at += character.bytes;
  }
  return columns;
}

}  // namespace

std::string one_line(std::string_view text, std::size_t longest) {
  std::string line;
  std::size_t columns = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Character character = character_at(text, at);
    columns += is_control(character) ? 1 : columns_of(character.code);
    if (columns > longest) return line + "…";
    append_harmless(line, character, text.substr(at, character.bytes));
    at += character.bytes;
  }
  return line;
}

std::string whole_text(std::string_view text) {
  std::string lines;
  for (std::size_t at = 0; at < text.size();) {
    const Character character = character_at(text, at);
    if (character.code == '\n' || character.code == '\t')
      lines.append(1, text[at]);
    else
      append_harmless(lines, character, text.substr(at, character.bytes));
    at += character.bytes;
  }
  return lines;
}

void Table::print(std::ostream& out, std::string_view none) const {
  if (rows_.empty()) {
    out << none << "\n";
    return;
  }
  std::vector<std::vector<std::string>> cells{headings_};
  for (const auto& row : rows_) {
    cells.emplace_back();
    for (const std::string& cell : row) cells.back().push_back(one_line(cell, widest_cell));
  }
  std::vector<std::size_t> widths(headings_.size(), 0);
  for (const auto& row : cells)
    for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i)
      widths[i] = std::max(widths[i], columns_in(row[i]));
  for (const auto& row : cells) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      out << row[i];
      if (i + 1 < row.size()) out << std::string(widths[i] - columns_in(row[i]) + 2, ' ');
    }
    out << "\n";
  }
}

}  // namespace patchbay::cli
