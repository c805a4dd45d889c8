// When an event that was not delivered goes again.
#include "delivery/dispatcher.hpp"

#include "delivery/dispatcher_fakes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace patchbay::delivery {
namespace {

using namespace fakes;
using store::DeliveryState;
using ::testing::ElementsAre;

TEST(Dispatcher, FollowsTheScheduleAndThenGivesUp) {
  World world;
  world.client.answer = [](EventId) { return Answer{.status = 0, .latency = 0s, .retry_after = {}}; };
  world.outcomes.latency = 0s;
  world.start();
  world.send(anna);
  world.send(anna);
  world.client.run_for(76h);
  std::vector<Duration> waits;
  for (std::size_t i = 1; i < 10; ++i)
    waits.push_back(world.client.arrivals.at(i).at - world.client.arrivals.at(i - 1).at);
  EXPECT_THAT(waits, ElementsAre(5s, 5min, 30min, 2h, 5h, 10h, 14h, 20h, 24h));
  EXPECT_EQ(world.rows.row(EventId{1}).state, DeliveryState::dead);
  EXPECT_EQ(world.rows.row(EventId{1}).attempts, 10U);
  EXPECT_EQ(world.rows.row(EventId{1}).last_reason, "waiting for the answer: time-out");
  EXPECT_EQ(world.client.arrivals.at(10).event, EventId{2});
  std::uint32_t number = 0;
  for (const Attempt& attempt : world.sink.attempts) {
    if (attempt.event != EventId{1}) continue;
    EXPECT_EQ(attempt.number, ++number);
  }
  EXPECT_EQ(number, 10U);
}

TEST(Dispatcher, JitterStaysWithinATenth) {
  struct Case {
    double random;
    Duration wait;
  };
  for (const Case& c : {Case{0.0, 4500ms}, Case{0.5, 5000ms}, Case{0.75, 5250ms}}) {
    World world;
    world.random = [&] { return c.random; };
    world.client.answer = [](EventId) { return Answer{.status = 503, .latency = 0s, .retry_after = {}}; };
    world.start();
    world.send(anna);
    world.client.run_for(6s);
    ASSERT_EQ(world.client.arrivals.size(), 2U) << c.random;
    EXPECT_EQ(world.client.arrivals[1].at - world.client.arrivals[0].at, c.wait) << c.random;
  }
}

TEST(Dispatcher, RetryAfterLengthensTheWaitUpToADay) {
  struct Case {
    const char* what;
    std::uint32_t status;
    const char* retry_after;
    Duration wait;
  };
  for (const Case& c : {Case{"429 with seconds", 429, "600", 600s}, Case{"503 with seconds", 503, "60", 60s},
                        Case{"500 with seconds", 500, "61", 61s}, Case{"sooner than the schedule", 503, "1", 5s},
                        Case{"more than a day", 503, "1000000", 24h}, Case{"no Retry-After", 429, "soon", 5s},
                        Case{"a date", 503, "Mon, 02 Mar 2026 10:30:00 GMT", 30min}}) {
    World world;  // its clock begins at 2026-03-02T10:00:00Z
    world.client.answer = [&](EventId) {
      return Answer{.status = c.status, .latency = 0s, .retry_after = c.retry_after};
    };
    world.start();
    world.send(anna);
    world.client.run_for(25h);
    ASSERT_GE(world.client.arrivals.size(), 2U) << c.what;
    EXPECT_EQ(world.client.arrivals[1].at - world.client.arrivals[0].at, c.wait) << c.what;
  }
}

TEST(Dispatcher, AStepOfTheWallClockNeitherHurriesNorHoldsARetry) {
  for (const Duration step : {Duration(-1000h), Duration(1000h)}) {
    World world;
    world.client.answer = [](EventId) { return Answer{.status = 503, .retry_after = {}}; };
    world.start();
    world.send(anna);
    world.client.run_for(1s);
    world.clock.step = step;
    world.client.run_for(3s);
    EXPECT_EQ(world.client.arrivals.size(), 1U);
    world.client.run_for(2s);
    EXPECT_EQ(world.client.arrivals.size(), 2U);
  }
}

TEST(Dispatcher, ARestartTakesUpAttemptsAndDueTimes) {
  World world;
  world.client.answer = [](EventId) { return Answer{.status = 503, .latency = 0s, .retry_after = {}}; };
  world.start();
  world.send(anna);
  world.send(anna);
  world.client.run_for(10s);  // two attempts: the third is due five minutes after the second
  ASSERT_EQ(world.rows.row(EventId{1}).attempts, 2U);
  world.start();
  world.client.run_for(4min);
  EXPECT_THAT(world.arrived(), ElementsAre(1, 1));
  world.client.run_for(1min);
  EXPECT_THAT(world.arrived(), ElementsAre(1, 1, 1));
  EXPECT_EQ(world.sink.attempts.back().number, 3U);
}

TEST(Dispatcher, AnIdleOneDoesNotWake) {
  World world;
  world.start();
  world.send(anna);
  world.client.run_for(1min);
  const std::size_t before = world.client.wakeups;
  world.client.run_for(24h);
  EXPECT_EQ(world.client.wakeups, before);
}

}  // namespace
}  // namespace patchbay::delivery
