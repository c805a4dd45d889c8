#include "delivery/opening.hpp"

#include "store/sqlite/sqlite_store.hpp"
#include "store/store_test_data.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace patchbay::delivery {
namespace {

using store::DeliveryState;
using store::EventId;
using namespace std::chrono_literals;

constexpr TimePoint now = store::noon + 24h;

// A store with dead letters of one destination, that ends and is opened again as after a power cut.
class OpeningTest : public testing::Test {
 protected:
  OpeningTest() { restart(); }

  void restart() {
    store_.reset();
    store_ = VALUE_OF(store::open_sqlite(folder_.path(), store::OpenAs::writer, clock_));
  }
  store::Writer& writer() { return store_->writer(); }
  void begin() { EXPECT_DONE(writer().begin()); }
  void commit() { EXPECT_DONE(writer().commit()); }

  void let_die(int count) {
    begin();
    crm_ = VALUE_OF(writer().destination("crm", "webhook"));
    for (int i = 0; i < count; ++i) {
      const EventId id = VALUE_OF(writer().next_event_id());
      EXPECT_DONE(writer().add_event(store::event_about(id, store::ContactId{1 + i % 7}, {})));
      EXPECT_DONE(writer().add_delivery(store::delivery_of(crm_, id, store::ContactId{1 + i % 7})));
      EXPECT_DONE(writer().record(store::outcome_of(crm_, id, DeliveryState::dead)));
    }
    commit();
  }
  OpeningStep step(const store::DeliveryFilter& filter) {
    begin();
    OpeningStep made = VALUE_OF(replay_step(writer(), filter, now));
    commit();
    return made;
  }
  // The receiver refuses them at once: they are dead letters again while the replay still goes on.
  void refuse_what_is_open() {
    begin();
    for (const auto& open : VALUE_OF(VALUE_OF(store_->reader())->open_deliveries(crm_, {}, 100'000)))
      EXPECT_DONE(writer().record(store::outcome_of(crm_, open.event.id, DeliveryState::dead)));
    commit();
  }
  static store::DeliveryFilter dead_at(std::string destination) {
    store::DeliveryFilter filter;
    filter.destination = std::move(destination);
    filter.state = DeliveryState::dead;
    return filter;
  }

  SystemClock clock_;
  TemporaryFolder folder_;
  std::unique_ptr<store::Store> store_;
  store::DestinationId crm_{};
};

TEST_F(OpeningTest, ATaskThatWasCutOffGoesOnBehindWhatItDidAndRepeatsNothing) {
  let_die(1200);
  EXPECT_EQ(step(dead_at("crm")).opened.deliveries, 500);
  refuse_what_is_open();
  begin();
  EXPECT_EQ(VALUE_OF(replay_step(writer(), dead_at("crm"), now)).opened.after, EventId{1000});
  restart();  // before that step's commit
  const OpeningStep second = step(dead_at("crm"));
  EXPECT_EQ(second.opened.first.front().second, EventId{501}) << "what has died again since is not taken twice";
  EXPECT_EQ(second.progress.deliveries, 1000);
  EXPECT_FALSE(second.finished);
  restart();
  const OpeningStep third = step(dead_at("crm"));
  EXPECT_EQ(third.opened.deliveries, 200);
  EXPECT_EQ(third.progress.deliveries, 1200);
  EXPECT_TRUE(third.finished);
  EXPECT_EQ(step(dead_at("crm")).opened.deliveries, 500) << "once it is done, the same words are a new task";
}

TEST_F(OpeningTest, WhatDiesBehindTheEndOfATaskIsNotPartOfIt) {
  let_die(600);
  EXPECT_FALSE(step(dead_at("crm")).finished);
  let_die(10);
  const OpeningStep last = step(dead_at("crm"));
  EXPECT_EQ(last.opened.deliveries, 100);
  EXPECT_TRUE(last.finished);
}

TEST_F(OpeningTest, EachTaskHasItsOwnProgress) {
  let_die(1001);
  EXPECT_FALSE(step(dead_at("crm")).finished);
  store::DeliveryFilter other = dead_at("crm");
  other.contact = store::ContactId{1};
  EXPECT_FALSE(step(other).finished) << "it begins at the first event";
  EXPECT_TRUE(step(dead_at("crm")).finished);
  EXPECT_TRUE(step(other).finished);
}

TEST_F(OpeningTest, NamedEventsAreOpenedInOneStepWhereTheyFit) {
  let_die(5);
  begin();
  const std::vector<EventId> events = {EventId{4}, EventId{2}, EventId{2}, EventId{99}};
  const OpeningStep made = VALUE_OF(replay_events(writer(), dead_at("crm"), events, now));
  commit();
  EXPECT_EQ(made.opened.deliveries, 2);
  EXPECT_TRUE(made.finished);
  begin();
  EXPECT_EQ(VALUE_OF(replay_events(writer(), dead_at("desk"), std::vector{EventId{1}}, now)).opened.deliveries, 0);
  commit();
}

TEST_F(OpeningTest, AFillingGoesInStepsOfEventsAndGoesOnAfterACut) {
  let_die(1100);
  begin();
  const auto sms = VALUE_OF(writer().channel("sms", "sms"));
  const auto archive = VALUE_OF(writer().destination("archive", "webhook"));
  for (int i = 0; i < 5; ++i) {
    store::Event event = store::event_about(VALUE_OF(writer().next_event_id()), store::ContactId{1}, {});
    event.channel = sms;
    EXPECT_DONE(writer().add_event(event));
  }
  commit();
  const store::Filling filling{archive, {{sms, store::Historical::include}}, {}, {}};
  const auto fill = [&] {
    begin();
    OpeningStep made = VALUE_OF(fill_step(writer(), filling, now));
    commit();
    return made;
  };
  EXPECT_EQ(fill().progress.after, EventId{500});
  restart();
  EXPECT_EQ(fill().progress.after, EventId{1000});
  const OpeningStep last = fill();
  EXPECT_TRUE(last.finished);
  EXPECT_EQ(last.opened.deliveries, 5);
  EXPECT_EQ(last.opened.first.front(), (std::pair{archive, EventId{1101}}));
}

}  // namespace
}  // namespace patchbay::delivery
