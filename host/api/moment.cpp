#include "api/moment.hpp"

#include <string>

namespace patchbay::api {
namespace {

using namespace std::chrono;

constexpr TimePoint end_of_time = sys_days{year{10'000} / January / 1};  // RFC 3339 has four digits for a year
constexpr std::size_t most_decimals = 18;  // of a second: more is no time that anybody has

// What is left to read of a text; each step says whether it found what it looked for.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool ended() const { return rest_.empty(); }
  bool take(char wanted) {
    if (rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // Exactly so many digits.
  bool number(std::size_t digits, int& value) {
    if (rest_.size() < digits) return false;
    value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      if (rest_[i] < '0' || rest_[i] > '9') return false;
      value = value * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(digits);
    return true;
  }
  // One digit or more, as a part of a second; what is finer than a microsecond is cut off.
  bool decimals(Duration& part) {
    int digit = 0;
    std::size_t count = 0;
    for (std::int64_t unit = 100'000; number(1, digit); unit /= 10, ++count) part += Duration{unit * digit};
    return count > 0 && count <= most_decimals;
  }

 private:
  std::string_view rest_;
};

bool read_date(Scanner& text, TimePoint& time) {
  int year_number = 0, month_number = 0, day_number = 0;
  if (!text.number(4, year_number) || !text.take('-') || !text.number(2, month_number) || !text.take('-') ||
      !text.number(2, day_number))
    return false;
  const year_month_day date{year{year_number}, month{static_cast<unsigned>(month_number)},
                            day{static_cast<unsigned>(day_number)}};
  time = sys_days{date};
  return date.ok() && year_number >= 1970;
}

bool read_zone(Scanner& text, TimePoint& time) {
  if (text.take('Z') || text.take('z')) return true;
  const bool east = text.take('+');
  int hour = 0, minute = 0;
  if (!east && !text.take('-')) return false;
  if (!text.number(2, hour) || !text.take(':') || !text.number(2, minute) || hour > 23 || minute > 59) return false;
  const auto offset = hours{hour} + minutes{minute};
  time += east ? -offset : offset;
  return true;
}

bool read_time_of_day(Scanner& text, TimePoint& time) {
  int hour = 0, minute = 0, second = 0;
  if (!text.number(2, hour) || !text.take(':') || !text.number(2, minute)) return false;
  Duration part{0};
  if (text.take(':') && (!text.number(2, second) || (text.take('.') && !text.decimals(part)))) return false;
  time += hours{hour} + minutes{minute} + seconds{second} + part;
  return hour < 24 && minute < 60 && second < 60;
}

}  // namespace

Result<TimePoint> moment_of(std::string_view text) {
  Scanner scanner(text);
  TimePoint time{};
  bool good = read_date(scanner, time);
  if (good && !scanner.ended())
    good = (scanner.take('T') || scanner.take('t') || scanner.take(' ')) && read_time_of_day(scanner, time) &&
           read_zone(scanner, time) && scanner.ended();
  if (good && time >= TimePoint{} && time < end_of_time) return time;
  return failure(ErrorCode::invalid,
                 "reading a time: expected a date or a time of RFC 3339, got \"" + std::string(text) + "\"",
                 "write it as 2026-11-22 or 2026-11-22T08:15:00Z");
}

}  // namespace patchbay::api
