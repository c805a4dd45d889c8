// When a delivery that failed goes out again, if it does.
//
// Pure: time and chance are handed in, nothing is kept. Any thread, any state. Nothing here can fail; an empty optional
// says "not again".
//
// The default schedule is the one in Standard Webhooks 1.0.0, "Deliverability and reliability".
#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace patchbay::delivery {

// What an attempt meant for its event, whatever protocol carried it.
enum class Verdict : std::uint8_t {
  delivered,
  transient,  // may go better next time: time-out, 5xx, 429, connection lost
  permanent,  // would go the same way again: other 4xx, the CRM's own rules
  gone,       // the destination wants nothing any more: 410
  untried,    // nobody looked at it, since its sink does not run: no attempt, and the others wait as long, too
};

struct Outcome {
  Verdict verdict = Verdict::transient;
  std::optional<TimePoint> not_before;  // what the receiver asked for, as a point in time
};

struct Schedule {
  std::vector<Duration> delays;                    // between the attempts, first to last
  double jitter = 0.1;                             // the share of a delay by which it varies, to either side
  Duration longest_wait = std::chrono::hours{24};  // a receiver that asks for more gets this
};

[[nodiscard]] Schedule standard_webhooks_schedule();

// When to try again after `attempts_made` attempts, of which the last ended with `outcome`. `random` is uniform in
// [0, 1).
[[nodiscard]] std::optional<TimePoint> next_attempt(const Schedule& schedule, std::uint32_t attempts_made,
                                                    const Outcome& outcome, TimePoint now, double random);

}  // namespace patchbay::delivery
