#include "intake/people.hpp"

#include "contact/golden.hpp"
#include "contact/json_text.hpp"
#include "identity/exact.hpp"

namespace patchbay::intake {

using store::EventType;

People::People(store::Writer& writer, identity::Resolver& resolver, const OwnAddresses& own, Publisher& publisher,
               TimePoint at)
    : writer_(writer), resolver_(resolver), own_(own), publisher_(publisher), at_(at) {}

Result<std::vector<contact::SeenParticipant>> People::resolve(const std::vector<IncomingParticipant>& participants,
                                                              std::string_view region) {
  std::vector<contact::SeenParticipant> seen;
  seen.reserve(participants.size());
  for (const IncomingParticipant& participant : participants) {
    if (participant.known) {
      seen.push_back({participant.role, PATCHBAY_TRY(writer_.persona(*participant.known))});
      continue;
    }
    const bool ours = participant.party == Party::business || own_.include(participant.identifiers, region);
    seen.push_back({participant.role,
                    ours ? PATCHBAY_TRY(business(participant, region)) : PATCHBAY_TRY(person(participant, region))});
  }
  // A later participant may have merged the contact of an earlier one.
  for (contact::SeenParticipant& one : seen) one.persona.contact = living(one.persona.contact);
  return seen;
}

store::ContactId People::living(store::ContactId id) const {
  for (const Change& change : changes_)
    for (const store::ContactId merged : change.merged)
      if (id == merged) id = change.contact.id;
  return id;
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

Result<store::Persona> People::person(const IncomingParticipant& participant, std::string_view region) {
  identity::Resolution resolution = PATCHBAY_TRY(resolver_.resolve(writer_, participant.identifiers, region, at_));
  if (resolution.is == identity::PersonaIs::added) PATCHBAY_CHECK(update_contact(resolution, participant.role));
  return std::move(resolution.persona);
}

Status People::update_contact(const identity::Resolution& resolution, store::Role role) {
  const store::Persona& persona = resolution.persona;
  store::Contact contact{.id = persona.contact, .golden = {}, .created_at = at_, .aliases = {}};
  if (!resolution.contact_created) contact = PATCHBAY_TRY(writer_.contact(persona.contact));

  std::string golden = contact.golden;
  for (const identity::Merge& merge : resolution.merges) golden = contact::joined(golden, merge.from.golden);
  golden = contact::with_persona(golden, persona.identifiers);
  if (golden == contact.golden && resolution.merges.empty()) return {};  // nothing new is known of this person

  contact.golden = std::move(golden);
  contact.updated_at = at_;
  // Somebody who is only talked about is no customer yet: kept, and not announced, which revision 0 says.
  const bool unannounced = contact.revision == 0;
  const bool only_mentioned = unannounced && role == store::Role::mentioned && resolution.merges.empty();
  if (!only_mentioned) ++contact.revision;
  PATCHBAY_CHECK(writer_.put_contact(contact));
  if (only_mentioned) return {};

  Change change{.type = EventType::contact_updated, .contact = contact, .merged = {}, .evidence = resolution.evidence};
  if (unannounced) change.type = EventType::contact_created;
  if (!resolution.merges.empty()) change.type = EventType::contact_merged;
  for (const identity::Merge& merge : resolution.merges) {
    change.merged.push_back(merge.from.id);
    publisher_.join(merge.from.id, contact.id);
  }
  changes_.push_back(std::move(change));
  return {};
}

store::ContactId People::counterpart(store::Direction direction,
                                     const std::vector<contact::SeenParticipant>& participants) {
  const auto first_person = [&](store::Role role) {
    for (const contact::SeenParticipant& participant : participants)
      if (participant.role == role && participant.persona.contact != store::the_business)
        return participant.persona.contact;
    return store::no_contact;
  };
  if (direction == store::Direction::outbound) return first_person(store::Role::recipient);
  const store::ContactId behind = first_person(store::Role::on_behalf_of);
  return behind != store::no_contact ? behind : first_person(store::Role::author);
}

Status People::announce(store::Contact& contact, store::InteractionId cause) {
  ++contact.revision;
  contact.updated_at = at_;
  PATCHBAY_CHECK(writer_.put_contact(contact));
  changes_.push_back({.type = EventType::contact_created, .contact = contact, .merged = {}, .evidence = {}});
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
    contact::append_json(data, {{"contact", contact::to_json(contact)}, {"cause", store::public_id(cause)}});
    PATCHBAY_CHECK(publisher_.publish_to(strangers, EventType::contact_updated, contact.id, cause,
                                         store::public_id(contact.id), data));
  }
  return {};
}

Status People::publish_changes(std::optional<store::InteractionId> cause) {
  using nlohmann::json;
  for (const Change& change : changes_) {
    json data = {{"contact", contact::to_json(change.contact)},
                 {"cause", cause ? json(store::public_id(*cause)) : json()}};
    if (change.type == EventType::contact_merged) {
      json merged = json::array();
      for (const store::ContactId id : change.merged) merged.push_back(store::public_id(id));
      data["merged"] = std::move(merged);
      data["evidence"] = json::parse(change.evidence, nullptr, false);
    }
    // In the lane of the contact that is left: its own was joined to that one before.
    PATCHBAY_CHECK(publisher_.publish_news_of(living(change.contact.id), change.type, cause,
                                              store::public_id(change.contact.id), data));
  }
  changes_.clear();
  return {};
}

}  // namespace patchbay::intake
