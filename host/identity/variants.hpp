// The variants of one sender: nodes that are equal in every identifier, in name and in birth date, and differ in what
// changes in a life (a home, an occupation, a language).
//
// A loyal customer has thousands of them. Beyond eight, the eight that stand first by rank speak for all: they are one
// from the start, and the others follow the first of them without keys, edges or a place among the clusters, so that
// one more costs a look-up. Who speaks depends on the present variants only, never on what was.
//
// Owned by the engine, used on its thread. Cannot fail.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "identity/node.hpp"

namespace patchbay::identity {

inline constexpr std::size_t speaking_variants = 8;

class Variants {
 public:
  struct Variant {
    Rank rank = 0;
    NodeIndex node = no_node;
    friend bool operator<(const Variant& left, const Variant& right) { return left.rank < right.rank; }
  };

  void add(const Digest16& sender, NodeIndex node, Rank rank);
  void remove(const Digest16& sender, Rank rank);
  // Ascending by rank.
  [[nodiscard]] std::span<const Variant> of(const Digest16& sender) const;

 private:
  std::map<Digest16, std::vector<Variant>> variants_;
};

}  // namespace patchbay::identity
