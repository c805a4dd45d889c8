// The engine's nodes and edges as linkage sees them. Internal to the engine; borrows what it shows.
#pragma once

#include <vector>

#include "identity/edges.hpp"
#include "identity/linkage.hpp"
#include "identity/nodes.hpp"

namespace patchbay::identity {

class GraphView final : public Graph {
 public:
  GraphView(const Nodes& nodes, const Edges& edges) : nodes_(nodes), edges_(edges) {}

  [[nodiscard]] std::vector<Weight> edges(NodeIndex node) const override;
  [[nodiscard]] std::span<const NodeIndex> same(NodeIndex node) const override { return nodes_[node].same; }
  [[nodiscard]] bool has_opponents(NodeIndex node) const override { return nodes_[node].has_opponents; }
  [[nodiscard]] bool apart(NodeIndex left, NodeIndex right) const override;

 private:
  const Nodes& nodes_;
  const Edges& edges_;
};

}  // namespace patchbay::identity
