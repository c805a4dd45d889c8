// Whether a destination may be sent to at all: its rate, its breaker, the rest that it asked for, and whether it wants
// anything any more.
//
// A plain value of destination.cpp; the time on the monotonic clock and chance are handed in. Nothing here can fail.
//
// The breaker opens after some failures in a row, whatever lanes they were in; while it is open nothing goes out, so
// that an outage costs no attempts. Then one delivery probes. When that succeeds the others follow: at first one at a
// time, and one more at once with each that succeeds, so that a receiver that has just come back is not met by all that
// has waited. It is the same after a rest, and, from a higher start, after our own. A failure halves what goes at once.
//
// The rate is kept by the generic cell rate algorithm, a token bucket without a timer.
#pragma once

#include "base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace patchbay::delivery {

// So many at once at any time; per second in the long run.
struct Rate {
  double per_second = 0;
  double burst = 1;
};

struct GateSettings {
  std::size_t parallel = 64;  // requests at once
  std::optional<Rate> rate;
  std::uint32_t failures = 8;  // in a row, until the breaker opens
  Duration first_pause = std::chrono::seconds{10};
  Duration longest_pause = std::chrono::minutes{5};  // each pause is twice as long as the one before
};

// What a request turned out to say of the destination, not of its event.
enum class Reply : std::uint8_t {
  answered,  // it works, whether it liked the event or not
  failed,    // time-out, connection lost, 5xx
  rest,      // 429 or 503 with a Retry-After
  gone,      // 410
};

enum class Errand : std::uint8_t { ordinary, probe };

enum class GateState : std::uint8_t {
  sending,   // deliveries go out
  probing,   // the breaker lets one delivery go
  paused,    // the breaker lets nothing go
  resting,   // the destination asked for it
  disabled,  // until an operator says otherwise
};

// The words under which a state appears in API and logs.
[[nodiscard]] std::string_view name_of(GateState state);

class Gate {
 public:
  explicit Gate(GateSettings settings);

  [[nodiscard]] bool may_send(Duration now, std::size_t in_flight) const;
  // When time alone lets the next one go; nothing when it does already, or never.
  [[nodiscard]] std::optional<Duration> opens_at(Duration now) const;
  [[nodiscard]] Errand departed(Duration now);
  // `rest_until` with Reply::rest. `random` is uniform in [0, 1).
  void ended(Errand errand, Reply reply, Duration now, Duration rest_until, double random);

  void disable() { disabled_ = true; }
  [[nodiscard]] bool disabled() const { return disabled_; }
  void enable(Duration now);

  [[nodiscard]] GateState state(Duration now) const;
  [[nodiscard]] std::uint32_t failures() const { return failures_; }
  // Until when, where it rests or is paused.
  [[nodiscard]] Duration until() const;

 private:
  enum class Breaker : std::uint8_t { closed, open, probing };

  void succeed();
  void pause(Duration now, double random);

  GateSettings settings_;
  Duration interval_{};  // between two at the rate; zero = no rate
  Duration slack_{};     // by which a burst may be ahead of it
  Duration next_{};      // when the next one is due by the rate alone
  std::size_t limit_;    // at once, for now
  Breaker breaker_ = Breaker::closed;
  std::uint32_t failures_ = 0;  // in a row
  Duration pause_{};
  Duration paused_until_{};
  Duration rest_until_{};
  bool disabled_ = false;
};

}  // namespace patchbay::delivery
