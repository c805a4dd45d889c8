// The variants of one sender: nodes that are equal in every identifier, in name and in birth date, and differ in what
// changes in a life (a home, an occupation, a language).
//
// A loyal customer has thousands of them. Beyond eight, the eight that stand first by rank speak for all: they are one
// from the start, and the others follow the first of them without keys, edges or a place among the clusters, so that
// one more costs a look-up. Who speaks depends on the present variants only, never on what was.
//
// Owned by the engine, used on its thread. Cannot fail.
#pragma once

#include <span>
#include <vector>

#include "identity/node_lists.hpp"

namespace patchbay::identity {

inline constexpr std::size_t speaking_variants = 8;

class Variants {
 public:
  // `ranks` gives each node its place in their order, and outlives this.
  explicit Variants(const std::vector<Rank>& ranks) : ranks_(ranks) {}

  void add(Sender sender, NodeIndex node);
  void remove(Sender sender, NodeIndex node);
  // Ascending by rank.
  [[nodiscard]] std::span<const NodeIndex> of(Sender sender) const { return lists_.of(sender); }

 private:
  struct Entry {
    SmallList<NodeIndex> nodes;  // ascending by rank
  };

  const std::vector<Rank>& ranks_;
  NodeLists<Entry> lists_;
};

}  // namespace patchbay::identity
