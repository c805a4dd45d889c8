// Brings events to their destinations: one lane per (destination, contact), in order within, parallel across.
//
// Lives on an Executor (the HTTP client's thread), where all its work happens; its functions are [any-thread] unless
// they say otherwise. It holds a bounded number of deliveries in memory; what is beyond waits in the store and is read
// when there is room. The next event of a lane goes out once the last one was delivered and its outcome is on its way
// to the store (through `Outcomes`), or once any other outcome is durable. No more than 16 deliveries of a lane are
// ever delivered and not yet durable: so many, in their order and with the same ids, a crash may send again.
//
// At-least-once: the same event id on every attempt. A failure is never lost: it is another attempt later or a dead
// letter.
//
// A destination as a whole is held back by its gate (gate.hpp): its rate, a breaker, a rest that it asked for with 429
// or 503 and Retry-After. One that answers 410 is disabled: what is open stays open, this event too, and nothing goes
// out until enable().
#pragma once

#include "base/executor.hpp"
#include "base/result.hpp"
#include "delivery/gate.hpp"
#include "delivery/retry.hpp"
#include "net/http_client.hpp"
#include "store/store.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace patchbay::delivery {

// One attempt at one event, as a sink sees it.
struct Attempt {
  std::uint64_t token = 0;
  std::uint32_t number = 1;  // 1 for the first
  TimePoint at{};
  store::EventId event{};
  store::EventType type{};
  store::ContactId contact{};
  store::Payload payload;
};

struct Rendered {
  std::uint64_t token = 0;
  std::optional<net::ClientRequest> request;
  std::optional<Outcome> ended;  // instead of a request: the sink ends the event itself
  std::string reason;
};

struct Judged {
  std::uint64_t token = 0;
  Outcome outcome;
  std::string reason;
};

// How a destination stands.
struct Standing {
  GateState state = GateState::sending;
  TimePoint until{};   // where it rests or is paused
  std::string reason;  // where it is not sending
};

// The sink behind a destination. Calls come on the dispatcher's executor; answers go to Dispatcher::rendered and
// ::judged with the same token, from any thread. An answer that takes more than 30 s costs the attempt; one that comes
// later, or a second time, is ignored. judge() also gets what was no answer (status 0).
class SinkPort {
 public:
  virtual ~SinkPort() = default;
  virtual void render(const Attempt& attempt) = 0;
  virtual void judge(const Attempt& attempt, net::ClientResponse response) = 0;
  // The destination stands differently from now on. To tell people; there is nothing to answer.
  virtual void stands(const Standing& standing) = 0;
};

// Where outcomes are made durable. `committed` is called once, from any thread, when they are; an error means that the
// store could not take them now, and the dispatcher offers them again.
class Outcomes {
 public:
  virtual ~Outcomes() = default;
  virtual void record(std::vector<store::Outcome> outcomes, std::function<void(Status)> committed) = 0;
};

struct DestinationSettings {
  store::DestinationId id{};
  std::string name;
  std::size_t parallel = 64;       // requests at once
  std::size_t in_memory = 10'000;  // deliveries held
  std::optional<Rate> rate;
  std::optional<std::uint32_t> attempts;    // at most so many, however long the schedule is
  std::optional<std::string> disabled_for;  // the reason, where it is disabled from the start
};

struct DispatcherCounts {
  std::uint64_t in_memory = 0, in_flight = 0, attempts = 0, delivered = 0, retried = 0, dead = 0;
  Standing standing;
};

class Dispatcher {
 public:
  // `executor` is the client's own. `reader` is used on it only. `random` yields numbers in [0, 1). The dispatcher may
  // end on any thread after `drained`, or when the executor has ended.
  [[nodiscard]] static std::unique_ptr<Dispatcher> create(Executor& executor, net::HttpClient& client,
                                                          const Clock& clock, Outcomes& outcomes,
                                                          std::unique_ptr<store::Reader> reader,
                                                          std::function<double()> random, Schedule schedule);
  virtual ~Dispatcher() = default;

  // Adds a destination, or gives the one of that number these settings and this sink and ends its hold. Attempts under
  // way go on with the sink they find.
  virtual void add_destination(DestinationSettings settings, SinkPort& sink) = 0;
  // Starts no more attempts at it until it is added again; `held` is called on the executor when none is under way.
  // What is enqueued for it waits.
  virtual void hold_destination(store::DestinationId destination, std::function<void()> held) = 0;
  // Takes up what the store has open, oldest first.
  virtual void start() = 0;
  // New deliveries, right after their commit, in commit order.
  virtual void enqueue(std::vector<store::OpenDelivery> deliveries) = 0;
  // Contact `from` was merged into `into`: both lanes drain before what follows in the joined one. Comes before the
  // enqueue() of the commit that holds the merge; deliveries that still name `from` then find the joined lane.
  virtual void join_lanes(store::ContactId from, store::ContactId into) = 0;
  // Contact `from` fell apart into these (it may be one of them), and event `at` is the first that knows it: what came
  // before ends in the common lane before what follows goes out in any of theirs. Comes before the enqueue() of the
  // commit that holds the split. A restart forgets the barrier, and keeps the order of each lane.
  virtual void split_lanes(store::ContactId from, std::vector<store::ContactId> into, store::EventId at) = 0;
  // Deliveries of this destination from that event on were opened (again) in the store: they are read. Those in memory
  // or under way are not taken twice. Comes after the commit that opened them. Where nothing newer was announced since
  // then to any destination, those of events newer than all that were announced wait until something is.
  virtual void read_again(store::DestinationId destination, store::EventId from) = 0;
  // A destination that was disabled is one no more; the store knows it already. Goes on with a single delivery.
  virtual void enable(store::DestinationId destination) = 0;
  virtual void rendered(Rendered rendered) = 0;
  virtual void judged(Judged judged) = 0;
  // Starts no more attempts; `drained` is called on the executor when none is under way and outcomes are durable.
  virtual void stop(std::function<void()> drained) = 0;
  [[nodiscard]] virtual DispatcherCounts counts(store::DestinationId destination) const = 0;
};

}  // namespace patchbay::delivery
