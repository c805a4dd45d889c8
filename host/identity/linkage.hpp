// Average linkage: the two clusters whose members agree best on the whole grow together, until no two agree well
// enough.
//
// A pair without an edge counts as 0, so that a chain of likenesses does not make one person of many. The mean of two
// clusters that grow together lies between their means (the linkage is monotone), hence a region that no neighbour
// would have interfered with can be linked alone: see `interferes`. Means are fractions and compared exactly; ties fall
// by the order of the nodes.
//
// What an operator calls the same is one from the start. Clusters that hold two nodes which must stay apart never grow
// together; that, too, can only lower a mean.
//
// Pure. Any thread. Cannot fail.
#pragma once

#include <compare>
#include <functional>
#include <span>
#include <vector>

#include "identity/model.hpp"
#include "identity/node.hpp"

namespace patchbay::identity {

// The mean probability over all pairs of two clusters.
struct Mean {
  Probability sum = 0;
  std::int64_t pairs = 1;
  friend std::strong_ordering operator<=>(const Mean& left, const Mean& right);
  friend bool operator==(const Mean& left, const Mean& right) { return (left <=> right) == 0; }
};

// A cluster bears the name of that of its nodes which stands first.
struct Joining {
  NodeIndex kept = no_node;
  NodeIndex gone = no_node;
  Mean mean;
};

struct Weight {
  NodeIndex to = no_node;
  Probability weight = 0;
};

// What linkage reads of the world.
class Graph {
 public:
  virtual ~Graph() = default;
  // The edges that weigh something.
  [[nodiscard]] virtual std::vector<Weight> edges(NodeIndex node) const = 0;
  // What an operator called the same as this node.
  [[nodiscard]] virtual std::span<const NodeIndex> same(NodeIndex node) const = 0;
  // Whether there may be a node from which this one must stay apart.
  [[nodiscard]] virtual bool has_opponents(NodeIndex node) const = 0;
  [[nodiscard]] virtual bool apart(NodeIndex left, NodeIndex right) const = 0;
};

// `nodes` stand in their order; edges that lead elsewhere are not read. The merges come in the order in which they
// happen: their means never rise.
[[nodiscard]] std::vector<Joining> link(std::span<const NodeIndex> nodes, const Graph& graph, Probability cut);

// An edge between a region and a cluster beside it.
struct CrossEdge {
  NodeIndex inside = no_node;
  NodeIndex outside = no_node;
  Probability weight = 0;
};

// Whether linking both together would have gone another way than each alone did. Says yes where it is not certain.
[[nodiscard]] bool interferes(std::span<const Joining> inside, std::span<const Joining> outside,
                              std::span<const CrossEdge> crossings, const Graph& graph, Probability cut);

}  // namespace patchbay::identity
