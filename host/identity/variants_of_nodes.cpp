// Which of a sender's variants speak; part of the engine. See variants.hpp.
#include <algorithm>
#include <span>
#include <utility>

#include "identity/engine.hpp"

namespace patchbay::identity {

NodeIndex Engine::speaker(NodeIndex node) const {
  const Node& asked = nodes_[node];
  return asked.follows ? variants_.of(asked.sender).front() : node;
}

Changes Engine::renew_if_placed(NodeIndex node) {
  if (contacts_.contact_of(node) == Contacts::no_contact) return {};
  return contacts_.renew(node, nodes_);
}

Changes Engine::seat(NodeIndex node) {
  Node& seated = nodes_[node];
  const Sender sender = seated.sender;
  const std::span<const NodeIndex> before = variants_.of(sender);
  const NodeIndex spoke_first = before.empty() ? no_node : before.front();
  variants_.add(sender, node);
  seated.follows = true;

  Changes changes;
  const NodeIndex first = variants_.of(sender).front();
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
  const Sender sender = nodes_[node].sender;
  variants_.remove(sender, node);
  const std::span<const NodeIndex> left = variants_.of(sender);
  Changes changes;
  if (!nodes_[node].follows) {
    const NodeIndex first = nodes_[node].followers.empty() ? no_node : left.front();
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

Changes Engine::fill_seats(Sender sender) {
  const std::span<const NodeIndex> all = variants_.of(sender);
  const std::size_t seats = std::min(all.size(), speaking_variants);
  Changes changes;
  if (seats == 0) return changes;
  Node& first = nodes_[all.front()];
  if (all.size() > seats && !nodes_[all[seats]].follows) {
    const NodeIndex pushed_out = all[seats];
    take_in(first.followers, nodes_[pushed_out].personas);
    changes = contacts_.forget(pushed_out, nodes_);
    close_node(pushed_out);
    nodes_[pushed_out].follows = true;
    changes.append(renew_if_placed(all.front()));
  }
  for (const NodeIndex variant : all.first(seats)) {
    Node& speaking = nodes_[variant];
    if (!speaking.follows) continue;
    speaking.follows = false;
    for (const PersonaId persona : speaking.personas) take_out(first.followers, persona);
    changes.append(renew_if_placed(all.front()));
    open_node(variant);
  }
  // They are one from the start while there are more of them than seats.
  const bool around_the_limit = all.size() == speaking_variants || all.size() == speaking_variants + 1;
  if (all.size() < speaking_variants || (dirty_.empty() && !around_the_limit)) return changes;
  for (const NodeIndex variant : all.first(seats)) {
    rebuild_decisions(variant);
    dirty_.push_back(variant);
  }
  return changes;
}

}  // namespace patchbay::identity
