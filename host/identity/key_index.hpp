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
#include <unordered_map>
#include <utility>
#include <vector>

#include "identity/block.hpp"
#include "identity/node.hpp"

namespace patchbay::identity {

inline constexpr std::size_t most_holders_of_weak_key = 20;
inline constexpr std::size_t representatives = 50;

class KeyIndex {
 public:
  using Pairs = std::vector<std::pair<NodeIndex, NodeIndex>>;

  // Appends to `changed` the pairs of others that this may have brought or taken, some of them perhaps more than once.
  void add(NodeIndex node, Rank rank, std::span<const Key> keys, Pairs& changed);
  void remove(NodeIndex node, Rank rank, std::span<const Key> keys, Pairs& changed);

  // The nodes to compare with one that is in the index, each once.
  [[nodiscard]] std::vector<NodeIndex> candidates(NodeIndex node, Rank rank, std::span<const Key> keys) const;
  // Whether two nodes of the index are to be compared.
  [[nodiscard]] bool pairs(Rank left_rank, std::span<const Key> left, Rank right_rank,
                           std::span<const Key> right) const;

 private:
  struct Holder {
    Rank rank;
    NodeIndex node;
    friend bool operator<(const Holder& left, const Holder& right) { return left.rank < right.rank; }
  };
  using Holders = std::vector<Holder>;  // ascending by rank

  [[nodiscard]] static bool represents(const Holders& holders, Rank rank) {
    return holders.size() <= representatives || rank <= holders[representatives - 1].rank;
  }

  std::unordered_map<std::uint64_t, Holders> holders_;
};

}  // namespace patchbay::identity
