// What can be asked of the engine; nothing here changes it.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>

#include "identity/engine.hpp"

namespace patchbay::identity {

namespace {

// Below it a pair of one contact that contradicts itself is worth a look.
constexpr Probability doubtful = certain * 49 / 50;

// A Jr and one of whom it is not said, one name and birth dates a generation apart, one birth date and two given names,
// one given name and two family names at one door, or one family name and two given names at one mailbox: one person
// with a slip of the pen or a nickname, or father and son, twins, neighbours, a couple. They are joined, and reviewed.
bool resemble_relatives(const Comparison& comparison) {
  // One street and two numbers: not of one house, at any rate.
  if (comparison.at_least(Field::street, TextLevel::near) &&
      comparison.at_least(Field::number, NumberLevel::different) && !comparison.is(Field::number, NumberLevel::exact))
    return false;
  const bool family = comparison.is(Field::family_name, NameLevel::exact);
  const bool namesakes = comparison.at_least(Field::given_name, NameLevel::variant);
  if (comparison.generation_of_one && namesakes && family) return true;
  if (comparison.is(Field::birth_date, BirthDateLevel::different))
    return namesakes && (comparison.is(Field::family_name, NameLevel::different) ||
                         (family && comparison.age_gap == AgeGap::one_generation));
  if (comparison.is(Field::birth_date, BirthDateLevel::exact))
    return family && comparison.is(Field::given_name, NameLevel::other_name) && !comparison.given_one_edit_apart;
  // From here on no birth date says anything.
  if (comparison.at_least(Field::birth_date, BirthDateLevel::vague)) return false;
  if (comparison.is(Field::given_name, NameLevel::different))
    return comparison.at_least(Field::family_name, NameLevel::near);
  return namesakes && comparison.is(Field::family_name, NameLevel::different) &&
         comparison.of(Field::email) == no_level && comparison.of(Field::phone) == no_level &&
         comparison.of(Field::id) == no_level;
}

}  // namespace

Result<ContactId> Engine::contact_of(PersonaId id) const {
  const Known* known = find(id);
  if (known) return contacts_.contact_of(speaker(known->node));
  return failure(
      ErrorCode::not_found,
      "looking up persona " + std::to_string(static_cast<std::uint64_t>(id)) + ": there is none with this number",
      "it may have been erased");
}

std::vector<PersonaId> Engine::personas_of(ContactId contact) const {
  std::vector<PersonaId> personas;
  for (const NodeIndex node : contacts_.nodes_of(contact)) {
    const Node& each = nodes_[node];
    personas.insert(personas.end(), each.personas.begin(), each.personas.end());
    personas.insert(personas.end(), each.followers.begin(), each.followers.end());
  }
  std::sort(personas.begin(), personas.end());
  return personas;
}

std::vector<ContactId> Engine::contacts() const {
  std::vector<ContactId> ids;
  for (const auto& [id, nodes] : contacts_.all()) ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  return ids;
}

std::optional<Bridge> Engine::bridge(std::span<const PersonaId> part) const {
  const auto outside_of = [&](NodeIndex node) -> std::optional<PersonaId> {
    const auto& personas = nodes_[node].personas;
    const auto found = std::find_if(personas.begin(), personas.end(),
                                    [&](PersonaId id) { return !std::binary_search(part.begin(), part.end(), id); });
    return found == personas.end() ? std::nullopt : std::optional(*found);
  };
  std::optional<Bridge> best;
  Probability most = 0;
  for (const PersonaId inside : part) {
    const Known* known = find(inside);
    if (!known) continue;
    if (const auto equal = outside_of(known->node)) return Bridge{inside, *equal};
    for (const Edge& edge : edges_.of(known->node)) {
      if (edge.weight() <= most || contacts_.contact_of(edge.to) != contacts_.contact_of(known->node)) continue;
      if (const auto outside = outside_of(edge.to)) {
        best = Bridge{inside, *outside};
        most = edge.weight();
      }
    }
  }
  return best;
}

bool Engine::doubtful_within(NodeIndex node, const Edge& edge) const {
  return edge.weight() >= model_.link() && edge.probability < doubtful &&
         nodes_[node].personas.front() < nodes_[edge.to].personas.front() &&
         resemble_relatives(compare(nodes_.features(node), nodes_.features(edge.to), counts_));
}

void Engine::review_into(Items& items, ContactId contact, Ask ask) const {
  std::set<ContactId> told_apart;  // from it: who is another person in one of them is so in all
  if (ask == Ask::unanswered)
    for (const NodeIndex node : contacts_.nodes_of(contact))
      for (const NodeIndex other : nodes_[node].apart) told_apart.insert(contacts_.contact_of(other));
  const auto answered = [&](NodeIndex node, const Edge& edge, ContactId other) {
    if (other == contact) return joined_by_operator(node, edge.to);
    if (told_apart.contains(other)) return true;
    // Whoever had to choose between two has been given to one of them.
    return edge.held() && (edge.opposed == 0 || placed_by_operator(node)) &&
           (!edge.held_there || placed_by_operator(edge.to));
  };
  for (const NodeIndex node : contacts_.nodes_of(contact)) {
    for (const Edge& edge : edges_.of(node)) {
      const ContactId other = contacts_.contact_of(edge.to);
      const bool open_between = contact < other && edge.probability >= model_.possible() && !view_.apart(node, edge.to);
      if (!open_between && !(other == contact && doubtful_within(node, edge))) continue;
      if (ask == Ask::unanswered && answered(node, edge, other)) continue;
      const ReviewItem item{
          contact,          other,      nodes_[node].personas.front(), nodes_[edge.to].personas.front(),
          edge.probability, edge.held()};
      const auto [place, added] = items.try_emplace({contact, other}, item);
      const auto order = [](const ReviewItem& each) {
        return std::tuple(-each.probability, each.left_persona, each.right_persona);
      };
      if (!added && order(item) < order(place->second)) place->second = item;
    }
  }
}

std::vector<ReviewItem> Engine::review() const {
  Items items;
  for (const auto& [id, nodes] : contacts_.all()) review_into(items, id, Ask::all);
  std::vector<ReviewItem> list;
  list.reserve(items.size());
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
  const NodeIndex left_node = find(left)->node;
  const NodeIndex right_node = find(right)->node;
  // Those who speak for them among the clusters.
  const NodeIndex one = speaker(left_node);
  const NodeIndex other = speaker(right_node);
  Explanation explanation;
  for (const Constraints::Entry& entry : constraints_.about(left))
    if (entry.other == right) explanation.decision = entry.decision;
  explanation.equal = left_node == right_node;
  const auto& same = nodes_[one].same;
  explanation.variants = !explanation.equal && nodes_[one].has_variants && nodes_[other].has_variants &&
                         nodes_[one].sender == nodes_[other].sender &&
                         (one == other || std::binary_search(same.begin(), same.end(), other));
  explanation.compared =
      one == other || keys_.pairs(one, nodes_[one].packed.keys(), other, nodes_[other].packed.keys());
  explanation.comparison = compare(nodes_.features(left_node), nodes_.features(right_node), counts_);
  explanation.judgement = model_.judge(explanation.comparison);
  explanation.forbidden = one != other && view_.apart(one, other);
  explanation.contradict = forbids(nodes_.features(left_node), nodes_.features(right_node));
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
