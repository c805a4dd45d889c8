#include "base/time.hpp"

#include <cstdio>
#include <ctime>

namespace patchbay {

TimePoint SystemClock::now() const {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

Duration SystemClock::monotonic() const {
  return std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch());
}

std::string rfc3339(TimePoint time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const std::time_t since_epoch = seconds.time_since_epoch().count();
  std::tm parts{};
  gmtime_r(&since_epoch, &parts);
  char text[40];
  std::size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  const auto fraction = static_cast<int>((time - seconds).count());
  if (fraction != 0)
    length += static_cast<std::size_t>(std::snprintf(text + length, sizeof text - length, ".%06d", fraction));
  return std::string(text, length) + "Z";
}

}  // namespace patchbay
