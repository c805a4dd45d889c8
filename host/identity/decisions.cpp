// What operators decided, and that variants of one sender are one, as nodes that are the same or apart; part of the
// engine.
#include <algorithm>
#include <span>
#include <vector>

#include "identity/engine.hpp"

namespace patchbay::identity {
namespace {

void put_in(std::vector<NodeIndex>& list, NodeIndex node) {
  const auto place = std::lower_bound(list.begin(), list.end(), node);
  if (place == list.end() || *place != node) list.insert(place, node);
}

}  // namespace

void Engine::clear_decisions(NodeIndex node) {
  Node& cleared = nodes_[node];
  for (const NodeIndex other : cleared.same) std::erase(nodes_[other].same, node);
  for (const NodeIndex other : cleared.apart) std::erase(nodes_[other].apart, node);
  cleared.same.clear();
  cleared.apart.clear();
}

void Engine::rebuild_decisions(NodeIndex node) {
  Node& rebuilt = nodes_[node];
  clear_decisions(node);
  const auto follow = [&](PersonaId persona) {
    for (const Constraints::Entry& entry : constraints_.about(persona)) {
      const Known* known = find(entry.other);
      const NodeIndex other = known ? speaker(known->node) : node;
      if (other != node) (entry.decision == Decision::same ? rebuilt.same : rebuilt.apart).push_back(other);
    }
  };
  std::for_each(rebuilt.personas.begin(), rebuilt.personas.end(), follow);
  std::for_each(rebuilt.followers.begin(), rebuilt.followers.end(), follow);
  if (rebuilt.has_variants) {
    const std::span<const Variants::Variant> variants = variants_.of(rebuilt.features.sender);
    if (variants.size() > speaking_variants)
      for (const Variants::Variant& variant : variants.first(speaking_variants))
        if (variant.node != node && !nodes_[variant.node].follows) rebuilt.same.push_back(variant.node);
  }
  for (std::vector<NodeIndex>* list : {&rebuilt.same, &rebuilt.apart}) {
    std::sort(list->begin(), list->end());
    list->erase(std::unique(list->begin(), list->end()), list->end());
  }
  for (const NodeIndex other : rebuilt.same) put_in(nodes_[other].same, node);
  for (const NodeIndex other : rebuilt.apart) put_in(nodes_[other].apart, node);
  const auto renew_opponents = [this](NodeIndex each) {
    Node& one = nodes_[each];
    one.has_opponents = !one.apart.empty() || one.features.name.generation != Generation::unsaid ||
                        std::any_of(one.features.ids.begin(), one.features.ids.end(),
                                    [](const Id& id) { return id.rule == IdentifierRule::one_per_person; });
  };
  renew_opponents(node);
  for (const NodeIndex other : rebuilt.apart) renew_opponents(other);
}

}  // namespace patchbay::identity
