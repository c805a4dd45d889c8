#include "gateway/supervisor.hpp"

#include "delivery/dispatcher_fakes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace patchbay::gateway {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

// Tasks run when the time has come, and only then.
class FakeTime final : public Executor {
 public:
  void post(Task task) override { post_after(Duration::zero(), std::move(task)); }
  void post_after(Duration delay, Task task) override { tasks_.emplace(clock.passed + delay, std::move(task)); }

  void pass(Duration time) {
    const Duration end = clock.passed + time;
    while (!tasks_.empty() && tasks_.begin()->first <= end) {
      clock.passed = tasks_.begin()->first;
      const Task task = std::move(tasks_.begin()->second);
      tasks_.erase(tasks_.begin());
      task();
    }
    clock.passed = end;
  }

  delivery::fakes::FakeClock clock;

 private:
  std::multimap<Duration, Task> tasks_;
};

// An instance that keeps the Done of its start.
class FakeInstance final : public plugin::Instance {
 public:
  // With `stopping` it keeps the Done of its stop, too.
  FakeInstance(plugin::Done& starting, plugin::Done* stopping, int& closed)
      : starting_(starting), stopping_(stopping), closed_(closed) {}
  void check(plugin::Done done) override { done({}); }
  void start(plugin::Done done) override { starting_ = std::move(done); }
  void stop(plugin::Done done) override {
    if (stopping_ != nullptr)
      *stopping_ = std::move(done);
    else
      done({});
  }
  void close() override { ++closed_; }
  void complete(plugin::Completion) override {}
  void receive(plugin::HttpRequest) override {}
  void answered(plugin::HttpResult) override {}
  void accessed(plugin::AccessResult) override {}
  void connected(plugin::StreamResult, Descriptor) override {}
  void send(plugin::Outbound) override {}
  void replay(plugin::Original) override {}
  void render(plugin::Event) override {}
  void judge(plugin::Event, plugin::HttpResult) override {}
  void deliver(plugin::Event) override {}
  [[nodiscard]] bool offers(const char*) const override { return false; }

 private:
  plugin::Done& starting_;
  plugin::Done* stopping_;
  int& closed_;
};

const Error crash{ErrorCode::internal, "it was ended by signal 11", {}};

class SupervisorOfAnInstance : public testing::Test {
 protected:
  SupervisorOfAnInstance() {
    EXPECT_TRUE(supervisor.open());
    supervisor.start();
  }
  void is_ready() { std::exchange(starting, {})({}); }
  void cannot_start() { std::exchange(starting, {})(failure(ErrorCode::unavailable, "the service cannot be reached")); }
  [[nodiscard]] LifeState state() const { return supervisor.state(); }

  FakeTime time;
  plugin::Done starting, stopping;
  bool takes_long_to_stop = false;
  int opened = 0, closed = 0;
  plugin::Trust trusted{};
  Status opens;
  std::vector<LifeState> told;
  std::vector<Duration> waits;
  Supervisor supervisor{time, time.clock,
                        [this](plugin::Trust trust) -> Result<std::unique_ptr<plugin::Instance>> {
                          ++opened;
                          trusted = trust;
                          if (!opens) return failure(opens.error());
                          return std::make_unique<FakeInstance>(starting, takes_long_to_stop ? &stopping : nullptr,
                                                                closed);
                        },
                        [this](const LifeStanding& standing) {
                          told.push_back(standing.state);
                          if (standing.state == LifeState::backoff) waits.push_back(standing.wait);
                        }};
};

TEST_F(SupervisorOfAnInstance, IsReadyWhenItHasStarted) {
  EXPECT_EQ(state(), LifeState::starting);
  is_ready();
  EXPECT_EQ(state(), LifeState::ready);
  time.pass(10min);
  EXPECT_EQ(opened, 1);
  EXPECT_THAT(told, ElementsAre(LifeState::ready));
}

TEST_F(SupervisorOfAnInstance, OpensAnotherTwoSecondsAfterACrash) {
  is_ready();
  supervisor.lost(crash);
  EXPECT_EQ(state(), LifeState::backoff);
  EXPECT_THAT(supervisor.standing().reason, HasSubstr("signal 11"));
  time.pass(1999ms);
  EXPECT_EQ(opened, 1);
  time.pass(1ms);
  EXPECT_EQ(opened, 2);
  is_ready();
  EXPECT_EQ(state(), LifeState::ready);
  EXPECT_EQ(supervisor.life(), 2u);
}

TEST_F(SupervisorOfAnInstance, WaitsTwiceAsLongEachTimeUpToAMinuteAndNeverGivesUpAServiceThatIsAway) {
  for (int i = 0; i < 20; ++i) {
    cannot_start();
    EXPECT_EQ(state(), LifeState::backoff);
    time.pass(waits.back());
  }
  EXPECT_EQ(opened, 21);
  waits.resize(7);
  EXPECT_THAT(waits, ElementsAre(2s, 4s, 8s, 16s, 32s, 60s, 60s));
}

TEST_F(SupervisorOfAnInstance, LeavesItAloneAfterTenCrashesInARowUntilItIsResumed) {
  for (int i = 0; i < 10; ++i) {
    is_ready();
    supervisor.lost(crash);
    time.pass(waits.back());
  }
  EXPECT_EQ(state(), LifeState::quarantined);
  EXPECT_EQ(opened, 10);
  time.pass(24h);
  EXPECT_EQ(opened, 10);

  EXPECT_TRUE(supervisor.resume());
  time.pass(0s);
  EXPECT_EQ(opened, 11);
  is_ready();
  EXPECT_FALSE(supervisor.resume());
  supervisor.lost(crash);
  EXPECT_EQ(waits.back(), 2s) << "what was before is forgotten";
}

TEST_F(SupervisorOfAnInstance, ForgetsTheFailuresOfOneThatWasReadyForAMinute) {
  for (int i = 0; i < 30; ++i) {
    is_ready();
    time.pass(61s);
    supervisor.lost(crash);
    time.pass(2s);
  }
  EXPECT_EQ(opened, 31);
  EXPECT_THAT(waits, testing::Each(2s));
}

TEST_F(SupervisorOfAnInstance, IsToldOnceOfOneFailureThatShowsInTwoPlaces) {
  supervisor.lost(crash);
  cannot_start();  // the Done of the start that the crash cut off
  EXPECT_THAT(told, ElementsAre(LifeState::backoff));
  time.pass(2s);
  EXPECT_EQ(opened, 2);
}

TEST_F(SupervisorOfAnInstance, TriesAgainWhenNoneCanBeOpened) {
  is_ready();
  opens = failure(ErrorCode::unavailable, "starting a worker: no memory");
  supervisor.lost(crash);
  time.pass(2s);
  EXPECT_EQ(state(), LifeState::backoff);
  EXPECT_THAT(supervisor.standing().reason, HasSubstr("no memory"));
  opens = {};
  time.pass(4s);
  is_ready();
  EXPECT_EQ(state(), LifeState::ready);
}

TEST_F(SupervisorOfAnInstance, PausesOnlyWhenWhatItHoldsIsFinishedAndSettled) {
  is_ready();
  time.pass(Duration::zero());
  takes_long_to_stop = true;  // of those that are opened from now on
  supervisor.lost(crash);
  time.pass(2s);
  is_ready();
  std::function<void()> settle;
  int paused = 0;
  supervisor.pause(
      "by the operator", [&](std::function<void()> settled) { settle = std::move(settled); }, [&] { ++paused; });
  time.pass(1min);
  EXPECT_EQ(state(), LifeState::pausing);
  EXPECT_FALSE(settle) << "the instance has not stopped";
  std::exchange(stopping, {})({});
  time.pass(1min);
  EXPECT_EQ(state(), LifeState::pausing);
  EXPECT_EQ(closed, 1) << "the one that crashed";
  settle();
  time.pass(Duration::zero());
  EXPECT_EQ(state(), LifeState::paused);
  EXPECT_EQ(supervisor.standing().reason, "by the operator");
  EXPECT_EQ(closed, 2);
  EXPECT_EQ(paused, 1);
  time.pass(10min);
  EXPECT_EQ(opened, 2) << "nothing starts it";
  supervisor.pause(
      "again", [](const auto& settled) { settled(); }, [&] { ++paused; });
  EXPECT_EQ(paused, 2) << "it is";
}

TEST_F(SupervisorOfAnInstance, StartsAgainWhenItIsResumedAfterAPause) {
  is_ready();
  const std::uint64_t before = supervisor.life();
  supervisor.pause(
      "by the operator", [](const auto& settled) { settled(); }, [] {});
  EXPECT_TRUE(supervisor.resume()) << "also before it has ended";
  time.pass(Duration::zero());
  EXPECT_EQ(opened, 2);
  EXPECT_GT(supervisor.life(), before);
  is_ready();
  EXPECT_EQ(state(), LifeState::ready);
  EXPECT_FALSE(supervisor.resume());
}

TEST_F(SupervisorOfAnInstance, IsPausedInsteadOfStartedAgainWhenItCrashesMeanwhile) {
  is_ready();
  std::function<void()> settle;
  supervisor.pause(
      "by the operator", [&](std::function<void()> settled) { settle = std::move(settled); }, [] {});
  supervisor.lost(crash);
  settle();
  time.pass(10min);
  EXPECT_EQ(state(), LifeState::paused);
  EXPECT_EQ(opened, 1);
  EXPECT_TRUE(waits.empty());
}

TEST_F(SupervisorOfAnInstance, CanBePausedWhileItWaitsForItsNextStart) {
  supervisor.lost(crash);
  EXPECT_EQ(state(), LifeState::backoff);
  int paused = 0;
  supervisor.pause(
      "by the operator", [](const auto& settled) { settled(); }, [&] { ++paused; });
  time.pass(10min);
  EXPECT_EQ(paused, 1);
  EXPECT_EQ(opened, 1);
  EXPECT_EQ(state(), LifeState::paused);
}

TEST(Supervisor, WaitsForAFirstInstanceThatIsOnlyMissingNow) {
  FakeTime time;
  plugin::Done starting;
  bool is_there = false;
  int closed = 0;
  Supervisor supervisor{time, time.clock,
                        [&](plugin::Trust) -> Result<std::unique_ptr<plugin::Instance>> {
                          if (!is_there) return failure(ErrorCode::unavailable, "its folder is missing");
                          return std::make_unique<FakeInstance>(starting, nullptr, closed);
                        },
                        [](const LifeStanding&) {}};
  EXPECT_TRUE(supervisor.open());
  EXPECT_EQ(supervisor.standing().state, LifeState::backoff);
  is_there = true;
  time.pass(2s);
  ASSERT_TRUE(starting);
  bool told = false;
  supervisor.start([&](const Status&) { told = true; });  // it may come late
  EXPECT_TRUE(told);
  starting({});
  EXPECT_EQ(supervisor.standing().state, LifeState::ready);
}

TEST(Supervisor, CannotOpenWhatHasMistakesInItsSettings) {
  FakeTime time;
  Supervisor supervisor{time, time.clock,
                        [](plugin::Trust) -> Result<std::unique_ptr<plugin::Instance>> {
                          return failure(ErrorCode::invalid, "its folder is no path");
                        },
                        [](const LifeStanding&) {}};
  EXPECT_FALSE(supervisor.open());
}

TEST_F(SupervisorOfAnInstance, IsOnProbationAfterACrashOfItsOwnAlone) {
  EXPECT_EQ(trusted, plugin::Trust::usual);
  cannot_start();
  time.pass(2s);
  EXPECT_EQ(trusted, plugin::Trust::usual);
  is_ready();
  supervisor.lost(crash);
  time.pass(4s);
  EXPECT_EQ(opened, 3);
  EXPECT_EQ(trusted, plugin::Trust::on_probation);
}

TEST_F(SupervisorOfAnInstance, OpensNoneOnceItIsStopped) {
  is_ready();
  supervisor.lost(crash);
  bool stopped = false;
  supervisor.stop([&](const Status&) { stopped = true; });
  EXPECT_TRUE(stopped);
  EXPECT_EQ(state(), LifeState::draining);
  supervisor.lost(crash);
  time.pass(10min);
  EXPECT_EQ(opened, 1);
}

}  // namespace
}  // namespace patchbay::gateway
