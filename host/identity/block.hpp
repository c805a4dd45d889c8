// Which personas are worth comparing: those that share a key.
//
// A persona has at most ten keys, its identifiers first. A weak key (a name with a place, a date ...) counts only while
// few nodes hold it; an identifier's key counts always, and is thinned where many hold it (see key_index.hpp).
//
// Pure. Any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "identity/features.hpp"

namespace patchbay::identity {

enum class KeyRule : std::uint8_t { weak, identifier };

struct Key {
  std::uint64_t value = 0;
  KeyRule rule = KeyRule::weak;
};

inline constexpr std::size_t most_keys = 10;

// Each once.
[[nodiscard]] std::vector<Key> keys_of(const Features& features);

// A value whose holders are counted, and the signature under which this persona counts (0: not at all).
struct CountedValue {
  std::uint64_t value = 0;
  std::uint64_t signature = 0;
};

// Each value once.
[[nodiscard]] std::vector<CountedValue> counted_values_of(const Features& features);

}  // namespace patchbay::identity
