// The Writer's operations on personas and contacts.
#include "store/sqlite/codec.hpp"
#include "store/sqlite/persona_row.hpp"
#include "store/sqlite/writer.hpp"

#include <utility>

namespace patchbay::store::sqlite {

Result<std::optional<Persona>> Writer::find_persona(const Digest16& digest) {
  if (const Persona* met = personas_.find(digest)) return *met;
  Rows rows = find_persona_.with(digest);
  if (!PATCHBAY_TRY(rows.next())) return std::optional<Persona>{};
  Persona persona;
  persona.id = rows.as<PersonaId>(0);
  persona.digest = digest;
  persona.contact = rows.as<ContactId>(1);
  persona.first_seen = rows.time(2);
  persona.identifiers = PATCHBAY_TRY(decode_identifiers(rows.view(3)));
  personas_.put(persona);
  return std::optional<Persona>{std::move(persona)};
}

Result<Persona> Writer::add_persona(Persona persona) {
  persona.id = PersonaId{next_.persona};
  const bool first_of_contact = persona.contact == ContactId{};
  if (first_of_contact) {
    persona.contact = ContactId{number(persona.id)};
    PATCHBAY_CHECK(
        put_contact_.run(persona.contact, 0, std::string_view("{}"), persona.first_seen, persona.first_seen));
  } else {
    persona.contact = PATCHBAY_TRY(living(persona.contact));
  }
  const std::string identifiers = encode(persona.identifiers);
  PATCHBAY_CHECK(add_persona_.run(persona.id, persona.digest, persona.contact, persona.first_seen, identifiers));
  ++next_.persona;
  for (const Identifier& one : persona.identifiers) {
    if (one.normal.empty()) continue;
    PATCHBAY_CHECK(add_identifier_.run(one.kind, one.normal, one.scope, persona.id, one.trust, one.value));
  }
  return persona;
}

Status Writer::add_link(const Link& link) { return add_link_.run(link.persona, link.evidence, link.decided_at); }

Result<ContactId> Writer::living(ContactId id) {
  Rows rows = find_alias_.with(id);
  if (!PATCHBAY_TRY(rows.next())) return id;
  return rows.as<ContactId>(0);
}

Result<Contact> Writer::contact(ContactId id) {
  Contact contact;
  contact.id = PATCHBAY_TRY(living(id));
  Rows rows = find_contact_.with(contact.id);
  if (!PATCHBAY_TRY(rows.next())) return refuse(ErrorCode::not_found, public_id(id) + ": no such contact");
  contact.revision = rows.integer(0);
  contact.golden = rows.text(1);
  contact.created_at = rows.time(2);
  contact.updated_at = rows.time(3);
  Rows aliases = find_aliases_.with(contact.id);
  while (PATCHBAY_TRY(aliases.next())) contact.aliases.push_back(aliases.as<ContactId>(0));
  return contact;
}

Status Writer::put_contact(const Contact& contact) {
  const ContactId alive = PATCHBAY_TRY(living(contact.id));
  if (alive != contact.id) {
    return refuse(ErrorCode::conflict,
                  "changing " + public_id(contact.id) + ": it was merged into " + public_id(alive));
  }
  return put_contact_.run(contact.id, contact.revision, contact.golden, contact.created_at, contact.updated_at);
}

Status Writer::merge_contact(ContactId from, ContactId into, std::string_view evidence, TimePoint at) {
  const ContactId leaving = PATCHBAY_TRY(living(from));
  const ContactId staying = PATCHBAY_TRY(living(into));
  if (leaving == staying) return {};
  personas_.forget();
  {
    Rows rows = find_contact_.with(staying);
    if (!PATCHBAY_TRY(rows.next())) return refuse(ErrorCode::not_found, public_id(into) + ": no such contact");
  }
  PATCHBAY_CHECK(remove_contact_.run(leaving));
  PATCHBAY_CHECK(expect_one_row("contact", number(leaving)));
  PATCHBAY_CHECK(move_personas_.run(leaving, staying));
  // Aliases always name a living contact, so that one step follows any chain of merges.
  PATCHBAY_CHECK(move_aliases_.run(leaving, staying));
  PATCHBAY_CHECK(add_alias_.run(leaving, staying, evidence, at));
  // The persona that gave the contact its id explains how the whole contact came here.
  PATCHBAY_CHECK(add_link_.run(number(leaving), evidence, at));
  PATCHBAY_CHECK(move_told_.run(leaving, staying));
  PATCHBAY_CHECK(forget_told_.run(leaving));
  return move_lane_.run(leaving, staying);
}

Status Writer::split_contact(ContactId from, ContactId into, std::span<const PersonaId> personas,
                             std::string_view evidence, TimePoint at) {
  personas_.forget();
  TimePoint first_seen{};
  for (const PersonaId persona : personas) {
    PATCHBAY_CHECK(split_persona_.run(persona, from, into));
    PATCHBAY_CHECK(expect_one_row("persona", number(persona)));
    if (number(persona) == number(into)) first_seen = PATCHBAY_TRY(this->persona(persona)).first_seen;
  }
  PATCHBAY_CHECK(remove_alias_.run(into));
  PATCHBAY_CHECK(split_aliases_.run(from, into));
  PATCHBAY_CHECK(put_contact_.run(into, 0, std::string_view("{}"), first_seen, at));
  PATCHBAY_CHECK(add_link_.run(number(into), evidence, at));
  return copy_told_.run(from, into);
}

Result<std::vector<Persona>> Writer::personas_of(ContactId contact) {
  Rows rows = personas_of_.with(PATCHBAY_TRY(living(contact)));
  return personas_in(rows);
}

Status Writer::put_decision(const Decision& decision) {
  return put_decision_.run(decision.left, decision.right, decision.verdict, decision.decided_at);
}

Status Writer::remove_decision(PersonaId left, PersonaId right) {
  PATCHBAY_CHECK(remove_decision_.run(left, right));
  return expect_one_row("decision about persona", number(left));
}

Status Writer::add_model(const LearnedModel& model) { return add_model_.run(model.learned, model.adopted_at); }

}  // namespace patchbay::store::sqlite
