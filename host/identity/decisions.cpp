// What operators decided, and that variants of one sender are one, as nodes that are the same or apart; part of the
// engine.
#include <algorithm>
#include <span>
#include <vector>

#include "identity/engine.hpp"

namespace patchbay::identity {

void Engine::clear_decisions(NodeIndex node) {
  Node& cleared = nodes_[node];
  for (const NodeIndex other : cleared.same) take_out(nodes_[other].same, node);
  for (const NodeIndex other : cleared.apart) take_out(nodes_[other].apart, node);
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
      if (other != node) put_in_order(entry.decision == Decision::same ? rebuilt.same : rebuilt.apart, other);
    }
  };
  std::for_each(rebuilt.personas.begin(), rebuilt.personas.end(), follow);
  std::for_each(rebuilt.followers.begin(), rebuilt.followers.end(), follow);
  if (rebuilt.has_variants) {
    const std::span<const NodeIndex> variants = variants_.of(rebuilt.sender);
    if (variants.size() > speaking_variants)
      for (const NodeIndex variant : variants.first(speaking_variants))
        if (variant != node && !nodes_[variant].follows) put_in_order(rebuilt.same, variant);
  }
  for (const NodeIndex other : rebuilt.same) put_in_order(nodes_[other].same, node);
  for (const NodeIndex other : rebuilt.apart) put_in_order(nodes_[other].apart, node);
  const auto renew_opponents = [this](NodeIndex each) {
    Node& one = nodes_[each];
    one.has_opponents = one.forbids_some || !one.apart.empty();
  };
  renew_opponents(node);
  for (const NodeIndex other : rebuilt.apart) renew_opponents(other);
}

}  // namespace patchbay::identity
