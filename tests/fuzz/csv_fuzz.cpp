// Any bytes as CSV: reading ends, and what was read is read again from what is written of it.
#include "base/csv.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace patchbay;
  std::istringstream in(std::string(reinterpret_cast<const char*>(data), size));
  CsvReader reader(in);
  for (;;) {
    const auto row = reader.next();
    if (!row || !*row) return 0;
    if (reader.line() == 0) std::abort();
    std::istringstream again(csv_row(**row));
    // A byte order mark at the beginning of the text is none of the cell's.
    if ((**row)[0].starts_with("\xef")) continue;
    CsvReader second(again);
    const auto same = second.next();
    if (!same || !*same || **same != **row) std::abort();
  }
}
