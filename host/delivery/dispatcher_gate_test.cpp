// What holds a whole destination back: breaker, rest, rate, and that it wants nothing any more.
#include "delivery/dispatcher.hpp"

#include "delivery/dispatcher_fakes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace patchbay::delivery {
namespace {

using namespace fakes;
using store::DeliveryState;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Dispatcher, OneThatWantsNothingIsDisabledUntilAnOperatorSaysOtherwise) {
  World world;
  bool gone = true;
  world.client.answer = [&](EventId) { return Answer{.status = gone ? 410U : 200U, .retry_after = {}}; };
  world.start(limits(1, 100));
  world.send(anna);
  world.send(anna);
  world.send(bruno);
  world.client.run_for(24h);
  EXPECT_THAT(world.arrived(), ElementsAre(1));
  EXPECT_EQ(world.rows.in_state(DeliveryState::open), 3U);
  EXPECT_EQ(world.rows.row(EventId{1}).attempts, 0U) << "it is not the event that was refused";
  EXPECT_EQ(world.counts().standing.state, GateState::disabled);

  world.start(limits(1, 100));
  world.send(carla);
  world.client.run_for(24h);
  EXPECT_THAT(world.arrived(), ElementsAre(1)) << "a restart changes nothing";
  EXPECT_EQ(world.counts().standing.state, GateState::disabled);

  gone = false;
  world.enable();
  world.client.run_for(1min);
  EXPECT_THAT(world.arrived(), ElementsAre(1, 1, 3, 4, 2));
  EXPECT_EQ(world.rows.in_state(DeliveryState::delivered), 4U);
  EXPECT_EQ(world.counts().standing.state, GateState::sending);
}

TEST(Dispatcher, WhatItsSinkCouldNotLookAtLosesNoAttemptAndEverythingWaitsForTheSink) {
  World world;
  world.start(limits(1, 100));
  world.sink.on_render = [&](const Attempt& attempt) {
    const TimePoint again = world.clock.start + 10s;
    world.sink.ends.clear();
    if (world.clock.now() < again) world.sink.ends[attempt.event] = {Verdict::untried, again};
  };
  world.send(anna);
  world.send(bruno);
  world.client.run_for(9s);
  EXPECT_EQ(world.sink.attempts.size(), 1U) << "one is enough to know";
  EXPECT_EQ(world.counts().standing.state, GateState::resting);
  EXPECT_EQ(world.rows.row(EventId{1}).attempts, 0U);
  world.client.run_for(3s);
  EXPECT_THAT(world.arrived(), ::testing::UnorderedElementsAre(1, 2));
  EXPECT_EQ(world.rows.in_state(DeliveryState::delivered), 2U);
}

TEST(Dispatcher, WhatIsUnderWayWhileItIsDisabledStaysOpenToo) {
  World world;
  world.client.answer = [](EventId) { return Answer{.status = 410, .latency = 1s, .retry_after = {}}; };
  world.start();
  for (int i = 1; i <= 5; ++i) world.send(ContactId{i});
  world.client.run_for(1min);
  EXPECT_EQ(world.client.arrivals.size(), 5U);
  EXPECT_EQ(world.rows.in_state(DeliveryState::open), 5U);
  EXPECT_THAT(world.sink.states(), ElementsAre(GateState::disabled)) << "it is told once";
}

TEST(Dispatcher, ABreakerOpensAndTheTimeThatItIsOpenCostsNoAttempts) {
  World world;
  world.client.answer = [](EventId) { return Answer{.status = 0, .latency = 0s, .retry_after = {}}; };
  world.start();
  for (int i = 1; i <= 100; ++i) world.send(ContactId{i});
  world.client.run_for(9s);
  EXPECT_EQ(world.client.arrivals.size(), 8U) << "so many failures in a row open it";
  world.client.run_for(2s);
  EXPECT_EQ(world.client.arrivals.size(), 9U) << "a single probe after ten seconds";
  world.client.run_for(18s);
  EXPECT_EQ(world.client.arrivals.size(), 9U);
  world.client.run_for(2s);
  EXPECT_EQ(world.client.arrivals.size(), 10U) << "and after twice the time";
  world.client.run_for(1h);
  // After 10, 30, 70, 150 and 310 s, then every five minutes up to 3610 s.
  EXPECT_EQ(world.client.arrivals.size(), 24U);
  std::uint32_t untried = 0;
  for (const auto& [key, row] : world.rows.rows) untried += row.delivery.attempts == 0 ? 1 : 0;
  EXPECT_GE(untried, 76U);
  EXPECT_THAT(world.counts().standing.reason, HasSubstr("time-out"));
}

TEST(Dispatcher, AProbeThatSucceedsLetsTheOthersFollowStepByStep) {
  World world;
  bool up = false;
  world.client.answer = [&](EventId) { return Answer{.status = up ? 200U : 503U, .latency = 1s, .retry_after = {}}; };
  world.start();
  for (int i = 1; i <= 300; ++i) world.send(ContactId{i});
  world.client.run_for(5s);
  ASSERT_EQ(world.client.arrivals.size(), 8U);
  up = true;
  world.client.run_for(1h);
  EXPECT_THAT(world.sink.states(), ElementsAre(GateState::paused, GateState::probing, GateState::sending));
  EXPECT_EQ(world.rows.in_state(DeliveryState::delivered), 300U);
  std::map<Duration, std::size_t> at;
  for (std::size_t i = 8; i < world.client.arrivals.size(); ++i)
    ++at[std::chrono::floor<std::chrono::seconds>(world.client.arrivals[i].at - world.clock.start)];
  std::vector<std::size_t> steps;
  for (const auto& [second, arrivals] : at) steps.push_back(arrivals);
  ASSERT_GE(steps.size(), 7U);
  EXPECT_THAT(Numbers(steps.begin(), steps.begin() + 7), ElementsAre(1, 1, 2, 4, 8, 16, 32));
  EXPECT_LE(*std::max_element(steps.begin(), steps.end()), 64U);
}

TEST(Dispatcher, FailuresThatAreNotInARowOpenNoBreaker) {
  World world;
  world.client.answer = [](EventId event) {
    constexpr std::uint32_t statuses[] = {200, 500, 422};
    return Answer{.status = statuses[store::number(event) % 3], .retry_after = {}};
  };
  world.start(limits(1, 1000));
  for (int i = 1; i <= 60; ++i) world.send(ContactId{i});
  world.client.run_for(4s);
  EXPECT_EQ(world.client.arrivals.size(), 60U);
  EXPECT_THAT(world.sink.states(), ElementsAre());
}

TEST(Dispatcher, ADestinationThatAsksForARestIsLeftAloneAsAWhole) {
  struct Case {
    const char* what;
    std::uint32_t status;
    const char* retry_after;
    Duration rest;
  };
  for (const Case& c :
       {Case{"429, seconds", 429, "120", 120s}, Case{"503, IMF-fixdate", 503, "Mon, 02 Mar 2026 10:30:00 GMT", 30min},
        Case{"429, RFC 850", 429, "Monday, 02-Mar-26 10:30:00 GMT", 30min},
        Case{"503, asctime", 503, "Mon Mar  2 10:30:00 2026", 30min}, Case{"429, ten years", 429, "315360000", 24h}}) {
    World world;  // its clock begins at 2026-03-02T10:00:00Z
    world.client.answer = [&](EventId event) {
      const bool first = event == EventId{1} && world.client.arrivals.size() == 1;
      return Answer{
          .status = first ? c.status : 200U, .latency = 0s, .retry_after = first ? c.retry_after : std::string()};
    };
    world.start(limits(1, 100));
    for (int i = 1; i <= 5; ++i) world.send(ContactId{i});
    world.client.run_for(c.rest - 1s);
    EXPECT_THAT(world.arrived(), ElementsAre(1)) << c.what;
    EXPECT_EQ(world.counts().standing.state, GateState::resting) << c.what;
    EXPECT_EQ(world.counts().standing.until, world.clock.start + c.rest) << c.what;
    world.client.run_for(2s);
    EXPECT_EQ(world.rows.in_state(DeliveryState::delivered), 5U) << c.what;
  }
}

TEST(Dispatcher, AnAnswerThatAsksForNothingSensibleIsAFailureLikeAnyOther) {
  for (const char* retry_after : {"-5", "0", "soon", "", "Mon, 02 Mar 2020 10:30:00 GMT"}) {
    World world;
    world.client.answer = [&](EventId event) {
      return Answer{.status = event == EventId{1} ? 429U : 200U, .latency = 0s, .retry_after = retry_after};
    };
    world.start(limits(1, 100));
    world.send(anna);
    world.send(bruno);
    world.client.run_for(6s);
    EXPECT_THAT(world.arrived(), ElementsAre(1, 2, 1)) << retry_after;
  }
}

TEST(Dispatcher, ARateIsKeptWithinTwoPercent) {
  for (const Rate rate : {Rate{.per_second = 50, .burst = 50}, Rate{.per_second = 7, .burst = 1},
                          Rate{.per_second = 333, .burst = 100}}) {
    World world;
    world.client.answer = [](EventId) { return Answer{.latency = 5ms, .retry_after = {}}; };
    DestinationSettings settings = limits(64, 50'000);
    settings.rate = rate;
    world.start(settings);
    std::vector<store::OpenDelivery> batch;
    for (int i = 1; i <= 30'000; ++i) batch.push_back(world.rows.add(ContactId{i}));
    world.dispatcher->enqueue(std::move(batch));
    world.client.run_for(60s);
    const double expected = rate.per_second * 60;
    EXPECT_NEAR(static_cast<double>(world.client.arrivals.size()), expected, expected * 0.02) << rate.per_second;
    std::map<Duration, std::size_t> at;
    for (const Arrival& arrival : world.client.arrivals)
      ++at[std::chrono::floor<std::chrono::seconds>(arrival.at - world.clock.start)];
    for (const auto& [second, arrivals] : at)
      EXPECT_LE(static_cast<double>(arrivals), rate.per_second + rate.burst) << rate.per_second;
  }
}

TEST(Dispatcher, AnOutageOfAnHourIsNotFollowedByAHerd) {
  World world;
  bool up = false;
  world.client.answer = [&](EventId) { return Answer{.status = up ? 200U : 0U, .latency = 20ms, .retry_after = {}}; };
  DestinationSettings settings = limits(64, 500);
  settings.rate = Rate{.per_second = 50, .burst = 1};
  world.start(settings);
  const auto busy = [&](Duration time) {
    for (const Duration until = world.clock.passed + time; world.clock.passed < until;) {
      for (int i = 0; i < 10; ++i) world.send(ContactId{1 + world.rows.last_event % 400});
      world.client.run_for(1s);
    }
  };
  busy(1h);
  const std::size_t before = world.client.arrivals.size();
  EXPECT_LE(before, 40U);
  up = true;
  busy(30min);
  std::map<Duration, std::size_t> at;
  for (std::size_t i = before; i < world.client.arrivals.size(); ++i)
    ++at[std::chrono::floor<std::chrono::seconds>(world.client.arrivals[i].at - world.clock.start)];
  std::size_t peak = 0;
  for (const auto& [second, arrivals] : at) peak = std::max(peak, arrivals);
  EXPECT_LE(peak, 50U);
  EXPECT_GE(world.rows.in_state(DeliveryState::delivered), 50'000U) << "the backlog is gone, too";
}

TEST(Dispatcher, ADestinationMayHaveFewerAttempts) {
  World world;
  world.client.answer = [](EventId) { return Answer{.status = 500, .latency = 0s, .retry_after = {}}; };
  world.restart();
  DestinationSettings settings = limits(4, 100);
  settings.attempts = 3;
  world.add(settings);
  world.begin();
  world.send(anna);
  world.client.run_for(24h);
  EXPECT_EQ(world.client.arrivals.size(), 3U);
  EXPECT_EQ(world.rows.row(EventId{1}).state, DeliveryState::dead);
  EXPECT_EQ(world.rows.row(EventId{1}).attempts, 3U);
}

TEST(Dispatcher, OneThatIsHeldGetsNothingUntilItIsAddedAgain) {
  World world;
  world.start(limits(4, 100));
  world.client.answer = [](EventId) { return Answer{.status = 200, .latency = 5s, .retry_after = {}}; };
  world.send(anna);
  world.client.run_for(1s);
  int held = 0;
  world.dispatcher->hold_destination(helpdesk, [&] { ++held; });
  world.send(anna);
  world.send(bruno);
  world.client.run_for(1s);
  EXPECT_EQ(held, 0) << "one is under way";
  world.client.run_for(10s);
  EXPECT_EQ(held, 1);
  EXPECT_THAT(world.arrived(), ElementsAre(1));
  EXPECT_EQ(world.rows.in_state(DeliveryState::open), 2U);
  world.add(limits(4, 100));
  world.client.run_for(20s);
  EXPECT_THAT(world.arrived(), ::testing::UnorderedElementsAre(1, 2, 3));
  EXPECT_EQ(world.rows.in_state(DeliveryState::delivered), 3U);
}

TEST(Dispatcher, OneThatIsAddedWhileItRunsIsSentWhatTheStoreHasForIt) {
  World world;
  world.start(limits(4, 100));
  world.send(anna, archive);
  world.send(anna);
  world.client.run_for(1s);
  EXPECT_THAT(world.arrived(), ElementsAre(2));
  world.add({.id = archive, .name = "archive"});
  world.send(bruno, archive);
  world.client.run_for(1s);
  EXPECT_THAT(world.arrived(), ElementsAre(2, 1, 3));
  EXPECT_EQ(world.dispatcher->counts(archive).delivered, 2U);
}

TEST(Dispatcher, OneThatIsAddedAgainHasTheSettingsAndTheSinkThatItIsGiven) {
  World world;
  world.start(limits(1, 100));
  FakeSink other;
  other.dispatcher = world.dispatcher.get();
  world.dispatcher->add_destination({.id = helpdesk, .name = "helpdesk", .parallel = 1, .rate = Rate{.per_second = 1}},
                                    other);
  for (const ContactId person : {anna, bruno, carla}) world.send(person);
  world.client.run_for(1500ms);
  EXPECT_TRUE(world.sink.attempts.empty());
  EXPECT_EQ(other.attempts.size(), 2U) << "at its rate";
}

TEST(Dispatcher, OneThatWantsNothingIsStillDisabledWithOtherSettings) {
  World world;
  world.client.answer = [](EventId) { return Answer{.status = 410, .retry_after = {}}; };
  world.start(limits(1, 100));
  world.send(anna);
  world.client.run_for(1s);
  ASSERT_EQ(world.counts().standing.state, GateState::disabled);
  world.dispatcher->add_destination(limits(2, 100), world.sink);
  world.send(bruno);
  world.client.run_for(1h);
  EXPECT_THAT(world.arrived(), ElementsAre(1));
  EXPECT_EQ(world.counts().standing.state, GateState::disabled);
}

}  // namespace
}  // namespace patchbay::delivery
