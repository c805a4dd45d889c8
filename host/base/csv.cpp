#include "base/csv.hpp"

namespace patchbay {
namespace {

constexpr int end_of_file = std::istream::traits_type::eof();

}  // namespace

int CsvReader::get() {
  const int letter = in_.get();
  if (letter == '\n') ++line_;
  return letter;
}

tl::unexpected<Error> CsvReader::mistake(std::string_view found, std::string_view remedy) const {
  return failure(ErrorCode::invalid, "reading CSV at line " + std::to_string(line_) + ": " + std::string(found),
                 std::string(remedy));
}

void CsvReader::skip_byte_order_mark() {
  if (in_.peek() != 0xef) return;
  in_.get();
  if (in_.peek() != 0xbb) {
    in_.unget();
    return;
  }
  in_.get();
  in_.get();
}

Result<CsvReader::End> CsvReader::read_quoted(std::string& cell) {
  for (;;) {
    const int letter = get();
    if (letter == end_of_file) return mistake("a quote is not closed", "close it, and double quotes within a cell");
    if (letter != '"') {
      if (cell.size() == longest_cell) return mistake("a cell holds more than 1 MiB", "close its quote");
      cell += static_cast<char>(letter);
      continue;
    }
    const int after = get();
    if (after == '"') {
      cell += '"';
    } else if (after == ',') {
      return End::cell;
    } else if (after == '\n' || after == end_of_file) {
      return End::row;
    } else if (after == '\r' && (in_.peek() == '\n' || in_.peek() == end_of_file)) {
      get();
      return End::row;
    } else {
      return mistake("text follows a closing quote", "double the quotes within a cell");
    }
  }
}

Result<CsvReader::End> CsvReader::read_cell(std::string& cell) {
  if (in_.peek() == '"') {
    get();
    return read_quoted(cell);
  }
  for (;;) {
    const int letter = get();
    if (letter == ',') return End::cell;
    if (letter == '\n' || letter == end_of_file) return End::row;
    if (letter == '\r' && (in_.peek() == '\n' || in_.peek() == end_of_file)) continue;
    if (letter == '"')
      return mistake("a quote stands within a cell that does not begin with one", "put the cell in quotes");
    if (cell.size() == longest_cell) return mistake("a cell holds more than 1 MiB", "check that this is CSV");
    cell += static_cast<char>(letter);
  }
}

Result<std::optional<std::vector<std::string>>> CsvReader::next() {
  if (row_line_ == 0) skip_byte_order_mark();
  while (in_.peek() != end_of_file) {
    row_line_ = line_;
    std::vector<std::string> row;
    for (End end = End::cell; end == End::cell;) {
      std::string cell;
      end = PATCHBAY_TRY(read_cell(cell));
      row.push_back(std::move(cell));
    }
    if (row.size() > 1 || !row.front().empty()) return std::optional(std::move(row));
  }
  return std::optional<std::vector<std::string>>();
}

std::string csv_row(const std::vector<std::string>& cells) {
  std::string row;
  for (const std::string& cell : cells) {
    if (!row.empty() || &cell != &cells.front()) row += ',';
    if (cell.find_first_of(",\"\r\n") == std::string::npos && !(cell.empty() && cells.size() == 1)) {
      row += cell;
      continue;
    }
    row += '"';
    for (const char letter : cell) {
      if (letter == '"') row += '"';
      row += letter;
    }
    row += '"';
  }
  return row + "\r\n";
}

}  // namespace patchbay
