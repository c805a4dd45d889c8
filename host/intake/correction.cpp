// Operators' corrections: what they say of contacts, as decisions about pairs of personas.
#include "intake/recorder.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace patchbay::intake {
namespace {

using Decisions = std::vector<store::Decision>;
using Personas = std::vector<store::PersonaId>;

tl::unexpected<Error> too_many(std::size_t pairs) {
  return failure(ErrorCode::invalid,
                 "correcting contacts: this is about " + std::to_string(pairs) +
                     " pairs of personas, expected at most " + std::to_string(most_corrected_pairs),
                 "name fewer at once");
}

Result<Personas> ids_of(store::Writer& writer, store::ContactId contact) {
  Personas ids;
  for (const store::Persona& persona : PATCHBAY_TRY(writer.personas_of(contact))) ids.push_back(persona.id);
  if (ids.empty())
    return failure(ErrorCode::not_found, store::public_id(contact) + ": no such contact",
                   "see `patchbay contact find`");
  return ids;
}

// The first persona is each of the others.
void hold_together(const Personas& personas, TimePoint at, Decisions& decisions) {
  for (std::size_t i = 1; i < personas.size(); ++i)
    decisions.push_back({personas.front(), personas[i], store::Verdict::same, at});
}

Result<Decisions> merging(store::Writer& writer, const std::vector<store::ContactId>& contacts, TimePoint at) {
  Personas together;
  for (const store::ContactId contact : contacts) {
    const Personas personas = PATCHBAY_TRY(ids_of(writer, contact));
    if (std::find(together.begin(), together.end(), personas.front()) != together.end())
      return failure(ErrorCode::invalid, "merging " + store::public_id(contact) + ": it is one of the others already",
                     "name two contacts that are apart");
    together.insert(together.end(), personas.begin(), personas.end());
  }
  if (contacts.size() < 2)
    return failure(ErrorCode::invalid, "merging contacts: expected two or more, got " + std::to_string(contacts.size()),
                   "name those that are one");
  Decisions decisions;
  hold_together(together, at, decisions);
  return decisions;
}

Result<Decisions> splitting(store::Writer& writer, Personas personas, TimePoint at) {
  std::sort(personas.begin(), personas.end());
  personas.erase(std::unique(personas.begin(), personas.end()), personas.end());
  if (personas.empty())
    return failure(ErrorCode::invalid, "splitting a contact: no persona was named",
                   "`patchbay contact show` lists them");
  const store::ContactId contact = PATCHBAY_TRY(writer.persona(personas.front())).contact;
  Personas others = PATCHBAY_TRY(ids_of(writer, contact));
  for (const store::PersonaId persona : personas)
    if (std::erase(others, persona) == 0)
      return failure(ErrorCode::invalid,
                     "splitting " + store::public_id(contact) + ": " + store::public_id(persona) + " is not of it",
                     "name personas of one contact");
  if (others.empty())
    return failure(ErrorCode::invalid, "splitting " + store::public_id(contact) + ": these are all its personas",
                   "leave at least one");
  if (personas.size() * others.size() > most_corrected_pairs) return too_many(personas.size() * others.size());
  Decisions decisions;
  for (const store::PersonaId persona : personas)
    for (const store::PersonaId other : others) decisions.push_back({persona, other, store::Verdict::not_the_same, at});
  // Told apart from their like, they would stand alone each.
  hold_together(personas, at, decisions);
  hold_together(others, at, decisions);
  return decisions;
}

using Pair = identity::Directory::Pair;

// The opposite was not said before: it would leave decisions about others of the two contacts that nobody meant.
Result<Pair> two_of(const identity::Directory& directory, const Personas& personas, store::Verdict verdict) {
  if (personas.size() != 2 || personas[0] == personas[1])
    return failure(ErrorCode::invalid,
                   "deciding about personas: expected two, got " + std::to_string(personas.size()) +
                       (personas.size() == 2 ? " times the same" : ""),
                   "see `patchbay identity review`");
  const Pair pair(personas[0], personas[1]);
  const std::string names = store::public_id(pair.first) + " and " + store::public_id(pair.second);
  if (directory.verdict_on(pair).value_or(verdict) == verdict) return pair;
  return failure(ErrorCode::conflict, "deciding about " + names + ": the opposite was said of them before",
                 "take it back with `patchbay contact undo`");
}

// Each of these decisions is about one of the two, so that undoing what was said of them undoes it all.
void hold_with(store::PersonaId one, const Personas& others, TimePoint at, Decisions& decisions) {
  for (const store::PersonaId other : others)
    if (other != one) decisions.push_back({one, other, store::Verdict::same, at});
}

Result<Decisions> joining(store::Writer& writer, const identity::Directory& directory, const Personas& personas,
                          TimePoint at) {
  const auto [left, right] = PATCHBAY_TRY(two_of(directory, personas, store::Verdict::same));
  const store::ContactId contact = PATCHBAY_TRY(writer.persona(left)).contact;
  const store::ContactId other = PATCHBAY_TRY(writer.persona(right)).contact;
  Personas together = PATCHBAY_TRY(ids_of(writer, contact));
  if (other != contact) {
    const Personas more = PATCHBAY_TRY(ids_of(writer, other));
    together.insert(together.end(), more.begin(), more.end());
  }
  // Of a person with more personas than that, the two bring the others with them.
  if (together.size() > most_corrected_pairs) together = {right};
  Decisions decisions;
  hold_with(left, together, at, decisions);
  return decisions;
}

Result<Decisions> telling_apart(store::Writer& writer, const identity::Directory& directory, const Personas& personas,
                                TimePoint at) {
  const auto [left, right] = PATCHBAY_TRY(two_of(directory, personas, store::Verdict::not_the_same));
  for (const store::PersonaId persona : personas) PATCHBAY_CHECK(writer.persona(persona));
  Decisions decisions{{left, right, store::Verdict::not_the_same, at}};
  // Told apart from their like, they would stand alone.
  const Personas like_left = directory.equal_to(left);
  if (std::find(like_left.begin(), like_left.end(), right) != like_left.end()) return decisions;
  hold_with(left, like_left, at, decisions);
  hold_with(right, directory.equal_to(right), at, decisions);
  return decisions;
}

Result<Decisions> deciding(store::Writer& writer, const identity::Directory& directory, const Correction& correction,
                           TimePoint at) {
  switch (correction.what) {
    case Correct::merge:
      return merging(writer, correction.contacts, at);
    case Correct::split:
      return splitting(writer, correction.personas, at);
    case Correct::same:
      return joining(writer, directory, correction.personas, at);
    case Correct::not_the_same:
      return telling_apart(writer, directory, correction.personas, at);
    case Correct::undo:
      break;
  }
  return Decisions{};
}

}  // namespace

Result<Recorded> Recorder::correct(store::Writer& writer, const Correction& correction, TimePoint now) {
  Recorded recorded;
  Personas personas = correction.personas;
  if (correction.what == Correct::undo) {
    std::vector<identity::Directory::Pair> pairs;
    for (const store::PersonaId persona : personas) {
      PATCHBAY_CHECK(writer.persona(persona));
      for (const identity::Directory::Pair& pair : directory_.decided_about(persona))
        if (std::find(pairs.begin(), pairs.end(), pair) == pairs.end()) pairs.push_back(pair);
    }
    if (pairs.empty())
      return failure(ErrorCode::not_found, "undoing: nothing was decided about these personas",
                     "name personas that were merged or split by hand");
    for (const identity::Directory::Pair& pair : pairs) personas.insert(personas.end(), {pair.first, pair.second});
    recorded = PATCHBAY_TRY(move(writer, directory_.take_back(writer, pairs), now));
  } else {
    const Decisions decisions = PATCHBAY_TRY(deciding(writer, directory_, correction, now));
    if (decisions.size() > most_corrected_pairs) return too_many(decisions.size());
    for (const store::Decision& decision : decisions) personas.insert(personas.end(), {decision.left, decision.right});
    recorded = PATCHBAY_TRY(move(writer, directory_.decide(writer, decisions), now));
  }
  for (const store::PersonaId persona : personas) {
    const store::ContactId contact = directory_.contact_of(persona);
    if (std::find(recorded.contacts.begin(), recorded.contacts.end(), contact) == recorded.contacts.end())
      recorded.contacts.push_back(contact);
  }
  std::sort(recorded.contacts.begin(), recorded.contacts.end());
  return recorded;
}

}  // namespace patchbay::intake
