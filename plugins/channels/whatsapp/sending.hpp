// From an outbound to the one request of Meta's Cloud API that sends it: POST /PHONE-NUMBER-ID/messages.
//
// Pure functions; any thread. What WhatsApp could only refuse is refused here, as a Failure(PB_PERMANENT) that says
// what is wrong with it: nothing is cut, left out or sent to somebody else. Only text is sent. The shapes are those of
// Meta's reference: a person is named by phone (`to`) or by business-scoped user id (`recipient`), what is answered by
// `context.message_id`, and `biz_opaque_callback_data` comes back in the statuses of the message.
#pragma once

#include "mapping.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace patchbay::whatsapp {

enum class LinkPreview : std::uint8_t { none, shown };

// How the Graph API is spoken to: from the settings.
struct Api {
  std::string base;  // "https://graph.facebook.com/v25.0", without a slash at its end
  LinkPreview link_preview = LinkPreview::none;
};

// Throws a Failure that names the settings' pointer: https only, but for a loopback address.
[[nodiscard]] Api read_api(const Settings& settings);

struct SendRequest {
  std::string url;
  std::string body;     // JSON
  std::string pointer;  // of the number's id in the settings, or empty where they do not name it
};

// What Meta takes as one text. Characters are counted as Unicode code points.
inline constexpr std::size_t longest_text = 4096;

[[nodiscard]] SendRequest request_of(const Numbers& numbers, const Api& api, const Outbound& outbound);

}  // namespace patchbay::whatsapp
