#include "date.hpp"

#include "response.hpp"

#include <array>

namespace patchbay::imap {

namespace {

using namespace std::chrono;

constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// The number that these letters are, up to `most`.
std::optional<unsigned> part(std::string_view text, std::size_t at, std::size_t length, unsigned most) {
  const auto number = number_of(text.substr(at, length));
  if (!number || *number > most) return std::nullopt;
  return static_cast<unsigned>(*number);
}

std::optional<sys_days> day_of(std::optional<unsigned> y, std::optional<unsigned> m, std::optional<unsigned> d) {
  if (!y || !m || !d) return std::nullopt;
  const year_month_day date{year{static_cast<int>(*y)}, month{*m}, day{*d}};
  if (!date.ok()) return std::nullopt;
  return sys_days{date};
}

}  // namespace

std::optional<sys_seconds> read_internal_date(std::string_view text) {
  if (text.size() != 26 || text[2] != '-' || text[6] != '-' || text[11] != ' ' || text[14] != ':' || text[17] != ':' ||
      text[20] != ' ' || (text[21] != '+' && text[21] != '-'))
    return std::nullopt;
  std::optional<unsigned> month;
  for (std::size_t i = 0; i < months.size(); ++i)
    if (same(text.substr(3, 3), months[i])) month = static_cast<unsigned>(i + 1);
  const auto date = day_of(part(text, 7, 4, 9999), month, text[0] == ' ' ? part(text, 1, 1, 9) : part(text, 0, 2, 31));
  const auto hour = part(text, 12, 2, 23), minute = part(text, 15, 2, 59), second = part(text, 18, 2, 60);
  const auto zone_hours = part(text, 22, 2, 23), zone_minutes = part(text, 24, 2, 59);
  if (!date || !hour || !minute || !second || !zone_hours || !zone_minutes) return std::nullopt;
  const seconds zone = hours{*zone_hours} + minutes{*zone_minutes};
  const sys_seconds there = *date + hours{*hour} + minutes{*minute} + seconds{*second};
  return text[21] == '+' ? there - zone : there + zone;
}

std::optional<sys_seconds> read_day(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  return day_of(part(text, 0, 4, 9999), part(text, 5, 2, 12), part(text, 8, 2, 31));
}

std::string written_day(sys_seconds time) {
  const year_month_day date{floor<days>(time)};
  return std::to_string(static_cast<unsigned>(date.day())) + "-" +
         std::string(months.at(static_cast<unsigned>(date.month()) - 1)) + "-" +
         std::to_string(static_cast<int>(date.year()));
}

}  // namespace patchbay::imap
