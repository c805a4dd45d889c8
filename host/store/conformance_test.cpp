// The suite's frame, and what concerns transactions as a whole.
#include "store/store_conformance.hpp"
#include "store/store_test_data.hpp"

namespace patchbay::store {

void StoreConformance::SetUp() {
  bench_ = GetParam()();
  reopen();
}

void StoreConformance::reopen() {
  reader_.reset();
  store_.reset();
  store_ = VALUE_OF(bench_->open());
  reader_ = VALUE_OF(store_->reader());
}

void StoreConformance::begin() { EXPECT_DONE(writer().begin()); }
void StoreConformance::commit() { EXPECT_DONE(writer().commit()); }

TEST_P(StoreConformance, KeepsItsNameAndIsNamedLikeNoOther) {
  const std::string name = store_->id();
  EXPECT_EQ(name.size(), 36U);  // a UUID
  EXPECT_EQ(name[14], '4');     // a random one
  reopen();
  EXPECT_EQ(store_->id(), name);
  const auto other = GetParam()();
  EXPECT_NE(VALUE_OF(other->open())->id(), name);
}

TEST_P(StoreConformance, CommittedRowsAreThereAfterReopening) {
  begin();
  const ChannelId channel = VALUE_OF(writer().channel("support", "imap"));
  const Persona anna = VALUE_OF(writer().add_persona(persona_of({phone("+390211")}, "anna")));
  const InteractionId id = VALUE_OF(writer().add_interaction(message(channel, anna, "m1")));
  EXPECT_DONE(writer().put_state(channel, "cursor", "17"));
  commit();
  reopen();
  EXPECT_EQ(VALUE_OF(reader().show_interaction(id)).interaction.external_id, "m1");
  EXPECT_EQ(VALUE_OF(reader().state(channel, "cursor")), "17");
  const Counts counts = VALUE_OF(reader().counts());
  EXPECT_EQ(counts.contacts, 1);
  EXPECT_EQ(counts.interactions, 1);
}

TEST_P(StoreConformance, RollingBackLeavesNothingAndGivesTheIdsBack) {
  begin();
  const ChannelId channel = VALUE_OF(writer().channel("support", "imap"));
  commit();
  const auto fill = [&] {
    const Persona anna = VALUE_OF(writer().add_persona(persona_of({phone("+390211")}, "anna")));
    const InteractionId id = VALUE_OF(writer().add_interaction(message(channel, anna, "m1")));
    const DestinationId crm = VALUE_OF(writer().destination("crm", "webhook"));
    const EventId event = VALUE_OF(writer().next_event_id());
    EXPECT_DONE(writer().add_event(event_about(event, anna.contact, id)));
    EXPECT_DONE(writer().add_delivery(delivery_of(crm, event, anna.contact)));
    EXPECT_DONE(writer().put_state(channel, "cursor", "17"));
    return std::pair{id, event};
  };
  begin();
  const auto first = fill();
  writer().roll_back();
  const Counts counts = VALUE_OF(reader().counts());
  EXPECT_EQ(counts.contacts + counts.interactions + counts.events + counts.deliveries_open, 0);
  EXPECT_EQ(VALUE_OF(reader().state(channel, "cursor")), std::nullopt);
  begin();
  EXPECT_EQ(fill(), first);
  commit();
}

TEST_P(StoreConformance, WhatIsNotCommittedIsSeenByNoReader) {
  begin();
  const ChannelId channel = VALUE_OF(writer().channel("support", "imap"));
  EXPECT_DONE(writer().put_state(channel, "cursor", "17"));
  EXPECT_EQ(VALUE_OF(reader().state(channel, "cursor")), std::nullopt);
  commit();
  EXPECT_EQ(VALUE_OF(reader().state(channel, "cursor")), "17");
}

TEST_P(StoreConformance, AfterAFailedOperationOnlyRollingBackIsLeft) {
  begin();
  const ChannelId channel = VALUE_OF(writer().channel("support", "imap"));
  EXPECT_EQ(writer().edit_interaction(InteractionId{99}, "", "{}", "").error().code, ErrorCode::not_found);
  EXPECT_FALSE(writer().commit());
  writer().roll_back();
  begin();
  EXPECT_DONE(writer().put_state(channel, "cursor", "1"));
  commit();
}

TEST_P(StoreConformance, BeginningTwiceAndCommittingNothingAreMistakes) {
  EXPECT_FALSE(writer().commit());
  begin();
  EXPECT_FALSE(writer().begin());
  writer().roll_back();
  writer().roll_back();  // nothing to do, and no harm
  EXPECT_DONE(writer().checkpoint_if_due());
}

TEST_P(StoreConformance, ChannelsAndDestinationsGetOneNumberByName) {
  begin();
  const ChannelId support = VALUE_OF(writer().channel("support", "imap"));
  const ChannelId sms = VALUE_OF(writer().channel("sms", "sms"));
  const DestinationId crm = VALUE_OF(writer().destination("crm", "webhook"));
  EXPECT_NE(support, sms);
  commit();
  reopen();
  begin();
  EXPECT_EQ(VALUE_OF(writer().channel("sms", "smpp")), sms);  // another connector is still the same channel
  EXPECT_EQ(VALUE_OF(writer().channel("support", "imap")), support);
  EXPECT_EQ(VALUE_OF(writer().destination("crm", "odoo")), crm);
  commit();
}

TEST_P(StoreConformance, AChannelThatRestsDoesSoUntilTheOperatorSaysOtherwise) {
  begin();
  const ChannelId support = VALUE_OF(writer().channel("support", "imap"));
  EXPECT_DONE(writer().pause_channel(support, noon));
  commit();
  reopen();
  begin();
  EXPECT_EQ(VALUE_OF(writer().channel("support", "imap")), support) << "the settings alone resume nothing";
  const ChannelId sales = VALUE_OF(writer().channel("sales", "whatsapp"));
  commit();
  auto rows = VALUE_OF(reader().channels());
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].id, support);
  EXPECT_EQ(rows[0].name, "support");
  EXPECT_EQ(rows[0].connector, "imap");
  EXPECT_EQ(rows[0].paused_at, noon);
  EXPECT_EQ(rows[1].id, sales);
  EXPECT_EQ(rows[1].paused_at, std::nullopt);
  begin();
  EXPECT_DONE(writer().pause_channel(support, std::nullopt));
  commit();
  rows = VALUE_OF(reader().channels());
  EXPECT_EQ(rows[0].paused_at, std::nullopt);
  begin();
  EXPECT_EQ(writer().pause_channel(ChannelId{99}, noon).error().code, ErrorCode::not_found);
  writer().roll_back();
}

TEST_P(StoreConformance, StateIsOfAChannelAndAKeyAndTakesAnyBytes) {
  begin();
  const ChannelId one = VALUE_OF(writer().channel("one", "imap"));
  const ChannelId two = VALUE_OF(writer().channel("two", "imap"));
  const std::string bytes("\0\xff\n", 3);
  EXPECT_DONE(writer().put_state(one, "cursor", "old"));
  EXPECT_DONE(writer().put_state(one, "cursor", bytes));
  EXPECT_DONE(writer().put_state(two, "cursor", "7"));
  commit();
  EXPECT_EQ(VALUE_OF(reader().state(one, "cursor")), bytes);
  EXPECT_EQ(VALUE_OF(reader().state(two, "cursor")), "7");
  EXPECT_EQ(VALUE_OF(reader().state(two, "other")), std::nullopt);
}

TEST_P(StoreConformance, AGrantIsOfOneChannelOrDestinationAndTakesAnyBytes) {
  begin();
  const ChannelId channel = VALUE_OF(writer().channel("one", "imap"));
  const DestinationId destination = VALUE_OF(writer().destination("one", "webhook"));
  const std::string bytes("\0\xff\n", 3);
  EXPECT_DONE(writer().put_grant(channel, "old"));
  EXPECT_DONE(writer().put_grant(channel, bytes));
  EXPECT_DONE(writer().put_grant(destination, "of the destination"));
  commit();
  reopen();
  EXPECT_EQ(VALUE_OF(reader().grant(channel)), bytes);
  EXPECT_EQ(VALUE_OF(reader().grant(destination)), "of the destination");
  EXPECT_EQ(VALUE_OF(reader().grant(ChannelId{99})), std::nullopt);
  begin();
  EXPECT_DONE(writer().put_grant(channel, ""));
  commit();
  EXPECT_EQ(VALUE_OF(reader().grant(channel)), std::nullopt);
  EXPECT_EQ(VALUE_OF(reader().grant(destination)), "of the destination");
}

TEST_P(StoreConformance, AnEmptyStateIsNone) {
  begin();
  const ChannelId channel = VALUE_OF(writer().channel("one", "imap"));
  EXPECT_DONE(writer().put_state(channel, "cursor", "17"));
  EXPECT_DONE(writer().put_state(channel, "token", "a"));
  EXPECT_DONE(writer().put_state(channel, "cursor", ""));
  EXPECT_DONE(writer().put_state(channel, "never set", ""));
  commit();
  EXPECT_EQ(VALUE_OF(reader().state(channel, "cursor")), std::nullopt);
  EXPECT_EQ(VALUE_OF(reader().state(channel, "token")), "a");
}

TEST_P(StoreConformance, QuarantinedOriginalsAreListedNewestFirstAndReplayed) {
  begin();
  const ChannelId channel = VALUE_OF(writer().channel("whatsapp", "whatsapp"));
  std::vector<QuarantineId> ids;
  for (int i = 0; i < 3; ++i) {
    Quarantine one;
    one.channel = channel;
    one.received_at = noon;
    one.reason = "no JSON";
    one.remedy = "see the provider's log";
    one.original = {std::string(i == 2 ? 100'000 : 3, static_cast<char>('a' + i)), "application/json"};
    ids.push_back(VALUE_OF(writer().add_quarantine(one)));
  }
  commit();
  EXPECT_EQ(VALUE_OF(reader().counts()).quarantined, 3);
  const auto page = VALUE_OF(reader().list_quarantine({0, 2}));
  ASSERT_EQ(page.size(), 2U);
  EXPECT_EQ(page[0].id, ids[2]);
  EXPECT_EQ(page[0].channel_name, "whatsapp");
  EXPECT_EQ(page[0].original.bytes, "");
  const auto rest = VALUE_OF(reader().list_quarantine({number(page[1].id), 2}));
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ(rest[0].id, ids[0]);

  begin();
  EXPECT_DONE(writer().mark_replayed(ids[0]));
  commit();
  EXPECT_EQ(VALUE_OF(reader().counts()).quarantined, 2);
  const Quarantine shown = VALUE_OF(reader().show_quarantine(ids[0]));
  EXPECT_EQ(shown.state, QuarantineState::replayed);
  EXPECT_EQ(shown.original.bytes, "aaa");
  EXPECT_EQ(shown.reason, "no JSON");
  EXPECT_EQ(shown.remedy, "see the provider's log");
  EXPECT_EQ(VALUE_OF(reader().show_quarantine(ids[2])).original.bytes, std::string(100'000, 'c'));
  EXPECT_EQ(reader().show_quarantine(QuarantineId{99}).error().code, ErrorCode::not_found);
}

TEST_P(StoreConformance, ANoticeIsTakenOncePerChannel) {
  begin();
  const ChannelId one = VALUE_OF(writer().channel("one", "whatsapp"));
  const ChannelId two = VALUE_OF(writer().channel("two", "whatsapp"));
  Notice notice;
  notice.channel = one;
  notice.dedupe = digest("quality 1");
  EXPECT_TRUE(VALUE_OF(writer().add_notice(notice)));
  EXPECT_FALSE(VALUE_OF(writer().add_notice(notice)));
  notice.channel = two;
  EXPECT_TRUE(VALUE_OF(writer().add_notice(notice)));
  Consent consent;
  consent.channel = one;
  consent.persona = PersonaId{1};
  consent.state = ConsentState::withdrawn;
  EXPECT_DONE(writer().add_consent(consent));
  commit();
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(StoreConformance);

}  // namespace patchbay::store
