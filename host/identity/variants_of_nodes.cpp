// Which of a sender's variants speak; part of the engine. See variants.hpp.
#include <algorithm>
#include <span>
#include <utility>

#include "identity/engine.hpp"

namespace patchbay::identity {

NodeIndex Engine::speaker(NodeIndex node) const {
  const Node& asked = nodes_[node];
  return asked.follows ? variants_.of(asked.features.sender).front().node : node;
}

Changes Engine::renew_if_placed(NodeIndex node) {
  if (contacts_.contact_of(node) == Contacts::no_contact) return {};
  return contacts_.renew(node, nodes_);
}

Changes Engine::seat(NodeIndex node) {
  Node& seated = nodes_[node];
  const Digest16 sender = seated.features.sender;
  const std::span<const Variants::Variant> before = variants_.of(sender);
  const NodeIndex spoke_first = before.empty() ? no_node : before.front().node;
  variants_.add(sender, node, nodes_.ranks()[node]);
  seated.follows = true;

  Changes changes;
  const NodeIndex first = variants_.of(sender).front().node;
  if (spoke_first != no_node && spoke_first != first) {
    nodes_[first].followers = std::exchange(nodes_[spoke_first].followers, {});
    changes = renew_if_placed(spoke_first);
  }
  changes.append(fill_seats(sender));
  if (nodes_[node].follows) {
    take_in(nodes_[first].followers, nodes_[node].personas);
    changes.append(contacts_.renew(first, nodes_));
  }
  return changes;
}

Changes Engine::unseat(NodeIndex node) {
  const Digest16 sender = nodes_[node].features.sender;
  variants_.remove(sender, nodes_.ranks()[node]);
  const std::span<const Variants::Variant> left = variants_.of(sender);
  Changes changes;
  if (!nodes_[node].follows) {
    const NodeIndex first = nodes_[node].followers.empty() ? no_node : left.front().node;
    if (first != no_node) nodes_[first].followers = std::exchange(nodes_[node].followers, {});
    // The contact that had the followers lets go of their ids before the other takes one of them.
    changes = contacts_.forget(node, nodes_);
    if (first != no_node) changes.append(renew_if_placed(first));
    close_node(node);
  }
  nodes_.remove(node);
  changes.append(fill_seats(sender));
  return changes;
}

Changes Engine::fill_seats(const Digest16& sender) {
  const std::span<const Variants::Variant> all = variants_.of(sender);
  const std::size_t seats = std::min(all.size(), speaking_variants);
  Changes changes;
  if (seats == 0) return changes;
  Node& first = nodes_[all.front().node];
  if (all.size() > seats && !nodes_[all[seats].node].follows) {
    const NodeIndex pushed_out = all[seats].node;
    take_in(first.followers, nodes_[pushed_out].personas);
    changes = contacts_.forget(pushed_out, nodes_);
    close_node(pushed_out);
    nodes_[pushed_out].follows = true;
    changes.append(renew_if_placed(all.front().node));
  }
  for (const Variants::Variant& variant : all.first(seats)) {
    Node& speaking = nodes_[variant.node];
    if (!speaking.follows) continue;
    speaking.follows = false;
    for (const PersonaId persona : speaking.personas) std::erase(first.followers, persona);
    changes.append(renew_if_placed(all.front().node));
    open_node(variant.node);
  }
  // They are one from the start while there are more of them than seats.
  const bool around_the_limit = all.size() == speaking_variants || all.size() == speaking_variants + 1;
  if (all.size() < speaking_variants || (dirty_.empty() && !around_the_limit)) return changes;
  for (const Variants::Variant& variant : all.first(seats)) {
    rebuild_decisions(variant.node);
    dirty_.push_back(variant.node);
  }
  return changes;
}

}  // namespace patchbay::identity
