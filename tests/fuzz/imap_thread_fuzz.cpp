// Any header fields as the place of a message in its thread: the key is a key or nothing, what is kept is bounded, and
// the message has no part in finding the conversation that it answers into.
#include "gmime.hpp"
#include "thread.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace patchbay::imap;
  static_cast<void>(parser_options());  // character sets are GMime's, which is to be started
  ThreadHeader header;
  std::string* const fields[] = {&header.message_id, &header.in_reply_to, &header.references, &header.subject};
  std::size_t field = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const char letter = static_cast<char>(data[i]);
    if (letter == '\n')
      ++field;
    else if (field < std::size(fields))
      *fields[field] += letter;
    else if (header.own_recipients.size() <= field - std::size(fields))
      header.own_recipients.emplace_back(1, letter);
    else
      header.own_recipients.back() += letter;
  }
  const Thread thread = thread_of(header);
  require(thread.conversation.empty() ||
          (thread.conversation.size() == 32 &&
           thread.conversation.find_first_not_of("0123456789abcdef") == std::string::npos));
  require(thread.joined_by == JoinedBy::nothing || !thread.conversation.empty());
  require(thread.references.size() <= most_references);
  const Thread again = thread_of(header);
  require(again.conversation == thread.conversation && again.references == thread.references);
  // Two siblings whose ids nobody names.
  header.message_id = "<one-of-two@x>";
  const Thread sibling = thread_of(header);
  header.message_id = "<another-of-two@x>";
  const Thread other = thread_of(header);
  require(sibling.joined_by == other.joined_by);
  require((sibling.conversation == other.conversation) == (sibling.joined_by != JoinedBy::nothing));
  return 0;
}
