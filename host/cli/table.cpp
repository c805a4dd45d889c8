#include "cli/table.hpp"

#include <algorithm>

namespace patchbay::cli {
namespace {

constexpr std::size_t widest_cell = 60;

// Letters, not bytes: good enough for columns of European text.
std::size_t letters_in(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }));
}

}  // namespace

std::string one_line(std::string_view text, std::size_t longest) {
  std::string line;
  std::size_t letters = 0;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t next = i + 1;
    while (next < text.size() && (static_cast<unsigned char>(text[next]) & 0xC0) == 0x80) ++next;
    if (++letters > longest) return line + "…";
    const auto byte = static_cast<unsigned char>(text[i]);
    // Neither a line break nor an escape sequence out of a stranger's message reaches the terminal.
    const bool control = byte < 0x20 || byte == 0x7F ||
                         (byte == 0xC2 && next - i == 2 && static_cast<unsigned char>(text[i + 1]) < 0xA0);
    line.append(control ? std::string_view(" ") : text.substr(i, next - i));
    i = next;
  }
  return line;
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
      widths[i] = std::max(widths[i], letters_in(row[i]));
  for (const auto& row : cells) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      out << row[i];
      if (i + 1 < row.size()) out << std::string(widths[i] - letters_in(row[i]) + 2, ' ');
    }
    out << "\n";
  }
}

}  // namespace patchbay::cli
