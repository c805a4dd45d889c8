#include "store/sqlite/persona_row.hpp"

#include "store/sqlite/codec.hpp"

#include <utility>

namespace patchbay::store::sqlite {

Result<std::vector<Persona>> personas_in(Rows& rows) {
  std::vector<Persona> personas;
  while (PATCHBAY_TRY(rows.next())) {
    Persona persona;
    persona.id = rows.as<PersonaId>(0);
    persona.digest = rows.digest16(1);
    persona.contact = rows.as<ContactId>(2);
    persona.first_seen = rows.time(3);
    persona.identifiers = PATCHBAY_TRY(decode_identifiers(rows.view(4)));
    personas.push_back(std::move(persona));
  }
  return personas;
}

}  // namespace patchbay::store::sqlite
