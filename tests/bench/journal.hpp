// When each message was posted and when it came out: a file that the load generator and the receiver both map.
//
// The load generator writes `posted`, the receiver `delivered`, each once for a message, on CLOCK_MONOTONIC in
// nanoseconds; 0 = not yet.
#pragma once

#include "mapped.hpp"

#include <atomic>
#include <cstdint>

namespace patchbay::bench {

struct Times {
  std::atomic<std::int64_t> posted{0};
  std::atomic<std::int64_t> delivered{0};
};
static_assert(std::atomic<std::int64_t>::is_always_lock_free);

class Journal : public Mapped<Times> {
 public:
  using Mapped::Mapped;
  [[nodiscard]] std::span<Times> times() const { return records(); }
};

}  // namespace patchbay::bench
