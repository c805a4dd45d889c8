#include "identity/trial.hpp"

#include <map>
#include <set>

#include "identity/persona_reading.hpp"

namespace patchbay::identity {
namespace {

constexpr std::size_t personas_at_once = 1000;

store::PersonaId persona_id(PersonaId id) { return store::PersonaId{static_cast<std::int64_t>(id)}; }

// The personas of one contact of the engine, by the contact that the store has them in.
using Pieces = std::map<store::ContactId, std::vector<store::PersonaId>>;

void add_moves(const Pieces& pieces, store::ContactId now, std::size_t most_examples, TriedOut& trial) {
  const auto add = [&](Move move) {
    if (trial.examples.size() < most_examples) trial.examples.push_back(std::move(move));
  };
  for (const auto& [before, personas] : pieces) {
    const store::ContactId label{store::number(personas.front())};
    if (label != before) {
      ++trial.splits;
      add({.kind = MoveKind::split, .from = before, .into = label, .personas = personas, .evidence = {}});
    }
    if (label != now) {
      ++trial.merges;
      add({.kind = MoveKind::merge, .from = label, .into = now, .personas = {}, .evidence = {}});
    }
  }
}

}  // namespace

Result<std::vector<Persona>> personas_in(store::Reader& reader) {
  std::vector<Persona> all;
  for (store::PersonaId last{};;) {
    const std::vector<store::Persona> personas = PATCHBAY_TRY(reader.list_personas(last, personas_at_once));
    if (personas.empty()) return all;
    for (const store::Persona& persona : personas) all.push_back(read_persona(persona.identifiers));
    last = personas.back().id;
  }
}

Result<TriedOut> try_out(store::Reader& reader, const Model& model, std::size_t most_examples) {
  Directory directory(model);
  PATCHBAY_CHECK(directory.load(reader, [] { return true; }));
  TriedOut trial;
  std::set<store::ContactId> contacts;
  for (const ContactId contact : directory.engine().contacts()) {
    Pieces pieces;
    for (const PersonaId persona : directory.engine().personas_of(contact)) {
      ++trial.personas;
      pieces[directory.contact_of(persona_id(persona))].push_back(persona_id(persona));
    }
    for (const auto& [before, personas] : pieces) contacts.insert(before);
    add_moves(pieces, store::ContactId{static_cast<std::int64_t>(contact)}, most_examples, trial);
  }
  trial.contacts = contacts.size();
  return trial;
}

}  // namespace patchbay::identity
