#include "intake/people.hpp"

#include "contact/json_text.hpp"
#include "identity/persona_reading.hpp"

namespace patchbay::intake {

using store::EventType;

People::People(store::Writer& writer, identity::Directory& directory, const OwnAddresses& own, Publisher& publisher,
               TimePoint at)
    : writer_(writer), directory_(directory), own_(own), publisher_(publisher), at_(at) {}

Result<std::vector<contact::SeenParticipant>> People::resolve(const std::vector<IncomingParticipant>& participants,
                                                              std::string_view region, const Digest16& from) {
  std::vector<contact::SeenParticipant> seen;
  seen.reserve(participants.size());
  for (const IncomingParticipant& participant : participants) {
    if (participant.known) {
      seen.push_back({participant.role, PATCHBAY_TRY(writer_.persona(*participant.known))});
      continue;
    }
    const bool ours = participant.party == Party::business || own_.include(participant.identifiers, region);
    if (ours) {
      seen.push_back({participant.role, PATCHBAY_TRY(business(participant, region))});
      continue;
    }
    const Digest16 place = digest_of({bytes_of(from), std::to_string(seen.size())});
    seen.push_back({participant.role, PATCHBAY_TRY(person(participant, region, place))});
  }
  // A later participant may have moved an earlier one.
  for (contact::SeenParticipant& one : seen)
    if (store::number(one.persona.contact) > 0) one.persona.contact = directory_.contact_of(one.persona.id);
  return seen;
}

store::ContactId People::living(store::ContactId id) const {
  return directory_.contact_of(store::PersonaId{store::number(id)});
}

Result<store::Persona> People::business(const IncomingParticipant& participant, std::string_view region) {
  // Apart from a person's persona with the same identifiers: an address may become the business's own, or cease to be.
  const Digest16 digest = digest_of({"business", bytes_of(identity::persona_digest(participant.identifiers, region))});
  if (auto known = PATCHBAY_TRY(writer_.find_persona(digest))) return std::move(*known);
  return writer_.add_persona({.id = {},
                              .digest = digest,
                              .contact = store::the_business,
                              .identifiers = participant.identifiers,
                              .first_seen = at_});
}

Result<store::Persona> People::person(const IncomingParticipant& participant, std::string_view region,
                                      const Digest16& from) {
  identity::Resolution resolution = PATCHBAY_TRY(directory_.resolve(writer_, participant.identifiers, region, from));
  if (resolution.is == identity::PersonaIs::known) return std::move(resolution.persona);
  const std::size_t changed = changes_.size();
  PATCHBAY_CHECK(move(resolution.moves));
  resolution.persona.first_seen = at_;
  store::Persona persona = PATCHBAY_TRY(writer_.add_persona(resolution.persona));
  PATCHBAY_CHECK(writer_.add_link({persona.id, persona.contact, resolution.evidence, at_}));
  PATCHBAY_CHECK(update_contact(persona, resolution, participant.role, changed));
  return persona;
}

const store::Persona* People::counterpart(store::Direction direction,
                                          const std::vector<contact::SeenParticipant>& participants) {
  const auto first_person = [&](store::Role role) -> const store::Persona* {
    for (const contact::SeenParticipant& participant : participants)
      if (participant.role == role && participant.persona.contact != store::the_business) return &participant.persona;
    return nullptr;
  };
  if (direction == store::Direction::outbound) return first_person(store::Role::recipient);
  const store::Persona* behind = first_person(store::Role::on_behalf_of);
  return behind ? behind : first_person(store::Role::author);
}

Status People::announce(store::Contact& contact, store::InteractionId cause) {
  ++contact.revision;
  contact.updated_at = at_;
  PATCHBAY_CHECK(writer_.put_contact(contact));
  changes_.push_back({.type = EventType::contact_created, .contact = contact});
  return publish_changes(cause);
}

Status People::introduce(std::span<const store::ContactId> contacts, store::InteractionId cause) {
  for (const store::ContactId id : contacts) {
    if (store::number(id) <= 0) continue;  // the business, or nobody
    const auto strangers = PATCHBAY_TRY(publisher_.strangers_to(id));
    if (strangers.empty()) continue;
    const store::Contact contact = PATCHBAY_TRY(writer_.contact(id));
    if (contact.revision == 0) continue;
    std::string data;
    contact::ObjectText(data).text("cause", store::public_id(cause)).json("contact", contact::to_text(contact)).end();
    PATCHBAY_CHECK(publisher_.publish_to(strangers, EventType::contact_updated, contact.id, cause,
                                         store::public_id(contact.id), data));
  }
  return {};
}

Status People::publish_changes(std::optional<store::InteractionId> cause) {
  const auto ids = [](const auto& list) {
    nlohmann::json written = nlohmann::json::array();
    for (const auto id : list) written.push_back(store::public_id(id));
    return written;
  };
  for (const Change& change : changes_) {
    std::string data;
    contact::ObjectText members(data);
    if (cause) {
      members.text("cause", store::public_id(*cause));
    } else {
      members.json("cause", "null");
    }
    members.json("contact", contact::to_text(change.contact));
    if (change.type == EventType::contact_merged) {
      contact::append_json(members.member("evidence"), change.evidence);
      contact::append_json(members.member("merged"), ids(change.merged));
    }
    if (change.type == EventType::contact_split) {
      members.text("from", store::public_id(change.from));
      contact::append_json(members.member("personas"), ids(change.personas));
    }
    members.end();
    // In the lane of the contact that is left: its own was joined to that one before.
    PATCHBAY_CHECK(publisher_.publish_news_of(living(change.contact.id), change.type, cause,
                                              store::public_id(change.contact.id), data));
  }
  changes_.clear();
  return {};
}

}  // namespace patchbay::intake
