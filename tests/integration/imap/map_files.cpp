// Shows what the channel `imap` makes of files: one line of JSON for each file named on the command line.
#include "mapping.hpp"

#include <fstream>
#include <iostream>
#include <iterator>

namespace {

using namespace patchbay;

constexpr auto as_is = Json::error_handler_t::replace;

Json shown(const Interaction& of) {
  Json participants = Json::array(), attachments = Json::array();
  for (const Participant& one : of.participants) {
    Json identifiers = Json::object();
    for (const Identifier& identifier : one.identifiers) identifiers[identifier.kind] = identifier.value;
    participants.push_back({{"role", static_cast<int>(one.role)}, {"identifiers", std::move(identifiers)}});
  }
  for (const Attachment& one : of.attachments)
    attachments.push_back({{"name", one.name}, {"media_type", one.media_type}, {"size", one.data.size()}});
  return {{"subject", of.subject},
          {"text", of.text},
          {"language", of.language},
          {"occurred_at", std::chrono::duration_cast<std::chrono::seconds>(of.occurred_at.time_since_epoch()).count()},
          {"external_id", of.external_id},
          {"content", of.content},
          {"participants", std::move(participants)},
          {"attachments", std::move(attachments)}};
}

}  // namespace

int main(int count, char** words) {
  const imap::Owner owner{"corpus", "", {}, {}};
  for (int i = 1; i < count; ++i) {
    std::ifstream file(words[i], std::ios::binary);
    if (!file) {
      std::cerr << "opening " << words[i] << ": it cannot be read\n";
      return 1;
    }
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    imap::Mail mail;
    mail.bytes = bytes;
    mail.whole_size = bytes.size();
    const imap::Mapped mapped = imap::map_mail(mail, owner);
    Json line = mapped.interaction ? shown(*mapped.interaction) : Json{{"quarantined", mapped.quarantined->reason}};
    line["file"] = words[i];
    line["facts"] = mapped.facts.size();
    std::cout << line.dump(-1, ' ', false, as_is) << '\n';
  }
}
