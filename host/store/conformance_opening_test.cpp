// Opening deliveries again and for history, for every engine.
#include "store/store_conformance.hpp"
#include "store/store_test_data.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <functional>

namespace patchbay::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using namespace std::chrono_literals;
using Numbers = std::vector<std::int64_t>;

constexpr EventId endless{1'000'000};
constexpr Stretch everything{{}, endless, 1000};

DeliveryFilter dead_letters() {
  DeliveryFilter filter;
  filter.state = DeliveryState::dead;
  return filter;
}

// Two destinations, two channels and three people, over the suite's store. Each step is a transaction of its own.
class Scene {
 public:
  Scene(Writer& writer, Reader& reader) : writer_(writer), reader_(reader) {
    begin();
    crm = VALUE_OF(writer_.destination("crm", "webhook"));
    desk = VALUE_OF(writer_.destination("desk", "webhook"));
    sms = VALUE_OF(writer_.channel("sms", "sms"));
    mail = VALUE_OF(writer_.channel("mail", "imap"));
    for (const char* name : {"anna", "bert", "cora"})
      people.push_back(VALUE_OF(writer_.add_persona(persona_of({}, name))));
    commit();
  }

  // An event, a minute later than the last, and its deliveries.
  EventId event(EventType type, std::optional<ContactId> contact, const std::vector<DestinationId>& destinations,
                std::optional<ChannelId> channel = {}, std::optional<InteractionId> interaction = {}) {
    begin();
    const EventId id = VALUE_OF(writer_.next_event_id());
    EXPECT_DONE(writer_.add_event({id, type, contact, interaction, noon + 1min * number(id), payload, channel}));
    for (const DestinationId destination : destinations)
      EXPECT_DONE(writer_.add_delivery(delivery_of(destination, id, contact.value_or(no_contact))));
    commit();
    return id;
  }
  EventId heard(std::size_t person, const std::vector<DestinationId>& destinations) {
    return event(EventType::interaction_received, people[person].contact, destinations, sms);
  }
  void end(DestinationId destination, EventId id, DeliveryState state, std::string reason = "no") {
    begin();
    EXPECT_DONE(writer_.record({destination, id, state, 10, noon, 500, std::move(reason)}));
    commit();
  }
  EventId dead(std::size_t person, DestinationId destination, std::string reason = "no") {
    const EventId id = heard(person, {destination});
    end(destination, id, DeliveryState::dead, std::move(reason));
    return id;
  }
  void merge(std::size_t from, std::size_t into) {
    begin();
    EXPECT_DONE(writer_.merge_contact(people[from].contact, people[into].contact, "[]", noon));
    commit();
  }
  InteractionId interaction(ChannelId channel, const char* external_id, bool historical) {
    begin();
    Interaction made = message(channel, people[0], external_id);
    made.historical = historical;
    const InteractionId id = VALUE_OF(writer_.add_interaction(made));
    commit();
    return id;
  }
  Opened reopen(const DeliveryFilter& filter, const Stretch& stretch = everything) {
    begin();
    const Opened opened = VALUE_OF(writer_.reopen_deliveries(filter, stretch, noon + 24h));
    commit();
    return opened;
  }
  Opened fill(const Filling& filling, const Stretch& stretch = everything) {
    begin();
    const Opened opened = VALUE_OF(writer_.fill_deliveries(filling, stretch, noon + 24h));
    commit();
    return opened;
  }
  std::vector<DestinationId> told(ContactId contact) {
    begin();
    auto destinations = VALUE_OF(writer_.told_of(contact));
    commit();
    return destinations;
  }
  Numbers open_at(DestinationId destination) {
    Numbers numbers;
    for (const OpenDelivery& one : VALUE_OF(reader_.open_deliveries(destination, {}, 1000)))
      numbers.push_back(number(one.event.id));
    return numbers;
  }

  DestinationId crm{}, desk{};
  ChannelId sms{}, mail{};
  std::vector<Persona> people;
  Payload payload = std::make_shared<const std::string>("{}");

 private:
  void begin() { EXPECT_DONE(writer_.begin()); }
  void commit() { EXPECT_DONE(writer_.commit()); }

  Writer& writer_;
  Reader& reader_;
};

}  // namespace

TEST_P(StoreConformance, AReopenedDeadLetterIsOpenAsIfNeverAttemptedUnderTheSameEvent) {
  Scene scene(writer(), reader());
  const EventId id = scene.dead(0, scene.crm, "the receiver answered HTTP 500");
  const Opened opened = scene.reopen(dead_letters());
  EXPECT_EQ(opened.deliveries, 1);
  EXPECT_EQ(opened.after, endless);
  EXPECT_THAT(opened.first, ElementsAre(Pair(scene.crm, id)));
  reopen();
  const auto open = VALUE_OF(reader().open_deliveries(scene.crm, {}, 10));
  ASSERT_EQ(open.size(), 1U);
  EXPECT_EQ(open[0].event.id, id);
  EXPECT_EQ(*open[0].event.payload, "{}");
  EXPECT_EQ(open[0].delivery.attempts, 0U);
  EXPECT_EQ(open[0].delivery.due, noon + 24h);
  EXPECT_EQ(open[0].delivery.last_reason, "the receiver answered HTTP 500") << "why it had died stays to be seen";
}

TEST_P(StoreConformance, WhatIsReopenedListedAndCountedIsWhatTheFilterNames) {
  struct Case {
    const char* what;
    std::function<void(DeliveryFilter&, const Scene&)> name;
    Numbers crm, desk;
  };
  const std::vector<Case> cases = {
      {"all dead letters", [](DeliveryFilter&, const Scene&) {}, {1, 2, 4}, {3}},
      {"of a destination", [](DeliveryFilter& filter, const Scene&) { filter.destination = "desk"; }, {}, {3}},
      {"of one that is not there", [](DeliveryFilter& filter, const Scene&) { filter.destination = "none"; }, {}, {}},
      {"of an event", [](DeliveryFilter& filter, const Scene&) { filter.event = EventId{2}; }, {2}, {}},
      {"of an open one", [](DeliveryFilter& filter, const Scene&) { filter.event = EventId{5}; }, {}, {}},
      {"since", [](DeliveryFilter& filter, const Scene&) { filter.since = noon + 2min; }, {2, 4}, {3}},
      {"until", [](DeliveryFilter& filter, const Scene&) { filter.until = noon + 2min; }, {1}, {}},
      {"a part of the reason", [](DeliveryFilter& filter, const Scene&) { filter.reason = "http 500"; }, {1}, {3}},
      {"a reason with a sign", [](DeliveryFilter& filter, const Scene&) { filter.reason = "100%"; }, {4}, {}},
      {"of a contact",
       [](DeliveryFilter& filter, const Scene& scene) { filter.contact = scene.people[1].contact; },
       {2, 4},
       {3}},
      {"of one merged into it",
       [](DeliveryFilter& filter, const Scene& scene) { filter.contact = scene.people[2].contact; },
       {2, 4},
       {3}},
      {"delivered", [](DeliveryFilter& filter, const Scene&) { filter.state = DeliveryState::delivered; }, {6}, {}},
  };
  for (const Case& c : cases) {
    SetUp();
    Scene scene(writer(), reader());
    scene.dead(0, scene.crm, "the receiver answered HTTP 500");    // event 1
    scene.dead(1, scene.crm, "the receiver hung up");              // 2
    scene.dead(2, scene.desk, "the receiver answered HTTP 500");   // 3
    scene.dead(2, scene.crm, "the receiver's disk is 100% full");  // 4
    scene.heard(0, {scene.crm});                                   // 5, open
    scene.end(scene.crm, scene.heard(0, {scene.crm}), DeliveryState::delivered);
    scene.merge(2, 1);
    DeliveryFilter filter = dead_letters();
    c.name(filter, scene);
    const auto expected = static_cast<std::int64_t>(c.crm.size() + c.desk.size());
    EXPECT_EQ(VALUE_OF(reader().count_deliveries(filter)), expected) << c.what;
    EXPECT_EQ(VALUE_OF(reader().list_deliveries(filter, {})).size(), c.crm.size() + c.desk.size()) << c.what;
    EXPECT_EQ(scene.reopen(filter).deliveries, expected) << c.what;
    Numbers crm = scene.open_at(scene.crm);
    crm.erase(std::remove(crm.begin(), crm.end(), 5), crm.end());
    EXPECT_EQ(crm, c.crm) << c.what;
    EXPECT_EQ(scene.open_at(scene.desk), c.desk) << c.what;
  }
}

TEST_P(StoreConformance, ReopeningGoesInStretchesThatLeaveNothingOutAndTakeNothingTwice) {
  Scene scene(writer(), reader());
  Numbers all;
  for (int i = 0; i < 7; ++i) {
    const EventId id = scene.heard(0, {scene.crm, scene.desk});
    all.push_back(number(id));
    for (const DestinationId destination : {scene.crm, scene.desk}) scene.end(destination, id, DeliveryState::dead);
  }
  std::int64_t reopened = 0;
  EventId after{};
  for (int pages = 0; after < EventId{6}; ++pages) {
    ASSERT_LT(pages, 10);
    const Opened opened = scene.reopen(dead_letters(), {after, EventId{6}, 3});
    EXPECT_LE(opened.deliveries, 4) << "three, and what belongs to the last of their events";
    EXPECT_GT(opened.after, after);
    for (const auto& [destination, first] : opened.first) EXPECT_GT(first, after);
    reopened += opened.deliveries;
    after = opened.after;
  }
  EXPECT_EQ(reopened, 12);
  all.pop_back();  // behind the end of the stretch
  EXPECT_EQ(scene.open_at(scene.crm), all);
  EXPECT_EQ(scene.open_at(scene.desk), all);
  EXPECT_EQ(scene.reopen(dead_letters(), {{}, EventId{6}, 100}).deliveries, 0);
}

TEST_P(StoreConformance, AStretchLooksAtNoMoreThanItMayAlsoWhereNothingFits) {
  Scene scene(writer(), reader());
  for (int i = 0; i < 5; ++i) scene.dead(0, scene.crm);
  DeliveryFilter filter = dead_letters();
  filter.reason = "something else";
  const Opened opened = scene.reopen(filter, {{}, endless, 2});
  EXPECT_EQ(opened.deliveries, 0);
  EXPECT_EQ(opened.after, EventId{2});
}

TEST_P(StoreConformance, ADeadLetterOfAMergedContactIsReopenedInTheLaneThatIsLeft) {
  Scene scene(writer(), reader());
  scene.dead(1, scene.crm);
  scene.merge(1, 0);
  scene.reopen(dead_letters());
  const auto open = VALUE_OF(reader().open_deliveries(scene.crm, {}, 10));
  ASSERT_EQ(open.size(), 1U);
  EXPECT_EQ(open[0].delivery.lane, scene.people[0].contact);
  scene.merge(0, 2);
  EXPECT_EQ(VALUE_OF(reader().open_deliveries(scene.crm, {}, 10))[0].delivery.lane, scene.people[2].contact);
}

TEST_P(StoreConformance, OnlyWhatIsClosedCanBeReopened) {
  Scene scene(writer(), reader());
  for (const std::optional<DeliveryState> state : {std::optional<DeliveryState>{}, {DeliveryState::open}}) {
    begin();
    DeliveryFilter filter;
    filter.state = state;
    EXPECT_EQ(writer().reopen_deliveries(filter, everything, noon).error().code, ErrorCode::invalid);
    writer().roll_back();
  }
}

TEST_P(StoreConformance, WhoWasToldOfAContactIsKnownAlsoAfterAMerge) {
  Scene scene(writer(), reader());
  scene.heard(0, {scene.crm});
  scene.heard(0, {scene.crm});
  scene.heard(1, {scene.desk});
  scene.event(EventType::channel_notice, {}, {scene.desk}, scene.sms);
  EXPECT_THAT(scene.told(scene.people[0].contact), ElementsAre(scene.crm));
  EXPECT_THAT(scene.told(scene.people[1].contact), ElementsAre(scene.desk));
  EXPECT_THAT(scene.told(scene.people[2].contact), IsEmpty());
  scene.merge(1, 0);
  for (const std::size_t person : {0U, 1U})
    EXPECT_THAT(scene.told(scene.people[person].contact), ElementsAre(scene.crm, scene.desk));
}

TEST_P(StoreConformance, FillingOpensWhatTheRoutesWouldHaveSentInCommitOrder) {
  Scene scene(writer(), reader());
  const auto anna = scene.people[0].contact, bert = scene.people[1].contact, cora = scene.people[2].contact;
  const InteractionId news = scene.interaction(scene.sms, "news", false);
  const InteractionId old = scene.interaction(scene.sms, "old", true);
  scene.event(EventType::contact_updated, anna, {scene.crm}, scene.mail);                      // 1: nobody heard of her
  scene.event(EventType::interaction_received, anna, {scene.crm}, scene.sms, news);            // 2
  scene.event(EventType::contact_updated, anna, {scene.crm}, scene.mail);                      // 3: by now somebody has
  scene.event(EventType::interaction_received, anna, {scene.crm}, scene.mail);                 // 4: another channel
  scene.event(EventType::contact_created, bert, {scene.crm}, scene.sms, old);                  // 5: backfilled
  scene.event(EventType::interaction_received, bert, {scene.crm}, scene.sms, old);             // 6: backfilled
  scene.event(EventType::channel_notice, {}, {scene.crm}, scene.sms);                          // 7
  scene.event(EventType::interaction_edited, cora, {scene.crm, scene.desk}, scene.sms, news);  // 8: it has that one
  scene.event(EventType::interaction_received, anna, {scene.crm}, std::nullopt, news);         // 9: of an older store
  struct Case {
    const char* what;
    Filling filling;
    Numbers opened;
  };
  const std::vector<Case> cases = {
      {"without what was backfilled", {scene.desk, {{scene.sms, Historical::leave_out}}, {}, {}}, {2, 3, 7, 9}},
      {"the same again", {scene.desk, {{scene.sms, Historical::leave_out}}, {}, {}}, {}},
      {"with it, in a time", {scene.desk, {{scene.sms, Historical::include}}, noon + 5min, noon + 6min}, {5}},
      {"with all of it", {scene.desk, {{scene.sms, Historical::include}}, {}, {}}, {6}},
      {"another channel as well",
       {scene.desk, {{scene.sms, Historical::include}, {scene.mail, Historical::include}}, {}, {}},
       {1, 4}},
      {"no channel", {scene.crm, {}, {}, {}}, {}},
  };
  Numbers before = {8};
  for (const Case& c : cases) {
    EXPECT_EQ(scene.fill(c.filling).deliveries, static_cast<std::int64_t>(c.opened.size())) << c.what;
    before.insert(before.end(), c.opened.begin(), c.opened.end());
    std::sort(before.begin(), before.end());
    EXPECT_EQ(scene.open_at(scene.desk), before) << c.what;
  }
  const auto open = VALUE_OF(reader().open_deliveries(scene.desk, {}, 10));
  EXPECT_EQ(open[0].delivery.due, noon + 24h);
  EXPECT_EQ(open[0].delivery.lane, anna);
  EXPECT_EQ(open[6].delivery.lane, no_contact) << "a notice";
  EXPECT_THAT(scene.told(bert), ElementsAre(scene.crm, scene.desk));
}

TEST_P(StoreConformance, FillingGoesInStretchesAndPutsWhatIsOldIntoTheLaneThatIsLeft) {
  Scene scene(writer(), reader());
  for (int i = 0; i < 5; ++i) scene.heard(1, {scene.crm});
  scene.merge(1, 0);
  const Filling filling{scene.desk, {{scene.sms, Historical::leave_out}}, {}, {}};
  const Opened first = scene.fill(filling, {{}, EventId{5}, 3});
  EXPECT_EQ(first.deliveries, 3);
  EXPECT_EQ(first.after, EventId{3});
  EXPECT_THAT(first.first, ElementsAre(Pair(scene.desk, EventId{1})));
  const Opened second = scene.fill(filling, {first.after, EventId{5}, 3});
  EXPECT_EQ(second.deliveries, 2);
  EXPECT_EQ(second.after, EventId{5});
  EXPECT_EQ(scene.open_at(scene.desk), (Numbers{1, 2, 3, 4, 5}));
  for (const OpenDelivery& one : VALUE_OF(reader().open_deliveries(scene.desk, {}, 10)))
    EXPECT_EQ(one.delivery.lane, scene.people[0].contact);
}

TEST_P(StoreConformance, ANoticeOfBeforeEventsKnewTheirChannelIsFoundByItsName) {
  Scene scene(writer(), reader());
  scene.payload = std::make_shared<const std::string>(R"({"data":{"channel":"sms"}})");
  scene.event(EventType::channel_notice, {}, {scene.crm});
  EXPECT_EQ(scene.fill({scene.desk, {{scene.mail, Historical::include}}, {}, {}}).deliveries, 0);
  EXPECT_EQ(scene.fill({scene.desk, {{scene.sms, Historical::include}}, {}, {}}).deliveries, 1);
}

TEST_P(StoreConformance, TheProgressOfATaskIsKeptUntilItEnds) {
  begin();
  EXPECT_EQ(VALUE_OF(writer().progress("replay crm")), std::nullopt);
  EXPECT_DONE(writer().put_progress("replay crm", Progress{EventId{5}, EventId{90}, 4, noon}));
  EXPECT_DONE(writer().put_progress("replay crm", Progress{EventId{7}, EventId{90}, 6, noon + 1h}));
  commit();
  reopen();
  begin();
  const auto progress = VALUE_OF(writer().progress("replay crm"));
  ASSERT_TRUE(progress);
  EXPECT_EQ(progress->after, EventId{7});
  EXPECT_EQ(progress->last, EventId{90});
  EXPECT_EQ(progress->deliveries, 6);
  EXPECT_EQ(progress->started_at, noon) << "that does not change on the way";
  EXPECT_EQ(VALUE_OF(writer().progress("replay desk")), std::nullopt);
  EXPECT_DONE(writer().put_progress("replay crm", std::nullopt));
  EXPECT_EQ(VALUE_OF(writer().progress("replay crm")), std::nullopt);
  EXPECT_EQ(writer().last_event(), EventId{});
  const EventId id = VALUE_OF(writer().next_event_id());
  EXPECT_EQ(writer().last_event(), id);
  writer().roll_back();
}

}  // namespace patchbay::store
