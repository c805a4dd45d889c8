// What a signature mentions: numbers, addresses. Weak hints for a person who looks, and nobody's identifiers: a
// signature names the firm's switchboard, a colleague, or whomever its writer likes. Pure; any thread; linear.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace patchbay::imap {

struct Mentions {
  std::vector<std::string> phones, emails;
  std::vector<std::string> postal_addresses;  // lines as they are written
};
[[nodiscard]] Mentions mentions_in(std::string_view signature);

}  // namespace patchbay::imap
