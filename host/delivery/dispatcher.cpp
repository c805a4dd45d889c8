#include "delivery/dispatcher.hpp"

#include "base/fault_points.hpp"
#include "delivery/destination.hpp"
#include "delivery/flights.hpp"
#include "delivery/ledger.hpp"
#include "delivery/messages.hpp"
#include "delivery/settling.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

namespace patchbay::delivery {
namespace {

using namespace std::chrono_literals;
using store::ContactId;
using store::DestinationId;

constexpr Duration store_rest = 1s;  // after the store could not read or write

// Everything behind the dispatcher. Tasks and completions hold it weakly: those that come after its end do nothing.
class Core : public std::enable_shared_from_this<Core> {
 public:
  Core(Executor& executor, net::HttpClient& client, const Clock& clock, Outcomes& outcomes,
       std::unique_ptr<store::Reader> reader, std::function<double()> random, Schedule schedule)
      : executor_(executor),
        client_(client),
        clock_(clock),
        reader_(std::move(reader)),
        random_(std::move(random)),
        schedule_(std::move(schedule)),
        ledger_(outcomes) {}

  // [any-thread] One task per turn, however many messages gather for it.
  void tell(Message message) {
    {
      const std::lock_guard lock(mutex_);
      inbox_.push_back(std::move(message));
      if (std::exchange(turn_posted_, true)) return;
    }
    executor_.post([weak = weak_from_this()] {
      if (const auto core = weak.lock()) core->turn();
    });
  }

  // [any-thread]
  [[nodiscard]] const Destination* find(DestinationId id) const {
    const std::lock_guard lock(mutex_);
    const auto found = destinations_.find(id);
    return found == destinations_.end() ? nullptr : &found->second;
  }

 private:
  void turn() {
    {
      const std::lock_guard lock(mutex_);
      std::swap(inbox_, messages_);
      turn_posted_ = false;
    }
    now_ = {clock_.now(), clock_.monotonic()};
    for (Message& message : messages_) std::visit([this](auto& what) { on(what); }, message);
    messages_.clear();
    record();  // before what follows goes out
    for (auto& [id, destination] : destinations_) {
      advance(destination);
      if (const auto standing = destination.news(now_)) destination.sink().stands(*standing);
    }
    set_alarm();
    report_held();
    if (stopping_) report_drained();
  }

  void on(Start&) { started_ = true; }

  void on(Stop& stop) {
    stopping_ = true;
    waiting_for_drain_.push_back(std::move(stop.drained));
  }

  void on(Add& add) {
    const DestinationId id = add.settings.id;
    if (const auto known = destinations_.find(id); known != destinations_.end())
      return known->second.configure(std::move(add.settings), *add.sink, schedule_);
    const std::lock_guard lock(mutex_);
    const auto added = destinations_.try_emplace(id, std::move(add.settings), *add.sink, schedule_).first;
    added->second.announced_to_anybody(announced_);
  }

  void on(Hold& hold) {
    if (const auto found = destinations_.find(hold.destination); found != destinations_.end()) found->second.hold();
    holding_.push_back(std::move(hold));
  }

  void on(Enqueue& enqueue) {
    if (!started_ || stopping_) return;  // they are in the store
    for (const store::OpenDelivery& delivery : enqueue.deliveries) {
      const auto found = destinations_.find(delivery.delivery.destination);
      if (found != destinations_.end()) found->second.enqueue(delivery, now_);
      announced_ = std::max(announced_, delivery.event.id);
    }
    for (auto& [id, destination] : destinations_) destination.announced_to_anybody(announced_);
  }

  void on(Split& split) {
    for (auto& [id, destination] : destinations_) destination.split(split.from, split.into, split.at);
  }

  void on(OpenedAgain& opened) {
    if (!started_ || stopping_) return;
    const auto found = destinations_.find(opened.destination);
    if (found != destinations_.end()) found->second.read_again(opened.from, announced_);
  }

  void on(Join& join) {
    for (auto& [id, destination] : destinations_) destination.join(join.from, join.into, now_);
  }

  void on(Enable& enable) {
    if (const auto found = destinations_.find(enable.destination); found != destinations_.end())
      found->second.enable(now_);
  }

  void on(Rendered& rendered) {
    Flight* const flight = flights_.find(rendered.token, Stage::rendering);
    if (flight == nullptr) return;
    if (rendered.ended) return settle(rendered.token, *rendered.ended, std::move(rendered.reason));
    if (!rendered.request) {
      return settle(rendered.token, Outcome{Verdict::transient, {}},
                    rendered.reason.empty() ? "rendering: the sink gave no request" : std::move(rendered.reason));
    }

    flight->stage = Stage::sending;
    PATCHBAY_CRASH_POINT("delivery.before_send");
    client_.send(std::move(*rendered.request),
                 [weak = weak_from_this(), token = rendered.token](net::ClientResponse response) {
                   if (const auto core = weak.lock()) core->responded(token, std::move(response));
                 });
    if constexpr (mutant == Mutant::marks_delivered_before_answer)
      settle(rendered.token, Outcome{Verdict::delivered, {}}, {});
  }

  // Not part of a turn: it asks the sink and changes nothing else.
  void responded(std::uint64_t token, net::ClientResponse response) {
    Flight* const flight = flights_.find(token, Stage::sending);
    if (flight == nullptr) return;
    flight->status = response.status;
    flight->retry_after = retry_after_of(response, clock_.now());
    if (response.failure) flight->failure = response.reason;
    flight->stage = Stage::judging;
    flight->asked_at = clock_.monotonic();
    watch_sinks();
    PATCHBAY_CRASH_POINT("delivery.before_judge");
    flight->destination->sink().judge(flight->attempt, std::move(response));
  }

  void on(Judged& judged) {
    PATCHBAY_CRASH_POINT("delivery.after_judge");
    if (flights_.find(judged.token, Stage::judging) != nullptr)
      settle(judged.token, judged.outcome, std::move(judged.reason));
  }

  void on(DeadlineRang&) {
    sinks_watched_ = false;
    const Flights::Overdue overdue = flights_.overdue(now_.monotonic);
    for (const std::uint64_t token : overdue.tokens) {
      const bool rendering = flights_.stage_of(token) == Stage::rendering;
      settle(token, Outcome{Verdict::transient, {}},
             rendering ? "rendering: the sink did not answer within 30 s"
                       : "judging: the sink did not answer within 30 s");
    }
    if (overdue.next) watch_sinks_for(*overdue.next - now_.monotonic);
  }

  void on(Recorded& recorded) {
    PATCHBAY_CRASH_POINT("delivery.after_record");
    if (recorded.durable) {
      for (const Settled& settled : ledger_.durable(recorded.batch)) finish(settled);
    } else if (ledger_.refused(recorded.batch)) {
      tell_after(store_rest, OfferAgain{recorded.batch});
    }
  }

  void on(OfferAgain& again) { offer(again.batch); }
  void on(ReadAgain&) { reader_rests_ = false; }
  void on(AlarmRang&) { alarm_.reset(); }
  void on(NextPage&) {}

  void advance(Destination& destination) {
    if (!started_ || stopping_) return;
    destination.wake(now_);
    depart(destination);
    if (reader_rests_ || !destination.wants_reading(now_)) return;
    if (!destination.read(*reader_, now_)) {
      reader_rests_ = true;
      tell_after(store_rest, ReadAgain{});
      return;
    }
    depart(destination);
    if (destination.wants_reading(now_)) tell(NextPage{});
  }

  void depart(Destination& destination) {
    while (auto departure = destination.next(now_)) attempt(destination, std::move(*departure));
  }

  void attempt(Destination& destination, Departure departure) {
    const Flight& flight = flights_.begin(destination, std::move(departure), now_);
    destination.counts.in_flight.fetch_add(1, std::memory_order_relaxed);
    destination.counts.attempts.fetch_add(1, std::memory_order_relaxed);
    watch_sinks();
    PATCHBAY_CRASH_POINT("delivery.before_render");
    destination.sink().render(flight.attempt);
  }

  void settle(std::uint64_t token, const Outcome& outcome, std::string reason) {
    Flight flight = flights_.end(token);
    Destination& destination = *flight.destination;
    const Errand errand = flight.errand;
    destination.counts.in_flight.fetch_sub(1, std::memory_order_relaxed);
    Settling settling = settle_flight(std::move(flight), outcome, std::move(reason), now_, random_());
    const store::Outcome& row = settling.settled.outcome;
    destination.replied(errand, settling.reply, row.reason, settling.rest_until, random_(), now_);
    if (row.state == store::DeliveryState::delivered) destination.delivered(row.event, now_);
    ledger_.add(std::move(settling.settled));
  }

  void finish(const Settled& settled) {
    Destination& destination = *settled.destination;
    switch (settled.outcome.state) {
      case store::DeliveryState::open:
        destination.counts.retried.fetch_add(1, std::memory_order_relaxed);
        return destination.returned(settled.item, now_);
      case store::DeliveryState::delivered:
        destination.counts.delivered.fetch_add(1, std::memory_order_relaxed);
        return destination.recorded(settled.item.event, now_);
      case store::DeliveryState::dead:
        destination.counts.dead.fetch_add(1, std::memory_order_relaxed);
        return destination.ended(settled.item.event, now_);
    }
  }

  void record() {
    if (const auto batch = ledger_.gather()) {
      PATCHBAY_CRASH_POINT("delivery.before_record");
      offer(*batch);
    }
  }

  void offer(Ledger::BatchId id) {
    ledger_.offer(id, [weak = weak_from_this(), id](const Status& status) {
      if (const auto core = weak.lock()) core->tell(Recorded{id, status.has_value()});
    });
  }

  // One alarm is set, for the earliest; an earlier one that has become needless rings and finds nothing.
  void set_alarm() {
    if (stopping_) return;
    std::optional<Duration> earliest;
    for (const auto& [id, destination] : destinations_) {
      const auto next = destination.next_alarm(now_);
      if (next && (!earliest || *next < *earliest)) earliest = next;
    }
    if (!earliest || (alarm_ && *alarm_ <= *earliest)) return;
    alarm_ = earliest;
    tell_after(std::max(*earliest - now_.monotonic, Duration::zero()), AlarmRang{});
  }

  void watch_sinks() {
    if (!sinks_watched_) watch_sinks_for(sink_deadline);
  }
  void watch_sinks_for(Duration delay) {
    sinks_watched_ = true;
    tell_after(delay, DeadlineRang{});
  }

  void tell_after(Duration delay, Message message) {
    executor_.post_after(delay, [weak = weak_from_this(), message = std::move(message)] {
      if (const auto core = weak.lock()) core->tell(message);
    });
  }

  void report_held() {
    std::vector<std::function<void()>> held;
    std::erase_if(holding_, [&](Hold& hold) {
      const auto found = destinations_.find(hold.destination);
      if (found != destinations_.end() && found->second.counts.in_flight.load(std::memory_order_relaxed) != 0)
        return false;
      held.push_back(std::move(hold.held));
      return true;
    });
    for (const auto& report : held) report();
  }

  void report_drained() {
    if (!flights_.empty() || !ledger_.empty()) return;
    for (const auto& drained : std::exchange(waiting_for_drain_, {}))
      if (drained) drained();
  }

  Executor& executor_;
  net::HttpClient& client_;
  const Clock& clock_;
  std::unique_ptr<store::Reader> reader_;
  std::function<double()> random_;
  Schedule schedule_;
  // Grows on the executor, under the mutex too, so that others may look something up; it never shrinks.
  std::map<DestinationId, Destination> destinations_;

  mutable std::mutex mutex_;
  std::vector<Message> inbox_;  // under the mutex, as is the next
  bool turn_posted_ = false;

  std::vector<Message> messages_;  // of this turn
  Now now_;                        // of this turn
  Flights flights_;
  Ledger ledger_;
  std::vector<std::function<void()>> waiting_for_drain_;
  std::vector<Hold> holding_;  // that are not held yet
  std::optional<Duration> alarm_;
  store::EventId announced_{};  // the furthest, to any destination
  bool started_ = false, stopping_ = false;
  bool reader_rests_ = false, sinks_watched_ = false;
};

class LaneDispatcher final : public Dispatcher {
 public:
  explicit LaneDispatcher(std::shared_ptr<Core> core) : core_(std::move(core)) {}

  void add_destination(DestinationSettings settings, SinkPort& sink) override {
    core_->tell(Add{std::move(settings), &sink});
  }
  void hold_destination(DestinationId destination, std::function<void()> held) override {
    core_->tell(Hold{destination, std::move(held)});
  }
  void start() override { core_->tell(Start{}); }
  void enqueue(std::vector<store::OpenDelivery> deliveries) override {
    if (!deliveries.empty()) core_->tell(Enqueue{std::move(deliveries)});
  }
  void join_lanes(ContactId from, ContactId into) override { core_->tell(Join{from, into}); }
  void split_lanes(ContactId from, std::vector<ContactId> into, store::EventId at) override {
    core_->tell(Split{from, std::move(into), at});
  }
  void read_again(DestinationId destination, store::EventId from) override {
    core_->tell(OpenedAgain{destination, from});
  }
  void enable(DestinationId destination) override { core_->tell(Enable{destination}); }
  void rendered(Rendered rendered) override { core_->tell(std::move(rendered)); }
  void judged(Judged judged) override { core_->tell(std::move(judged)); }
  void stop(std::function<void()> drained) override { core_->tell(Stop{std::move(drained)}); }

  [[nodiscard]] DispatcherCounts counts(DestinationId id) const override {
    const Destination* destination = core_->find(id);
    if (destination == nullptr) return {};
    const LiveCounts& live = destination->counts;
    constexpr auto relaxed = std::memory_order_relaxed;
    return {live.in_memory.load(relaxed), live.in_flight.load(relaxed), live.attempts.load(relaxed),
            live.delivered.load(relaxed), live.retried.load(relaxed),   live.dead.load(relaxed),
            destination->standing()};
  }

 private:
  std::shared_ptr<Core> core_;
};

}  // namespace

std::unique_ptr<Dispatcher> Dispatcher::create(Executor& executor, net::HttpClient& client, const Clock& clock,
                                               Outcomes& outcomes, std::unique_ptr<store::Reader> reader,
                                               std::function<double()> random, Schedule schedule) {
  return std::make_unique<LaneDispatcher>(std::make_shared<Core>(executor, client, clock, outcomes, std::move(reader),
                                                                 std::move(random), std::move(schedule)));
}

}  // namespace patchbay::delivery
