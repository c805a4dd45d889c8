// Reading Meta's JSON: tolerant where a value may be absent, precise about what was found instead.
//
// Pure functions over borrowed JSON; any thread. They never throw on any document that the envelope's parser let in.
#pragma once

#include <patchbay/values.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace patchbay::whatsapp {

// Why an element of a body cannot be taken. `pointer` is RFC 6901, from the body's root.
struct Problem {
  std::string pointer;
  std::string expected;
  std::string found;

  // "reading /entry/0/id: expected text, found 42"
  [[nodiscard]] std::string text() const;
};

// What a value is, in a few words, without quoting what a customer wrote.
[[nodiscard]] std::string describe(const Json* value);

// The member of an object; null when there is none, when it is JSON's null, or when `object` is no object.
[[nodiscard]] const Json* member(const Json& object, std::string_view key);
[[nodiscard]] const Json* object_member(const Json& object, std::string_view key);
[[nodiscard]] const Json* list_member(const Json& object, std::string_view key);

// Text as it is and whole numbers as their digits (Meta sends ids both ways); everything else is empty.
[[nodiscard]] std::string text_of(const Json* value);
[[nodiscard]] std::string text_at(const Json& object, std::string_view key);
[[nodiscard]] bool true_at(const Json& object, std::string_view key);

// A copy of an object but for some of its members, which are never copied: a body of many bad elements must not cost
// the square of their number. What is no object comes back as it is.
[[nodiscard]] Json without(const Json& object, std::span<const std::string_view> keys);

struct Moment {
  TimePoint at{};
  Precision precision = Precision::second;
};

// Seconds since 1970 as text or number; from 10^12 on they are milliseconds. Nothing beyond the year 9999.
[[nodiscard]] std::optional<Moment> moment_of(const Json* value);

// JSON as one line. What is no UTF-8 (it cannot come from our parser) becomes U+FFFD.
[[nodiscard]] std::string one_line(const Json& value);

// Base64 of RFC 4648, padded or not; nothing when it is not exactly 32 bytes.
[[nodiscard]] std::string sha256_from_base64(std::string_view text);

}  // namespace patchbay::whatsapp
