// Any bytes as a file that a crash left, and as an event: what is taken for whole is whole, and what is written can be
// read again and begins no formula.
#include "csv.hpp"
#include "format.hpp"

#include <patchbay/errors.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

using namespace patchbay::file;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_left_behind(Format format, std::string_view bytes) {
  const Contents contents = contents_of(format, bytes);
  require(contents.length <= bytes.size());
  require(!contents.is_damaged || contents.length < bytes.size());
  const Contents again = contents_of(format, bytes.substr(0, contents.length));
  require(again.length == contents.length && again.ids == contents.ids && !again.is_damaged);
}

void check_event(std::string_view bytes) {
  std::string row;
  try {
    row = record_of(Format::csv, bytes);
  } catch (const patchbay::Failure& failure) {
    require(failure.code() == PB_PERMANENT);
    return;
  }
  const CsvRow read = read_csv_row(row);
  require(read.end == CsvRow::End::whole && read.length == row.size());
  require(read.cells.size() == read_csv_row(csv_header()).cells.size());
  for (const std::string& cell : read.cells)
    require(cell.empty() || std::string_view("=+-@\t\r\n").find(cell.front()) == std::string_view::npos);
  const Contents lines = contents_of(Format::ndjson, record_of(Format::ndjson, bytes));
  require(lines.ids.size() <= 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const Format format : all_formats) check_left_behind(format, bytes);
  check_event(bytes);
  return 0;
}
