#include "identity/view.hpp"

#include <algorithm>

namespace patchbay::identity {

std::vector<Weight> GraphView::edges(NodeIndex node) const {
  std::vector<Weight> weights;
  for (const Edge& edge : edges_.of(node))
    if (edge.weight() > 0) weights.push_back({edge.to, edge.weight()});
  return weights;
}

bool GraphView::apart(NodeIndex left, NodeIndex right) const {
  const auto& told = nodes_[left].apart;
  if (std::binary_search(told.begin(), told.end(), right)) return true;
  return nodes_[left].forbids_some && forbids(nodes_.features(left), nodes_.features(right));
}

}  // namespace patchbay::identity
