// Events as rows of CSV, RFC 4180: every cell in quotes, rows end with CR LF, and the first row names the columns.
//
// Columns are what docs/sinks/file.md says; later versions add some behind the last. Each cell is guarded against being
// taken for a formula. Pure, any thread. An event that cannot be read throws a Failure, PB_PERMANENT.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::file {

[[nodiscard]] std::string csv_header();

// `event` is a CloudEvents JSON object. What the event does not have is an empty cell.
[[nodiscard]] std::string csv_row(std::string_view event);

// One row as csv_row writes it, from the begin of `text`.
struct CsvRow {
  enum class End : unsigned char { whole, torn, damaged };  // torn: the text ends too soon
  End end = End::torn;
  std::size_t length = 0;          // with its CR LF, where it is whole
  std::vector<std::string> cells;  // where it is whole
};
[[nodiscard]] CsvRow read_csv_row(std::string_view text);

}  // namespace patchbay::file
