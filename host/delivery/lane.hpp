// One lane of a destination: what waits for one contact, in the order of the events.
//
// Plain values of destination.cpp. Lives on the dispatcher's executor.
#pragma once

#include "base/time.hpp"
#include "store/records.hpp"

#include <cstdint>
#include <iterator>
#include <list>
#include <optional>
#include <utility>

namespace patchbay::delivery {

// A delivery in memory.
struct Item {
  store::EventId event{};
  store::EventType type{};
  store::ContactId contact{};
  store::Payload payload;
  std::uint32_t attempts = 0;  // made so far
  Duration not_before{};       // on the monotonic clock: a step of the wall clock neither hurries nor holds it
};

struct Lane {
  store::ContactId id{};
  std::list<Item> waiting;          // by event
  std::uint32_t out = 0;            // under way, or done and not yet durable; after a merge there may be several
  bool queued = false;              // among the lanes that may go
  std::optional<Duration> alarm{};  // when it is looked at again

  // From this event on its deliveries were left in the store, so that a lane that waits does not fill the memory.
  std::optional<store::EventId> in_store{};
  bool reading = false;  // takes them, in order, as the store is read

  void put(Item item) {
    if (waiting.empty() || item.event < waiting.front().event) {  // one that comes back
      waiting.push_front(std::move(item));
      return;
    }
    auto place = waiting.end();
    while (std::prev(place)->event > item.event) --place;
    waiting.insert(place, std::move(item));
  }

  [[nodiscard]] bool blocked(Duration now) const { return !waiting.empty() && waiting.front().not_before > now; }
};

}  // namespace patchbay::delivery
