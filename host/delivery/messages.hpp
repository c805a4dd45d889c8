// What the dispatcher is told from other threads, or must not do inside the call that it comes from: each is dealt with
// on its executor, in the order of telling.
#pragma once

#include "delivery/dispatcher.hpp"
#include "delivery/ledger.hpp"

#include <functional>
#include <variant>
#include <vector>

namespace patchbay::delivery {

struct Start {};
struct Stop {
  std::function<void()> drained;
};
struct Add {
  DestinationSettings settings;
  SinkPort* sink = nullptr;
};
struct Hold {
  store::DestinationId destination{};
  std::function<void()> held;
};
struct Enqueue {
  std::vector<store::OpenDelivery> deliveries;
};
struct Join {
  store::ContactId from{}, into{};
};
struct Split {
  store::ContactId from{};
  std::vector<store::ContactId> into;
  store::EventId at{};
};
struct OpenedAgain {
  store::DestinationId destination{};
  store::EventId from{};
};
struct Enable {
  store::DestinationId destination{};
};
struct Recorded {
  Ledger::BatchId batch = 0;
  bool durable = false;
};
struct OfferAgain {
  Ledger::BatchId batch = 0;
};
struct ReadAgain {};
struct AlarmRang {};
struct DeadlineRang {};
struct NextPage {};
using Message = std::variant<Start, Stop, Add, Hold, Enqueue, Join, Split, OpenedAgain, Enable, Rendered, Judged,
                             Recorded, OfferAgain, ReadAgain, AlarmRang, DeadlineRang, NextPage>;

}  // namespace patchbay::delivery
