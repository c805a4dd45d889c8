#include "base/time.hpp"

#include <algorithm>

namespace patchbay {

TimePoint SystemClock::now() const {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

Duration SystemClock::monotonic() const {
  return std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch());
}

namespace {

void put_digits(char* to, int value, int digits) {
  for (; digits > 0; --digits, value /= 10) to[digits - 1] = static_cast<char>('0' + value % 10);
}

}  // namespace

// By hand, since it stands several times in every event: with strftime it was 4 % of the committer's instructions.
std::string rfc3339(TimePoint time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  char text[] = "0000-00-00T00:00:00.000000";
  put_digits(text, std::clamp(static_cast<int>(date.year()), 0, 9999), 4);  // RFC 3339 knows four digits
  put_digits(text + 5, static_cast<int>(static_cast<unsigned>(date.month())), 2);
  put_digits(text + 8, static_cast<int>(static_cast<unsigned>(date.day())), 2);
  put_digits(text + 11, static_cast<int>(clock.hours().count()), 2);
  put_digits(text + 14, static_cast<int>(clock.minutes().count()), 2);
  put_digits(text + 17, static_cast<int>(clock.seconds().count()), 2);
  const auto fraction = static_cast<int>(clock.subseconds().count());
  put_digits(text + 20, fraction, 6);
  return std::string(text, fraction == 0 ? 19 : 26) + "Z";
}

}  // namespace patchbay
