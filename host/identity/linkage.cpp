#include "identity/linkage.hpp"

#include <algorithm>
#include <map>
#include <queue>
#include <unordered_map>

namespace patchbay::identity {
namespace {

__extension__ using Wide = __int128;

// Above every mean.
constexpr Mean one_from_the_start{2 * certain, 1};

bool any_apart(std::span<const NodeIndex> left, std::span<const NodeIndex> right, const Graph& graph) {
  const auto has_opponents = [&graph](NodeIndex node) { return graph.has_opponents(node); };
  if (std::none_of(left.begin(), left.end(), has_opponents)) return false;
  return std::any_of(right.begin(), right.end(), [&](NodeIndex one) {
    return graph.has_opponents(one) &&
           std::any_of(left.begin(), left.end(), [&](NodeIndex other) { return graph.apart(one, other); });
  });
}

class Linkage {
 public:
  Linkage(std::span<const NodeIndex> nodes, const Graph& graph, Probability cut)
      : nodes_(nodes), graph_(graph), cut_(cut), clusters_(nodes.size()) {
    std::unordered_map<NodeIndex, std::uint32_t> place;
    place.reserve(nodes.size());
    for (std::uint32_t i = 0; i < nodes.size(); ++i) place.emplace(nodes[i], i);
    for (std::uint32_t i = 0; i < nodes.size(); ++i) {
      clusters_[i].members = {nodes[i]};
      for (const Weight& edge : graph.edges(nodes[i])) {
        const auto found = place.find(edge.to);
        if (found != place.end()) clusters_[i].near.push_back({found->second, edge.weight, Pairing::open});
      }
      std::sort(clusters_[i].near.begin(), clusters_[i].near.end());
    }
    contract(place);
    for (std::uint32_t i = 0; i < nodes.size(); ++i)
      for (const Near& near : clusters_[i].near)
        if (i < near.cluster) offer(i, near.cluster, near.sum);
  }

  std::vector<Joining> run() && {
    while (!offers_.empty()) {
      const Offer offer = offers_.top();
      offers_.pop();
      Near* near = still_stands(offer);
      if (!near) continue;
      Cluster& one = clusters_[offer.first];
      Cluster& other = clusters_[offer.second];
      if (any_apart(one.members, other.members, graph_)) {
        near->pairing = find(other.near, offer.first)->pairing = Pairing::barred;
        continue;
      }
      merge(offer.first, offer.second, offer.mean);
    }
    return std::move(merges_);
  }

 private:
  enum class Pairing : std::uint8_t { open, barred };
  struct Near {
    std::uint32_t cluster;
    Probability sum;
    Pairing pairing;
    friend bool operator<(const Near& left, const Near& right) { return left.cluster < right.cluster; }
  };
  struct Cluster {
    std::vector<NodeIndex> members;  // none once it is part of another
    std::vector<Near> near;          // ascending
  };
  struct Offer {
    Mean mean;
    std::uint32_t first, second;
    // The best one on top of the queue; among equals the one that stands first.
    friend bool operator<(const Offer& left, const Offer& right) {
      if (const auto order = left.mean <=> right.mean; order != 0) return order < 0;
      return std::pair(left.first, left.second) > std::pair(right.first, right.second);
    }
  };

  static Near* find(std::vector<Near>& list, std::uint32_t cluster) {
    const auto place = std::lower_bound(list.begin(), list.end(), Near{cluster, 0, Pairing::open});
    return place != list.end() && place->cluster == cluster ? &*place : nullptr;
  }

  [[nodiscard]] std::int64_t pairs(std::uint32_t one, std::uint32_t other) const {
    return static_cast<std::int64_t>(clusters_[one].members.size() * clusters_[other].members.size());
  }

  void offer(std::uint32_t one, std::uint32_t other, Probability sum) {
    const Mean mean{sum, pairs(one, other)};
    if (mean >= Mean{cut_, 1}) offers_.push({mean, std::min(one, other), std::max(one, other)});
  }

  // The entry behind an offer, unless either cluster has grown since.
  Near* still_stands(const Offer& offer) {
    if (clusters_[offer.first].members.empty() || clusters_[offer.second].members.empty()) return nullptr;
    if (pairs(offer.first, offer.second) != offer.mean.pairs) return nullptr;
    Near* near = find(clusters_[offer.first].near, offer.second);
    return near && near->pairing == Pairing::open && near->sum == offer.mean.sum ? near : nullptr;
  }

  void contract(const std::unordered_map<NodeIndex, std::uint32_t>& place) {
    std::vector<std::uint32_t> name(nodes_.size());
    for (std::uint32_t i = 0; i < name.size(); ++i) name[i] = i;
    const auto name_of = [&name](std::uint32_t node) {
      while (name[node] != node) node = name[node];
      return node;
    };
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
      for (const NodeIndex other : graph_.same(nodes_[i])) {
        const auto found = place.find(other);
        if (found == place.end()) continue;
        const std::uint32_t one = name_of(i);
        const std::uint32_t two = name_of(found->second);
        if (one == two) continue;
        name[std::max(one, two)] = std::min(one, two);
        merge(std::min(one, two), std::max(one, two), one_from_the_start);
      }
    }
  }

  void merge(std::uint32_t kept, std::uint32_t gone, Mean mean) {
    merges_.push_back({nodes_[kept], nodes_[gone], mean});
    Cluster& one = clusters_[kept];
    Cluster& other = clusters_[gone];
    one.members.insert(one.members.end(), other.members.begin(), other.members.end());
    other.members.clear();
    std::vector<Near> near;
    near.reserve(one.near.size() + other.near.size());
    std::merge(one.near.begin(), one.near.end(), other.near.begin(), other.near.end(), std::back_inserter(near));
    other.near.clear();
    one.near.clear();
    for (const Near& each : near) {
      if (each.cluster == kept || each.cluster == gone) continue;
      if (!one.near.empty() && one.near.back().cluster == each.cluster) {
        one.near.back().sum += each.sum;
        if (each.pairing == Pairing::barred) one.near.back().pairing = Pairing::barred;
      } else {
        one.near.push_back(each);
      }
    }
    for (const Near& each : one.near) {
      std::vector<Near>& back = clusters_[each.cluster].near;
      if (Near* entry = find(back, gone)) back.erase(back.begin() + (entry - back.data()));
      if (Near* entry = find(back, kept)) {
        entry->sum = each.sum;
        entry->pairing = each.pairing;
      } else {
        const Near entry_to_kept{kept, each.sum, each.pairing};
        back.insert(std::lower_bound(back.begin(), back.end(), entry_to_kept), entry_to_kept);
      }
      if (each.pairing == Pairing::open) offer(kept, each.cluster, each.sum);
    }
  }

  std::span<const NodeIndex> nodes_;
  const Graph& graph_;
  Probability cut_;
  std::vector<Cluster> clusters_;
  std::priority_queue<Offer> offers_;
  std::vector<Joining> merges_;
};

// Goes through the merges of one side, and knows each cluster's members and when it will be part of another.
class Replay {
 public:
  Replay(std::span<const Joining> merges, Probability cut) : merges_(merges), end_{cut, 1} {
    for (std::size_t i = 0; i < merges.size(); ++i) {
      ahead_[merges[i].kept].push_back(i);
      ahead_[merges[i].gone].push_back(i);
    }
  }

  [[nodiscard]] bool done() const { return next_ == merges_.size(); }
  [[nodiscard]] const Joining& next() const { return merges_[next_]; }
  void step() {
    const Joining& merge = merges_[next_];
    std::vector<NodeIndex>& kept = members_of(merge.kept);
    const std::vector<NodeIndex> gone = members_of(merge.gone);
    members_of(merge.kept).insert(kept.end(), gone.begin(), gone.end());
    ++next_;
  }
  // A reference that holds until another cluster is asked for.
  std::vector<NodeIndex>& members_of(NodeIndex name) {
    const auto [place, added] = members_.try_emplace(name);
    if (added) place->second = {name};
    return place->second;
  }
  // The mean of its next merge; the cut where none is ahead.
  [[nodiscard]] Mean end_of(NodeIndex name) const {
    const auto found = ahead_.find(name);
    if (found == ahead_.end()) return end_;
    const auto merge = std::lower_bound(found->second.begin(), found->second.end(), next_);
    return merge == found->second.end() ? end_ : merges_[*merge].mean;
  }

 private:
  std::span<const Joining> merges_;
  Mean end_;
  std::size_t next_ = 0;
  std::map<NodeIndex, std::vector<std::size_t>> ahead_;  // the merges that a name takes part in
  std::map<NodeIndex, std::vector<NodeIndex>> members_;  // of each name that was asked for
};

}  // namespace

std::strong_ordering operator<=>(const Mean& left, const Mean& right) {
  const Wide one = static_cast<Wide>(left.sum) * right.pairs;
  const Wide other = static_cast<Wide>(right.sum) * left.pairs;
  return one <=> other;
}

std::vector<Joining> link(std::span<const NodeIndex> nodes, const Graph& graph, Probability cut) {
  return Linkage(nodes, graph, cut).run();
}

bool interferes(std::span<const Joining> inside, std::span<const Joining> outside, std::span<const CrossEdge> crossings,
                const Graph& graph, Probability cut) {
  Replay in(inside, cut);
  Replay out(outside, cut);
  std::map<std::pair<NodeIndex, NodeIndex>, Probability> sums;
  for (const CrossEdge& edge : crossings) sums[{edge.inside, edge.outside}] += edge.weight;

  // Both are there until one of them becomes part of another; would they have found each other before that?
  const auto would_merge = [&](NodeIndex one, NodeIndex other, Probability sum) {
    const std::vector<NodeIndex>& members = in.members_of(one);
    const std::vector<NodeIndex>& others = out.members_of(other);
    const Mean mean{sum, static_cast<std::int64_t>(members.size() * others.size())};
    return mean >= std::max(in.end_of(one), out.end_of(other)) && !any_apart(members, others, graph);
  };
  for (const auto& [pair, sum] : sums)
    if (would_merge(pair.first, pair.second, sum)) return true;

  while (!in.done() || !out.done()) {
    const bool inner = out.done() || (!in.done() && in.next().mean >= out.next().mean);
    Replay& side = inner ? in : out;
    const Joining merge = side.next();
    side.step();
    const auto here = [inner](const auto& pair) { return inner ? pair.first : pair.second; };
    decltype(sums) after;
    for (const auto& [pair, sum] : sums) {
      auto moved = pair;
      if (here(pair) == merge.gone) (inner ? moved.first : moved.second) = merge.kept;
      after[moved] += sum;
    }
    sums = std::move(after);
    for (const auto& [pair, sum] : sums)
      if (here(pair) == merge.kept && would_merge(pair.first, pair.second, sum)) return true;
  }
  return false;
}

}  // namespace patchbay::identity
