// What a destination has in memory and what it leaves in the store.
#include "delivery/destination.hpp"

#include <algorithm>
#include <limits>

namespace patchbay::delivery {
namespace {

using store::ContactId;
using store::EventId;

// What one turn of the executor reads: all destinations wait for it, so it takes a millisecond or two.
constexpr std::size_t page_size = 250;

}  // namespace

void Destination::enqueue(const store::OpenDelivery& delivery, Now now) {
  const EventId id = delivery.event.id;
  announced_ = std::max(announced_, id);
  if (id <= considered_) return;  // the store was read meanwhile
  if (more_ || set_back_ || held() >= settings_.in_memory) {
    more_ = true;
    return;
  }
  considered_ = cursor_ = id;
  const Lane* const lane = find(delivery.delivery.lane, id);
  if (lane != nullptr && lane->in_store) return;  // behind what its lane has in the store
  take(delivery, now);
}

void Destination::leave_in_store(Lane& lane, EventId from) {
  lane.in_store = from;
  lane.reading = false;
  while (!lane.waiting.empty() && lane.waiting.back().event >= from) {
    let_go(lane.waiting.back().event);
    lane.waiting.pop_back();
  }
}

void Destination::make_room(Now now) {
  may_make_room_ = false;
  for (auto& [id, lane] : lanes_) {
    if (lane.waiting.empty()) continue;
    if (barriers_.hold(id))
      leave_in_store(lane, lane.waiting.front().event);
    else if (lane.waiting.size() > 1 && lane.blocked(now.monotonic))
      leave_in_store(lane, std::next(lane.waiting.begin())->event);
  }
}

// The lane has nothing in memory any more, but more in the store.
void Destination::call_back(Lane& lane) {
  if (more_ && cursor_ < *lane.in_store) {
    lane.reading = true;
    return;
  }
  set_back(*lane.in_store);
}

void Destination::set_back(EventId to) {
  if (!set_back_) set_back_after_ = considered_;
  set_back_ = std::min(to, set_back_.value_or(to));
}

void Destination::read_again(EventId from, EventId announced) {
  opened_ = std::max(opened_, announced);
  may_open_further_ = true;
  if (!more_ || cursor_ >= from) set_back(from);
}

void Destination::announced_to_anybody(EventId event) {
  announced_to_anybody_ = event;
  if (std::exchange(may_open_further_, false)) opened_ = std::max(opened_, event);
}

void Destination::start_again_at(EventId event) {
  set_back_.reset();
  more_ = true;
  cursor_ = EventId{store::number(event) - 1};
  for (auto& [id, lane] : lanes_) {
    // One that has older ones in the store, and could not ask for them yet, asks when it can.
    if (!lane.in_store || *lane.in_store < event) continue;
    if (lane.out.empty() && lane.waiting.empty() && !barriers_.hold(id)) lane.reading = true;
  }
}

// What the committer has not announced may follow a merge that it has not announced either, and is left to it.
EventId Destination::furthest() const {
  if (announced_ == EventId{}) return EventId{std::numeric_limits<std::int64_t>::max()};
  return std::max({announced_, considered_, opened_});
}

bool Destination::wants_reading(Now now) {
  if (!more_ && !set_back_) return false;
  if (!set_back_ && cursor_ >= furthest()) return false;

  if (held() * 2 < settings_.in_memory) filling_ = true;
  if (held() >= settings_.in_memory) filling_ = false;
  // Only lanes that wait are left: they must not hold up the others.
  const bool starved = ready_.empty() && may_send(now);
  if (starved && !filling_ && may_make_room_) make_room(now);
  if (starved) filling_ = true;
  if (held() >= settings_.in_memory) filling_ = false;
  return filling_;
}

Status Destination::read(store::Reader& reader, Now now) {
  if (set_back_ && (!more_ || cursor_ >= set_back_after_)) start_again_at(*set_back_);

  const std::size_t limit = std::min(settings_.in_memory - held(), page_size);
  const auto page = PATCHBAY_TRY(reader.open_deliveries(settings_.id, cursor_, limit));
  const EventId last = furthest();
  bool all = page.size() < limit;
  for (const store::OpenDelivery& delivery : page) {
    if (delivery.event.id > last) {
      // What was opened again may never be announced itself: it stays to be read.
      if (may_open_further_) {
        cursor_ = last;
        return {};
      }
      all = true;
      break;
    }
    all = all || (delivery.event.id == last && !may_open_further_);
    take_read(delivery, now);
    cursor_ = delivery.event.id;
    considered_ = std::max(considered_, cursor_);
  }
  if (all) reading_ended(now);
  return {};
}

void Destination::take_read(const store::OpenDelivery& delivery, Now now) {
  // The store has moved it to another contact's lane, and the news of that merge is still on its way.
  const auto& contact = delivery.event.contact;
  if (contact && delivery.delivery.lane != ContactId{} && *contact != delivery.delivery.lane)
    join(*contact, delivery.delivery.lane, now);

  const EventId id = delivery.event.id;
  if (held_.contains(id)) return;
  Lane* const found = find(delivery.delivery.lane, id);
  if (found == nullptr) return take(delivery, now);
  Lane& lane = *found;
  const bool waits = lane.blocked(now.monotonic) && id > lane.waiting.front().event;
  if (!lane.in_store || id < *lane.in_store) {
    if (waits) return leave_in_store(lane, id);
    return take(delivery, now);
  }
  if (!lane.reading) return;
  if (waits) {
    lane.reading = false;
    return;
  }
  lane.in_store = EventId{store::number(id) + 1};
  take(delivery, now);
}

void Destination::reading_ended(Now now) {
  more_ = false;
  considered_ = std::max(considered_, announced_);
  cursor_ = considered_;
  std::vector<Lane*> done;
  for (auto& [id, lane] : lanes_) {
    if (!lane.reading) continue;
    lane.reading = false;
    lane.in_store.reset();
    done.push_back(&lane);
  }
  for (Lane* lane : done) look_at(*lane, now);
}

}  // namespace patchbay::delivery
