#include "plugin/thread_executor.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <ctime>
#include <future>
#include <mutex>
#include <optional>
#include <vector>

namespace patchbay::plugin {
namespace {

using namespace std::chrono_literals;

TEST(ThreadExecutor, RunsTasksInOrderOnItsOwnThread) {
  std::vector<int> order;
  std::atomic<bool> elsewhere{true};
  {
    ThreadExecutor executor("test");
    for (int i = 0; i < 100; ++i)
      executor.post([&, i, caller = std::this_thread::get_id()] {
        order.push_back(i);
        if (std::this_thread::get_id() == caller) elsewhere = false;
      });
    executor.drain();
  }
  ASSERT_EQ(order.size(), 100u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
  EXPECT_TRUE(elsewhere);
}

TEST(ThreadExecutor, RunsWhatIsDueFirstAndNeverTooEarly) {
  ThreadExecutor executor("test");
  std::promise<void> second;
  std::vector<int> order;
  const auto begin = std::chrono::steady_clock::now();
  executor.post_after(40ms, [&] {
    order.push_back(2);
    second.set_value();
  });
  executor.post_after(20ms, [&] { order.push_back(1); });
  ASSERT_EQ(second.get_future().wait_for(10s), std::future_status::ready);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 40ms);
  executor.drain();
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
}

TEST(ThreadExecutor, LetsOneTaskInDuringAnother) {
  ThreadExecutor executor("test");
  std::vector<int> order;
  bool one = false, none = true;
  std::promise<void> done;
  executor.post([&] {
    executor.post([&] { order.push_back(1); });
    one = executor.run_one(10s);
    none = executor.run_one(1ms);
    order.push_back(2);
    executor.post([&] { done.set_value(); });
  });
  ASSERT_EQ(done.get_future().wait_for(10s), std::future_status::ready);
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
  EXPECT_TRUE(one);
  EXPECT_FALSE(none);
}

TEST(ThreadExecutor, WakesATaskThatWaitsForAnother) {
  ThreadExecutor executor("test");
  std::promise<void> waiting, done;
  executor.post([&] {
    waiting.set_value();
    if (executor.run_one(30s)) done.set_value();
  });
  waiting.get_future().wait();
  executor.post([] {});
  EXPECT_EQ(done.get_future().wait_for(10s), std::future_status::ready);
}

TEST(ThreadExecutor, MayEndInsideItsOwnTask) {
  auto executor = std::make_unique<ThreadExecutor>("test");
  std::promise<void> ended;
  ThreadExecutor* const running = executor.get();
  running->post([&] {
    executor.reset();
    ended.set_value();
  });
  EXPECT_EQ(ended.get_future().wait_for(10s), std::future_status::ready);
}

TEST(ThreadExecutor, DropsWhatStillWaitsWhenItEnds) {
  std::atomic<bool> ran{false};
  auto held = std::make_shared<int>(0);
  {
    ThreadExecutor executor("test");
    executor.post_after(1h, [&ran, held] { ran = true; });
    EXPECT_EQ(held.use_count(), 2);
  }
  EXPECT_FALSE(ran);
  EXPECT_EQ(held.use_count(), 1);
}

TEST(ThreadExecutor, IdleTakesNoProcessorTime) {
  ThreadExecutor executor("test");
  pthread_t thread{};
  executor.post([&] { thread = ::pthread_self(); });
  executor.post_after(1h, [] {});
  executor.drain();
  clockid_t clock{};
  ASSERT_EQ(::pthread_getcpuclockid(thread, &clock), 0);
  const auto used = [&] {
    timespec time{};
    ::clock_gettime(clock, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
  };
  // A thread that wakes for nothing shows within this time; one that sleeps needs only a moment to fall asleep.
  const auto before = used();
  std::promise<void> never;
  EXPECT_EQ(never.get_future().wait_for(200ms), std::future_status::timeout);
  EXPECT_LT(used() - before, 20ms);
}

}  // namespace
}  // namespace patchbay::plugin
