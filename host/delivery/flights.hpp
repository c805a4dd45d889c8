// The attempts under way: what a sink was asked for, what it still owes, and since when.
//
// Values of the dispatcher, on its executor. It asks nobody for anything itself.
#pragma once

#include "delivery/destination.hpp"
#include "delivery/dispatcher.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace patchbay::delivery {

inline constexpr Duration sink_deadline = std::chrono::seconds{30};  // for each of a sink's two answers

enum class Stage : std::uint8_t { rendering, sending, judging };

struct Flight {
  Destination* destination = nullptr;
  Item item;
  Errand errand = Errand::ordinary;
  Attempt attempt;
  Stage stage = Stage::rendering;
  Duration asked_at{};  // when the sink was asked for what it owes
  std::uint32_t status = 0;
  std::optional<TimePoint> retry_after;
  std::string failure;
};

class Flights {
 public:
  Flight& begin(Destination& destination, Departure departure, Now now);
  // Null where it has ended or is at another stage: the answer came late or twice.
  [[nodiscard]] Flight* find(std::uint64_t token, Stage stage);
  [[nodiscard]] Flight end(std::uint64_t token);

  struct Overdue {
    std::vector<std::uint64_t> tokens;
    std::optional<Duration> next;  // when the next one of the others is
  };
  // Those whose sink has not answered in time.
  [[nodiscard]] Overdue overdue(Duration now) const;
  [[nodiscard]] Stage stage_of(std::uint64_t token) const { return flights_.at(token).stage; }
  [[nodiscard]] bool empty() const { return flights_.empty(); }

 private:
  std::unordered_map<std::uint64_t, Flight> flights_;
  std::uint64_t last_token_ = 0;
};

}  // namespace patchbay::delivery
