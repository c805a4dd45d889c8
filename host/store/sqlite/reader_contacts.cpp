// The Reader's operations on contacts.
#include "store/sqlite/codec.hpp"
#include "store/sqlite/persona_row.hpp"
#include "store/sqlite/reader.hpp"

namespace patchbay::store::sqlite {

Result<ContactId> Reader::living(ContactId id) {
  Rows rows = find_alias_.with(id);
  if (!PATCHBAY_TRY(rows.next())) return id;
  return rows.as<ContactId>(0);
}

Result<Contact> Reader::load_contact(ContactId id) {
  Rows rows = find_contact_.with(id);
  if (!PATCHBAY_TRY(rows.next())) {
    return failure(ErrorCode::not_found, public_id(id) + ": no such contact", "see `patchbay contact find`");
  }
  Contact contact;
  contact.id = id;
  contact.revision = rows.integer(0);
  contact.golden = rows.text(1);
  contact.created_at = rows.time(2);
  contact.updated_at = rows.time(3);
  Rows aliases = find_aliases_.with(id);
  while (PATCHBAY_TRY(aliases.next())) contact.aliases.push_back(aliases.as<ContactId>(0));
  return contact;
}

Result<std::vector<Contact>> Reader::find_contacts(std::string_view text, Page page) {
  const Snapshot snapshot(*this);
  PATCHBAY_CHECK(snapshot.begun());
  const std::string pattern = like_pattern(text);
  std::vector<Contact> found;
  Rows rows = find_contacts_.with(page.after, pattern, text, page.limit);
  while (PATCHBAY_TRY(rows.next())) found.push_back(PATCHBAY_TRY(load_contact(rows.as<ContactId>(0))));
  return found;
}

Result<ContactDetails> Reader::show_contact(ContactId id) {
  const Snapshot snapshot(*this);
  PATCHBAY_CHECK(snapshot.begun());
  const ContactId alive = PATCHBAY_TRY(living(id));
  ContactDetails details;
  details.contact = PATCHBAY_TRY(load_contact(alive));
  {
    Rows rows = personas_of_.with(alive);
    details.personas = PATCHBAY_TRY(personas_in(rows));
  }
  Rows rows = links_of_.with(alive);
  while (PATCHBAY_TRY(rows.next())) {
    details.links.push_back({rows.as<PersonaId>(0), rows.as<ContactId>(1), rows.text(2), rows.time(3)});
  }
  return details;
}

Result<std::vector<Persona>> Reader::list_personas(PersonaId after, std::size_t limit) {
  Rows rows = list_personas_.with(after, limit);
  return personas_in(rows);
}

Result<std::vector<Decision>> Reader::list_decisions() {
  std::vector<Decision> decisions;
  Rows rows = list_decisions_.with();
  while (PATCHBAY_TRY(rows.next()))
    decisions.push_back({rows.as<PersonaId>(0), rows.as<PersonaId>(1), rows.as<Verdict>(2), rows.time(3)});
  return decisions;
}

Result<std::vector<ContactId>> Reader::list_contact_ids(ContactId after, std::size_t limit) {
  std::vector<ContactId> ids;
  Rows rows = list_contact_ids_.with(after, limit);
  while (PATCHBAY_TRY(rows.next())) ids.push_back(rows.as<ContactId>(0));
  return ids;
}

Result<std::optional<LearnedModel>> Reader::model() {
  Rows rows = model_.with();
  if (!PATCHBAY_TRY(rows.next())) return std::nullopt;
  return LearnedModel{rows.text(0), rows.time(1)};
}

}  // namespace patchbay::store::sqlite
