// What a caller asks to have sent: the body of POST /api/v1/outbound, read and checked as far as that needs no store.
//
//   in answer:    {"in_reply_to": "interaction_8", "text": "..."}
//   on its own:   {"channel": "support", "account": "it", "to": {"kind": "phone", "value": "+48601234567"}, "text":
//   "..."} with either:  "subject", "content" (a JSON object for the channel), "category" (of consent), "force"
//
// An answer goes to the identity and channel that wrote what it answers, so it names neither. Pure; any thread. The
// error names the place and is `invalid`.
#pragma once

#include "base/digest.hpp"
#include "base/result.hpp"
#include "store/records.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace patchbay::outbound {

// The category of consent that a message needs where the caller names none: whoever is answered has asked.
inline constexpr std::string_view category_of_answers = "service";
inline constexpr std::string_view category_of_news = "marketing";

inline constexpr std::size_t longest_text = 64 * 1024;
inline constexpr std::size_t longest_key = 255;

struct Request {
  std::string key;    // the caller's idempotency key
  Digest16 digest{};  // of what is asked for, however it was spelt
  std::optional<store::InteractionId> in_reply_to;
  std::string channel, account;         // where it answers nothing
  std::optional<store::Identifier> to;  // likewise
  std::string category;
  bool forced = false;
  std::string subject, text, content = "{}";
};

// `key` is 1 to 255 printable ASCII characters.
[[nodiscard]] Result<Request> parse_request(std::string_view key, std::string_view body);

}  // namespace patchbay::outbound
