#include "identity/directory.hpp"

#include "identity/evidence.hpp"
#include "identity/normalise.hpp"
#include "identity/persona_reading.hpp"

#include <algorithm>
#include <future>

namespace patchbay::identity {
namespace {

constexpr std::size_t personas_at_once = 1000;
// So many contacts are brought up to date in one transaction, which others wait for.
constexpr std::size_t contacts_at_once = 64;

PersonaId engine_id(store::PersonaId id) { return PersonaId{static_cast<std::uint64_t>(store::number(id))}; }
store::PersonaId persona_id(PersonaId id) { return store::PersonaId{static_cast<std::int64_t>(id)}; }
store::ContactId contact_id(ContactId id) { return store::ContactId{static_cast<std::int64_t>(id)}; }

Decision decision_of(store::Verdict verdict) {
  return verdict == store::Verdict::same ? Decision::same : Decision::not_the_same;
}

// Evidence where no pair of personas speaks for it.
constexpr std::string_view nothing = "[]";

std::string said_by_operator(store::PersonaId with) {
  return nlohmann::json::array({{{"field", "operator"},
                                 {"level", "same"},
                                 {"millibits", 0},
                                 {"value", ""},
                                 {"scope", ""},
                                 {"persona", store::public_id(with)}}})
      .dump();
}

// Some of the store's personas, read for the engine.
struct Page {
  std::vector<store::Persona> personas;
  std::vector<Features> features;  // as personas
};

Result<Page> read_page(store::Reader& reader, store::PersonaId after) {
  Page page;
  page.personas = PATCHBAY_TRY(reader.list_personas(after, personas_at_once));
  page.features.reserve(page.personas.size());
  for (const store::Persona& persona : page.personas)
    page.features.push_back(features_of(read_persona(persona.identifiers)));
  return page;
}

}  // namespace

Directory::Directory(const Model& model, std::size_t most_nodes_at_once)
    : model_(model), most_nodes_at_once_(most_nodes_at_once) {
  reset();
}

void Directory::reset() {
  engine_ = std::make_unique<Engine>(model_, most_nodes_at_once_);
  stored_.clear();
  decisions_.clear();
  overdue_.clear();
  journal_ = {};
  state_ = DirectoryState::loading;
}

Status Directory::load(store::Reader& reader, const std::function<bool()>& go_on) {
  reset();
  const auto stopped = [] {
    return failure(ErrorCode::unavailable, "rebuilding the identities: the gateway is stopping",
                   "try again when it is back");
  };
  // One page is read while the engine takes the one before.
  const auto read = [&reader](store::PersonaId after) {
    return std::async(std::launch::async | std::launch::deferred,
                      [&reader, after] { return read_page(reader, after); });
  };
  for (std::future<Result<Page>> next = read({});;) {
    if (!go_on()) return stopped();
    const Page page = PATCHBAY_TRY(next.get());
    if (page.personas.empty()) break;
    next = read(page.personas.back().id);
    for (std::size_t i = 0; i < page.personas.size(); ++i) {
      const store::Persona& persona = page.personas[i];
      const PersonaId id = engine_id(persona.id);
      PATCHBAY_CHECK(engine_->add(id, page.features[i], persona.digest));
      put_stored(id, PersonaId{static_cast<std::uint64_t>(store::number(persona.contact))});
    }
  }
  for (const store::Decision& decision : PATCHBAY_TRY(reader.list_decisions())) {
    PATCHBAY_CHECK(engine_->decide(engine_id(decision.left), engine_id(decision.right), decision_of(decision.verdict)));
    decisions_[{decision.left, decision.right}] = decision.verdict;
  }
  while (engine_->pending()) {
    if (!go_on()) return stopped();
    engine_->drain_some();
  }
  compare_with_store(engine_->contacts());
  journal_ = {};
  state_ = DirectoryState::complete;
  renew_state();
  return {};
}

Status Directory::check_loaded() const {
  if (state_ != DirectoryState::loading) return {};
  return failure(ErrorCode::unavailable, "deciding who this is: the identities are being rebuilt after the start",
                 "try again in a few seconds");
}

void Directory::renew_state() {
  if (state_ == DirectoryState::loading) return;
  state_ = engine_->pending() || !overdue_.empty() ? DirectoryState::behind : DirectoryState::complete;
}

ContactId Directory::stored(PersonaId persona) const {
  const auto found = stored_.find(persona);
  return found == stored_.end() ? persona : found->second;
}

void Directory::put_stored(PersonaId persona, ContactId contact) {
  if (contact == persona) {
    stored_.erase(persona);
  } else {
    stored_[persona] = contact;
  }
}

store::ContactId Directory::contact_of(store::PersonaId persona) const {
  return contact_id(stored(engine_id(persona)));
}

Result<Resolution> Directory::resolve(store::Writer& writer, std::vector<store::Identifier> identifiers,
                                      std::string_view region, const Digest16& from) {
  PATCHBAY_CHECK(check_loaded());
  bring_into_order(identifiers);
  Digest16 digest = persona_digest(identifiers, region);
  if (auto known = PATCHBAY_TRY(writer.find_persona(digest)))
    return Resolution{.persona = std::move(*known), .moves = {}, .evidence = {}};

  bool comparable = false;
  for (store::Identifier& identifier : identifiers) {
    if (identifier.trust == store::Trust::claimed) continue;
    if (auto normal = normal_form(identifier.kind, identifier.value, region)) {
      identifier.normal = std::move(*normal);
      comparable = true;
    }
  }
  if (!comparable) {
    // Two people called Maria Rossi are two: each sighting is a persona of its own.
    digest = digest_of({bytes_of(digest), bytes_of(from)});
    if (auto known = PATCHBAY_TRY(writer.find_persona(digest)))
      return Resolution{.persona = std::move(*known), .moves = {}, .evidence = {}};
  }

  Resolution resolution{.persona = {}, .is = PersonaIs::added, .moves = {}, .evidence = {}};
  store::Persona& persona = resolution.persona;
  persona.id = writer.next_persona();
  persona.digest = digest;
  persona.identifiers = std::move(identifiers);
  const PersonaId id = engine_id(persona.id);
  const Changes changes = PATCHBAY_TRY(engine_->add(id, read_persona(persona.identifiers), digest));
  journal_.added.push_back(id);
  resolution.moves = PATCHBAY_TRY(moves_to(writer, changes.changed, &persona));
  const ContactId contact = PATCHBAY_TRY(engine_->contact_of(id));
  if (contact != id) persona.contact = contact_id(contact);
  put_stored(id, contact);
  resolution.evidence = PATCHBAY_TRY(evidence_for(writer, {&id, 1}, &persona));
  return resolution;
}

void Directory::apply(const Pair& pair, std::optional<store::Verdict> verdict, Changes& changes) {
  const PersonaId left = engine_id(pair.first);
  const PersonaId right = engine_id(pair.second);
  auto changed = verdict ? engine_->decide(left, right, decision_of(*verdict)) : engine_->take_back(left, right);
  if (changed) changes.append(*changed);
  if (verdict) {
    decisions_[pair] = *verdict;
  } else {
    decisions_.erase(pair);
  }
}

Result<std::vector<Move>> Directory::decide(store::Writer& writer, std::span<const store::Decision> decisions) {
  PATCHBAY_CHECK(check_loaded());
  Changes changes;
  for (const store::Decision& decision : decisions) {
    const Pair pair = std::minmax(decision.left, decision.right);
    if (pair.first == pair.second)
      return failure(ErrorCode::invalid, "deciding about " + store::public_id(pair.first) + ": it was named twice",
                     "name two personas");
    for (const store::PersonaId id : {pair.first, pair.second}) PATCHBAY_CHECK(engine_->contact_of(engine_id(id)));
    PATCHBAY_CHECK(writer.put_decision({pair.first, pair.second, decision.verdict, decision.decided_at}));
    const auto before = decisions_.find(pair);
    journal_.decided.emplace_back(pair, before == decisions_.end() ? std::nullopt : std::optional(before->second));
    apply(pair, decision.verdict, changes);
  }
  return moves_to(writer, std::move(changes.changed), nullptr);
}

Result<std::vector<Move>> Directory::take_back(store::Writer& writer, std::span<const Pair> pairs) {
  PATCHBAY_CHECK(check_loaded());
  Changes changes;
  for (const Pair& pair : pairs) {
    const auto before = decisions_.find(pair);
    if (before == decisions_.end())
      return failure(ErrorCode::not_found,
                     "taking back a decision about " + store::public_id(pair.first) + " and " +
                         store::public_id(pair.second) + ": none stands",
                     "name the two personas of a decision that stands");
    PATCHBAY_CHECK(writer.remove_decision(pair.first, pair.second));
    journal_.decided.emplace_back(pair, before->second);
    apply(pair, std::nullopt, changes);
  }
  return moves_to(writer, std::move(changes.changed), nullptr);
}

std::vector<Directory::Pair> Directory::decided_about(store::PersonaId persona) const {
  std::vector<Pair> pairs;
  for (const auto& [pair, verdict] : decisions_)
    if (pair.first == persona || pair.second == persona) pairs.push_back(pair);
  return pairs;
}

std::optional<store::Verdict> Directory::verdict_on(const Pair& pair) const {
  const auto found = decisions_.find(std::minmax(pair.first, pair.second));
  return found == decisions_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<store::PersonaId> Directory::equal_to(store::PersonaId persona) const {
  std::vector<store::PersonaId> all;
  for (const PersonaId id : engine_->equal_to(engine_id(persona))) all.push_back(persona_id(id));
  return all;
}

Result<std::vector<Move>> Directory::catch_up(store::Writer& writer) {
  PATCHBAY_CHECK(check_loaded());
  if (overdue_.empty()) {
    const Changes changes = engine_->drain_some();
    overdue_.insert(changes.changed.begin(), changes.changed.end());
  }
  std::vector<ContactId> contacts;
  for (auto next = overdue_.begin(); next != overdue_.end() && contacts.size() < contacts_at_once; ++next)
    contacts.push_back(*next);
  return moves_to(writer, std::move(contacts), nullptr);
}

// While some contacts are overdue, those that changed may share personas in the store with contacts that did not.
Status Directory::close(store::Writer& writer, std::vector<ContactId>& contacts) const {
  std::set<ContactId> taken(contacts.begin(), contacts.end());
  std::set<ContactId> seen;
  for (std::size_t i = 0; i < contacts.size(); ++i) {
    for (const PersonaId persona : engine_->personas_of(contacts[i])) {
      const ContactId before = stored(persona);
      if (!seen.insert(before).second) continue;
      for (const store::Persona& other : PATCHBAY_TRY(writer.personas_of(contact_id(before))))
        if (const auto contact = engine_->contact_of(engine_id(other.id)); contact && taken.insert(*contact).second)
          contacts.push_back(*contact);
    }
  }
  return {};
}

Result<std::vector<Move>> Directory::moves_to(store::Writer& writer, std::vector<ContactId> contacts,
                                              const store::Persona* added) {
  if (!overdue_.empty()) PATCHBAY_CHECK(close(writer, contacts));
  // What of a contact of the store is in one contact of the engine.
  std::map<std::pair<ContactId, ContactId>, std::vector<PersonaId>> pieces;
  for (const ContactId contact : contacts)
    for (const PersonaId persona : engine_->personas_of(contact))
      if (!added || persona != engine_id(added->id)) pieces[{stored(persona), contact}].push_back(persona);

  std::vector<Move> moves;
  std::vector<Move> merges;
  for (const auto& [from_to, personas] : pieces) {
    const auto& [before, now] = from_to;
    const ContactId label = personas.front();
    if (label != before) {
      Move split{.kind = MoveKind::split,
                 .from = contact_id(before),
                 .into = contact_id(label),
                 .personas = {},
                 .evidence = std::string(nothing)};
      for (const PersonaId persona : personas) split.personas.push_back(persona_id(persona));
      moves.push_back(std::move(split));
    }
    if (label != now) {
      Move merge{.from = contact_id(label), .into = contact_id(now), .personas = {}, .evidence = {}};
      merge.evidence = PATCHBAY_TRY(evidence_for(writer, personas, added));
      // No pair of theirs speaks for it: somebody said so.
      if (merge.evidence == nothing) merge.evidence = said_by_operator(persona_id(now));
      merges.push_back(std::move(merge));
    }
    if (before == now) continue;
    for (const PersonaId persona : personas) {
      journal_.moved.emplace_back(persona, before);
      put_stored(persona, now);
    }
  }
  moves.insert(moves.end(), std::make_move_iterator(merges.begin()), std::make_move_iterator(merges.end()));
  for (const ContactId contact : contacts) overdue_.erase(contact);
  return moves;
}

Result<std::string> Directory::evidence_for(store::Writer& writer, std::span<const PersonaId> part,
                                            const store::Persona* added) const {
  const auto bridge = engine_->bridge(part);
  if (!bridge) return std::string(nothing);
  const Explanation explanation = PATCHBAY_TRY(engine_->explain(bridge->inside, bridge->outside));
  const auto shown = [&](PersonaId id) -> Result<store::Persona> {
    if (added && persona_id(id) == added->id) return *added;
    return writer.persona(persona_id(id));
  };
  const store::Persona inside = PATCHBAY_TRY(shown(bridge->inside));
  const store::Persona outside = PATCHBAY_TRY(shown(bridge->outside));
  return evidence_of(explanation, inside, outside).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void Directory::committed() {
  journal_ = {};
  renew_state();
}

void Directory::rolled_back() {
  const Journal journal = std::exchange(journal_, {});
  for (auto moved = journal.moved.rbegin(); moved != journal.moved.rend(); ++moved)
    put_stored(moved->first, moved->second);
  Changes changes;
  for (auto decided = journal.decided.rbegin(); decided != journal.decided.rend(); ++decided)
    apply(decided->first, decided->second, changes);
  for (auto added = journal.added.rbegin(); added != journal.added.rend(); ++added) {
    stored_.erase(*added);
    if (const auto removed = engine_->remove(*added)) changes.append(*removed);
  }
  // Back where it was, unless something was drained on the way.
  std::vector<ContactId> contacts = changes.changed;
  for (const auto& [persona, contact] : journal.moved)
    if (const auto now = engine_->contact_of(persona)) contacts.push_back(*now);
  compare_with_store(contacts);
  renew_state();
}

void Directory::compare_with_store(std::span<const ContactId> contacts) {
  for (const ContactId contact : contacts) {
    const std::vector<PersonaId> personas = engine_->personas_of(contact);
    if (std::any_of(personas.begin(), personas.end(), [&](PersonaId persona) { return stored(persona) != contact; }))
      overdue_.insert(contact);
  }
}

}  // namespace patchbay::identity
