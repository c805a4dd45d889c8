#include "delivery/dispatcher.hpp"

#include "delivery/dispatcher_fakes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

namespace patchbay::delivery {
namespace {

using namespace fakes;
using store::DeliveryState;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// ---- Order

TEST(Dispatcher, ADeliveryLetsTheNextOneGoBeforeItIsDurable) {
  World world;
  world.outcomes.latency = 1h;
  world.start();
  for (int i = 0; i < 20; ++i) world.send(anna);
  world.client.run_for(59min);
  EXPECT_THAT(world.arrived(), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16))
      << "so many as a crash may repeat";
  EXPECT_EQ(world.counts().in_memory, 20U);
  world.client.run_for(2min);
  EXPECT_EQ(world.arrived().size(), 20U);
}

TEST(Dispatcher, ACrashRepeatsWhatWasNotDurableInItsOrder) {
  World world;
  world.outcomes.latency = 1h;
  world.start();
  for (int i = 0; i < 20; ++i) world.send(anna);
  world.client.run_for(1min);
  ASSERT_EQ(world.arrived().size(), 16U);
  world.outcomes.latency = 2ms;
  world.start();
  world.client.run_for(1min);
  Numbers again(20);
  std::iota(again.begin(), again.end(), 1);
  const Numbers arrived = world.arrived();
  EXPECT_EQ(Numbers(arrived.begin() + 16, arrived.end()), again);
}

TEST(Dispatcher, AnEventWaitsUntilAnyOtherOutcomeBeforeItIsDurable) {
  struct Case {
    const char* what;
    std::uint32_t status;
    Numbers arrived;
  };
  for (const Case& c : {Case{"a retry", 503, {1, 1, 2}}, Case{"a dead letter", 422, {1, 2}}}) {
    World world;
    world.outcomes.latency = 1h;
    world.client.answer = [&](EventId event) {
      const bool first = event == EventId{1} && world.client.arrivals.size() == 1;
      return Answer{.status = first ? c.status : 200U, .retry_after = {}};
    };
    world.start();
    world.send(anna);
    world.send(anna);
    world.client.run_for(59min);
    EXPECT_THAT(world.arrived(), ElementsAre(1)) << c.what;
    world.client.run_for(2min);
    EXPECT_EQ(world.arrived(), c.arrived) << c.what;
  }
}

TEST(Dispatcher, AFailureHoldsUpItsOwnLaneOnly) {
  World world;
  bool up = false;
  world.client.answer = [&](EventId event) {
    return Answer{.status = event == EventId{1} && !up ? 503U : 200U, .retry_after = {}};
  };
  world.start();
  world.send(anna);
  world.send(anna);
  world.send(bruno);
  world.send(bruno);
  world.send(ContactId{});
  world.client.run_for(4s);
  EXPECT_THAT(world.arrived(), ElementsAre(1, 3, 5, 4));
  up = true;
  world.client.run_for(2s);
  EXPECT_THAT(world.arrived(), ElementsAre(1, 3, 5, 4, 1, 2));
  EXPECT_EQ(world.rows.in_state(DeliveryState::delivered), 5U);
}

TEST(Dispatcher, AnEventThatEndsBadlyLetsItsLaneGoOn) {
  struct Case {
    const char* what;
    std::uint32_t status;
  };
  for (const Case& c : {Case{"redirected", 301}, Case{"unauthorised", 401}, Case{"permanent", 422}}) {
    World world;
    world.client.answer = [&](EventId event) {
      return Answer{.status = event == EventId{1} ? c.status : 200U, .retry_after = {}};
    };
    world.start();
    world.send(anna);
    world.send(anna);
    world.client.run_for(1s);
    EXPECT_THAT(world.arrived(), ElementsAre(1, 2)) << c.what;
    EXPECT_EQ(world.rows.row(EventId{1}).state, DeliveryState::dead) << c.what;
    EXPECT_EQ(world.rows.row(EventId{1}).last_status, c.status) << c.what;
    EXPECT_EQ(world.rows.row(EventId{2}).state, DeliveryState::delivered) << c.what;
    EXPECT_EQ(world.counts().dead, 1U) << c.what;
  }
}

TEST(Dispatcher, DestinationsDoNotWaitForOneAnother) {
  World world;
  world.client.answer = [](EventId event) {
    return Answer{.status = event == EventId{1} ? 500U : 200U, .retry_after = {}};
  };
  world.restart();
  world.add({.id = helpdesk, .name = "helpdesk"});
  world.add({.id = archive, .name = "archive"});
  world.begin();
  world.send(anna, helpdesk);
  world.send(anna, archive);
  world.client.run_for(1s);
  EXPECT_EQ(world.rows.row(EventId{1}, helpdesk).state, DeliveryState::open);
  EXPECT_EQ(world.rows.row(EventId{2}, archive).state, DeliveryState::delivered);
}

TEST(Dispatcher, SendsAtMostSoManyAtOnce) {
  World world;
  world.client.answer = [](EventId) { return Answer{.latency = 1s, .retry_after = {}}; };
  world.start(limits(3, 10'000));
  for (int i = 1; i <= 10; ++i) world.send(ContactId{i});
  world.client.run_ready();
  EXPECT_EQ(world.counts().in_flight, 3U);
  world.client.run_for(10s);
  EXPECT_EQ(world.client.most_open, 3U);
  EXPECT_EQ(world.rows.in_state(DeliveryState::delivered), 10U);
}

// ---- Memory

TEST(Dispatcher, HoldsSoManyInMemoryAndReadsTheRestFromTheStore) {
  World world;
  world.start(limits(64, 100));
  constexpr std::int64_t events = 100'000;
  std::vector<store::OpenDelivery> batch;
  for (std::int64_t i = 0; i < events; ++i) {
    batch.push_back(world.rows.add(ContactId{1 + i % 997}));
    if (batch.size() == 1000) world.dispatcher->enqueue(std::exchange(batch, {}));
  }
  std::uint64_t most = 0;
  while (world.client.run_one(world.clock.passed + 1min)) most = std::max(most, world.counts().in_memory);
  EXPECT_EQ(most, 100U);
  EXPECT_EQ(world.counts().in_memory, 0U);
  EXPECT_EQ(world.client.arrivals.size(), static_cast<std::size_t>(events));
  EXPECT_EQ(world.rows.in_state(DeliveryState::delivered), static_cast<std::size_t>(events));
  std::map<std::int64_t, std::int64_t> last;
  for (const std::int64_t event : world.arrived()) EXPECT_GT(event, std::exchange(last[event % 997], event));
}

TEST(Dispatcher, ABacklogAtStartIsTakenOldestFirst) {
  World world;
  for (int i = 0; i < 5000; ++i) world.rows.add(ContactId{1 + i % 10});
  world.start(limits(1, 50));
  world.client.run_for(1h);
  Numbers expected(5000);
  std::iota(expected.begin(), expected.end(), 1);
  // One lane waits while its outcome is written, so the order across lanes is that of the events only nearly.
  Numbers arrived = world.arrived();
  EXPECT_THAT(Numbers(arrived.begin(), arrived.begin() + 3), ElementsAre(1, 2, 3));
  std::sort(arrived.begin(), arrived.end());
  EXPECT_EQ(arrived, expected);
}

TEST(Dispatcher, ALaneThatWaitsForHoursDoesNotFillTheMemoryForOthers) {
  World world;
  bool up = false;
  world.client.answer = [&](EventId event) {
    return event <= EventId{500} && !up ? Answer{.status = 500, .retry_after = "36000"} : Answer{.retry_after = {}};
  };
  world.start(limits(64, 20));
  for (int i = 0; i < 500; ++i) world.send(anna);
  for (int i = 0; i < 500; ++i) world.send(bruno);
  world.client.run_for(1min);
  EXPECT_EQ(world.rows.in_state(DeliveryState::delivered), 500U);
  EXPECT_LE(world.counts().in_memory, 20U);
  up = true;
  world.client.run_for(11h);
  EXPECT_EQ(world.rows.in_state(DeliveryState::delivered), 1000U);
  Numbers annas;
  for (const std::int64_t event : world.arrived())
    if (event > 1 && event <= 500) annas.push_back(event);
  Numbers expected(499);
  std::iota(expected.begin(), expected.end(), 2);
  EXPECT_EQ(annas, expected);
}

TEST(Dispatcher, AStoreThatCannotBeReadIsAskedAgain) {
  World world;
  world.rows.add(anna);
  world.rows.failing_reads = 3;
  world.start();
  world.client.run_for(2500ms);
  EXPECT_THAT(world.arrived(), ElementsAre());
  world.client.run_for(1s);
  EXPECT_THAT(world.arrived(), ElementsAre(1));
}

TEST(Dispatcher, WhatWasReadAndIsAnnouncedLaterGoesOnce) {
  World world;
  const auto open = world.rows.add(anna);
  world.start();
  world.dispatcher->enqueue({open});
  world.client.run_for(1s);
  EXPECT_THAT(world.arrived(), ElementsAre(1));
}

// ---- Sinks

TEST(Dispatcher, ASinkThatDoesNotAnswerCostsAnAttempt) {
  struct Case {
    const char* what;
    bool renders;
    std::uint32_t status;  // what the receiver had answered
  };
  for (const Case& c : {Case{"rendering", false, 0}, Case{"judging", true, 200}}) {
    World world;
    (c.renders ? world.sink.silent_judges : world.sink.silent_renders).insert(EventId{1});
    world.start();
    world.send(anna);
    world.send(bruno);
    world.client.run_for(29s);
    EXPECT_EQ(world.rows.row(EventId{1}).attempts, 0U) << c.what;
    EXPECT_EQ(world.rows.row(EventId{2}).state, DeliveryState::delivered) << c.what;
    world.client.run_for(2s);
    EXPECT_EQ(world.rows.row(EventId{1}).attempts, 1U) << c.what;
    EXPECT_EQ(world.rows.row(EventId{1}).state, DeliveryState::open) << c.what;
    EXPECT_EQ(world.rows.row(EventId{1}).last_status, c.status) << c.what;
    EXPECT_THAT(world.rows.row(EventId{1}).last_reason, HasSubstr(c.what));

    // The answer to what was given up comes at last, and changes nothing.
    const std::uint64_t old_token = world.sink.attempts.front().token;
    world.dispatcher->rendered(
        {.token = old_token, .request = {}, .ended = Outcome{Verdict::permanent, {}}, .reason = {}});
    world.dispatcher->judged({.token = old_token, .outcome = {Verdict::permanent, {}}, .reason = {}});
    world.sink.silent_judges.clear();
    world.sink.silent_renders.clear();
    world.client.run_for(10s);
    EXPECT_EQ(world.rows.row(EventId{1}).state, DeliveryState::delivered) << c.what;
    EXPECT_EQ(world.rows.row(EventId{1}).attempts, 2U) << c.what;
  }
}

TEST(Dispatcher, SecondAnswersAreIgnored) {
  World world;
  world.sink.answers = 3;
  world.outcomes.answers_twice = true;
  world.start();
  for (int i = 0; i < 10; ++i) world.send(anna);
  world.client.run_for(1s);
  EXPECT_THAT(world.arrived(), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
  EXPECT_EQ(world.outcomes.recorded_twice, 0U);
  EXPECT_EQ(world.counts().delivered, 10U);
  EXPECT_EQ(world.counts().in_memory, 0U);
}

TEST(Dispatcher, ASinkMayEndAnEventItself) {
  struct Case {
    const char* what;
    Verdict verdict;
    DeliveryState state;
  };
  for (const Case& c :
       {Case{"delivered", Verdict::delivered, DeliveryState::delivered},
        Case{"permanent", Verdict::permanent, DeliveryState::dead}, Case{"gone", Verdict::gone, DeliveryState::open},
        Case{"transient", Verdict::transient, DeliveryState::open}}) {
    World world;
    world.sink.ends[EventId{1}] = {c.verdict, {}};
    world.start();
    world.send(anna);
    world.client.run_for(1s);
    EXPECT_THAT(world.arrived(), ElementsAre()) << c.what;
    EXPECT_EQ(world.rows.row(EventId{1}).state, c.state) << c.what;
    EXPECT_EQ(world.rows.row(EventId{1}).last_reason, "ended by the sink") << c.what;
  }
}

TEST(Dispatcher, TheSinksOwnWishForPatienceCountsToo) {
  World world;
  world.start();
  world.sink.ends[EventId{1}] = {Verdict::transient, world.clock.now() + 1h};
  world.send(anna);
  world.client.run_for(59min);
  EXPECT_EQ(world.sink.attempts.size(), 1U);
  world.client.run_for(2min);
  EXPECT_EQ(world.sink.attempts.size(), 2U);
}

TEST(Dispatcher, ALongReasonIsCutBetweenCharacters) {
  World world;
  world.start();
  world.sink.silent_renders.insert(EventId{1});
  world.send(anna);
  world.client.run_ready();
  std::string reason = "x";
  for (int i = 0; i < 1000; ++i) reason += "ż";  // two bytes each
  world.dispatcher->rendered({.token = world.sink.attempts.at(0).token,
                              .request = {},
                              .ended = Outcome{Verdict::permanent, {}},
                              .reason = reason});
  world.client.run_for(1s);
  EXPECT_EQ(world.rows.row(EventId{1}).last_reason, reason.substr(0, 1023));
}

// ---- Outcomes

TEST(Dispatcher, OutcomesTheStoreRefusesAreOfferedAgainWhileTheLaneWaits) {
  World world;
  world.start();
  world.outcomes.failing = 1000;
  for (int i = 0; i < 40; ++i) world.send(anna);
  world.client.run_for(10s);
  EXPECT_EQ(world.arrived().size(), 16U);
  EXPECT_EQ(world.rows.in_state(DeliveryState::open), 40U);
  world.outcomes.failing = 0;
  world.client.run_for(2s);
  EXPECT_EQ(world.arrived().size(), 40U);
  EXPECT_EQ(world.rows.in_state(DeliveryState::delivered), 40U);
}

TEST(Dispatcher, OneTurnMakesOneBatchOfOutcomes) {
  World world;
  world.start();
  for (int i = 1; i <= 8; ++i) world.sink.ends[EventId{i}] = {Verdict::delivered, {}};
  for (int i = 1; i <= 8; ++i) world.send(ContactId{i});
  world.client.run_for(1s);
  EXPECT_EQ(world.outcomes.batches, 1U);
  EXPECT_EQ(world.counts().delivered, 8U);
}

// ---- Stop

TEST(Dispatcher, StopsWhenWhatIsUnderWayIsDurable) {
  World world;
  world.client.answer = [](EventId) { return Answer{.latency = 10s, .retry_after = {}}; };
  world.outcomes.latency = 1s;
  world.outcomes.failing = 1;
  world.start();
  world.send(anna);
  world.send(anna);
  world.send(bruno);
  world.client.run_ready();
  bool drained = false;
  world.dispatcher->stop([&] { drained = true; });
  world.send(carla);
  world.client.run_for(11900ms);  // 10 s on the way, 1 s to the refusal, 1 s of rest, 1 s to the commit
  EXPECT_FALSE(drained);
  world.client.run_for(1200ms);
  EXPECT_TRUE(drained);
  EXPECT_THAT(world.arrived(), ElementsAre(1, 3));
  EXPECT_EQ(world.rows.in_state(DeliveryState::delivered), 2U);
  EXPECT_EQ(world.rows.in_state(DeliveryState::open), 2U);
  world.client.run_for(1h);
  EXPECT_THAT(world.arrived(), ElementsAre(1, 3));

  world.start();
  world.client.run_for(1min);
  EXPECT_THAT(world.arrived(), ElementsAre(1, 3, 2, 4));
}

TEST(Dispatcher, StopsAtOnceWhenNothingIsUnderWay) {
  World world;
  world.start();
  bool drained = false;
  world.dispatcher->stop([&] { drained = true; });
  EXPECT_FALSE(drained);
  world.client.run_ready();
  EXPECT_TRUE(drained);
}

TEST(Dispatcher, TasksThatOutliveItDoNothing) {
  World world;
  world.start();
  world.send(anna);
  world.client.run_ready();
  world.dispatcher.reset();
  world.client.run_for(1h);
  EXPECT_EQ(world.rows.row(EventId{1}).state, DeliveryState::open);
}

TEST(Dispatcher, KnowsNothingOfADestinationItWasNotGiven) {
  World world;
  world.start();
  world.send(anna, archive);
  world.client.run_for(1s);
  EXPECT_THAT(world.arrived(), ElementsAre());
  EXPECT_EQ(world.dispatcher->counts(archive).attempts, 0U);
}

}  // namespace
}  // namespace patchbay::delivery
