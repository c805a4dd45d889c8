#include "delivery/retry_after.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace patchbay::delivery {
namespace {

using std::chrono::day;
using std::chrono::month;
using std::chrono::year;

constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> short_days{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
constexpr std::array<std::string_view, 7> long_days{"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                    "Friday", "Saturday", "Sunday"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Takes a text apart from the front. Once something did not fit, nothing fits any more.
class Cursor {
 public:
  explicit Cursor(std::string_view rest) : rest_(rest) {}

  void literal(std::string_view text) {
    if (!rest_.starts_with(text)) return fail();
    rest_.remove_prefix(text.size());
  }

  int digits(std::size_t count) {
    if (rest_.size() < count ||
        !std::all_of(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(count), is_digit)) {
      fail();
      return 0;
    }
    int number = 0;
    for (const char c : rest_.substr(0, count)) number = number * 10 + (c - '0');
    rest_.remove_prefix(count);
    return number;
  }

  // The place of the word that comes next; words must not begin one another.
  std::size_t one_of(std::span<const std::string_view> words) {
    for (std::size_t at = 0; at < words.size(); ++at) {
      if (!rest_.starts_with(words[at])) continue;
      rest_.remove_prefix(words[at].size());
      return at;
    }
    fail();
    return 0;
  }

  [[nodiscard]] bool next_is(char c) const { return rest_.starts_with(c); }
  [[nodiscard]] bool ended_well() const { return fits_ && rest_.empty(); }

 private:
  void fail() {
    fits_ = false;
    rest_ = {};
  }

  std::string_view rest_;
  bool fits_ = true;
};

struct Date {
  int year = 0;
  unsigned month = 0;
  int day = 0, hour = 0, minute = 0, second = 0;
};

std::optional<TimePoint> time_of(const Date& date) {
  const std::chrono::year_month_day calendar{year(date.year), month(date.month), day(static_cast<unsigned>(date.day))};
  // 60 is the leap second, which HTTP allows.
  if (!calendar.ok() || date.hour > 23 || date.minute > 59 || date.second > 60) return std::nullopt;
  return std::chrono::sys_days(calendar) + std::chrono::hours(date.hour) + std::chrono::minutes(date.minute) +
         std::chrono::seconds(date.second);
}

unsigned read_month(Cursor& cursor) { return static_cast<unsigned>(cursor.one_of(months)) + 1; }

void read_clock(Cursor& cursor, Date& date) {
  date.hour = cursor.digits(2);
  cursor.literal(":");
  date.minute = cursor.digits(2);
  cursor.literal(":");
  date.second = cursor.digits(2);
}

// Sun, 06 Nov 1994 08:49:37 GMT
std::optional<TimePoint> fixed_date(std::string_view value) {
  Cursor cursor(value);
  Date date;
  cursor.one_of(short_days);
  cursor.literal(", ");
  date.day = cursor.digits(2);
  cursor.literal(" ");
  date.month = read_month(cursor);
  cursor.literal(" ");
  date.year = cursor.digits(4);
  cursor.literal(" ");
  read_clock(cursor, date);
  cursor.literal(" GMT");
  return cursor.ended_well() ? time_of(date) : std::nullopt;
}

// Sunday, 06-Nov-94 08:49:37 GMT
std::optional<TimePoint> rfc850_date(std::string_view value, TimePoint now) {
  Cursor cursor(value);
  Date date;
  cursor.one_of(long_days);
  cursor.literal(", ");
  date.day = cursor.digits(2);
  cursor.literal("-");
  date.month = read_month(cursor);
  cursor.literal("-");
  const int year_of_century = cursor.digits(2);
  cursor.literal(" ");
  read_clock(cursor, date);
  cursor.literal(" GMT");
  if (!cursor.ended_well()) return std::nullopt;

  // More than fifty years ahead stands for the same year of an earlier century (RFC 9110, 5.6.7).
  const int this_year =
      static_cast<int>(std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(now)).year());
  date.year = this_year - this_year % 100 + 100 + year_of_century;
  while (date.year > this_year + 50) date.year -= 100;
  return time_of(date);
}

// Sun Nov  6 08:49:37 1994
std::optional<TimePoint> asctime_date(std::string_view value) {
  Cursor cursor(value);
  Date date;
  cursor.one_of(short_days);
  cursor.literal(" ");
  date.month = read_month(cursor);
  cursor.literal(" ");
  if (cursor.next_is(' ')) {
    cursor.literal(" ");
    date.day = cursor.digits(1);
  } else {
    date.day = cursor.digits(2);
  }
  cursor.literal(" ");
  read_clock(cursor, date);
  cursor.literal(" ");
  date.year = cursor.digits(4);
  return cursor.ended_well() ? time_of(date) : std::nullopt;
}

std::optional<TimePoint> after_seconds(std::string_view value, TimePoint now) {
  if (value.empty() || !std::all_of(value.begin(), value.end(), is_digit)) return std::nullopt;
  std::chrono::seconds wait{0};
  for (const char c : value) {
    wait = wait * 10 + std::chrono::seconds(c - '0');
    if (wait >= longest_retry_after) return now + longest_retry_after;
  }
  return now + wait;
}

std::string_view trimmed(std::string_view value) {
  const auto first = value.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return value.substr(first, value.find_last_not_of(" \t") - first + 1);
}

}  // namespace

std::optional<TimePoint> parse_retry_after(std::string_view value, TimePoint now) {
  value = trimmed(value);
  auto until = after_seconds(value, now);
  if (!until) until = fixed_date(value);
  if (!until) until = rfc850_date(value, now);
  if (!until) until = asctime_date(value);
  if (!until) return std::nullopt;
  return std::min(*until, now + longest_retry_after);
}

}  // namespace patchbay::delivery
