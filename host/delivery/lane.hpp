// One lane of a destination: what waits for one contact, in the order of the events.
//
// Plain values of destination.cpp. Lives on the dispatcher's executor.
#pragma once

#include "base/time.hpp"
#include "store/records.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <list>
#include <optional>
#include <utility>
#include <vector>

namespace patchbay::delivery {

// What was delivered before its outcome was durable is sent again after a crash. While the disk takes nothing a lane
// may not go on adding to that.
inline constexpr std::size_t most_unrecorded = 16;

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
  std::list<Item> waiting;  // by event
  // Under way, or ended as anything but delivered and not yet durable; after a merge there may be several.
  std::vector<store::EventId> out;
  std::vector<store::EventId> unrecorded;  // delivered, and not yet durable
  bool draining = false;                   // after a merge: nothing goes until both of these are empty
  bool queued = false;                     // among the lanes that may go
  std::optional<Duration> alarm{};         // when it is looked at again

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

  // Its first has to wait, and nothing is under way that would end before.
  [[nodiscard]] bool blocked(Duration now) const {
    return out.empty() && !waiting.empty() && waiting.front().not_before > now;
  }

  // Whether what is under way, or not yet durable, lets another go.
  [[nodiscard]] bool free() const {
    return out.empty() && (draining ? unrecorded.empty() : unrecorded.size() < most_unrecorded);
  }

  // Whether everything up to that event has ended and is durable.
  [[nodiscard]] bool clear_up_to(store::EventId last) const {
    const auto later = [last](store::EventId event) { return event > last; };
    return std::ranges::all_of(out, later) && std::ranges::all_of(unrecorded, later) &&
           (waiting.empty() || later(waiting.front().event)) && (!in_store || later(*in_store));
  }
};

}  // namespace patchbay::delivery
