// How well one partition agrees with another, in the figures that the field reports.
//
// Pure. Any thread. A partition gives each thing a label; both have as many things.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace patchbay::identity {

using Label = std::uint32_t;

struct Agreement {
  // Of all pairs that stand together (pairwise, after closure). Where there are none, 1.
  double precision = 1;
  double recall = 1;
  double f1 = 1;
  // B-cubed (Bagga and Baldwin, 1998): the same, weighed by things in place of pairs.
  double b3_f1 = 1;
  std::uint32_t mixed = 0;  // found clusters that hold things of more than one true one
};

[[nodiscard]] Agreement agreement(std::span<const Label> found, std::span<const Label> truth);

// The share of pairs together in both among those together in either; 1 where there are none.
[[nodiscard]] double jaccard(std::span<const Label> left, std::span<const Label> right);

}  // namespace patchbay::identity
