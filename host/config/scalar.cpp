#include "config/scalar.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>

namespace patchbay::config {

namespace {

using nlohmann::json;

template <std::size_t N>
bool is_one_of(std::string_view text, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t count_digits(std::string_view text) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_digit) - text.begin());
}

template <class Number>
std::optional<Number> whole(std::string_view digits, int base) {
  Number number{};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

json floating(std::string_view text) {
  if (text.front() == '+') text.remove_prefix(1);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(number))
    return json(json::value_t::discarded);
  return number;
}

enum class Shape : std::uint8_t { text, whole, fraction };

// [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
Shape decimal_shape(std::string_view text) {
  if (!text.empty() && (text.front() == '+' || text.front() == '-')) text.remove_prefix(1);
  const std::size_t before = count_digits(text);
  text.remove_prefix(before);
  if (text.empty()) return before > 0 ? Shape::whole : Shape::text;
  if (text.front() == '.') {
    text.remove_prefix(1);
    const std::size_t after = count_digits(text);
    text.remove_prefix(after);
    if (before == 0 && after == 0) return Shape::text;
  } else if (before == 0) {
    return Shape::text;
  }
  if (text.empty()) return Shape::fraction;
  if (text.front() != 'e' && text.front() != 'E') return Shape::text;
  text.remove_prefix(1);
  if (!text.empty() && (text.front() == '+' || text.front() == '-')) text.remove_prefix(1);
  return !text.empty() && count_digits(text) == text.size() ? Shape::fraction : Shape::text;
}

json decimal(std::string_view text) {
  const std::string_view digits = text.front() == '+' ? text.substr(1) : text;
  if (const auto number = whole<std::int64_t>(digits, 10)) return *number;
  if (const auto number = whole<std::uint64_t>(digits, 10)) return *number;
  return floating(text);
}

json based(std::string_view text, std::string_view digits, int base) {
  if (const auto number = whole<std::uint64_t>(digits, base)) return *number;
  return std::string(text);
}

}  // namespace

json plain_scalar(std::string_view text) {
  static constexpr std::array<std::string_view, 5> null{"", "~", "null", "Null", "NULL"};
  static constexpr std::array<std::string_view, 3> yes{"true", "True", "TRUE"};
  static constexpr std::array<std::string_view, 3> no{"false", "False", "FALSE"};
  static constexpr std::array<std::string_view, 3> not_a_number{".nan", ".NaN", ".NAN"};
  static constexpr std::array<std::string_view, 3> infinity{".inf", ".Inf", ".INF"};

  if (is_one_of(text, null)) return nullptr;
  if (is_one_of(text, yes)) return true;
  if (is_one_of(text, no)) return false;
  if (text.starts_with("0x")) return based(text, text.substr(2), 16);
  if (text.starts_with("0o")) return based(text, text.substr(2), 8);
  const std::string_view magnitude = text.front() == '+' || text.front() == '-' ? text.substr(1) : text;
  if (is_one_of(text, not_a_number) || is_one_of(magnitude, infinity)) return json(json::value_t::discarded);
  switch (decimal_shape(text)) {
    case Shape::whole:
      return decimal(text);
    case Shape::fraction:
      return floating(text);
    case Shape::text:
      break;
  }
  return std::string(text);
}

}  // namespace patchbay::config
