// How one event becomes one line. Pure; any thread.
#pragma once

#include "telemetry/log.hpp"

#include <chrono>
#include <string>

namespace patchbay::telemetry {

// Without the newline at its end. Text that is not UTF-8 is shown byte by byte, so that a JSON line stays JSON.
[[nodiscard]] std::string format_line(LogFormat format, std::chrono::sys_time<std::chrono::milliseconds> time,
                                      Level level, std::string_view message, Fields fields);

}  // namespace patchbay::telemetry
