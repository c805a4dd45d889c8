// What an operator is shown of who is who: the questions that are open, why two are or are not one, who is related.
//
// Relations are a view of the engine, as what is overdue is: which contacts share a house, a telephone or a mailbox
// follows from the personas, the decisions and the weights, and changes with each step of a value's frequency for
// hundreds at once. A table of them would be a second truth to keep equal to the first, in the transaction that takes
// a message.
//
// [the committer's thread] Reads the directory and the transaction that is open; keeps nothing. Fails with
// `unavailable` before the directory is loaded, with `not_found` for somebody whom the engine does not know.
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "identity/directory.hpp"
#include "identity/engine.hpp"
#include "store/store.hpp"

namespace patchbay::identity {

// A persona, and its contact as the store has it.
struct ShownPersona {
  store::Persona persona;
  store::Contact contact;
};

// May these two be one; or where they are one, may they be two?
struct OpenQuestion {
  ShownPersona left, right;
  Probability probability = 0;
  bool joined = false;  // they are one contact, and may be relatives
  bool held = false;    // each fits, and fits another that contradicts it
};

struct DecisionAbout {
  store::PersonaId persona{}, other{};
  store::Verdict verdict = store::Verdict::same;
};

// Why two are, or are not, one.
struct Explained {
  ShownPersona left, right;
  Explanation explanation;
  bool in_review = false;
  std::vector<DecisionAbout> decisions;  // all that stand about either, each once
  Probability link = 0, possible = 0, cut = 0;
  std::string model;  // its version
};

// Somebody of a house, a telephone or a mailbox with a contact.
struct RelatedTo {
  ShownPersona own, other;
  Comparison comparison;
};

using Party = std::variant<store::PersonaId, store::ContactId>;

// Those that bear this contact's id on their left.
[[nodiscard]] Result<std::vector<OpenQuestion>> open_questions(const Directory& directory, store::Writer& writer,
                                                               store::ContactId contact);
// Of contacts the two personas that agree best. Without a second party: a persona and the rest of its contact.
[[nodiscard]] Result<Explained> explained(const Directory& directory, store::Writer& writer, const Party& left,
                                          const std::optional<Party>& right);
[[nodiscard]] Result<std::vector<RelatedTo>> related_to(const Directory& directory, store::Writer& writer,
                                                        store::ContactId contact);

}  // namespace patchbay::identity
