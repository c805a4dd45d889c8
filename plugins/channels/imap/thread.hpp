// To which conversation a message belongs, by what its header says (RFC 5322, section 3.6.4) and without knowing any
// other message: the same for all that go back to one message, whether that was ever seen or not.
//
// A conversation's key is 32 hexadecimal digits. Where the header has a token, the key is in it; else it is a digest of
// the oldest Message-ID that the header names. Keys are no secrets, and whoever knows one can write it: the host lets
// nobody into a conversation who takes no part in it.
//
// The token. What the business sends in a conversation bears
//     Message-ID: <pb1.KEY.UNIQUE@HOST>
// with letters, digits, "-" and "_" for UNIQUE, so that the answer finds back even where the sender's program keeps
// nothing but In-Reply-To. Servers that take addresses with details (RFC 5233) find it in NAME+pb1.KEY@HOST as well.
// The first message of a conversation that the business begins makes up its own key.
//
// Pure; any thread; linear.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::imap {

// Header fields as they are written, unfolded; empty where there is none.
struct ThreadHeader {
  std::string message_id, in_reply_to, references;
  std::string subject;                      // decoded
  std::vector<std::string> own_recipients;  // addresses of the business that it went to
};

enum class JoinedBy : std::uint8_t { nothing, token, references, in_reply_to };
[[nodiscard]] std::string_view name_of(JoinedBy by);

struct Thread {
  std::string conversation;  // the key; empty where there is nothing to go by
  JoinedBy joined_by = JoinedBy::nothing;
  std::string in_reply_to;              // a Message-ID
  std::vector<std::string> references;  // the oldest and the newest of them, without the message itself
};
[[nodiscard]] Thread thread_of(const ThreadHeader& header);

inline constexpr std::size_t most_references = 50;

}  // namespace patchbay::imap
