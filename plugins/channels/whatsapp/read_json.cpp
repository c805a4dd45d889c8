#include "read_json.hpp"

#include <algorithm>
#include <charconv>

namespace patchbay::whatsapp {

namespace {

constexpr std::int64_t first_millisecond = 1'000'000'000'000;  // as seconds: the year 33658
constexpr std::int64_t end_of_seconds = 253'402'300'800;       // 10000-01-01
constexpr std::int64_t end_of_milliseconds = end_of_seconds * 1000;

std::optional<std::int64_t> whole_number(const Json& value) {
  if (value.is_number_unsigned()) {
    const auto number = value.get<std::uint64_t>();
    if (number >= static_cast<std::uint64_t>(end_of_milliseconds)) return std::nullopt;
    return static_cast<std::int64_t>(number);
  }
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (!value.is_string()) return std::nullopt;
  const auto& text = value.get_ref<const std::string&>();
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

int base64_digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  if (c == '/') return 63;
  return -1;
}

}  // namespace

std::string Problem::text() const { return "reading " + pointer + ": expected " + expected + ", found " + found; }

std::string describe(const Json* value) {
  if (value == nullptr) return "nothing";
  switch (value->type()) {
    case Json::value_t::object:
      return "an object";
    case Json::value_t::array:
      return "a list";
    case Json::value_t::string:
      return value->get_ref<const std::string&>().empty() ? "empty text" : "other text";
    case Json::value_t::boolean:
      return value->get<bool>() ? "true" : "false";
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
    case Json::value_t::number_float:
      return one_line(*value);
    default:
      return "null";
  }
}

const Json* member(const Json& object, std::string_view key) {
  if (!object.is_object()) return nullptr;
  const auto at = object.find(key);
  return at == object.end() || at->is_null() ? nullptr : &*at;
}

const Json* object_member(const Json& object, std::string_view key) {
  const Json* value = member(object, key);
  return value != nullptr && value->is_object() ? value : nullptr;
}

const Json* list_member(const Json& object, std::string_view key) {
  const Json* value = member(object, key);
  return value != nullptr && value->is_array() ? value : nullptr;
}

std::string text_of(const Json* value) {
  if (value == nullptr) return {};
  if (value->is_string()) return value->get<std::string>();
  if (value->is_number_integer()) return one_line(*value);
  return {};
}

std::string text_at(const Json& object, std::string_view key) { return text_of(member(object, key)); }

bool true_at(const Json& object, std::string_view key) {
  const Json* value = member(object, key);
  return value != nullptr && value->is_boolean() && value->get<bool>();
}

Json without(const Json& object, std::span<const std::string_view> keys) {
  if (!object.is_object()) return object;
  Json copy = Json::object();
  for (const auto& [key, value] : object.items()) {
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) copy[key] = value;
  }
  return copy;
}

std::optional<Moment> moment_of(const Json* value) {
  if (value == nullptr) return std::nullopt;
  const std::optional<std::int64_t> number = whole_number(*value);
  if (!number || *number < 0) return std::nullopt;
  if (*number >= first_millisecond) {
    if (*number >= end_of_milliseconds) return std::nullopt;
    return Moment{TimePoint(std::chrono::milliseconds(*number)), Precision::microsecond};
  }
  if (*number >= end_of_seconds) return std::nullopt;
  return Moment{TimePoint(std::chrono::seconds(*number)), Precision::second};
}

std::string one_line(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string sha256_from_base64(std::string_view text) {
  constexpr std::size_t digest_size = 32;
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  if (text.size() != 43) return {};  // 256 bits in digits of 6
  std::string digest;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    const int digit = base64_digit(c);
    if (digit < 0) return {};
    bits = (bits << 6U) | static_cast<std::uint32_t>(digit);
    held += 6;
    if (held >= 8) {
      held -= 8;
      digest.push_back(static_cast<char>((bits >> static_cast<unsigned>(held)) & 0xFFU));
    }
  }
  return digest.size() == digest_size ? digest : std::string();
}

}  // namespace patchbay::whatsapp
