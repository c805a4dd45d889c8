// What an operator is asked and shown of the engine; nothing here changes it.
#include <algorithm>
#include <set>
#include <tuple>
#include <unordered_map>

#include "identity/engine.hpp"

namespace patchbay::identity {

// By a chain of decisions, where one does not say it of these two.
bool Engine::joined_by_operator(NodeIndex left, NodeIndex right) const {
  std::set<NodeIndex> seen{left};
  std::vector<NodeIndex> next{left};
  while (!next.empty()) {
    const NodeIndex node = next.back();
    next.pop_back();
    for (const NodeIndex other : nodes_[node].same) {
      if (other == right) return true;
      if (seen.insert(other).second) next.push_back(other);
    }
  }
  return false;
}

// Somebody said who this is. That it is one with its like says nothing.
bool Engine::placed_by_operator(NodeIndex node) const {
  const auto content_of = [&](NodeIndex which) {
    Features features = nodes_.features(which);
    renew_digests(features);
    return features.content;
  };
  const Digest16 own = content_of(node);
  const auto said = [&](PersonaId persona) {
    const std::span<const Constraints::Entry> entries = constraints_.about(persona);
    return std::any_of(entries.begin(), entries.end(), [&](const Constraints::Entry& entry) {
      const Known* other = find(entry.other);
      return entry.decision == Decision::same && other != nullptr && content_of(other->node) != own;
    });
  };
  const Node& placed = nodes_[node];
  return std::any_of(placed.personas.begin(), placed.personas.end(), said) ||
         std::any_of(placed.followers.begin(), placed.followers.end(), said);
}

std::vector<ReviewItem> Engine::questions_of(ContactId contact) const {
  Items items;
  review_into(items, contact, Ask::unanswered);
  std::vector<ReviewItem> list;
  for (const auto& [contacts, item] : items) list.push_back(item);
  return list;
}

std::vector<RelatedContact> Engine::related_to(ContactId contact) const {
  // By how well they agree, the best first.
  using Agreement = std::tuple<Probability, PersonaId, PersonaId>;
  std::map<ContactId, Agreement> best;
  for (const NodeIndex node : contacts_.nodes_of(contact)) {
    for (const Edge& edge : edges_.of(node)) {
      const ContactId other = contacts_.contact_of(edge.to);
      if (!edge.related || other == contact) continue;
      const Agreement agreement(-edge.probability, nodes_[node].personas.front(), nodes_[edge.to].personas.front());
      const auto [place, added] = best.try_emplace(other, agreement);
      if (!added) place->second = std::min(place->second, agreement);
    }
  }
  std::vector<RelatedContact> related;
  for (const auto& [other, agreement] : best)
    related.push_back({other, {std::get<1>(agreement), std::get<2>(agreement)}});
  return related;
}

std::optional<Bridge> Engine::closest(std::span<const PersonaId> left, std::span<const PersonaId> right) const {
  if (left.empty() || right.empty()) return std::nullopt;
  std::unordered_map<NodeIndex, PersonaId> there;  // the first persona of each node on the right
  for (const PersonaId persona : right)
    if (const Known* known = find(persona)) there.try_emplace(speaker(known->node), persona);
  Bridge best{left.front(), right.front()};
  Probability most = -1;
  for (const PersonaId persona : left) {
    const Known* known = find(persona);
    if (!known) continue;
    const NodeIndex node = speaker(known->node);
    if (const auto equal = there.find(node); equal != there.end()) return Bridge{persona, equal->second};
    for (const Edge& edge : edges_.of(node)) {
      const auto other = there.find(edge.to);
      if (other == there.end()) continue;
      const bool first_of_equals = edge.probability == most && best.inside == persona && other->second < best.outside;
      if (edge.probability <= most && !first_of_equals) continue;
      best = {persona, other->second};
      most = edge.probability;
    }
  }
  return best;
}

std::vector<PersonaId> Engine::equal_to(PersonaId persona) const {
  const Known* known = find(persona);
  if (!known) return {};
  const auto& personas = nodes_[known->node].personas;
  return {personas.begin(), personas.end()};
}

std::span<const Constraints::Entry> Engine::decided_about(PersonaId persona) const {
  return constraints_.about(persona);
}

}  // namespace patchbay::identity
