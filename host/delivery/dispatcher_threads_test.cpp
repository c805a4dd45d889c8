// The dispatcher among real threads: for ThreadSanitizer more than for its own sake.
#include "delivery/dispatcher_fakes.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace patchbay::delivery {
namespace {

using namespace fakes;

// A thread with a queue.
class Runner {
 public:
  Runner() : thread_([this] { run(); }) {}
  ~Runner() {
    post({});
    thread_.join();
  }
  void post(Task task) {
    {
      const std::lock_guard lock(mutex_);
      tasks_.push_back(std::move(task));
    }
    filled_.notify_one();
  }

 private:
  void run() {
    for (;;) {
      std::unique_lock lock(mutex_);
      filled_.wait(lock, [this] { return !tasks_.empty(); });
      const Task task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      if (!task) return;
      task();
    }
  }

  std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<Task> tasks_;
  std::thread thread_;
};

class RunnerClient final : public net::HttpClient {
 public:
  void post(Task task) override { runner_.post(std::move(task)); }
  void post_after(Duration, Task) override {}              // nothing here waits
  void connect(net::StreamRequest, Connected) override {}  // no stream leads to a sink
  void send(net::ClientRequest, Completed completed) override {
    runner_.post([completed = std::move(completed)] {
      net::ClientResponse response;
      response.status = 204;
      completed(std::move(response));
    });
  }

 private:
  Runner runner_;
};

class RunnerSink final : public SinkPort {
 public:
  void render(const Attempt& attempt) override {
    runner_.post([this, token = attempt.token] {
      dispatcher->rendered({.token = token, .request = net::ClientRequest{}, .ended = {}, .reason = {}});
    });
  }
  void judge(const Attempt& attempt, net::ClientResponse response) override {
    runner_.post([this, token = attempt.token, status = response.status] {
      dispatcher->judged({.token = token, .outcome = {FakeSink::verdict_of(status), {}}, .reason = {}});
    });
  }
  void stands(const Standing&) override {}
  Dispatcher* dispatcher = nullptr;

 private:
  Runner runner_;
};

class RunnerOutcomes final : public Outcomes {
 public:
  void record(std::vector<store::Outcome>, std::function<void(Status)> committed) override {
    runner_.post([committed = std::move(committed)] { committed({}); });
  }

 private:
  Runner runner_;
};

TEST(Dispatcher, TakesNewsAndAnswersFromAnyThread) {
  FakeStore nothing;
  const SystemClock clock;
  std::unique_ptr<Dispatcher> dispatcher;
  RunnerClient client;
  RunnerOutcomes outcomes;
  RunnerSink sink;
  dispatcher = Dispatcher::create(
      client, client, clock, outcomes, std::make_unique<FakeReader>(nothing), [] { return 0.5; },
      standard_webhooks_schedule());
  sink.dispatcher = dispatcher.get();
  dispatcher->add_destination(limits(8, 100'000), sink);
  dispatcher->start();
  std::atomic<bool> started = false;  // else the first events would be looked for in the store, which is empty
  client.post([&] { started = true; });
  while (!started) std::this_thread::yield();

  constexpr std::int64_t events = 5000;
  std::thread committer([&] {
    for (std::int64_t i = 1; i <= events; ++i) {
      store::OpenDelivery open;
      open.event.id = EventId{i};
      open.delivery.destination = helpdesk;
      open.delivery.lane = ContactId{1 + i % 100};
      if (i % 500 == 0) dispatcher->join_lanes(ContactId{i / 500}, ContactId{100});
      dispatcher->enqueue({open});
    }
  });
  const Duration deadline = clock.monotonic() + 60s;
  while (dispatcher->counts(helpdesk).delivered < static_cast<std::uint64_t>(events) && clock.monotonic() < deadline)
    std::this_thread::yield();
  committer.join();
  EXPECT_EQ(dispatcher->counts(helpdesk).delivered, static_cast<std::uint64_t>(events));
  EXPECT_EQ(dispatcher->counts(helpdesk).attempts, static_cast<std::uint64_t>(events));

  std::atomic<bool> drained = false;
  dispatcher->stop([&] { drained = true; });
  while (!drained && clock.monotonic() < deadline) std::this_thread::yield();
  EXPECT_TRUE(drained);
}

}  // namespace
}  // namespace patchbay::delivery
