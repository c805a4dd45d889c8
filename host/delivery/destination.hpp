// What one destination has in memory: its lanes, which of them may go, which wait until when, and what of the store is
// still to be read.
//
// Lives on the dispatcher's executor; `counts` alone is [any-thread]. It sends nothing and knows no sink: the
// dispatcher takes what may go with next(). What was delivered it says at once with delivered(), and again with
// recorded() when that is durable; what ended otherwise only then, with ended() or returned(). Up to most_unrecorded
// deliveries of a lane may be delivered and not yet durable.
//
// The store is read in event order by a cursor. Every event up to `considered_` is in memory, done, or left in the
// store on purpose by its lane (Lane::in_store); those are found again by setting the cursor back once their lane has
// drained, or once they were opened again by an operator. What is in memory is known by its event, so that none is
// taken twice; one lane that waits for hours holds up no other.
#pragma once

#include "base/result.hpp"
#include "delivery/barriers.hpp"
#include "delivery/dispatcher.hpp"
#include "delivery/lane.hpp"

#include <atomic>
#include <deque>
#include <mutex>
#include <queue>
#include <unordered_map>

namespace patchbay::delivery {

struct Now {
  TimePoint wall{};
  Duration monotonic{};
};

struct LiveCounts {
  std::atomic<std::uint64_t> in_memory{0}, in_flight{0}, attempts{0}, delivered{0}, retried{0}, dead{0};
};

// A delivery that goes out.
struct Departure {
  Item item;
  Errand errand = Errand::ordinary;
};

class Destination {
 public:
  Destination(DestinationSettings settings, SinkPort& sink, const Schedule& schedule);

  // Other settings from now on, of the same number, and another sink; ends a hold. Disabled it stays.
  void configure(DestinationSettings settings, SinkPort& sink, const Schedule& schedule);
  // Nothing goes out until configure().
  void hold() { held_back_ = true; }

  // New from the committer. Kept when there is room and nothing older is still in the store only.
  void enqueue(const store::OpenDelivery& delivery, Now now);
  void join(store::ContactId from, store::ContactId into, Now now);
  void split(store::ContactId from, const std::vector<store::ContactId>& into, store::EventId at);
  // Some from this event on were opened again; `announced` is the furthest that was announced to anybody.
  void read_again(store::EventId from, store::EventId announced);
  // The same, later: what was opened before read_again() is not beyond it.
  void announced_to_anybody(store::EventId event);

  // Looks at the lanes whose time has come.
  void wake(Now now);
  [[nodiscard]] std::optional<Duration> next_alarm(Now now) const;

  // The next delivery that may go, oldest lane first; nothing while the gate is closed.
  [[nodiscard]] std::optional<Departure> next(Now now);
  void returned(Item item, Now now);
  void delivered(store::EventId event, Now now);
  void recorded(store::EventId event, Now now);
  void ended(store::EventId event, Now now);

  // Whether there is something to read and room for it.
  [[nodiscard]] bool wants_reading(Now now);
  // Reads one page. On failure nothing has changed.
  Status read(store::Reader& reader, Now now);

  [[nodiscard]] const DestinationSettings& settings() const { return settings_; }
  [[nodiscard]] SinkPort& sink() const { return *sink_; }
  [[nodiscard]] const Schedule& schedule() const { return schedule_; }

  // What an attempt said of the destination itself; `reason` is for people.
  void replied(Errand errand, Reply reply, std::string_view reason, Duration rest_until, double random, Now now);
  void enable(Now now) { gate_.enable(now.monotonic); }
  // How it stands, where that has changed since the last call.
  [[nodiscard]] std::optional<Standing> news(Now now);
  // [any-thread]
  [[nodiscard]] Standing standing() const;

  LiveCounts counts;

 private:
  struct Alarm {
    Duration at{};
    store::ContactId lane{};
    friend bool operator>(const Alarm& left, const Alarm& right) { return left.at > right.at; }
  };

  [[nodiscard]] store::ContactId resolve(store::ContactId lane) const;
  [[nodiscard]] store::ContactId resolve(store::ContactId lane, store::EventId event) const;
  [[nodiscard]] Lane* find(store::ContactId lane, store::EventId event);
  [[nodiscard]] Lane& lane_of(store::ContactId id);
  [[nodiscard]] std::size_t held() const { return held_.size(); }
  [[nodiscard]] Lane& holder_of(store::EventId event) { return lanes_.at(held_.at(event)); }
  void hold(store::EventId event, const Lane& lane);
  void let_go(store::EventId event);
  [[nodiscard]] bool may_send(Now now) const {
    return !held_back_ && gate_.may_send(now.monotonic, counts.in_flight.load(std::memory_order_relaxed));
  }
  void take(const store::OpenDelivery& delivery, Now now);
  void take_read(const store::OpenDelivery& delivery, Now now);
  void look_at(Lane& lane, Now now);
  void release_barriers(Now now);
  void call_back(Lane& lane);
  void set_back(store::EventId to);
  void leave_in_store(Lane& lane, store::EventId from);
  void make_room(Now now);
  [[nodiscard]] store::EventId furthest() const;
  void start_again_at(store::EventId event);
  void reading_ended(Now now);

  DestinationSettings settings_;
  SinkPort* sink_;
  Schedule schedule_;
  Duration longest_wait_{};
  Gate gate_;
  bool held_back_ = false;
  std::string gate_reason_;
  mutable std::mutex standing_mutex_;
  Standing standing_;  // as it was last told

  std::unordered_map<store::ContactId, Lane> lanes_;
  // In memory (waiting, under way, or ended and not yet durable), and the lane that holds it.
  std::unordered_map<store::EventId, store::ContactId> held_;
  std::unordered_map<store::ContactId, store::ContactId> merged_;  // since start
  Barriers barriers_;
  std::deque<Lane*> ready_;
  std::priority_queue<Alarm, std::vector<Alarm>, std::greater<>> alarms_;

  store::EventId cursor_{};      // the store was read up to here
  store::EventId considered_{};  // the furthest that was ever taken up or passed by
  store::EventId announced_{};   // the furthest that enqueue() has named; 0 = none yet
  store::EventId announced_to_anybody_{};
  store::EventId opened_{};        // the furthest that may have been opened again
  bool may_open_further_ = false;  // until something newer than the opening is announced
  bool more_ = true;               // the store has events behind the cursor; so it is at start
  bool filling_ = true;
  bool may_make_room_ = false;                // some lane that waits holds more than it needs
  std::optional<store::EventId> set_back_{};  // where to read again, for lanes that have drained
  store::EventId set_back_after_{};           // not before the reading has come that far
};

}  // namespace patchbay::delivery
