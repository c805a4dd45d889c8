#include "identity/nodes.hpp"

namespace patchbay::identity {

void take_in(SmallList<PersonaId>& list, std::span<const PersonaId> more) {
  for (const PersonaId id : more) list.insert(std::lower_bound(list.begin(), list.end(), id), id);
}

NodeIndex Nodes::find(const Digest16& digest) const {
  const std::uint32_t* found =
      by_rank_.find(rank_of(digest), [&](NodeIndex node) { return nodes_[node].digest == digest; });
  return found ? *found : no_node;
}

NodeIndex Nodes::add(const Digest16& digest, const Features& features) {
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
  added.sender = sender_of(features);
  added.packed = PackedFeatures(features);
  added.forbids_some = features.name.generation != Generation::unsaid ||
                       std::any_of(features.ids.begin(), features.ids.end(),
                                   [](const Id& id) { return id.rule == IdentifierRule::one_per_person; });
  ranks_[node] = rank_of(digest);
  by_rank_.add(ranks_[node], node);
  return node;
}

Features Nodes::features(NodeIndex node) const {
  Features features;
  nodes_[node].packed.read(features);
  return features;
}

void Nodes::remove(NodeIndex node) {
  by_rank_.remove(ranks_[node], by_rank_.find(ranks_[node], [&](NodeIndex each) { return each == node; }));
  nodes_[node] = {};
  free_.push_back(node);
}

}  // namespace patchbay::identity
