#include "delivery/destination.hpp"

#include "base/fault_points.hpp"

#include <algorithm>
#include <limits>

namespace patchbay::delivery {
namespace {

using store::ContactId;
using store::EventId;

constexpr std::size_t page_size = 1000;  // what one turn of the executor reads: some milliseconds

}  // namespace

Destination::Destination(DestinationSettings settings, SinkPort& sink, Duration longest_wait)
    : settings_(std::move(settings)), sink_(sink), longest_wait_(longest_wait) {
  settings_.parallel = std::max<std::size_t>(settings_.parallel, 1);
  settings_.in_memory = std::max<std::size_t>(settings_.in_memory, 1);
}

// ---- Lanes

ContactId Destination::resolve(ContactId lane) const {
  for (auto at = merged_.find(lane); at != merged_.end(); at = merged_.find(lane)) lane = at->second;
  return lane;
}

// What came before a split is still of the lane that was common.
ContactId Destination::resolve(ContactId lane, EventId event) const {
  lane = resolve(lane);
  for (auto common = barriers_.before_split(lane, event); common; common = barriers_.before_split(lane, event))
    lane = resolve(*common);
  return lane;
}

Lane* Destination::find(ContactId lane, EventId event) {
  const auto found = lanes_.find(resolve(lane, event));
  return found == lanes_.end() ? nullptr : &found->second;
}

Lane& Destination::lane_of(ContactId id) {
  Lane& lane = lanes_[id];
  lane.id = id;
  return lane;
}

void Destination::take(const store::OpenDelivery& delivery, Now now) {
  const auto& [row, event] = delivery;
  Item item{.event = event.id,
            .type = event.type,
            .contact = event.contact.value_or(row.lane),
            .payload = event.payload,
            .attempts = row.attempts};
  // A clock that was wrong when the row was written must not put it off for years.
  if (row.due > now.wall) item.not_before = now.monotonic + std::min<Duration>(row.due - now.wall, longest_wait_);

  const bool in_order = mutant != Mutant::ignores_lane_order;
  Lane& lane = lane_of(resolve(in_order ? row.lane : ContactId{-store::number(event.id)}, event.id));
  hold(item.event, lane);
  lane.put(std::move(item));
  look_at(lane, now);
}

void Destination::hold(EventId event, const Lane& lane) {
  held_[event] = lane.id;
  counts.in_memory.store(held_.size(), std::memory_order_relaxed);
}

void Destination::let_go(EventId event) {
  held_.erase(event);
  counts.in_memory.store(held_.size(), std::memory_order_relaxed);
}

void Destination::look_at(Lane& lane, Now now) {
  if (lane.out.empty() && lane.unrecorded.empty()) lane.draining = false;
  if (lane.queued || !lane.free()) return;
  if (barriers_.hold(lane.id)) {
    may_make_room_ = true;
    return;
  }
  if (lane.waiting.empty()) {
    if (!lane.in_store) {
      if (!lane.unrecorded.empty()) return;
      const ContactId id = lane.id;
      lanes_.erase(id);
    } else if (!lane.reading) {
      call_back(lane);
    }
    return;
  }
  if (!lane.blocked(now.monotonic)) {
    lane.queued = true;
    ready_.push_back(&lane);
    return;
  }
  if (lane.waiting.size() > 1) may_make_room_ = true;
  const Duration due = lane.waiting.front().not_before;
  if (lane.alarm && *lane.alarm <= due) return;
  lane.alarm = due;
  alarms_.push({due, lane.id});
}

void Destination::join(ContactId from, ContactId into, Now now) {
  from = resolve(from);
  into = resolve(into);
  if (from == into) return;
  merged_[from] = into;
  barriers_.join(from, into);

  const auto found = lanes_.find(from);
  if (found == lanes_.end()) return;
  Lane& old = found->second;
  Lane& joined = lane_of(into);
  for (const Item& item : old.waiting) hold(item.event, joined);
  for (const EventId event : old.out) hold(event, joined);
  for (const EventId event : old.unrecorded) hold(event, joined);
  joined.waiting.merge(old.waiting, [](const Item& left, const Item& right) { return left.event < right.event; });
  joined.out.insert(joined.out.end(), old.out.begin(), old.out.end());
  joined.unrecorded.insert(joined.unrecorded.end(), old.unrecorded.begin(), old.unrecorded.end());
  old.out.clear();
  old.unrecorded.clear();
  joined.draining = true;
  if (const auto mark = std::exchange(old.in_store, std::nullopt))
    joined.in_store = std::min(*mark, joined.in_store.value_or(*mark));
  if (joined.in_store) leave_in_store(joined, *joined.in_store);
  // One that is queued is dropped when its turn comes.
  if (!old.queued) lanes_.erase(from);
  look_at(joined, now);
}

void Destination::split(ContactId from, const std::vector<ContactId>& into, EventId at) {
  const ContactId common = resolve(from);
  for (const ContactId part : into) {
    if (part == common) continue;
    merged_.erase(part);
    barriers_.add({.waiting = part, .first = common, .last = EventId{store::number(at) - 1}});
  }
}

void Destination::release_barriers(Now now) {
  const auto released = barriers_.release([this](const Barrier& barrier) {
    // What came before must be known: announced, and read.
    if (announced_to_anybody_ <= barrier.last || (more_ && considered_ <= barrier.last)) return false;
    const auto common = lanes_.find(barrier.first);
    return common == lanes_.end() || common->second.clear_up_to(barrier.last);
  });
  for (const ContactId id : released)
    if (const auto lane = lanes_.find(id); lane != lanes_.end()) look_at(lane->second, now);
}

void Destination::wake(Now now) {
  if (!barriers_.empty()) release_barriers(now);
  while (!alarms_.empty() && alarms_.top().at <= now.monotonic) {
    const auto found = lanes_.find(resolve(alarms_.top().lane));
    alarms_.pop();
    if (found == lanes_.end()) continue;
    found->second.alarm.reset();
    look_at(found->second, now);
  }
}

std::optional<Duration> Destination::next_alarm() const {
  if (alarms_.empty()) return std::nullopt;
  return alarms_.top().at;
}

std::optional<Item> Destination::next(Now now) {
  while (!ready_.empty()) {
    Lane& lane = *ready_.front();
    ready_.pop_front();
    lane.queued = false;
    // A merge may have changed what was ready.
    if (!lane.free() || barriers_.hold(lane.id) || lane.waiting.empty() || lane.blocked(now.monotonic)) {
      look_at(lane, now);
      continue;
    }
    Item item = std::move(lane.waiting.front());
    lane.waiting.pop_front();
    lane.out.push_back(item.event);
    return item;
  }
  return std::nullopt;
}

void Destination::returned(Item item, Now now) {
  Lane& lane = holder_of(item.event);
  std::erase(lane.out, item.event);
  if (lane.in_store && item.event >= *lane.in_store) {
    // Joined with a lane that has older ones in the store: it is read again, after them.
    let_go(item.event);
  } else {
    lane.put(std::move(item));
  }
  look_at(lane, now);
}

void Destination::delivered(EventId event, Now now) {
  Lane& lane = holder_of(event);
  std::erase(lane.out, event);
  lane.unrecorded.push_back(event);
  look_at(lane, now);
}

void Destination::recorded(EventId event, Now now) {
  Lane& lane = holder_of(event);
  std::erase(lane.unrecorded, event);
  let_go(event);
  look_at(lane, now);
}

void Destination::ended(EventId event, Now now) {
  Lane& lane = holder_of(event);
  std::erase(lane.out, event);
  let_go(event);
  look_at(lane, now);
}

// ---- Memory and store

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
    if (lane.in_store && lane.out.empty() && lane.waiting.empty() && !barriers_.hold(id)) lane.reading = true;
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
  const bool starved = ready_.empty() && may_send();
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
