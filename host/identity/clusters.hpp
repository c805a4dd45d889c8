// The partition of the nodes into clusters, kept equal to the linkage of all of them at once by local repair.
//
// After edges have changed, the clusters that hold their ends are linked anew. Then each cluster beside them is asked
// whether it would have interfered; those that would are taken in, and so on until none is left. Because average
// linkage is monotone the result is the one that linking everything would give, whatever happened in which order.
//
// Owned by the engine, used on its thread. Cannot fail.
#pragma once

#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "identity/linkage.hpp"
#include "identity/small_list.hpp"

namespace patchbay::identity {

using ClusterIndex = std::uint32_t;

class Clusters {
 public:
  // `ranks` gives each node its place in their order; it and the graph outlive this.
  Clusters(const Graph& graph, const std::vector<Rank>& ranks, Probability cut)
      : graph_(graph), ranks_(ranks), cut_(cut) {}

  // Alone at first; part of what it belongs to after a repair around it.
  void add(NodeIndex node);
  // Appends to `dirty` those with which it was in a cluster.
  void remove(NodeIndex node, std::vector<NodeIndex>& dirty);

  // Repairs around nodes that are all there. Returns the clusters that were made, or nothing, and leaves all as it was,
  // when more than `most_nodes` would have to be linked.
  [[nodiscard]] std::optional<std::vector<ClusterIndex>> repair(std::span<const NodeIndex> dirty,
                                                                std::size_t most_nodes);

  [[nodiscard]] ClusterIndex cluster_of(NodeIndex node) const { return cluster_of_[node]; }
  [[nodiscard]] std::span<const NodeIndex> members(ClusterIndex cluster) const { return clusters_[cluster].members; }

 private:
  struct Cluster {
    SmallList<NodeIndex> members;
    SmallList<Joining> merges;
  };

  [[nodiscard]] std::vector<ClusterIndex> interfering(std::span<const NodeIndex> region,
                                                      std::span<const ClusterIndex> taken,
                                                      std::span<const Joining> merges) const;
  std::vector<ClusterIndex> replace(std::span<const ClusterIndex> old, std::span<const NodeIndex> region,
                                    std::span<const Joining> merges);
  ClusterIndex free_cluster();

  const Graph& graph_;
  const std::vector<Rank>& ranks_;
  Probability cut_;
  std::deque<Cluster> clusters_;
  std::vector<ClusterIndex> free_;
  std::vector<ClusterIndex> cluster_of_;
};

}  // namespace patchbay::identity
