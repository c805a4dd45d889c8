// Lanes that join and part, and deliveries that are opened again.
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

// ---- Opened again

TEST(Dispatcher, WhatWasOpenedAgainIsReadAndGoesOnceMore) {
  World world;
  world.client.answer = [&](EventId event) {
    const bool first = world.client.arrivals.size() <= 3;
    return Answer{.status = event == EventId{2} && first ? 422U : 200U, .retry_after = {}};
  };
  world.start();
  world.send(anna);
  world.send(bruno);
  world.send(anna);
  world.client.run_for(1s);
  ASSERT_EQ(world.rows.row(EventId{2}).state, DeliveryState::dead);
  world.reopen(EventId{2});
  world.dispatcher->read_again(helpdesk, EventId{2});
  world.client.run_for(1s);
  EXPECT_THAT(world.arrived(), ElementsAre(1, 2, 3, 2));
  EXPECT_EQ(world.rows.row(EventId{2}).state, DeliveryState::delivered);
  world.send(anna);
  world.client.run_for(1s);
  EXPECT_EQ(world.rows.row(EventId{4}).state, DeliveryState::delivered);
  EXPECT_EQ(world.counts().in_memory, 0U);
}

TEST(Dispatcher, WhatIsUnderWayOrWaitsIsNotTakenTwice) {
  World world;
  world.client.answer = [](EventId event) {
    return event == EventId{1} ? Answer{.latency = 20s, .retry_after = {}} : Answer{.latency = 5s, .retry_after = {}};
  };
  world.start();
  for (int i = 0; i < 3; ++i) world.send(anna);
  world.send(bruno);
  world.client.run_for(10s);
  world.dispatcher->read_again(helpdesk, EventId{1});
  world.client.run_for(1s);
  world.dispatcher->read_again(helpdesk, EventId{2});
  world.client.run_for(1h);
  EXPECT_THAT(world.arrived(), ElementsAre(1, 4, 2, 3));
  EXPECT_EQ(world.outcomes.recorded_twice, 0U);
}

TEST(Dispatcher, WhatIsOpenedAgainWhileItsLaneWaitsGoesFirst) {
  World world;
  bool refuse = true, up = false;
  world.client.answer = [&](EventId event) {
    if (event == EventId{1} && std::exchange(refuse, false)) return Answer{.status = 422, .retry_after = {}};
    return Answer{.status = event == EventId{2} && !up ? 503U : 200U, .retry_after = {}};
  };
  world.start();
  for (int i = 0; i < 4; ++i) world.send(anna);
  world.client.run_for(1s);
  world.reopen(EventId{1});
  world.dispatcher->read_again(helpdesk, EventId{1});
  world.client.run_for(1s);
  EXPECT_THAT(world.arrived(), ElementsAre(1, 2, 1));
  up = true;
  world.client.run_for(10s);
  EXPECT_THAT(world.arrived(), ElementsAre(1, 2, 1, 2, 3, 4));
}

TEST(Dispatcher, HistoryIsFilledInThoughItWasNeverAnnounced) {
  World world;
  world.start(limits(4, 10));
  world.send(anna);
  world.client.run_for(1s);
  // Events that others have heard of: 2 to 1001. The last of them nobody has.
  for (int i = 0; i < 1000; ++i) world.rows.add(ContactId{1 + i % 7});
  world.dispatcher->read_again(helpdesk, EventId{2});
  world.client.run_for(1s);
  world.send(bruno, archive);
  world.client.run_for(1min);
  EXPECT_EQ(world.client.arrivals.size(), 1001U);
  std::map<std::int64_t, std::int64_t> last;
  for (const std::int64_t event : world.arrived()) EXPECT_GT(event, std::exchange(last[(event - 2) % 7], event));
  world.send(carla);
  world.client.run_for(1s);
  EXPECT_EQ(world.client.arrivals.size(), 1002U);
  EXPECT_EQ(world.counts().in_memory, 0U);
}

// ---- Merges

TEST(Dispatcher, BothLanesDrainBeforeWhatFollowsTheirMerge) {
  World world;
  world.client.answer = [](EventId event) {
    if (event == EventId{1}) return Answer{.latency = 20s, .retry_after = {}};
    if (event == EventId{2}) return Answer{.latency = 10s, .retry_after = {}};
    return Answer{.retry_after = {}};
  };
  world.start();
  world.send(anna);   // 1
  world.send(bruno);  // 2
  world.send(anna);   // 3
  world.send(bruno);  // 4
  world.send(carla);  // 5
  world.client.run_ready();
  world.merge(bruno, anna);
  world.send(anna);  // 6
  world.client.run_for(15s);
  EXPECT_THAT(world.arrived(), ElementsAre(1, 2, 5));
  world.client.run_for(10s);
  EXPECT_THAT(world.arrived(), ElementsAre(1, 2, 5, 3, 4, 6));
}

TEST(Dispatcher, ARetryOfEitherLaneHoldsUpTheJoinedOne) {
  World world;
  bool up = false;
  world.client.answer = [&](EventId event) {
    return Answer{.status = event == EventId{1} && !up ? 503U : 200U, .retry_after = {}};
  };
  world.start();
  world.send(anna);
  world.client.run_for(1s);
  world.merge(anna, bruno);
  world.send(bruno);
  world.client.run_for(3s);
  EXPECT_THAT(world.arrived(), ElementsAre(1));
  up = true;
  world.client.run_for(3s);
  EXPECT_THAT(world.arrived(), ElementsAre(1, 1, 2));
}

TEST(Dispatcher, ALateEventOfAMergedContactGoesInTheJoinedLane) {
  World world;
  world.start();
  world.client.answer = [](EventId) { return Answer{.latency = 1s, .retry_after = {}}; };
  const auto before = world.rows.add(bruno);
  world.merge(bruno, anna);
  world.merge(anna, carla);
  const auto after = world.rows.add(carla);
  world.dispatcher->enqueue({before, after});  // `before` still names the lane it was committed to
  world.client.run_for(500ms);
  EXPECT_THAT(world.arrived(), ElementsAre(1));
  world.client.run_for(5s);
  EXPECT_THAT(world.arrived(), ElementsAre(1, 2));
}

TEST(Dispatcher, AMergeBackAfterASplitDoesNoHarm) {
  World world;
  world.start();
  world.merge(anna, bruno);
  world.merge(bruno, anna);
  world.send(anna);
  world.send(bruno);
  world.client.run_for(1s);
  EXPECT_THAT(world.arrived(), ElementsAre(1, 2));
}

TEST(Dispatcher, AMergeWaitsForWhatIsNotDurableToo) {
  World world;
  world.outcomes.latency = 1h;
  world.start();
  world.send(anna);
  world.send(bruno);
  world.client.run_for(1min);
  world.merge(bruno, anna);
  world.send(anna);
  world.client.run_for(58min);
  EXPECT_THAT(world.arrived(), ElementsAre(1, 2));
  world.client.run_for(2min);
  EXPECT_THAT(world.arrived(), ElementsAre(1, 2, 3));
}

// ---- Splits

TEST(Dispatcher, WhatCameBeforeASplitEndsInTheCommonLaneFirst) {
  World world;
  bool up = false;
  world.client.answer = [&](EventId event) {
    return Answer{.status = event == EventId{1} && !up ? 503U : 200U, .retry_after = {}};
  };
  world.start();
  world.merge(bruno, anna);
  world.send(anna);  // 1
  world.send(anna);  // 2
  world.client.run_for(1s);
  world.dispatcher->split_lanes(anna, {anna, bruno}, EventId{3});
  world.send(anna);   // 3: the split
  world.send(bruno);  // 4
  world.send(carla);  // 5
  world.client.run_for(3s);
  EXPECT_THAT(world.arrived(), ElementsAre(1, 5));
  up = true;
  world.client.run_for(5s);
  EXPECT_THAT(world.arrived(), ElementsAre(1, 5, 1, 2, 3, 4)) << "then neither waits for the other";
  world.client.answer = [](EventId event) {
    return Answer{.status = event == EventId{6} ? 503U : 200U, .retry_after = {}};
  };
  world.send(anna);   // 6
  world.send(bruno);  // 7
  world.client.run_for(1s);
  EXPECT_THAT(world.arrived(), ElementsAre(1, 5, 1, 2, 3, 4, 6, 7));
}

TEST(Dispatcher, ASplitWaitsForWhatIsUnderWayFromBeforeTheMerge) {
  World world;
  world.client.answer = [](EventId event) {
    return Answer{.latency = event == EventId{1} ? 10s : 1ms, .retry_after = {}};
  };
  world.start();
  world.send(bruno);
  world.client.run_ready();
  world.merge(bruno, anna);
  world.dispatcher->split_lanes(anna, {anna, bruno}, EventId{2});
  world.send(anna);
  world.send(bruno);
  world.client.run_for(9s);
  EXPECT_THAT(world.arrived(), ElementsAre(1));
  world.client.run_for(2s);
  EXPECT_EQ(world.arrived().size(), 3U);
  EXPECT_EQ(world.counts().in_memory, 0U);
}

TEST(Dispatcher, AMergeOfSplitLanesNeverStopsThem) {
  World world;
  world.client.answer = [](EventId) { return Answer{.latency = 1s, .retry_after = {}}; };
  world.start();
  for (const auto& [from, into] : {std::pair(anna, bruno), std::pair(bruno, anna), std::pair(carla, bruno)}) {
    world.send(anna);
    world.send(bruno);
    world.send(carla);
    world.client.run_for(100ms);
    world.dispatcher->split_lanes(anna, {anna, bruno, carla}, EventId{world.rows.last_event + 1});
    world.send(anna);
    world.send(bruno);
    world.merge(from, into);
    world.send(carla);
  }
  world.client.run_for(1min);
  EXPECT_EQ(world.rows.in_state(DeliveryState::delivered), 18U);
  EXPECT_EQ(world.client.arrivals.size(), 18U);
}

TEST(Dispatcher, LanesBehindASplitDoNotFillTheMemory) {
  World world;
  bool up = false;
  world.client.answer = [&](EventId event) {
    return Answer{.status = event == EventId{1} && !up ? 503U : 200U, .retry_after = {}};
  };
  world.start(limits(4, 10));
  world.merge(bruno, anna);
  for (int i = 0; i < 30; ++i) world.send(anna);
  world.client.run_for(1s);
  world.dispatcher->split_lanes(anna, {anna, bruno}, EventId{31});
  for (int i = 0; i < 30; ++i) world.send(bruno);
  for (int i = 0; i < 30; ++i) world.send(carla);
  world.client.run_for(3s);
  EXPECT_EQ(world.rows.in_state(DeliveryState::delivered), 30U);
  up = true;
  world.client.run_for(1h);
  EXPECT_EQ(world.rows.in_state(DeliveryState::delivered), 90U);
  EXPECT_EQ(world.client.arrivals.size(), 91U);
}

}  // namespace
}  // namespace patchbay::delivery
