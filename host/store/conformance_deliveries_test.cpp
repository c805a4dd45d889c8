// Events and deliveries, for every engine.
#include "store/store_conformance.hpp"
#include "store/store_test_data.hpp"

#include <gmock/gmock.h>

namespace patchbay::store {
namespace {

using testing::ElementsAre;
using namespace std::chrono_literals;

std::vector<EventId> events_of(const std::vector<OpenDelivery>& deliveries) {
  std::vector<EventId> ids;
  for (const OpenDelivery& one : deliveries) ids.push_back(one.event.id);
  return ids;
}

DeliveryFilter filter(const char* destination, std::optional<DeliveryState> state = {},
                      std::optional<EventId> event = {}) {
  DeliveryFilter made;
  if (destination != nullptr) made.destination = destination;
  made.state = state;
  made.event = event;
  return made;
}

}  // namespace

TEST_P(StoreConformance, AnOpenDeliveryComesBackWithItsEvent) {
  begin();
  const DestinationId crm = VALUE_OF(writer().destination("crm", "webhook"));
  const EventId id = VALUE_OF(writer().next_event_id());
  EXPECT_DONE(writer().add_event(event_about(id, ContactId{7}, InteractionId{3})));
  EXPECT_DONE(writer().add_delivery(delivery_of(crm, id, ContactId{7})));
  const EventId notice = VALUE_OF(writer().next_event_id());
  EXPECT_LT(id, notice);
  EXPECT_DONE(writer().add_event(
      {notice, EventType::channel_notice, {}, {}, noon + 1s, std::make_shared<const std::string>("{}")}));
  EXPECT_DONE(writer().add_delivery(delivery_of(crm, notice, ContactId{})));
  commit();
  reopen();
  const auto open = VALUE_OF(reader().open_deliveries(crm, {}, 10));
  ASSERT_EQ(open.size(), 2U);
  EXPECT_EQ(open[0].event.id, id);
  EXPECT_EQ(open[0].event.type, EventType::interaction_received);
  EXPECT_EQ(open[0].event.contact, ContactId{7});
  EXPECT_EQ(open[0].event.interaction, InteractionId{3});
  EXPECT_EQ(open[0].event.at, noon);
  EXPECT_EQ(*open[0].event.payload, R"({"id":"event_1"})");
  EXPECT_EQ(open[0].delivery.destination, crm);
  EXPECT_EQ(open[0].delivery.destination_name, "crm");
  EXPECT_EQ(open[0].delivery.lane, ContactId{7});
  EXPECT_EQ(open[0].delivery.attempts, 0U);
  EXPECT_EQ(open[0].delivery.due, noon);
  EXPECT_EQ(open[1].event.contact, std::nullopt);
  EXPECT_EQ(open[1].delivery.lane, ContactId{});
  EXPECT_EQ(VALUE_OF(reader().counts()).events, 2);
  begin();
  EXPECT_LT(notice, VALUE_OF(writer().next_event_id())) << "ids grow over a restart";
  writer().roll_back();
}

TEST_P(StoreConformance, OutcomesCloseADeliveryOrSayWhenItIsDueAgain) {
  begin();
  const DestinationId crm = VALUE_OF(writer().destination("crm", "webhook"));
  const DestinationId desk = VALUE_OF(writer().destination("desk", "webhook"));
  std::vector<EventId> ids;
  for (int i = 0; i < 4; ++i) {
    ids.push_back(VALUE_OF(writer().next_event_id()));
    EXPECT_DONE(writer().add_event(event_about(ids.back(), ContactId{1}, InteractionId{1})));
    EXPECT_DONE(writer().add_delivery(delivery_of(crm, ids.back(), ContactId{1})));
    EXPECT_DONE(writer().add_delivery(delivery_of(desk, ids.back(), ContactId{1})));
  }
  EXPECT_DONE(writer().record(outcome_of(crm, ids[0], DeliveryState::delivered)));
  EXPECT_DONE(writer().record(outcome_of(crm, ids[1], DeliveryState::dead)));
  EXPECT_DONE(writer().record({crm, ids[2], DeliveryState::open, 2, noon + 5min, 503, "busy"}));
  commit();
  reopen();
  const auto open = VALUE_OF(reader().open_deliveries(crm, {}, 10));
  EXPECT_THAT(events_of(open), ElementsAre(ids[2], ids[3]));
  EXPECT_EQ(open[0].delivery.attempts, 2U);
  EXPECT_EQ(open[0].delivery.due, noon + 5min);
  EXPECT_EQ(open[0].delivery.last_status, 503U);
  EXPECT_EQ(open[0].delivery.last_reason, "busy");
  EXPECT_THAT(events_of(VALUE_OF(reader().open_deliveries(crm, ids[2], 10))), ElementsAre(ids[3]));
  EXPECT_THAT(events_of(VALUE_OF(reader().open_deliveries(desk, {}, 3))), ElementsAre(ids[0], ids[1], ids[2]));
  const Counts counts = VALUE_OF(reader().counts());
  EXPECT_EQ(counts.deliveries_open, 6);
  EXPECT_EQ(counts.deliveries_delivered, 1);
  EXPECT_EQ(counts.dead_letters, 1);
  begin();
  EXPECT_EQ(writer().record(outcome_of(crm, EventId{99}, DeliveryState::delivered)).error().code, ErrorCode::not_found);
  writer().roll_back();
  begin();
  EXPECT_DONE(writer().record({crm, ids[1], DeliveryState::open, 0, noon, 0, ""}));  // a replay
  commit();
  EXPECT_THAT(events_of(VALUE_OF(reader().open_deliveries(crm, {}, 10))), ElementsAre(ids[1], ids[2], ids[3]));
}

TEST_P(StoreConformance, ADestinationIsDisabledWithTheOutcomeThatSaysSoUntilItIsEnabled) {
  begin();
  const DestinationId crm = VALUE_OF(writer().destination("crm", "webhook"));
  const DestinationId desk = VALUE_OF(writer().destination("desk", "file"));
  std::vector<EventId> ids;
  for (int i = 0; i < 2; ++i) {
    ids.push_back(VALUE_OF(writer().next_event_id()));
    EXPECT_DONE(writer().add_event(event_about(ids.back(), ContactId{1}, InteractionId{1})));
    EXPECT_DONE(writer().add_delivery(delivery_of(crm, ids.back(), ContactId{1})));
  }
  EXPECT_DONE(writer().record({crm, ids[0], DeliveryState::open, 0, noon, 410, "Gone", noon + 1min}));
  EXPECT_DONE(writer().record({crm, ids[1], DeliveryState::open, 0, noon, 410, "Gone again", noon + 2min}));
  commit();
  reopen();
  auto rows = VALUE_OF(reader().destinations());
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].id, crm);
  EXPECT_EQ(rows[0].name, "crm");
  EXPECT_EQ(rows[0].sink, "webhook");
  EXPECT_EQ(rows[0].disabled_at, noon + 1min);
  EXPECT_EQ(rows[0].disabled_for, "Gone");
  EXPECT_EQ(rows[1].id, desk);
  EXPECT_EQ(rows[1].disabled_at, std::nullopt);
  EXPECT_THAT(events_of(VALUE_OF(reader().open_deliveries(crm, {}, 10))), ElementsAre(ids[0], ids[1]));
  begin();
  EXPECT_EQ(VALUE_OF(writer().destination("crm", "webhook")), crm) << "the settings alone enable nothing";
  EXPECT_DONE(writer().enable_destination(crm));
  EXPECT_DONE(writer().enable_destination(desk));
  commit();
  rows = VALUE_OF(reader().destinations());
  EXPECT_EQ(rows[0].disabled_at, std::nullopt);
  EXPECT_EQ(rows[0].disabled_for, "");
  begin();
  EXPECT_EQ(writer().enable_destination(DestinationId{99}).error().code, ErrorCode::not_found);
  writer().roll_back();
}

TEST_P(StoreConformance, DeliveriesAreListedByDestinationStateAndEventNewestFirst) {
  begin();
  const DestinationId crm = VALUE_OF(writer().destination("crm", "webhook"));
  const DestinationId desk = VALUE_OF(writer().destination("desk", "webhook"));
  std::vector<EventId> ids;
  for (int i = 0; i < 5; ++i) {
    ids.push_back(VALUE_OF(writer().next_event_id()));
    EXPECT_DONE(writer().add_event(event_about(ids.back(), ContactId{1}, InteractionId{1})));
    EXPECT_DONE(writer().add_delivery(delivery_of(crm, ids.back(), ContactId{1})));
    if (i > 2) EXPECT_DONE(writer().add_delivery(delivery_of(desk, ids.back(), ContactId{1})));
  }
  EXPECT_DONE(writer().record(outcome_of(crm, ids[0], DeliveryState::delivered)));
  EXPECT_DONE(writer().record(outcome_of(crm, ids[1], DeliveryState::dead)));
  commit();
  struct Case {
    const char* what;
    DeliveryFilter filter;
    Page page;
    std::vector<EventId> found;
  };
  const std::vector<Case> cases = {
      {"all", filter(nullptr), {}, {ids[4], ids[4], ids[3], ids[3], ids[2], ids[1], ids[0]}},
      {"of a destination", filter("desk"), {}, {ids[4], ids[3]}},
      {"of one that is not there", filter("none"), {}, {}},
      {"delivered", filter(nullptr, DeliveryState::delivered), {}, {ids[0]}},
      {"dead letters", filter(nullptr, DeliveryState::dead), {}, {ids[1]}},
      {"open at a destination", filter("crm", DeliveryState::open), {}, {ids[4], ids[3], ids[2]}},
      {"of an event", filter(nullptr, {}, ids[3]), {}, {ids[3], ids[3]}},
      {"of an event in a state", filter(nullptr, DeliveryState::dead, ids[3]), {}, {}},
      {"a page", filter("crm"), {0, 2}, {ids[4], ids[3]}},
      {"the next page", filter("crm"), {number(ids[3]), 2}, {ids[2], ids[1]}},
      {"the last page", filter("crm"), {number(ids[1]), 2}, {ids[0]}},
      {"behind the last page", filter("crm"), {number(ids[0]), 2}, {}},
      {"a page ends with a whole event", filter(nullptr), {0, 3}, {ids[4], ids[4], ids[3], ids[3]}},
      {"the page behind it", filter(nullptr), {number(ids[3]), 3}, {ids[2], ids[1], ids[0]}},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(events_of(VALUE_OF(reader().list_deliveries(c.filter, c.page))), c.found) << c.what;
  }
}

TEST_P(StoreConformance, AMergePutsOpenDeliveriesIntoTheJoinedLane) {
  begin();
  const DestinationId crm = VALUE_OF(writer().destination("crm", "webhook"));
  const DestinationId desk = VALUE_OF(writer().destination("desk", "webhook"));
  const ContactId anna = VALUE_OF(writer().add_persona(persona_of({}, "anna"))).contact;
  const ContactId bert = VALUE_OF(writer().add_persona(persona_of({}, "bert"))).contact;
  const ContactId cora = VALUE_OF(writer().add_persona(persona_of({}, "cora"))).contact;
  for (const ContactId lane : {anna, bert, cora}) {
    const EventId id = VALUE_OF(writer().next_event_id());
    EXPECT_DONE(writer().add_event(event_about(id, lane, InteractionId{1})));
    EXPECT_DONE(writer().add_delivery(delivery_of(crm, id, lane)));
    EXPECT_DONE(writer().add_delivery(delivery_of(desk, id, lane)));
  }
  EXPECT_DONE(writer().merge_contact(bert, anna, "[]", noon));
  commit();
  for (const DestinationId destination : {crm, desk}) {
    std::vector<ContactId> lanes;
    for (const OpenDelivery& one : VALUE_OF(reader().open_deliveries(destination, {}, 10))) {
      lanes.push_back(one.delivery.lane);
    }
    EXPECT_THAT(lanes, ElementsAre(anna, anna, cora));
  }
}

}  // namespace patchbay::store
