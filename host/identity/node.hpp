// A node: the personas that are equal in all that identifies them. Those without any identifier are a node each, since
// two people called Maria Rossi are two until something says otherwise.
//
// Counts, keys and clusters are over nodes, so that whoever writes often costs one look-up a message and weighs no
// more.
#pragma once

#include <cstdint>
#include <cstring>

#include "identity/features.hpp"

namespace patchbay::identity {

using NodeIndex = std::uint32_t;  // a place in the engine's memory; means nothing elsewhere and is used again
inline constexpr NodeIndex no_node = 0xffffffff;

// The order of nodes wherever one is needed: the same on every machine and for every order of arrival.
using Rank = std::uint64_t;

enum class Standing : std::uint8_t {
  shared,  // one node with whoever is equal
  alone,   // an operator told this persona apart from another
};

// Stands for a sender (features.hpp): the first half of its digest.
using Sender = std::uint64_t;

// `origin` tells apart personas that are equal and yet no one node: a digest of where the persona comes from.
[[nodiscard]] inline Digest16 node_digest(const Features& features, const Digest16& origin, Standing standing) {
  if (features.has_identifier() && standing == Standing::shared) return features.content;
  return digest_of({bytes_of(features.content), bytes_of(origin)});
}

[[nodiscard]] inline Sender sender_of(const Features& features) {
  Sender sender = 0;
  std::memcpy(&sender, features.sender.data(), sizeof sender);
  return sender;
}

[[nodiscard]] inline Rank rank_of(const Digest16& digest) {
  Rank rank = 0;
  for (std::size_t i = 0; i < sizeof(Rank); ++i) rank = rank << 8 | digest[i];
  return rank;
}

}  // namespace patchbay::identity
