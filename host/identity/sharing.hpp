// How many different names hold a value, in steps that saturate.
//
// Names are counted, not personas: whoever writes often does not make their own mailbox common. A step changes rarely,
// so that what was judged under it stands for long; the model knows no finer number.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace patchbay::identity {

enum class Step : std::uint8_t { up_to_2, up_to_6, up_to_20, up_to_64, up_to_200, up_to_600, more };
inline constexpr std::size_t steps = 7;
inline constexpr std::array<std::uint32_t, steps - 1> step_ends{2, 6, 20, 64, 200, 600};

[[nodiscard]] constexpr Step step_of(std::size_t names) {
  std::size_t step = 0;
  while (step < step_ends.size() && names > step_ends[step]) ++step;
  return static_cast<Step>(step);
}

// [any-thread] while nothing counts.
class Sharing {
 public:
  virtual ~Sharing() = default;
  [[nodiscard]] virtual Step step(std::uint64_t value) const = 0;
};

}  // namespace patchbay::identity
