// The ids of the benchmark's messages: of the length and look of WhatsApp's, with the message's number inside, so that
// the receiver knows which one an event is about.
#pragma once

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

namespace patchbay::bench {

inline constexpr std::string_view message_id_start = "wamid.HBgLNDg2MDEyMzQ1Njc4FQIAEhgUM0JFTkNI";
inline constexpr std::size_t message_id_digits = 10;

inline std::string message_id(std::int64_t number) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%010lld", static_cast<long long>(number));
  return std::string(message_id_start) + digits + "AA==";
}

// The number of the first such id that stands behind `before` in the text.
inline std::optional<std::int64_t> message_number(std::string_view text, std::string_view before) {
  const std::size_t start = text.find(before);
  if (start == text.npos) return std::nullopt;
  const std::string_view id = text.substr(start + before.size());
  if (!id.starts_with(message_id_start) || id.size() < message_id_start.size() + message_id_digits) return std::nullopt;
  std::int64_t number = 0;
  for (const char digit : id.substr(message_id_start.size(), message_id_digits)) {
    if (digit < '0' || digit > '9') return std::nullopt;
    number = number * 10 + (digit - '0');
  }
  return number;
}

}  // namespace patchbay::bench
