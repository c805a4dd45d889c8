// What somebody wrote now, apart from what they quoted below it and from their signature.
//
// Only what stands at the end is taken apart: an answer between quoted lines stays as it is, since the one makes no
// sense without the other. Nothing is lost: the three parts are the text. Pure; any thread; linear in the text.
#pragma once

#include <string>
#include <string_view>

namespace patchbay::imap {

struct Written {
  std::string text;
  std::string quoted;     // with the line that says whose it is
  std::string signature;  // without the "-- " before it (RFC 3676, section 4.3)
};

// Lines end in LF. Knows how mail programs introduce a quotation in the languages of the mission.
[[nodiscard]] Written take_apart(std::string_view text);

// Whether a subject says that the message is handed on: "Fwd: ", "WG: ", "I: ".
[[nodiscard]] bool is_forwarded(std::string_view subject);

}  // namespace patchbay::imap
