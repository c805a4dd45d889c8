// Who is in a message: its addresses as participants with their roles, and how far they can be believed.
//
// Pure; any thread. The MIME library's objects are only read. See docs/channels/imap.md for what becomes what.
#pragma once

#include <patchbay/values.hpp>

#include <gmime/gmime.h>

#include <string>
#include <string_view>
#include <vector>

namespace patchbay::imap {

// The business's side of a mailbox.
struct Owner {
  std::string account;                 // its key in the settings
  std::string address;                 // of the mailbox
  std::vector<std::string> own;        // more addresses, or domains as "@rossi.example", in lower case
  std::vector<std::string> verifiers;  // whose Authentication-Results count; none = anybody's

  [[nodiscard]] bool is_own(std::string_view address) const;
};

inline constexpr std::size_t most_people = 100;  // participants of one message

struct People {
  std::vector<Participant> participants;  // never empty
  std::string author;                     // the address of From, in lower case, or empty
  bool is_authored_by_owner = false;
  std::size_t left_out = 0;  // recipients beyond most_people
  std::vector<std::string> reply_to;
};

// `trust` is that of the addresses; names are always claimed.
[[nodiscard]] People people_of(GMimeMessage* message, const Owner& owner, Trust trust);

// What the server that received the message found out about its sender (RFC 8601): {"dmarc": "pass", ...}, and whether
// that says that somebody else wrote it.
struct Authentication {
  Json results = Json::object();
  bool is_forged = false;
};
[[nodiscard]] Authentication authentication_of(const std::vector<std::string>& headers, const Owner& owner);

}  // namespace patchbay::imap
