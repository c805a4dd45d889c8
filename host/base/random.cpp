#include "base/random.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <cstdlib>

namespace patchbay {

void system_random(std::span<std::uint8_t> to) {
  constexpr std::size_t at_once = 1 << 20;
  while (!to.empty()) {
    const std::size_t part = std::min(to.size(), at_once);
    if (RAND_bytes(to.data(), static_cast<int>(part)) != 1) std::abort();
    to = to.subspan(part);
  }
}

}  // namespace patchbay
