// What the server that received a message found out about its sender (RFC 8601).
//
// Anybody can write such a header. The one that counts is by a server that the settings name; without one, by the
// server that wrote the topmost, which is the last that the message passed. Pure; any thread.
#pragma once

#include "people.hpp"

namespace patchbay::imap {

struct Authentication {
  Json results = Json::object();  // {"dmarc": "pass", ...} of the topmost header that counts
  bool is_forged = false;         // by any that counts: somebody else wrote it

  // Nothing was said against it, and where something was said, something for it.
  [[nodiscard]] bool vouches() const;
};
// Of the headers from the top.
[[nodiscard]] Authentication authentication_of(const std::vector<std::string>& headers, const Owner& owner);

}  // namespace patchbay::imap
