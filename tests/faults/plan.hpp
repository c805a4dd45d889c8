// What is done to one life of the gateway, drawn from a seeded generator: the same seed gives the same lives.
//
// Pure values; no clock, no process.
#pragma once

#include "faults/control.hpp"

#include <cstdint>
#include <optional>
#include <random>
#include <string>

namespace patchbay::faults {

using Milliseconds = std::int64_t;

// Each life begins so much later than the one before, by its clock: what was put off is due, and lanes go on.
inline constexpr std::int64_t seconds_per_life = 6 * 3'600;

// In the order in which a life brings them; all times count from its first 2xx, but for `early`.
struct Life {
  std::optional<Milliseconds> early;        // killed so long after its start, whatever it does then
  Milliseconds length = 0;                  // else so long after its first 2xx
  Manners manners = Manners::honest;        // of the receiver
  std::optional<Milliseconds> down, up;     // when the receiver is killed, and when it is started again
  std::optional<Milliseconds> stopped;      // when the gateway gets SIGSTOP
  std::optional<Milliseconds> continued;    // and SIGCONT; without, it is killed while it is stopped
  std::optional<std::int64_t> clock;        // seconds by which its wall clock is ahead; without, it is this machine's
  std::optional<Milliseconds> clock_jumps;  // when its clock becomes what its place in the run gives it
};

class Plans {
 public:
  explicit Plans(std::uint64_t seed) : random_(seed) {}

  // Every life draws the same number of times, so that a fault that is not used shifts nothing.
  Life next() {
    Life life;
    life.length = between(20, 400);
    const bool early = percent(20);
    const Milliseconds early_for = between(0, 80);
    const bool rude = percent(40);
    const auto manners = static_cast<Manners>(between(1, 3));
    const bool down = percent(15);
    const Milliseconds down_at = between(0, life.length), down_for = between(20, 300);
    const bool stopped = percent(20), dies_stopped = percent(25);
    const Milliseconds stopped_at = between(0, life.length), stopped_for = between(20, 150);
    const bool machine_clock = percent(20), wrong = percent(30), jumps = percent(50);
    constexpr std::int64_t offsets[] = {-86'400, -3'600, 3'600, 86'400};
    const std::int64_t offset = offsets[between(0, 3)];
    const Milliseconds jumps_at = between(0, life.length);

    ahead_ += seconds_per_life;
    if (!machine_clock) life.clock = ahead_ + (wrong ? offset : 0);
    if (rude) life.manners = manners;
    if (early) {
      life.early = early_for;
      return life;
    }
    if (down) {
      life.down = down_at;
      life.up = down_at + down_for;
    }
    if (stopped) {
      life.stopped = stopped_at;
      if (!dies_stopped) life.continued = stopped_at + stopped_for;
    }
    if (life.clock && jumps) life.clock_jumps = jumps_at;
    return life;
  }

  // The clock of the last life, where nothing is wrong with it.
  [[nodiscard]] std::int64_t ahead() const { return ahead_; }

 private:
  std::int64_t between(std::int64_t least, std::int64_t most) {
    // Not std::uniform_int_distribution, whose numbers differ between libraries.
    return least + static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(most - least + 1));
  }
  bool percent(std::int64_t share) { return between(1, 100) <= share; }

  std::mt19937_64 random_;
  std::int64_t ahead_ = 0;
};

[[nodiscard]] inline std::string described(const Life& life) {
  const auto at = [](const char* what, const std::optional<std::int64_t>& when) {
    return when ? std::string(", ") + what + " " + std::to_string(*when) : std::string();
  };
  constexpr const char* manners[] = {"honest", "slow", "lying", "hanging up"};
  return (life.early ? "killed " + std::to_string(*life.early) + " ms after its start"
                     : "killed " + std::to_string(life.length) + " ms after its first 2xx") +
         ", receiver " + manners[static_cast<std::size_t>(life.manners)] + at("receiver down at", life.down) +
         at("up at", life.up) + at("stopped at", life.stopped) + at("continued at", life.continued) +
         at("clock ahead by s", life.clock) + at("jumps at", life.clock_jumps);
}

}  // namespace patchbay::faults
