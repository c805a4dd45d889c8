// What an IMAP client says: commands with their tags, arguments quoted or as literals (RFC 3501, sections 4.3 and 9),
// synchronising or not (RFC 7888), and mailbox names in modified UTF-7 (RFC 3501, section 5.1.3) or, where the server
// was told so, in UTF-8 (RFC 6855).
//
// Pure; any thread. A text that no quoted string can carry becomes a literal, so that nothing in it can end the command
// early and begin another.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace patchbay::imap {

enum class Literals : std::uint8_t {
  synchronising,  // each waits for the server's consent
  small,          // LITERAL-: up to 4096 bytes go without
  all             // LITERAL+: any goes without
};

enum class Names : std::uint8_t { modified_utf7, utf8 };  // of mailboxes

// One command, cut where the server must consent before the next piece.
class Command {
 public:
  Command(std::string tag, std::string_view verb, Literals literals, Names names = Names::modified_utf7);

  Command& word(std::string_view text);     // as it is: an atom, a set, a list made by the caller
  Command& text(std::string_view text);     // astring
  Command& mailbox(std::string_view name);  // in UTF-8
  // The pieces, each to be sent once the server has consented to the one before.
  [[nodiscard]] std::deque<std::string> pieces() &&;

 private:
  void quote(std::string_view text);

  const Literals literals_;
  const Names names_;
  std::deque<std::string> pieces_;
};

// UTF-8 to modified UTF-7 and back. What is no UTF-8 is written as U+FFFD; what is no modified UTF-7 stays as it is.
[[nodiscard]] std::string encode_mailbox(std::string_view name);
[[nodiscard]] std::string decode_mailbox(std::string_view name);

// Numbers in ascending order as a set: {1, 2, 3, 7} is "1:3,7".
[[nodiscard]] std::string set_of(std::span<const std::uint32_t> numbers);

}  // namespace patchbay::imap
