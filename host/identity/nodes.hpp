// The table of nodes: what each is, and which personas it stands for.
//
// Owned by the engine, used on its thread. Cannot fail.
#pragma once

#include <map>
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
  std::vector<PersonaId> personas;  // ascending
  std::vector<NodeIndex> same;      // nodes that an operator joined to this one, ascending
  std::vector<NodeIndex> apart;     // and those told apart from it
  bool has_opponents = false;       // some node may have to stay apart from it
};

class Nodes {
 public:
  [[nodiscard]] NodeIndex find(const Digest16& digest) const;
  NodeIndex add(const Digest16& digest, Features features);
  void remove(NodeIndex node);

  [[nodiscard]] Node& operator[](NodeIndex node) { return nodes_[node]; }
  [[nodiscard]] const Node& operator[](NodeIndex node) const { return nodes_[node]; }
  [[nodiscard]] const std::vector<Rank>& ranks() const { return ranks_; }
  [[nodiscard]] std::size_t size() const { return by_digest_.size(); }

 private:
  std::vector<Node> nodes_;
  std::vector<Rank> ranks_;  // as nodes_
  std::vector<NodeIndex> free_;
  std::map<Digest16, NodeIndex> by_digest_;
};

}  // namespace patchbay::identity
