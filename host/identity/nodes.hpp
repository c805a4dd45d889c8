// The table of nodes: what each is, and which personas it stands for.
//
// Owned by the engine, used on its thread. Cannot fail. Nodes stay where they are in memory.
#pragma once

#include <algorithm>
#include <deque>
#include <span>
#include <vector>

#include "identity/constraints.hpp"
#include "identity/flat_table.hpp"
#include "identity/node.hpp"
#include "identity/packed_features.hpp"
#include "identity/small_list.hpp"

namespace patchbay::identity {

struct Node {
  Digest16 digest{};
  PackedFeatures packed;
  Sender sender = 0;
  SmallList<PersonaId> personas;   // ascending
  SmallList<PersonaId> followers;  // those of the variants that this one speaks for, ascending
  SmallList<NodeIndex> same;       // nodes that an operator joined to this one, or variants of it; ascending
  SmallList<NodeIndex> apart;      // and those told apart from it
  bool has_variants = false;       // it may be one of several; see variants.hpp
  bool follows = false;            // it is one for which another speaks
  bool forbids_some = false;       // its features alone forbid that it be certain others
  bool has_opponents = false;      // some node may have to stay apart from it
};

// Both ascend, and share none.
void take_in(SmallList<PersonaId>& list, std::span<const PersonaId> more);

// The first persona that a node stands for.
[[nodiscard]] inline PersonaId first_persona(const Node& node) {
  if (node.followers.empty()) return node.personas.front();
  return node.personas.empty() ? node.followers.front() : std::min(node.personas.front(), node.followers.front());
}

class Nodes {
 public:
  [[nodiscard]] NodeIndex find(const Digest16& digest) const;
  NodeIndex add(const Digest16& digest, const Features& features);
  void remove(NodeIndex node);

  [[nodiscard]] Node& operator[](NodeIndex node) { return nodes_[node]; }
  [[nodiscard]] const Node& operator[](NodeIndex node) const { return nodes_[node]; }
  // What of a node is compared (packed_features.hpp).
  [[nodiscard]] Features features(NodeIndex node) const;
  [[nodiscard]] const std::vector<Rank>& ranks() const { return ranks_; }
  [[nodiscard]] bool is_there(NodeIndex node) const { return !nodes_[node].personas.empty(); }
  [[nodiscard]] std::size_t size() const { return nodes_.size() - free_.size(); }

 private:
  std::deque<Node> nodes_;
  std::vector<Rank> ranks_;  // as nodes_
  std::vector<NodeIndex> free_;
  FlatTable by_rank_;
};

}  // namespace patchbay::identity
