// What mail systems report of a message that was sent: RFC 3464 (delivered, or not, per recipient) and RFC 8098 (read).
// Pure; any thread; linear.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::imap {

using Fields = std::map<std::string, std::string, std::less<>>;  // names in lower case

// Groups of header fields with empty lines between them.
[[nodiscard]] std::vector<Fields> read_groups(std::string_view text);

struct RecipientReport {
  std::string recipient;
  std::string action;      // failed, delayed, delivered, relayed, expanded; displayed of a notice that it was read
  std::string status;      // "5.1.1"
  std::string diagnostic;  // in the words of the server that said so
};
[[nodiscard]] std::vector<RecipientReport> read_delivery_status(std::string_view text);
// Of at most one recipient.
[[nodiscard]] std::vector<RecipientReport> read_disposition(std::string_view text);

}  // namespace patchbay::imap
