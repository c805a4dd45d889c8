// How contacts change: with a new persona, and by the steps that the directory decided.
#include "intake/people.hpp"

#include "contact/golden.hpp"

#include <algorithm>
#include <utility>

namespace patchbay::intake {

using nlohmann::json;
using store::EventType;

namespace {

void append_evidence(json& list, const std::string& evidence) {
  const json more = json::parse(evidence, nullptr, false);
  if (!list.is_array()) list = json::array();
  if (!more.is_array()) return;
  for (const json& line : more)
    if (std::find(list.begin(), list.end(), line) == list.end()) list.push_back(line);
}

std::string golden_of(const std::vector<store::Persona>& personas) {
  std::string golden;
  for (const store::Persona& persona : personas) golden = contact::with_persona(golden, persona.identifiers);
  return golden;
}

}  // namespace

People::Change* People::change_of(store::ContactId contact, std::size_t since) {
  for (std::size_t i = changes_.size(); i > since; --i)
    if (changes_[i - 1].contact.id == contact) return &changes_[i - 1];
  return nullptr;
}

Status People::put_changed(store::Contact contact, std::size_t changed) {
  contact.updated_at = at_;
  Change* told = change_of(contact.id, changed);
  const bool known = contact.revision > 0;
  if (known && !told) ++contact.revision;
  PATCHBAY_CHECK(writer_.put_contact(contact));
  if (told) {
    told->contact = std::move(contact);
  } else if (known) {
    changes_.push_back({.type = EventType::contact_updated, .contact = std::move(contact)});
  }
  return {};
}

Status People::update_contact(const store::Persona& persona, const identity::Resolution& resolution, store::Role role,
                              std::size_t changed) {
  const bool created = store::number(resolution.persona.contact) == 0;
  store::Contact contact{.id = persona.contact, .golden = {}, .created_at = at_, .aliases = {}};
  if (!created) contact = PATCHBAY_TRY(writer_.contact(persona.contact));
  Change* told = change_of(contact.id, changed);
  if (told && told->type == EventType::contact_merged) append_evidence(told->evidence, resolution.evidence);

  std::string golden = contact::with_persona(contact.golden, persona.identifiers);
  if (golden == contact.golden && contact.revision > 0) return {};  // nothing new is known of this person
  contact.golden = std::move(golden);
  if (contact.revision > 0) return put_changed(std::move(contact), changed);

  // Somebody who is only talked about is no customer yet: kept, and not announced, which revision 0 says.
  contact.updated_at = at_;
  if (role != store::Role::mentioned) {
    ++contact.revision;
    changes_.push_back({.type = EventType::contact_created, .contact = contact});
  }
  return writer_.put_contact(contact);
}

Status People::move(std::span<const identity::Move> moves) {
  const std::size_t changed = changes_.size();
  for (const identity::Move& move : moves)
    PATCHBAY_CHECK(move.kind == identity::MoveKind::merge ? merge(move, changed) : split(move, changed));
  return {};
}

Status People::merge(const identity::Move& move, std::size_t changed) {
  const store::Contact from = PATCHBAY_TRY(writer_.contact(move.from));
  const store::Contact before = PATCHBAY_TRY(writer_.contact(move.into));
  PATCHBAY_CHECK(writer_.merge_contact(from.id, before.id, move.evidence, at_));
  publisher_.join(from.id, before.id);

  store::Contact into = PATCHBAY_TRY(writer_.contact(before.id));
  into.golden = contact::joined(before.golden, from.golden);
  into.revision = std::max(before.revision, from.revision);
  into.updated_at = at_;
  Change* told = change_of(into.id, changed);
  const bool merged_before = told && told->type == EventType::contact_merged;
  // Two whom nobody was told of become one in silence.
  const bool known = into.revision > 0;
  if (known && !merged_before) ++into.revision;
  PATCHBAY_CHECK(writer_.put_contact(into));
  if (!known) return {};
  if (!merged_before) {
    changes_.push_back({.type = EventType::contact_merged, .contact = into});
    told = &changes_.back();
  }
  told->contact = std::move(into);
  told->merged.push_back(from.id);
  append_evidence(told->evidence, move.evidence);
  return {};
}

Status People::split(const identity::Move& move, std::size_t changed) {
  PATCHBAY_CHECK(writer_.split_contact(move.from, move.into, move.personas, move.evidence, at_));
  publisher_.split(move.from, move.into);
  store::Contact rest = PATCHBAY_TRY(writer_.contact(move.from));
  store::Contact part = PATCHBAY_TRY(writer_.contact(move.into));
  const auto personas_of_rest = PATCHBAY_TRY(writer_.personas_of(rest.id));
  const auto personas_of_part = PATCHBAY_TRY(writer_.personas_of(part.id));
  rest.golden = golden_of(personas_of_rest);
  part.golden = golden_of(personas_of_part);
  part.updated_at = at_;
  // Its revisions go on behind those of when it was a contact before.
  if (rest.revision > 0) {
    part.revision = rest.revision + 1;
    changes_.push_back(
        {.type = EventType::contact_split, .contact = part, .from = move.from, .personas = move.personas});
  }
  PATCHBAY_CHECK(writer_.put_contact(part));
  return put_changed(std::move(rest), changed);
}

}  // namespace patchbay::intake
