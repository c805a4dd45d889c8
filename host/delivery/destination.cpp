#include "delivery/destination.hpp"

#include "base/fault_points.hpp"

#include <algorithm>

namespace patchbay::delivery {

using store::ContactId;
using store::EventId;

Destination::Destination(DestinationSettings settings, SinkPort& sink, const Schedule& schedule)
    : sink_(&sink), gate_({}) {
  configure(std::move(settings), sink, schedule);
}

void Destination::configure(DestinationSettings settings, SinkPort& sink, const Schedule& schedule) {
  const bool was_disabled = gate_.disabled();
  settings_ = std::move(settings);
  sink_ = &sink;
  schedule_ = schedule;
  longest_wait_ = schedule.longest_wait;
  gate_ = Gate({.parallel = settings_.parallel, .rate = settings_.rate});
  held_back_ = false;
  settings_.in_memory = std::max<std::size_t>(settings_.in_memory, 1);
  if (settings_.attempts && *settings_.attempts <= schedule_.delays.size())
    schedule_.delays.resize(std::max<std::size_t>(*settings_.attempts, 1) - 1);
  for (const Duration delay : schedule_.delays) longest_wait_ = std::max(longest_wait_, delay * 2);
  if (was_disabled || settings_.disabled_for) gate_.disable();
  if (settings_.disabled_for) {
    gate_reason_ = *settings_.disabled_for;
    const std::lock_guard lock(standing_mutex_);
    standing_ = {.state = GateState::disabled, .until = {}, .reason = gate_reason_};
  }
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

std::optional<Duration> Destination::next_alarm(Now now) const {
  std::optional<Duration> at;
  if (!alarms_.empty()) at = alarms_.top().at;
  // The gate's opening matters only where something waits behind it.
  if (!ready_.empty() || more_ || set_back_) {
    if (const auto opens = gate_.opens_at(now.monotonic)) at = std::min(*opens, at.value_or(*opens));
  }
  return at;
}

std::optional<Departure> Destination::next(Now now) {
  while (!ready_.empty() && may_send(now)) {
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
    return Departure{std::move(item), gate_.departed(now.monotonic)};
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

// ---- The gate

void Destination::replied(Errand errand, Reply reply, std::string_view reason, Duration rest_until, double random,
                          Now now) {
  gate_.ended(errand, reply, now.monotonic, rest_until, random);
  if (reply != Reply::answered) gate_reason_ = reason;
}

std::optional<Standing> Destination::news(Now now) {
  const GateState state = gate_.state(now.monotonic);
  const std::lock_guard lock(standing_mutex_);
  if (state == standing_.state) return std::nullopt;
  standing_ = {.state = state, .until = {}, .reason = {}};
  if (state == GateState::paused || state == GateState::resting)
    standing_.until = now.wall + (gate_.until() - now.monotonic);
  if (state != GateState::sending) standing_.reason = gate_reason_;
  return standing_;
}

Standing Destination::standing() const {
  const std::lock_guard lock(standing_mutex_);
  return standing_;
}

}  // namespace patchbay::delivery
