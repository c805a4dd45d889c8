// Rows of CSV as RFC 4180 writes them: cells apart by commas, in quotes where they hold commas, quotes (doubled) or
// line ends. A line may end with LF alone, and a byte order mark at the beginning is no part of the first cell.
//
// Borrows the stream; one thread. A quote where none may stand, or none where one must, is ErrorCode::invalid and names
// the line; nothing can be read after it.
#pragma once

#include <cstddef>
#include <istream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace patchbay {

class CsvReader {
 public:
  static constexpr std::size_t longest_cell = 1 << 20;

  explicit CsvReader(std::istream& in) : in_(in) {}
  // The next row; nothing after the last. Empty lines are skipped.
  [[nodiscard]] Result<std::optional<std::vector<std::string>>> next();
  // Of the row read last; the first is 1.
  [[nodiscard]] std::size_t line() const { return row_line_; }

 private:
  enum class End : std::uint8_t { cell, row };
  [[nodiscard]] Result<End> read_cell(std::string& cell);
  [[nodiscard]] Result<End> read_quoted(std::string& cell);
  int get();
  void skip_byte_order_mark();
  [[nodiscard]] tl::unexpected<Error> mistake(std::string_view found, std::string_view remedy) const;

  std::istream& in_;
  std::size_t line_ = 1;
  std::size_t row_line_ = 0;
};

// One row, ended with CR LF; cells in quotes where they need them.
[[nodiscard]] std::string csv_row(const std::vector<std::string>& cells);

}  // namespace patchbay
