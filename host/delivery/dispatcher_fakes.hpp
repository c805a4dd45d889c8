// What the dispatcher's tests stand on: a clock that is moved by hand, an executor and client that run on it, a store
// in memory, and a sink and receiver that do as they are told. For tests only; one thread.
#pragma once

#include "delivery/dispatcher.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace patchbay::delivery::fakes {

using namespace std::chrono_literals;
using store::ContactId;
using store::DestinationId;
using store::EventId;

using Numbers = std::vector<std::int64_t>;  // of events

inline constexpr ContactId anna{1}, bruno{2}, carla{3};
inline constexpr DestinationId helpdesk{1};
inline constexpr DestinationId archive{2};

class FakeClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return start + passed + step; }
  [[nodiscard]] Duration monotonic() const override { return passed; }

  TimePoint start{1'772'445'600s};
  Duration passed{0};
  Duration step{0};  // by which somebody set the wall clock
};

inline DestinationSettings limits(std::size_t parallel, std::size_t in_memory) {
  return {.id = helpdesk, .name = "helpdesk", .parallel = parallel, .in_memory = in_memory};
}

// What a receiver does with a request.
struct Answer {
  std::uint32_t status = 200;
  Duration latency = 1ms;
  std::string retry_after;
};

struct Arrival {
  TimePoint at{};
  EventId event{};
};

class FakeClient final : public net::HttpClient {
 public:
  explicit FakeClient(FakeClock& clock) : clock_(clock) {}

  void post(Task task) override { tasks_.push_back(std::move(task)); }
  void post_after(Duration delay, Task task) override { timers_.emplace(clock_.passed + delay, std::move(task)); }
  void connect(net::StreamRequest, Connected) override {}  // no stream leads to a sink
  void send(net::ClientRequest request, Completed completed) override {
    const EventId event{std::stoll(request.url)};
    arrivals.push_back({clock_.now(), event});
    const Answer given = answer ? answer(event) : Answer{};
    net::ClientResponse response;
    response.status = given.status;
    if (given.status == 0) {
      response.failure = net::ClientFailure::timeout;
      response.reason = "waiting for the answer: time-out";
    }
    if (!given.retry_after.empty()) response.headers.emplace_back("retry-after", given.retry_after);
    ++open;
    most_open = std::max(most_open, open);
    post_after(given.latency, [this, completed = std::move(completed), response = std::move(response)] {
      --open;
      completed(response);
    });
  }

  // Runs one thing: a task that is ready, else the next timer, if that is not later than `until`.
  bool run_one(Duration until) {
    if (!tasks_.empty()) {
      const Task task = std::move(tasks_.front());
      tasks_.pop_front();
      task();
      return true;
    }
    if (timers_.empty() || timers_.begin()->first > until) return false;
    const auto timer = timers_.extract(timers_.begin());
    clock_.passed = std::max(clock_.passed, timer.key());
    ++wakeups;
    timer.mapped()();
    return true;
  }
  void run_ready() {
    while (run_one(clock_.passed)) {
    }
  }
  void run_for(Duration time) {
    const Duration until = clock_.passed + time;
    while (run_one(until)) {
    }
    clock_.passed = std::max(clock_.passed, until);
  }

  void forget() {
    tasks_.clear();
    timers_.clear();
    open = 0;
  }

  std::function<Answer(EventId)> answer;  // 200 where there is none
  std::vector<Arrival> arrivals;
  std::size_t open = 0, most_open = 0;
  std::size_t wakeups = 0;

 private:
  FakeClock& clock_;
  std::deque<Task> tasks_;
  std::multimap<Duration, Task> timers_;
};

// The deliveries as a store would keep them.
class FakeStore {
 public:
  // A new event for one destination. Its delivery is open from now on.
  store::OpenDelivery add(ContactId lane, DestinationId destination = helpdesk) {
    store::OpenDelivery open;
    open.event.id = EventId{++last_event};
    open.event.type = store::EventType::interaction_received;
    if (lane != ContactId{}) open.event.contact = lane;
    open.event.payload = payload;
    open.delivery.destination = destination;
    open.delivery.event = open.event.id;
    open.delivery.lane = lane;
    rows[{destination, open.event.id}] = open;
    return open;
  }
  void merge(ContactId from, ContactId into) {
    for (auto& [key, row] : rows)
      if (row.delivery.lane == from) row.delivery.lane = into;
  }
  [[nodiscard]] const store::Delivery& row(EventId event, DestinationId destination = helpdesk) const {
    return rows.at({destination, event}).delivery;
  }
  [[nodiscard]] std::size_t in_state(store::DeliveryState state) const {
    return static_cast<std::size_t>(std::count_if(
        rows.begin(), rows.end(), [&](const auto& entry) { return entry.second.delivery.state == state; }));
  }

  std::map<std::pair<DestinationId, EventId>, store::OpenDelivery> rows;
  store::Payload payload = std::make_shared<const std::string>("{}");
  std::int64_t last_event = 0;
  std::optional<std::string> disabled_for;  // the destination, since it answered 410
  int failing_reads = 0;                    // so many reads to come fail
  std::size_t reads = 0;
};

class FakeReader final : public store::Reader {
 public:
  explicit FakeReader(FakeStore& rows) : store_(rows) {}

  Result<std::vector<store::OpenDelivery>> open_deliveries(DestinationId destination, EventId after,
                                                           std::size_t limit) override {
    ++store_.reads;
    if (store_.failing_reads > 0) {
      --store_.failing_reads;
      return failure(ErrorCode::unavailable, "reading deliveries: disk I/O error");
    }
    std::vector<store::OpenDelivery> page;
    for (auto at = store_.rows.upper_bound({destination, after}); at != store_.rows.end(); ++at) {
      if (at->first.first != destination || page.size() == limit) break;
      if (at->second.delivery.state == store::DeliveryState::open) page.push_back(at->second);
    }
    return page;
  }

  Result<store::Counts> counts() override { return unused(); }
  Result<std::optional<std::string>> state(store::ChannelId, std::string_view) override { return unused(); }
  Result<std::optional<std::string>> grant(const store::GrantOwner&) override { return unused(); }
  Result<std::vector<store::Contact>> find_contacts(std::string_view, store::Page) override { return unused(); }
  Result<store::ContactDetails> show_contact(ContactId) override { return unused(); }
  Result<std::vector<store::Persona>> list_personas(store::PersonaId, std::size_t) override { return unused(); }
  Result<std::vector<store::Decision>> list_decisions() override { return unused(); }
  Result<std::vector<ContactId>> list_contact_ids(ContactId, std::size_t) override { return unused(); }
  Result<std::optional<store::LearnedModel>> model() override { return unused(); }
  Result<std::vector<store::Interaction>> list_interactions(const store::InteractionFilter&, store::Page) override {
    return unused();
  }
  Result<store::InteractionDetails> show_interaction(store::InteractionId) override { return unused(); }
  Result<std::optional<store::Original>> original(store::InteractionId) override { return unused(); }
  Result<std::string> attachment_content(store::InteractionId, std::size_t) override { return unused(); }
  Result<std::vector<store::OpenDelivery>> list_deliveries(const store::DeliveryFilter&, store::Page) override {
    return unused();
  }
  Result<std::int64_t> count_deliveries(const store::DeliveryFilter&) override { return unused(); }
  Result<std::vector<store::ChannelRow>> channels() override { return unused(); }
  Result<std::vector<store::DestinationRow>> destinations() override { return unused(); }
  Result<std::vector<store::Quarantine>> list_quarantine(store::Page) override { return unused(); }
  Result<store::Quarantine> show_quarantine(store::QuarantineId) override { return unused(); }
  Result<std::vector<store::Outbound>> list_outbound(const store::OutboundFilter&, store::Page) override {
    return unused();
  }
  Result<store::Outbound> show_outbound(store::OutboundId) override { return unused(); }
  Result<std::vector<store::Outbound>> queued_outbound(store::ChannelId, store::OutboundId, std::size_t) override {
    return unused();
  }
  Result<std::vector<store::Suppression>> list_suppressions(store::Page) override { return unused(); }

 private:
  static tl::unexpected<Error> unused() { return failure(ErrorCode::internal, "not used by the dispatcher"); }
  FakeStore& store_;
};

class FakeOutcomes final : public Outcomes {
 public:
  FakeOutcomes(FakeStore& rows, FakeClient& client) : store_(rows), client_(client) {}

  void record(std::vector<store::Outcome> outcomes, std::function<void(Status)> committed) override {
    ++batches;
    const bool fails = failing > 0;
    if (fails) --failing;
    client_.post_after(latency, [this, fails, outcomes = std::move(outcomes), committed = std::move(committed)] {
      if (fails) return committed(failure(ErrorCode::unavailable, "committing: disk full"));
      for (const store::Outcome& outcome : outcomes) {
        store::Delivery& row = store_.rows.at({outcome.destination, outcome.event}).delivery;
        if (row.state != store::DeliveryState::open) ++recorded_twice;
        row.state = outcome.state;
        row.attempts = outcome.attempts;
        row.due = outcome.due;
        row.last_status = outcome.status;
        row.last_reason = outcome.reason;
        if (outcome.disabled_at) store_.disabled_for = outcome.reason;
      }
      committed({});
      if (answers_twice) committed({});
    });
  }

  Duration latency = 2ms;
  int failing = 0;  // so many commits to come fail
  bool answers_twice = false;
  std::size_t batches = 0;
  std::size_t recorded_twice = 0;  // outcomes of deliveries that had ended

 private:
  FakeStore& store_;
  FakeClient& client_;
};

// Judges by the status alone.
class FakeSink final : public SinkPort {
 public:
  void render(const Attempt& attempt) override {
    attempts.push_back(attempt);
    if (on_render) on_render(attempt);
    if (silent_renders.contains(attempt.event)) return;
    Rendered answer{.token = attempt.token, .request = {}, .ended = {}, .reason = {}};
    if (const auto found = ends.find(attempt.event); found != ends.end()) {
      answer.ended = found->second;
      answer.reason = "ended by the sink";
    } else {
      answer.request.emplace();
      answer.request->url = std::to_string(store::number(attempt.event));
      answer.request->body = attempt.payload;
    }
    for (int i = 0; i < answers; ++i) dispatcher->rendered(answer);
  }
  void judge(const Attempt& attempt, net::ClientResponse response) override {
    if (silent_judges.contains(attempt.event)) {
      ++unjudged[attempt.event];
      return;
    }
    Judged answer{.token = attempt.token, .outcome = {verdict_of(response.status), {}}, .reason = {}};
    if (answer.outcome.verdict == Verdict::delivered) delivered.insert(attempt.event);
    for (int i = 0; i < answers; ++i) dispatcher->judged(answer);
  }
  void stands(const Standing& standing) override { standings.push_back(standing); }
  [[nodiscard]] std::vector<GateState> states() const {
    std::vector<GateState> states;
    for (const Standing& standing : standings) states.push_back(standing.state);
    return states;
  }
  static Verdict verdict_of(std::uint32_t status) {
    if (status >= 200 && status < 300) return Verdict::delivered;
    if (status == 410) return Verdict::gone;
    return status >= 300 && status < 500 && status != 429 ? Verdict::permanent : Verdict::transient;
  }

  Dispatcher* dispatcher = nullptr;
  std::vector<Attempt> attempts;
  std::function<void(const Attempt&)> on_render;
  std::set<EventId> silent_renders, silent_judges;
  std::map<EventId, std::size_t> unjudged;
  std::set<EventId> delivered;      // judged so, in this life of the dispatcher
  std::vector<Standing> standings;  // as they were told
  std::map<EventId, Outcome> ends;  // events that the sink ends itself
  int answers = 1;                  // how often it gives each answer
};

// All of it together, with one destination unless told otherwise.
class World {
 public:
  void start(DestinationSettings settings = {}) {
    restart();
    add(settings);
    begin();
  }
  // A new process on the same store: nothing of the old one runs any more.
  void restart() {
    dispatcher.reset();
    client.forget();
    sink.delivered.clear();
    dispatcher = Dispatcher::create(
        client, client, clock, outcomes, std::make_unique<FakeReader>(rows), [this] { return random ? random() : 0.5; },
        standard_webhooks_schedule());
    sink.dispatcher = dispatcher.get();
  }
  void add(DestinationSettings settings) {
    if (settings.id == DestinationId{}) settings.id = helpdesk;
    settings.disabled_for = rows.disabled_for;
    dispatcher->add_destination(std::move(settings), sink);
  }
  void begin() {
    dispatcher->start();
    client.run_ready();
  }

  EventId send(ContactId lane, DestinationId destination = helpdesk) {
    const auto open = rows.add(lane, destination);
    dispatcher->enqueue({open});
    return open.event.id;
  }
  void merge(ContactId from, ContactId into) {
    rows.merge(from, into);
    dispatcher->join_lanes(from, into);
  }
  void enable() {
    rows.disabled_for.reset();
    dispatcher->enable(helpdesk);
  }
  // As an operator would in the store; the dispatcher is not told.
  void reopen(EventId event, DestinationId destination = helpdesk) {
    store::Delivery& row = rows.rows.at({destination, event}).delivery;
    row.state = store::DeliveryState::open;
    row.attempts = 0;
    row.due = {};
  }
  [[nodiscard]] std::vector<std::int64_t> arrived() const {
    std::vector<std::int64_t> events;
    for (const Arrival& arrival : client.arrivals) events.push_back(store::number(arrival.event));
    return events;
  }
  [[nodiscard]] DispatcherCounts counts() const { return dispatcher->counts(helpdesk); }

  FakeClock clock;
  FakeClient client{clock};
  FakeStore rows;
  FakeOutcomes outcomes{rows, client};
  FakeSink sink;
  std::function<double()> random;  // no jitter where there is none
  std::unique_ptr<Dispatcher> dispatcher;
};

}  // namespace patchbay::delivery::fakes
