// What can be asked of the engine; nothing here changes it.
#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "identity/engine.hpp"

namespace patchbay::identity {

namespace {

// Below it a pair of one contact that contradicts itself is worth a look.
constexpr Probability doubtful = certain * 4 / 5;

// Parents are so many years older than their children.
bool a_generation_apart(const BirthDate& left, const BirthDate& right) {
  const int years = left.year > right.year ? left.year - right.year : right.year - left.year;
  return years >= 16 && years <= 45;
}

// One name and birth dates a generation apart, or one birth date and two given names, with no more to go by than a
// house: one person with a slip of the pen, or father and son, or twins. They are joined, and reviewed.
bool resemble_relatives(const Node& left, const Node& right) {
  const BirthDate& one = left.features.birth_date;
  const BirthDate& other = right.features.birth_date;
  if (!one.there() || !other.there()) return false;
  const NameComparison names = compare_names(left.features.name, right.features.name);
  if (names.family.level != NameLevel::exact) return false;
  if (birth_dates_contradict(left.features, right.features))
    return names.given.level <= NameLevel::variant && a_generation_apart(one, other);
  return one.value == other.value && names.given.level == NameLevel::other_name;
}

}  // namespace

Result<ContactId> Engine::contact_of(PersonaId id) const {
  const Known* known = find(id);
  if (known) return contacts_.contact_of(known->node);
  return failure(
      ErrorCode::not_found,
      "looking up persona " + std::to_string(static_cast<std::uint64_t>(id)) + ": there is none with this number",
      "it may have been erased");
}

std::vector<PersonaId> Engine::personas_of(ContactId contact) const {
  std::vector<PersonaId> personas;
  for (const NodeIndex node : contacts_.nodes_of(contact))
    personas.insert(personas.end(), nodes_[node].personas.begin(), nodes_[node].personas.end());
  std::sort(personas.begin(), personas.end());
  return personas;
}

std::vector<ContactId> Engine::contacts() const {
  std::vector<ContactId> ids;
  for (const auto& [id, nodes] : contacts_.all()) ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  return ids;
}

std::vector<ReviewItem> Engine::review() const {
  std::map<std::pair<ContactId, ContactId>, ReviewItem> items;
  for (const auto& [id, nodes] : contacts_.all()) {
    for (const NodeIndex node : nodes) {
      for (const Edge& edge : edges_.of(node)) {
        const ContactId other = contacts_.contact_of(edge.to);
        if (other == id && edge.weight() >= model_.link() && edge.probability < doubtful &&
            resemble_relatives(nodes_[node], nodes_[edge.to])) {
          const ReviewItem doubt{
              id, id, nodes_[node].personas.front(), nodes_[edge.to].personas.front(), edge.probability, false};
          items.try_emplace({id, id}, doubt);
          continue;
        }
        if (edge.probability < model_.possible() || other <= id || view_.apart(node, edge.to)) continue;
        const ReviewItem item{
            id, other, nodes_[node].personas.front(), nodes_[edge.to].personas.front(), edge.probability, edge.held()};
        const auto [place, added] = items.try_emplace({id, other}, item);
        const auto order = [](const ReviewItem& each) {
          return std::tuple(-each.probability, each.left_persona, each.right_persona);
        };
        if (!added && order(item) < order(place->second)) place->second = item;
      }
    }
  }
  std::vector<ReviewItem> list;
  for (const auto& [contacts, item] : items) list.push_back(item);
  return list;
}

std::vector<Relation> Engine::relations() const {
  std::set<Relation> found;
  for (const auto& [id, nodes] : contacts_.all())
    for (const NodeIndex node : nodes)
      for (const Edge& edge : edges_.of(node))
        if (const ContactId other = contacts_.contact_of(edge.to); edge.related && id < other)
          found.insert({id, other});
  return {found.begin(), found.end()};
}

Result<Explanation> Engine::explain(PersonaId left, PersonaId right) const {
  for (const PersonaId id : {left, right})
    if (auto contact = contact_of(id); !contact) return failure(std::move(contact.error()));
  const NodeIndex one = find(left)->node;
  const NodeIndex other = find(right)->node;
  Explanation explanation;
  for (const Constraints::Entry& entry : constraints_.about(left))
    if (entry.other == right) explanation.decision = entry.decision;
  explanation.equal = one == other;
  const std::vector<Rank>& ranks = nodes_.ranks();
  explanation.compared =
      explanation.equal || keys_.pairs(ranks[one], nodes_[one].keys, ranks[other], nodes_[other].keys);
  explanation.comparison = compare(nodes_[one].features, nodes_[other].features, counts_);
  explanation.judgement = model_.judge(explanation.comparison);
  explanation.forbidden = !explanation.equal && view_.apart(one, other);
  const Edge* edge = edges_.between(one, other);
  explanation.held = edge != nullptr && edge->held();

  if (contacts_.contact_of(one) == contacts_.contact_of(other)) {
    explanation.outcome = Outcome::same;
  } else if (edge && edge->probability >= model_.possible() && !explanation.forbidden) {
    explanation.outcome = Outcome::possible;
  } else if (edge && edge->related) {
    explanation.outcome = Outcome::related;
  }
  return explanation;
}

}  // namespace patchbay::identity
