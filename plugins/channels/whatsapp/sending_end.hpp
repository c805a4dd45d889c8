// From Meta's answer to a sending to how it ended: taken, refused for a reason, or nobody knows.
//
// Pure; any thread. It never throws, whatever the bytes are, and what it costs is linear in them. Nothing is called
// refused that may have been taken: an answer that does not come from the Cloud API itself (a broken connection, a
// gateway's 502, a body of another shape) leaves that open and ends as PB_TIMEOUT.
#pragma once

#include <patchbay/values.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace patchbay::whatsapp {

// Longer answers are none of the Cloud API's.
inline constexpr std::size_t largest_answer = 64 * 1024;

struct SendingEnd {
  std::string external_id;     // with no error: messages[0].id
  std::optional<Error> error;  // nothing = taken
};

// `number` is the JSON pointer of the number's id in the settings, or empty.
[[nodiscard]] SendingEnd end_of_sending(const HttpResult& result, std::string_view number, TimePoint now);

}  // namespace patchbay::whatsapp
