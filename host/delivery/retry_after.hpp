// Reads the Retry-After field of an HTTP answer (RFC 9110, 10.2.3): seconds, or a date in any of its three forms.
//
// Pure. Any thread. A value that is neither counts as absent: the schedule then decides alone.
#pragma once

#include "base/time.hpp"

#include <optional>
#include <string_view>

namespace patchbay::delivery {

inline constexpr Duration longest_retry_after = std::chrono::hours{24};

// Until when the receiver wants to be left alone; at most `longest_retry_after` from now. A date in the past is given
// back as it is.
[[nodiscard]] std::optional<TimePoint> parse_retry_after(std::string_view value, TimePoint now);

}  // namespace patchbay::delivery
