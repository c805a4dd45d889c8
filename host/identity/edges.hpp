// The judged pairs: how likely each is one person, and which of them are in doubt for another reason than their score.
//
// A node that fits two others which contradict each other where it says nothing itself (a nameless sender on a
// telephone that Anna and Bruno both use, and who are not one) belongs to one of them and nobody knows to which: its
// edges to both are held, which is to say that they link nothing and stand in review. What is held follows from the
// edges and the contents alone.
//
// Owned by the engine, used on its thread. Cannot fail.
#pragma once

#include <deque>
#include <functional>
#include <span>
#include <vector>

#include "identity/model.hpp"
#include "identity/node.hpp"
#include "identity/small_list.hpp"

namespace patchbay::identity {

struct Edge {
  NodeIndex to = no_node;
  std::int32_t probability = 0;  // a Probability, which is at most `certain`
  std::uint32_t opposed = 0;     // of the node's other matches, so many contradict this one
  bool related = false;
  bool held_there = false;  // as opposed, seen from the other end

  [[nodiscard]] bool held() const { return opposed > 0 || held_there; }
  // What the edge adds to a cluster.
  [[nodiscard]] Probability weight() const { return held() ? 0 : probability; }
};

class Edges {
 public:
  // Whether the first leaves open which of the others it is.
  using LeaveOpen = std::function<bool(NodeIndex, NodeIndex, NodeIndex)>;
  using Nodes = std::vector<NodeIndex>;

  // `link` is the probability from which on a node fits another.
  Edges(Probability link, LeaveOpen leave_open) : link_(link), leave_open_(std::move(leave_open)) {}

  // Appends to `dirty` the nodes whose weights changed. A probability of 0 and no relation is no edge.
  void set(NodeIndex left, NodeIndex right, Probability probability, bool related, Nodes& dirty);
  [[nodiscard]] std::span<const Edge> of(NodeIndex node) const;
  [[nodiscard]] const Edge* between(NodeIndex left, NodeIndex right) const;

 private:
  using List = SmallList<Edge>;  // ascending by the other end

  enum class Fit : std::uint8_t { lost, gained };
  void set_half(NodeIndex from, NodeIndex to, Probability probability, bool related, Nodes& dirty);
  // `to` fits `from` no longer, or from now on: who among the others contradicts it?
  void weigh_up(NodeIndex from, NodeIndex to, Fit fit_of_both, Nodes& dirty);
  // Whoever fits both of two need no longer choose between them, or has to from now on.
  void reconcile(NodeIndex left, NodeIndex right, Fit fit_of_both, Nodes& dirty);
  void count(NodeIndex from, Edge& edge, Fit doubt, Nodes& dirty);
  [[nodiscard]] bool fit(NodeIndex left, NodeIndex right) const;
  void hold(NodeIndex from, Edge& edge, Nodes& dirty);
  Edge* find(NodeIndex from, NodeIndex to);

  Probability link_;
  LeaveOpen leave_open_;
  std::deque<List> lists_;
};

}  // namespace patchbay::identity
