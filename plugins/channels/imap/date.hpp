// Dates as IMAP writes them. Pure; any thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace patchbay::imap {

// date-time of RFC 3501: "17-Jul-1996 02:44:25 -0700", the day perhaps with a space before it.
[[nodiscard]] std::optional<std::chrono::sys_seconds> read_internal_date(std::string_view text);
// full-date of RFC 3339, "2026-01-01", as its first second in UTC.
[[nodiscard]] std::optional<std::chrono::sys_seconds> read_day(std::string_view text);

// A date of RFC 3501: "1-Feb-1994".
[[nodiscard]] std::string written_day(std::chrono::sys_seconds time);

}  // namespace patchbay::imap
