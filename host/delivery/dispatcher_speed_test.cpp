// What one delivery costs the dispatcher, everything around it being as cheap as can be.
//
// Run by hand, optimised: delivery_test --gtest_also_run_disabled_tests --gtest_filter='*Speed*'
#include "delivery/dispatcher_fakes.hpp"

#include <gtest/gtest.h>

#include <ctime>

namespace patchbay::delivery {
namespace {

using namespace fakes;

// Answers each request on the next turn.
class SwiftClient final : public net::HttpClient {
 public:
  void post(Task task) override { tasks_.push_back(std::move(task)); }
  void post_after(Duration, Task) override {}  // nothing fails here, so nothing waits
  void send(net::ClientRequest, Completed completed) override {
    tasks_.emplace_back([completed = std::move(completed)] {
      net::ClientResponse response;
      response.status = 200;
      completed(std::move(response));
    });
  }
  void run_ready() {
    while (!tasks_.empty()) {
      const Task task = std::move(tasks_.front());
      tasks_.pop_front();
      task();
    }
  }

 private:
  std::deque<Task> tasks_;
};

class SwiftSink final : public SinkPort {
 public:
  void render(const Attempt& attempt) override {
    Rendered answer{.token = attempt.token, .request = net::ClientRequest{}, .ended = {}, .reason = {}};
    answer.request->method = "POST";
    answer.request->body = attempt.payload;
    dispatcher->rendered(std::move(answer));
  }
  void judge(const Attempt& attempt, net::ClientResponse) override {
    dispatcher->judged({.token = attempt.token, .outcome = {Verdict::delivered, {}}, .reason = {}});
  }
  Dispatcher* dispatcher = nullptr;
};

class SwiftOutcomes final : public Outcomes {
 public:
  explicit SwiftOutcomes(SwiftClient& client) : client_(client) {}
  void record(std::vector<store::Outcome>, std::function<void(Status)> committed) override {
    client_.post([committed = std::move(committed)] { committed({}); });
  }

 private:
  SwiftClient& client_;
};

TEST(DispatcherSpeed, DISABLED_TwentyThousandDeliveriesPerSecondOnOneCore) {
  FakeStore nothing;
  SwiftClient client;
  SwiftOutcomes outcomes(client);
  SwiftSink sink;
  const SystemClock clock;
  const auto dispatcher = Dispatcher::create(
      client, client, clock, outcomes, std::make_unique<FakeReader>(nothing), [] { return 0.5; },
      standard_webhooks_schedule());
  sink.dispatcher = dispatcher.get();
  dispatcher->add_destination(limits(64, 10'000), sink);
  dispatcher->start();
  client.run_ready();

  constexpr std::int64_t deliveries = 500'000, per_commit = 50;
  const std::clock_t start = std::clock();  // of the processor: other programs do not count
  for (std::int64_t event = 1; event <= deliveries; event += per_commit) {
    std::vector<store::OpenDelivery> batch(per_commit);
    for (std::int64_t i = 0; i < per_commit; ++i) {
      store::OpenDelivery& open = batch[static_cast<std::size_t>(i)];
      open.event.id = EventId{event + i};
      open.event.payload = nothing.payload;
      open.delivery.destination = helpdesk;
      open.delivery.lane = ContactId{1 + (event + i) * 7919 % 10'000};
    }
    dispatcher->enqueue(std::move(batch));
    client.run_ready();
  }
  const double took = 1e6 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  EXPECT_EQ(dispatcher->counts(helpdesk).delivered, static_cast<std::uint64_t>(deliveries));
  std::printf("%.2f us per delivery\n", took / deliveries);
  EXPECT_LT(took / deliveries, 50.0);
}

}  // namespace
}  // namespace patchbay::delivery
