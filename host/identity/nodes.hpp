// The table of nodes: what each is, and which personas it stands for.
//
// Owned by the engine, used on its thread. Cannot fail.
#pragma once

#include <algorithm>
#include <map>
#include <span>
#include <vector>

#include "identity/block.hpp"
#include "identity/constraints.hpp"
#include "identity/node.hpp"

namespace patchbay::identity {

struct Node {
  Digest16 digest{};
  Features features;
  std::vector<Key> keys;
  std::vector<CountedValue> counted;
  std::vector<PersonaId> personas;   // ascending
  std::vector<PersonaId> followers;  // those of the variants that this one speaks for, ascending
  bool has_variants = false;         // it may be one of several; see variants.hpp
  bool follows = false;              // it is one for which another speaks
  std::vector<NodeIndex> same;       // nodes that an operator joined to this one, or variants of it; ascending
  std::vector<NodeIndex> apart;      // and those told apart from it
  bool has_opponents = false;        // some node may have to stay apart from it
};

// Both ascend, and share none.
void take_in(std::vector<PersonaId>& list, std::span<const PersonaId> more);

// The first persona that a node stands for.
[[nodiscard]] inline PersonaId first_persona(const Node& node) {
  if (node.followers.empty()) return node.personas.front();
  return node.personas.empty() ? node.followers.front() : std::min(node.personas.front(), node.followers.front());
}

class Nodes {
 public:
  [[nodiscard]] NodeIndex find(const Digest16& digest) const;
  NodeIndex add(const Digest16& digest, Features features);
  void remove(NodeIndex node);

  [[nodiscard]] Node& operator[](NodeIndex node) { return nodes_[node]; }
  [[nodiscard]] const Node& operator[](NodeIndex node) const { return nodes_[node]; }
  [[nodiscard]] const std::vector<Rank>& ranks() const { return ranks_; }
  [[nodiscard]] bool is_there(NodeIndex node) const { return !nodes_[node].personas.empty(); }
  [[nodiscard]] std::size_t size() const { return by_digest_.size(); }

 private:
  std::vector<Node> nodes_;
  std::vector<Rank> ranks_;  // as nodes_
  std::vector<NodeIndex> free_;
  std::map<Digest16, NodeIndex> by_digest_;
};

}  // namespace patchbay::identity
