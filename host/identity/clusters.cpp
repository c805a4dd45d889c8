#include "identity/clusters.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

namespace patchbay::identity {

ClusterIndex Clusters::free_cluster() {
  if (free_.empty()) {
    clusters_.emplace_back();
    return static_cast<ClusterIndex>(clusters_.size() - 1);
  }
  const ClusterIndex cluster = free_.back();
  free_.pop_back();
  return cluster;
}

void Clusters::add(NodeIndex node) {
  const ClusterIndex cluster = free_cluster();
  clusters_[cluster].members.push_back(node);
  if (node >= cluster_of_.size()) cluster_of_.resize(node + 1);
  cluster_of_[node] = cluster;
}

void Clusters::remove(NodeIndex node, std::vector<NodeIndex>& dirty) {
  Cluster& cluster = clusters_[cluster_of_[node]];
  take_out(cluster.members, node);
  // How they came together is known no more: until they are linked anew, each of them counts as alone.
  cluster.merges.clear();
  dirty.insert(dirty.end(), cluster.members.begin(), cluster.members.end());
  if (cluster.members.empty()) free_.push_back(cluster_of_[node]);
}

std::optional<std::vector<ClusterIndex>> Clusters::repair(std::span<const NodeIndex> dirty, std::size_t most_nodes) {
  std::vector<ClusterIndex> taken;
  std::vector<NodeIndex> region;
  // What an operator joined to a member comes along.
  const auto take = [&](ClusterIndex first) {
    std::vector<ClusterIndex> open{first};
    while (!open.empty()) {
      const ClusterIndex cluster = open.back();
      open.pop_back();
      if (std::find(taken.begin(), taken.end(), cluster) != taken.end()) continue;
      taken.push_back(cluster);
      for (const NodeIndex node : clusters_[cluster].members) {
        region.push_back(node);
        for (const NodeIndex same : graph_.same(node)) open.push_back(cluster_of_[same]);
      }
    }
  };
  for (const NodeIndex node : dirty) take(cluster_of_[node]);

  for (;;) {
    if (region.size() > most_nodes) return std::nullopt;
    std::sort(region.begin(), region.end(),
              [this](NodeIndex left, NodeIndex right) { return ranks_[left] < ranks_[right]; });
    const std::vector<Joining> merges = link(region, graph_, cut_);
    const std::vector<ClusterIndex> more = interfering(region, taken, merges);
    if (more.empty()) return replace(taken, region, merges);
    for (const ClusterIndex cluster : more) take(cluster);
  }
}

std::vector<ClusterIndex> Clusters::interfering(std::span<const NodeIndex> region, std::span<const ClusterIndex> taken,
                                                std::span<const Joining> merges) const {
  std::map<ClusterIndex, std::vector<CrossEdge>> beside;
  for (const NodeIndex node : region) {
    for (const Weight& edge : graph_.edges(node)) {
      const ClusterIndex cluster = cluster_of_[edge.to];
      if (std::find(taken.begin(), taken.end(), cluster) == taken.end())
        beside[cluster].push_back({node, edge.to, edge.weight});
    }
  }
  std::vector<ClusterIndex> found;
  for (const auto& [cluster, crossings] : beside)
    if (interferes(merges, clusters_[cluster].merges, crossings, graph_, cut_)) found.push_back(cluster);
  return found;
}

std::vector<ClusterIndex> Clusters::replace(std::span<const ClusterIndex> old, std::span<const NodeIndex> region,
                                            std::span<const Joining> merges) {
  for (const ClusterIndex cluster : old) {
    clusters_[cluster] = {};
    free_.push_back(cluster);
  }
  std::unordered_map<NodeIndex, NodeIndex> name;
  for (const NodeIndex node : region) name[node] = node;
  for (const Joining& merge : merges) name[merge.gone] = merge.kept;
  std::unordered_map<NodeIndex, ClusterIndex> cluster_named;
  std::vector<ClusterIndex> made;
  const auto cluster_with = [&](NodeIndex node) {
    while (name[node] != node) node = name[node];
    const auto [place, added] = cluster_named.try_emplace(node);
    if (added) {
      place->second = free_cluster();
      made.push_back(place->second);
    }
    return place->second;
  };
  for (const NodeIndex node : region) {
    cluster_of_[node] = cluster_with(node);
    clusters_[cluster_of_[node]].members.push_back(node);
  }
  for (const Joining& merge : merges) clusters_[cluster_of_[merge.kept]].merges.push_back(merge);
  return made;
}

}  // namespace patchbay::identity
