#include "format.hpp"

#include "csv.hpp"

#include <patchbay/errors.hpp>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

namespace patchbay::file {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

// Line breaks between the tokens of JSON mean as little as spaces; within its strings there are none.
std::string line_of(std::string_view event) {
  std::string line(event);
  std::ranges::replace_if(
      line, [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return line + '\n';
}

std::optional<std::string> id_in(std::string_view line) {
  const auto event = nlohmann::json::parse(line, nullptr, false);
  if (!event.is_object() || !event.contains("id") || !event["id"].is_string()) return std::nullopt;
  return event["id"].get<std::string>();
}

Contents lines_of(std::string_view file) {
  Contents found;
  for (;;) {
    const std::size_t end = file.find('\n', found.length);
    if (end == std::string_view::npos) {
      found.is_damaged = file.find('\0', found.length) != std::string_view::npos;
      return found;
    }
    std::optional<std::string> id = id_in(file.substr(found.length, end - found.length));
    if (!id) {
      found.is_damaged = true;
      return found;
    }
    found.ids.push_back(std::move(*id));
    found.length = end + 1;
  }
}

Contents rows_of(std::string_view file) {
  Contents found;
  std::size_t at = file.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
  std::size_t width = 0;  // of the header, once it was read
  for (;;) {
    CsvRow row = read_csv_row(file.substr(at));
    const bool fits = width == 0 || row.cells.size() == width;
    if (row.end != CsvRow::End::whole || !fits) {
      found.is_damaged = row.end != CsvRow::End::torn;
      return found;
    }
    at += row.length;
    found.length = at;
    if (width != 0) found.ids.push_back(std::move(row.cells.front()));
    width = row.cells.size();
  }
}

}  // namespace

std::string_view extension_of(Format format) { return format == Format::csv ? "csv" : "ndjson"; }

std::string head_of(Format format, ByteOrderMark mark) {
  if (format == Format::ndjson) return {};  // RFC 8259: JSON begins with no byte order mark
  return std::string(mark == ByteOrderMark::present ? byte_order_mark : std::string_view{}) + csv_header();
}

std::string record_of(Format format, std::string_view event) {
  return format == Format::csv ? csv_row(event) : line_of(event);
}

Contents contents_of(Format format, std::string_view file) {
  return format == Format::csv ? rows_of(file) : lines_of(file);
}

}  // namespace patchbay::file
