// Which nodes hold a key, and which pairs of them are to be compared.
//
// A weak key pairs its holders while there are at most 20 of them. An identifier's key always pairs, but beyond 50
// holders only with one of the 50 that stand first by rank, so that a switchboard's number costs no more than that.
// Both depend on the present holders only, never on what was: who is added or removed may bring and take pairs of
// others, and is told so.
//
// Owned by the engine, used on its thread. Cannot fail.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "identity/block.hpp"
#include "identity/node_lists.hpp"

namespace patchbay::identity {

inline constexpr std::size_t most_holders_of_weak_key = 20;
inline constexpr std::size_t representatives = 50;

class KeyIndex {
 public:
  using Pairs = std::vector<std::pair<NodeIndex, NodeIndex>>;

  // `ranks` gives each node its place in their order, and outlives this.
  explicit KeyIndex(const std::vector<Rank>& ranks) : ranks_(ranks) {}

  // Appends to `changed` the pairs of others that this may have brought or taken, some of them perhaps more than once.
  void add(NodeIndex node, std::span<const Key> keys, Pairs& changed);
  void remove(NodeIndex node, std::span<const Key> keys, Pairs& changed);

  // The nodes to compare with one that is in the index, each once.
  [[nodiscard]] std::vector<NodeIndex> candidates(NodeIndex node, std::span<const Key> keys) const;
  // Whether two nodes of the index are to be compared.
  [[nodiscard]] bool pairs(NodeIndex left, std::span<const Key> left_keys, NodeIndex right,
                           std::span<const Key> right_keys) const;

 private:
  struct Entry {
    SmallList<NodeIndex> nodes;  // ascending by rank
  };
  using Holders = std::span<const NodeIndex>;

  [[nodiscard]] bool represents(Holders holders, NodeIndex node) const {
    return holders.size() <= representatives || ranks_[node] <= ranks_[holders[representatives - 1]];
  }
  NodeIndex* place_of(SmallList<NodeIndex>& holders, NodeIndex node) const;

  const std::vector<Rank>& ranks_;
  NodeLists<Entry> holders_;
};

}  // namespace patchbay::identity
