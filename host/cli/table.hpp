// Rows for people: columns as wide as they need, text cut where a terminal would wrap. Pure; any thread.
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::cli {

class Table {
 public:
  explicit Table(std::vector<std::string> headings) : headings_(std::move(headings)) {}
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  // `none` is said where there is no row.
  void print(std::ostream& out, std::string_view none) const;

 private:
  std::vector<std::string> headings_;
  std::vector<std::vector<std::string>> rows_;
};

// On one line of at most `longest` columns, for text that strangers wrote: control characters become spaces, characters
// that turn the direction of writing or that nobody sees are left out.
[[nodiscard]] std::string one_line(std::string_view text, std::size_t longest);
// The same of a text that keeps its length, its lines and its tabs.
[[nodiscard]] std::string whole_text(std::string_view text);

}  // namespace patchbay::cli
