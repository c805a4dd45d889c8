#include "delivery/retry.hpp"

#include <algorithm>

namespace patchbay::delivery {

using namespace std::chrono_literals;

Schedule standard_webhooks_schedule() { return {.delays = {5s, 5min, 30min, 2h, 5h, 10h, 14h, 20h, 24h}}; }

namespace {

// What failed together is spread, so that a receiver that recovers is not met by all of it at one moment.
Duration spread(Duration delay, double jitter, double random) {
  const double share = 1.0 + jitter * (2.0 * random - 1.0);
  return Duration(static_cast<Duration::rep>(static_cast<double>(delay.count()) * share));
}

}  // namespace

std::optional<TimePoint> next_attempt(const Schedule& schedule, std::uint32_t attempts_made, const Outcome& outcome,
                                      TimePoint now, double random) {
  if (outcome.verdict != Verdict::transient) return std::nullopt;
  if (attempts_made == 0 || attempts_made > schedule.delays.size()) return std::nullopt;

  const TimePoint planned = now + spread(schedule.delays[attempts_made - 1], schedule.jitter, random);
  if (!outcome.not_before) return planned;

  // A receiver may lengthen the wait. It may not shorten it, nor put an event off for ever.
  return std::max(planned, std::min(*outcome.not_before, now + schedule.longest_wait));
}

}  // namespace patchbay::delivery
