#include "identity/nodes.hpp"

namespace patchbay::identity {

void take_in(std::vector<PersonaId>& list, std::span<const PersonaId> more) {
  for (const PersonaId id : more) list.insert(std::lower_bound(list.begin(), list.end(), id), id);
}

NodeIndex Nodes::find(const Digest16& digest) const {
  const auto found = by_digest_.find(digest);
  return found == by_digest_.end() ? no_node : found->second;
}

NodeIndex Nodes::add(const Digest16& digest, Features features) {
  NodeIndex node = static_cast<NodeIndex>(nodes_.size());
  if (free_.empty()) {
    nodes_.emplace_back();
    ranks_.emplace_back();
  } else {
    node = free_.back();
    free_.pop_back();
  }
  Node& added = nodes_[node];
  added.digest = digest;
  added.keys = keys_of(features);
  added.counted = counted_values_of(features);
  added.features = std::move(features);
  ranks_[node] = rank_of(digest);
  by_digest_.emplace(digest, node);
  return node;
}

void Nodes::remove(NodeIndex node) {
  by_digest_.erase(nodes_[node].digest);
  nodes_[node] = {};
  free_.push_back(node);
}

}  // namespace patchbay::identity
