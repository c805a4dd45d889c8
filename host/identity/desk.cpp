#include "identity/desk.hpp"

#include <algorithm>
#include <iterator>
#include <string>

#include "identity/learned.hpp"

namespace patchbay::identity {
namespace {

using Personas = std::vector<PersonaId>;

PersonaId engine_id(store::PersonaId id) { return PersonaId{static_cast<std::uint64_t>(store::number(id))}; }
store::PersonaId persona_id(PersonaId id) { return store::PersonaId{static_cast<std::int64_t>(id)}; }

Status check_loaded(const Directory& directory) {
  if (directory.state() != DirectoryState::loading) return {};
  return failure(ErrorCode::unavailable, "asking who is who: the identities are being rebuilt after the start",
                 "try again in a few seconds");
}

std::string name_of(const Party& party) {
  return std::visit([](auto id) { return store::public_id(id); }, party);
}

// A contact's id is that of a persona, also where the contact has become part of another. The engine is asked before
// the store: a transaction in which the store does not find something can only be rolled back.
Result<ContactId> contact_of(const Engine& engine, const Party& party) {
  auto contact = engine.contact_of(
      PersonaId{std::visit([](auto id) { return static_cast<std::uint64_t>(store::number(id)); }, party)});
  if (contact) return contact;
  return failure(ErrorCode::not_found, "looking up " + name_of(party) + ": it is not known",
                 "see `patchbay contact find` and `patchbay contact show`");
}

Result<ShownPersona> shown(store::Writer& writer, PersonaId id) {
  ShownPersona shown;
  shown.persona = PATCHBAY_TRY(writer.persona(persona_id(id)));
  shown.contact = PATCHBAY_TRY(writer.contact(shown.persona.contact));
  return shown;
}

Result<Personas> personas_of(const Engine& engine, const Party& party) {
  const ContactId contact = PATCHBAY_TRY(contact_of(engine, party));
  if (const auto* persona = std::get_if<store::PersonaId>(&party)) return Personas{engine_id(*persona)};
  return engine.personas_of(contact);
}

Personas without(const Personas& all, const Personas& some) {
  Personas rest;
  std::set_difference(all.begin(), all.end(), some.begin(), some.end(), std::back_inserter(rest));
  return rest;
}

Result<Bridge> pair_of(const Engine& engine, const Party& left, const std::optional<Party>& right) {
  Personas ours = PATCHBAY_TRY(personas_of(engine, left));
  Personas theirs =
      right ? PATCHBAY_TRY(personas_of(engine, *right)) : engine.personas_of(PATCHBAY_TRY(contact_of(engine, left)));
  if (ours == theirs)
    return failure(ErrorCode::invalid,
                   "explaining " + name_of(left) + (right ? " and " + name_of(*right) : std::string()) +
                       ": these are all the personas of one contact",
                   "name two contacts that are apart, two personas, or one that is not alone in its contact");
  // A persona and its own contact: the rest of that.
  if (std::includes(theirs.begin(), theirs.end(), ours.begin(), ours.end())) {
    theirs = without(theirs, ours);
  } else if (std::includes(ours.begin(), ours.end(), theirs.begin(), theirs.end())) {
    ours = without(ours, theirs);
  }
  return *engine.closest(ours, theirs);
}

std::vector<DecisionAbout> decisions_about(const Engine& engine, const Bridge& pair) {
  std::vector<DecisionAbout> decisions;
  for (const PersonaId persona : {pair.inside, pair.outside}) {
    for (const Constraints::Entry& entry : engine.decided_about(persona)) {
      if (persona == pair.outside && entry.other == pair.inside) continue;
      decisions.push_back({persona_id(persona), persona_id(entry.other),
                           entry.decision == Decision::same ? store::Verdict::same : store::Verdict::not_the_same});
    }
  }
  return decisions;
}

bool in_review(const Engine& engine, ContactId left, ContactId right) {
  const std::vector<ReviewItem> items = engine.questions_of(std::min(left, right));
  return std::any_of(items.begin(), items.end(),
                     [&](const ReviewItem& item) { return item.right == std::max(left, right); });
}

}  // namespace

Result<std::vector<OpenQuestion>> open_questions(const Directory& directory, store::Writer& writer,
                                                 store::ContactId contact) {
  PATCHBAY_CHECK(check_loaded(directory));
  std::vector<OpenQuestion> questions;
  const ContactId left{static_cast<std::uint64_t>(store::number(contact))};
  for (const ReviewItem& item : directory.engine().questions_of(left)) {
    OpenQuestion question;
    question.left = PATCHBAY_TRY(shown(writer, item.left_persona));
    question.right = PATCHBAY_TRY(shown(writer, item.right_persona));
    question.probability = item.probability;
    question.joined = item.left == item.right;
    question.held = item.held;
    questions.push_back(std::move(question));
  }
  return questions;
}

Result<Explained> explained(const Directory& directory, store::Writer& writer, const Party& left,
                            const std::optional<Party>& right) {
  PATCHBAY_CHECK(check_loaded(directory));
  const Engine& engine = directory.engine();
  const Bridge pair = PATCHBAY_TRY(pair_of(engine, left, right));
  Explained answer;
  answer.explanation = PATCHBAY_TRY(engine.explain(pair.inside, pair.outside));
  answer.left = PATCHBAY_TRY(shown(writer, pair.inside));
  answer.right = PATCHBAY_TRY(shown(writer, pair.outside));
  answer.in_review =
      in_review(engine, PATCHBAY_TRY(engine.contact_of(pair.inside)), PATCHBAY_TRY(engine.contact_of(pair.outside)));
  answer.decisions = decisions_about(engine, pair);
  answer.link = engine.model().link();
  answer.possible = engine.model().possible();
  answer.cut = engine.model().cut();
  answer.model = version_text(engine.model());
  return answer;
}

Result<std::vector<RelatedTo>> related_to(const Directory& directory, store::Writer& writer, store::ContactId contact) {
  PATCHBAY_CHECK(check_loaded(directory));
  const Engine& engine = directory.engine();
  std::vector<RelatedTo> all;
  for (const RelatedContact& related : engine.related_to(PATCHBAY_TRY(contact_of(engine, contact)))) {
    RelatedTo one;
    one.own = PATCHBAY_TRY(shown(writer, related.by.inside));
    one.other = PATCHBAY_TRY(shown(writer, related.by.outside));
    one.comparison = PATCHBAY_TRY(engine.explain(related.by.inside, related.by.outside)).comparison;
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace patchbay::identity
