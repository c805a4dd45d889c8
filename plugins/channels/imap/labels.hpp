// What kind of mail a message is, by its header and its parts. Pure; any thread.
#pragma once

#include "parts.hpp"

#include <string_view>

namespace patchbay::imap {

// Whether a mail system says that it could not deliver something, in words of its own: those of RFC 3464 say so by
// type.
[[nodiscard]] bool is_informal_bounce(GMimeMessage* message);

// {"auto_reply", "list", ...}: docs/channels/imap.md names them all.
[[nodiscard]] Json labels_of(GMimeMessage* message, const Contents& contents, std::string_view subject);

}  // namespace patchbay::imap
