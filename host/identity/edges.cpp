#include "identity/edges.hpp"

#include <algorithm>

namespace patchbay::identity {
namespace {

template <class List>
auto place_of(List& list, NodeIndex to) {
  return std::lower_bound(list.begin(), list.end(), to,
                          [](const Edge& edge, NodeIndex node) { return edge.to < node; });
}

}  // namespace

Edge* Edges::find(NodeIndex from, NodeIndex to) {
  if (from >= lists_.size()) return nullptr;
  const auto place = place_of(lists_[from], to);
  return place != lists_[from].end() && place->to == to ? &*place : nullptr;
}

std::span<const Edge> Edges::of(NodeIndex node) const {
  if (node >= lists_.size()) return {};
  return lists_[node];
}

const Edge* Edges::between(NodeIndex left, NodeIndex right) const {
  if (left >= lists_.size()) return nullptr;
  const auto place = place_of(lists_[left], right);
  return place != lists_[left].end() && place->to == right ? &*place : nullptr;
}

void Edges::hold(NodeIndex from, Edge& edge, Nodes& dirty) {
  dirty.push_back(from);
  dirty.push_back(edge.to);
  if (Edge* back = find(edge.to, from)) back->held_there = edge.opposed > 0;
}

bool Edges::fit(NodeIndex left, NodeIndex right) const {
  const Edge* edge = between(left, right);
  return edge != nullptr && edge->probability >= link_;
}

void Edges::reconcile(NodeIndex left, NodeIndex right, Fit fit_of_both, Nodes& dirty) {
  std::vector<NodeIndex> thirds;
  for (const Edge& edge : of(left))
    if (edge.probability >= link_ && edge.to != right && fit(edge.to, right) && leave_open_(edge.to, left, right))
      thirds.push_back(edge.to);
  const Fit doubt = fit_of_both == Fit::gained ? Fit::lost : Fit::gained;
  for (const NodeIndex third : thirds) {
    count(third, *find(third, left), doubt, dirty);
    count(third, *find(third, right), doubt, dirty);
  }
}

void Edges::count(NodeIndex from, Edge& edge, Fit doubt, Nodes& dirty) {
  const bool was_held = edge.opposed > 0;
  if (doubt == Fit::gained) {
    ++edge.opposed;
  } else {
    --edge.opposed;
  }
  if (was_held != (edge.opposed > 0)) hold(from, edge, dirty);
}

void Edges::weigh_up(NodeIndex from, NodeIndex to, Fit fit_of_both, Nodes& dirty) {
  Edge& changed = *find(from, to);
  for (Edge& other : lists_[from]) {
    if (other.to == to || other.probability < link_ || fit(to, other.to) || !leave_open_(from, to, other.to)) continue;
    count(from, other, fit_of_both, dirty);
    count(from, changed, fit_of_both, dirty);
  }
}

void Edges::set_half(NodeIndex from, NodeIndex to, Probability probability, bool related, Nodes& dirty) {
  if (from >= lists_.size()) lists_.resize(from + 1);
  List& list = lists_[from];
  auto place = place_of(list, to);
  const bool there = place != list.end() && place->to == to;
  const bool fitted = there && place->probability >= link_;
  const bool fits = probability >= link_;
  if (fitted && !fits) weigh_up(from, to, Fit::lost, dirty);
  if (probability == 0 && !related) {
    if (there) list.erase(place);
    return;
  }
  if (!there) place = list.insert(place, Edge{.to = to});
  place->probability = static_cast<std::int32_t>(probability);
  place->related = related;
  if (!fitted && fits) weigh_up(from, to, Fit::gained, dirty);
}

void Edges::set(NodeIndex left, NodeIndex right, Probability probability, bool related, Nodes& dirty) {
  const Edge* before = between(left, right);
  if ((before ? before->probability : 0) == probability && (before != nullptr && before->related) == related) return;
  const bool fitted = fit(left, right);
  const bool fits = probability >= link_;
  // Two that are found to be one contradict nobody's choice between them.
  if (!fitted && fits) reconcile(left, right, Fit::gained, dirty);
  set_half(left, right, probability, related, dirty);
  set_half(right, left, probability, related, dirty);
  if (fitted && !fits) reconcile(left, right, Fit::lost, dirty);
  // Each half was made without the other.
  if (Edge* one = find(left, right)) {
    Edge* other = find(right, left);
    one->held_there = other->opposed > 0;
    other->held_there = one->opposed > 0;
  }
  dirty.push_back(left);
  dirty.push_back(right);
}

}  // namespace patchbay::identity
