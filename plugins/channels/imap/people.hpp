// Who is in a message: its addresses as participants with their roles.
//
// Pure; any thread. The MIME library's objects are only read. See docs/channels/imap.md for what becomes what.
#pragma once

#include "form.hpp"

#include <patchbay/values.hpp>

#include <gmime/gmime.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::imap {

// The business's side of a mailbox.
struct Owner {
  std::string account;                 // its key in the settings
  std::string address;                 // of the mailbox
  std::vector<std::string> own;        // more addresses, or domains as "@rossi.example", in lower case
  std::vector<std::string> verifiers;  // whose Authentication-Results count; none = the server's that is on top
  std::vector<FormRule> forms{};
  // A mailbox of certified mail (PEC): whatever is in it was put there by a provider, which made sure of its sender.
  enum class Post : std::uint8_t { ordinary, certified } post = Post::ordinary;

  // With or without a detail: info+shop@rossi.example is info@rossi.example (RFC 5233).
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

// The first address in From, or else in Sender, in lower case; or empty.
[[nodiscard]] std::string author_of(GMimeMessage* message);

// Whom a mail system could not deliver to, by its own header.
[[nodiscard]] std::vector<std::string> failed_recipients(GMimeMessage* message);

// `trust` is that of the addresses; names are always claimed. Who writes under an address of the business that is not
// to be trusted is somebody else.
[[nodiscard]] People people_of(GMimeMessage* message, const Owner& owner, Trust trust);
// Of a form's mail: who filled it in is the author, in the place of the program that sent it.
[[nodiscard]] People people_of(GMimeMessage* message, const Owner& owner, const FilledIn& form, Trust trust);

}  // namespace patchbay::imap
