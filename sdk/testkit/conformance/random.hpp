// Randomness that comes again with the same seed, on every machine: SplitMix64. A plain value.
#pragma once

#include <cstddef>
#include <cstdint>

namespace patchbay::conformance {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  [[nodiscard]] std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }
  // From 0 to `end` - 1; 0 where there is nothing to choose.
  [[nodiscard]] std::size_t below(std::size_t end) { return end == 0 ? 0 : static_cast<std::size_t>(next() % end); }

 private:
  std::uint64_t state_;
};

}  // namespace patchbay::conformance
