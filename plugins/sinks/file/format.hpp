// What stands in a file: how events become its bytes, and what of it is whole after a crash.
//
// ndjson: one CloudEvents JSON object per line, the bytes of the event as the host froze it. csv: see csv.hpp.
// Pure, any thread. An event that cannot be written throws a Failure, PB_PERMANENT.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::file {

enum class Format : std::uint8_t { ndjson, csv };
enum class ByteOrderMark : std::uint8_t { absent, present };

inline constexpr std::array<Format, 2> all_formats{Format::ndjson, Format::csv};

[[nodiscard]] std::string_view extension_of(Format format);

// What every file begins with.
[[nodiscard]] std::string head_of(Format format, ByteOrderMark mark);

// `event` is a CloudEvents JSON object.
[[nodiscard]] std::string record_of(Format format, std::string_view event);

// What a file holds that was being written when the process or the machine stopped.
struct Contents {
  std::size_t length = 0;  // up to here it is whole
  std::vector<std::string> ids;
  bool is_damaged = false;  // what follows is not merely the begin of a record
};
[[nodiscard]] Contents contents_of(Format format, std::string_view file);

}  // namespace patchbay::file
