// Any bytes as a message: it becomes an interaction with somebody in it or goes into the quarantine with a reason, and
// is the same each time.
#include "mapping.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace patchbay;
  static const imap::Owner owner = [] {
    imap::Owner made{"support", "support@rossi.example", {"@rossi.example"}, {}};
    made.post = imap::Owner::Post::certified;
    imap::FormRule rule{"@a.example"};
    rule.name = imap::Finder("Name");
    rule.email = imap::Finder("/mail: *(.*)/");
    rule.message = imap::Finder("Message");
    made.forms.push_back(rule);
    return made;
  }();
  imap::Mail mail;
  mail.bytes = {reinterpret_cast<const char*>(data), size};
  mail.whole_size = size;
  mail.came_in = std::chrono::sys_seconds{std::chrono::seconds{1'772'400'000}};
  const imap::Mapped mapped = imap::map_mail(mail, owner);
  require(mapped.interaction.has_value() != mapped.quarantined.has_value());
  if (mapped.quarantined) {
    require(!mapped.quarantined->reason.empty());
    return 0;
  }
  const Interaction& interaction = *mapped.interaction;
  require(!interaction.participants.empty() && interaction.participants.size() <= imap::most_people);
  for (const Participant& one : interaction.participants) require(!one.identifiers.empty());
  require(interaction.conversation.empty() || interaction.conversation.size() == 32);
  require(!interaction.external_id.empty() && interaction.external_id.size() < 4096);
  require(interaction.text.size() <= 4 * imap::longest_mail_text);
  for (const Fact& fact : mapped.facts) require(!fact.target.empty());
  require(imap::map_mail(mail, owner).interaction->external_id == interaction.external_id);
  return 0;
}
