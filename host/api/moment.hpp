// A point in time as people and programs write it into a query, a request or a command line.
//
// Pure; any thread. RFC 3339 ("2026-11-22T08:15:02.5Z", "2026-11-22T09:15+01:00", the seconds being optional) or a date
// alone, whose midnight in UTC is meant. Anything else is `invalid`, and so is a date that no calendar has and a time
// before 1970 or after 9999.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <string_view>

namespace patchbay::api {

[[nodiscard]] Result<TimePoint> moment_of(std::string_view text);

}  // namespace patchbay::api
