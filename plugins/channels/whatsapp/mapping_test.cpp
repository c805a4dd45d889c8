#include "fixture.hpp"

#include <gtest/gtest.h>

namespace patchbay::whatsapp {
namespace {

TEST(Notices, SayWhatHappenedToTheAccount) {
  struct Case {
    const char* name;
    const char* kind;
    Severity severity;
    const char* text;
  };
  const Case cases[] = {
      {"template_approved", "template_status", Severity::information, "Template ordine_pronto (it) is now approved."},
      {"template_rejected", "template_status", Severity::warning,
       "Template ordine_pronto (it) is now rejected: invalid format."},
      {"template_quality", "template_quality", Severity::alert,
       "Template ordine_pronto (it) went from quality green to red."},
      {"template_category", "template_category", Severity::warning,
       "Template ordine_pronto (it) is now in the category marketing."},
      {"template_category_to_come", "template_category", Severity::warning,
       "Template ordine_pronto (it) will be in the category marketing."},
      {"template_components", "template_components", Severity::information, "Template ordine_pronto (it) was changed."},
      {"account_restricted", "account", Severity::alert, "WhatsApp Business Account: account restriction."},
      {"account_reinstated", "account", Severity::information, "WhatsApp Business Account: reinstate."},
      {"account_disabled", "account", Severity::alert, "WhatsApp Business Account: disable."},
      {"partner_added", "account", Severity::information, "WhatsApp Business Account: partner added."},
      {"review_rejected", "account_review", Severity::alert,
       "The review of the WhatsApp Business Account ended: rejected."},
      {"number_flagged", "phone_number_quality", Severity::warning,
       "Number 390212345678: flagged, sending limit tier 1k."},
      {"name_approved", "phone_number_name", Severity::information,
       "The name Rossi of number 390212345678 was reviewed: approved."},
      {"pin_changed", "security", Severity::alert, "Security of number 390212345678: pin changed."},
      {"capability", "business_capability", Severity::information, "WhatsApp changed what the business may send."},
      {"address_book", "contact_sync", Severity::information, "The address book of the WhatsApp Business app changed."},
      {"of_the_future", "moon_phase", Severity::information,
       "WhatsApp sent news of a kind that this version does not know: moon_phase."},
      {"errors_alone", "error", Severity::warning, "WhatsApp reported an error of the channel."},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const Batch batch = mapped("account", c.name);
    ASSERT_EQ(batch.notices.size(), 1U);
    EXPECT_TRUE(batch.interactions.empty());
    EXPECT_TRUE(batch.facts.empty());
    EXPECT_TRUE(batch.quarantines.empty());
    EXPECT_EQ(batch.notices[0].kind, c.kind);
    EXPECT_EQ(batch.notices[0].severity, c.severity);
    EXPECT_EQ(batch.notices[0].text, c.text);
    EXPECT_EQ(batch.notices[0].content["business_account"], "880000000000001");
  }
  EXPECT_EQ(mapped("account", "template_approved").notices.at(0).occurred_at, at_second(1'772'500'000));
  EXPECT_EQ(mapped("account", "of_the_future").notices.at(0).occurred_at, arrival) << "Meta did not date it";
  EXPECT_EQ(mapped("account", "of_the_future").notices.at(0).content["weather"], "fair");
}

TEST(Notices, HaveOneIdHoweverOftenTheyCome) {
  for (const char* name : {"template_approved", "of_the_future"}) {
    const std::string body = fixture("account", name).dump();
    const std::string first = map_body(two_numbers(), body, arrival).notices.at(0).external_id;
    const std::string again = map_body(two_numbers(), body, arrival + std::chrono::hours{5}).notices.at(0).external_id;
    EXPECT_EQ(first, again) << name;
    EXPECT_NE(first, "") << name;
  }
  EXPECT_NE(mapped("account", "template_approved").notices.at(0).external_id,
            mapped("account", "template_rejected").notices.at(0).external_id);
}

TEST(Coexistence, EchoesAreOutbound) {
  const Interaction echo = mapped("coexistence", "echo").interactions.at(0);
  EXPECT_EQ(echo.direction, Direction::outbound);
  EXPECT_FALSE(echo.historical);
  EXPECT_EQ(echo.text, "Sì, parte oggi");
  EXPECT_EQ(echo.conversation, "IT.20260000000000000021@310000000000001") << "the thread of what they answer";
  EXPECT_EQ(echo.participants.at(0).party, Party::business);
  EXPECT_EQ(echo.participants.at(0).role, Role::author);
  EXPECT_EQ(echo.participants.at(1).role, Role::recipient);
  EXPECT_EQ(identifiers(echo.participants.at(1)),
            "whatsapp_user=IT.20260000000000000021@1029 phone=+393331234567 (name=Marco Bianchi)");

  const Fact edit = mapped("coexistence", "echo_edit").facts.at(0);
  EXPECT_EQ(edit.kind, FactKind::edit);
  EXPECT_EQ(edit.target, "wamid.echo1");
  EXPECT_EQ(edit.text, "Sì, parte domani");
  EXPECT_EQ(edit.participants.at(0).party, Party::business);
  EXPECT_EQ(mapped("coexistence", "echo_revoke").facts.at(0).kind, FactKind::deletion);
}

TEST(Coexistence, HistoryIsHistoricalInBothDirections) {
  const Batch batch = mapped("coexistence", "history");
  ASSERT_EQ(batch.interactions.size(), 3U);
  const Direction directions[] = {Direction::inbound, Direction::outbound, Direction::outbound};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_TRUE(batch.interactions[i].historical) << i;
    EXPECT_EQ(batch.interactions[i].direction, directions[i]) << i;
    EXPECT_EQ(batch.interactions[i].conversation, "IT.20260000000000000021@310000000000001") << i;
  }
  EXPECT_EQ(identifiers(batch.interactions[0].participants.at(0)),
            "phone=+393331234567 whatsapp_user=IT.20260000000000000021@1029 (username=marco.b@whatsapp)");
  EXPECT_EQ(batch.interactions[1].content["history_context"]["status"], "DELIVERED");
  EXPECT_EQ(identifiers(batch.interactions[2].participants.at(1)),
            "phone=+393331234567 whatsapp_user=IT.20260000000000000021@1029 (username=marco.b@whatsapp)");
  EXPECT_NE(batch.interactions[2].original, "") << "a placeholder is no type with content";
  ASSERT_EQ(batch.quarantines.size(), 1U);
  const Json kept = Json::parse(batch.quarantines[0].bytes);
  const Json& threads = kept["entry"][0]["changes"][0]["value"]["history"][0]["threads"];
  ASSERT_EQ(threads[0]["messages"].size(), 1U);
  EXPECT_EQ(threads[0]["messages"][0]["id"], "wamid.old4");
  EXPECT_EQ(threads[0]["id"], "393331234567");
}

TEST(Coexistence, ARefusedHistoryIsANotice) {
  const Batch batch = mapped("coexistence", "history_refused");
  EXPECT_EQ(batch.notices.at(0).kind, "history");
  EXPECT_EQ(batch.notices.at(0).content["errors"][0]["code"], 2593109);
  EXPECT_TRUE(batch.interactions.empty());
}

TEST(Malformed, ElementsAreQuarantinedAndTheirNeighboursTaken) {
  const Batch batch = mapped("malformed", "some_good_some_bad");
  ASSERT_EQ(batch.interactions.size(), 3U);
  EXPECT_EQ(batch.interactions[0].text, "prima");
  EXPECT_EQ(batch.interactions[1].text, "terza");
  EXPECT_EQ(batch.interactions[2].text, "druga");
  ASSERT_EQ(batch.quarantines.size(), 1U);
  const Original& original = batch.quarantines[0];
  EXPECT_EQ(original.reason,
            "mapping a webhook body: reading /entry/1/changes: expected a list, found other text; "
            "reading /entry/2/changes/0/field: expected text, found nothing; "
            "reading /entry/0/changes/0/value/messages/1/timestamp: expected seconds as text, found other text; "
            "reading /entry/2/changes/1/value/statuses: expected a list, found other text");
  EXPECT_NE(original.remedy, "");

  const Batch replayed = map_body(two_numbers(), original.bytes, arrival);
  EXPECT_TRUE(replayed.interactions.empty()) << "what was taken is not in the original";
  ASSERT_EQ(replayed.quarantines.size(), 1U);
  EXPECT_EQ(Json::parse(replayed.quarantines[0].bytes)["entry"].size(), Json::parse(original.bytes)["entry"].size());
}

TEST(Malformed, OriginalsReplayOnceTheyCanBeRead) {
  const Batch batch = mapped("malformed", "some_good_some_bad");
  Json original = Json::parse(batch.quarantines.at(0).bytes);
  for (Json& entry : original["entry"]) {
    if (!entry["changes"].is_array() || !entry["changes"][0].contains("value")) continue;
    Json& value = entry["changes"][0]["value"];
    if (value.contains("messages")) value["messages"][0]["timestamp"] = "1772000077";
  }
  const Batch replayed = map_body(two_numbers(), original.dump(), arrival);
  ASSERT_EQ(replayed.interactions.size(), 1U);
  EXPECT_EQ(replayed.interactions[0].text, "rotta");
  EXPECT_EQ(replayed.interactions[0].account, "it") << "the metadata stays with the message";
  EXPECT_EQ(identifiers(replayed.interactions[0].participants.at(0)),
            "whatsapp_user=IT.20260000000000000021@1029 phone=+393331234567 (name=Marco Bianchi)");
}

TEST(Malformed, SayWhereAndWhatWasExpected) {
  struct Case {
    const char* name;
    const char* reason;
  };
  const std::string message = "mapping a webhook body: reading /entry/0/changes/0/value/messages/0";
  const Case cases[] = {
      {"message_without_id", "/id: expected text, found nothing"},
      {"message_without_time", "/timestamp: expected seconds as text, found nothing"},
      {"time_beyond_the_calendar", "/timestamp: expected seconds as text, found other text"},
      {"negative_time", "/timestamp: expected seconds as text, found -5"},
      {"message_without_type", "/type: expected text, found nothing"},
      {"message_without_sender", "/from: expected a phone number or, in from_user_id, a user id, found nothing"},
      {"message_is_a_number", ": expected an object, found 7"},
      {"reaction_to_nothing", "/reaction/message_id: expected text, found nothing"},
      {"edit_of_nothing", "/edit/original_message_id: expected text, found nothing"},
      {"edit_without_message", "/edit/message: expected an object, found nothing"},
      {"revoke_of_nothing", "/revoke/original_message_id: expected text, found nothing"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const Batch batch = mapped("malformed", c.name);
    ASSERT_EQ(batch.quarantines.size(), 1U);
    EXPECT_EQ(batch.quarantines[0].reason, message + c.reason);
    EXPECT_TRUE(batch.interactions.empty());
    EXPECT_TRUE(batch.facts.empty());
  }
  EXPECT_EQ(mapped("malformed", "status_without_id").quarantines.at(0).reason,
            "mapping a webhook body: reading /entry/0/changes/0/value/statuses/0/id: expected text, found nothing");
  EXPECT_EQ(mapped("malformed", "without_number").quarantines.at(0).reason,
            "mapping a webhook body: reading /entry/0/changes/0/value/metadata/phone_number_id: expected text, found "
            "nothing");
  EXPECT_EQ(mapped("malformed", "preference_of_nobody").quarantines.at(0).reason,
            "mapping a webhook body: reading /entry/0/changes/0/value/user_preferences/0/wa_id: expected a phone "
            "number or, in user_id, a user id, found nothing");
}

TEST(Malformed, BodiesOfAnotherShapeAreKeptWhole) {
  for (const char* name : {"another_product", "no_entries", "a_list"}) {
    const std::string body = fixture("malformed", name).dump();
    const Batch batch = map_body(two_numbers(), body, arrival);
    ASSERT_EQ(batch.quarantines.size(), 1U) << name;
    EXPECT_EQ(batch.quarantines[0].bytes, body) << name;
  }
}

TEST(Malformed, ManyBadElementsCostNoMoreThanTheirNumber) {
  Json body = fixture("messages", "text");
  Json& value = body["entry"][0]["changes"][0]["value"];
  value["messages"] = Json::array();
  constexpr std::size_t many = 50'000;
  for (std::size_t i = 0; i < many; ++i) value["messages"].push_back(0);
  const Batch batch = map_body(two_numbers(), body.dump(), arrival);
  ASSERT_EQ(batch.quarantines.size(), 1U);
  const Json kept = Json::parse(batch.quarantines[0].bytes);
  ASSERT_EQ(kept["entry"].size(), 1U);
  EXPECT_EQ(kept["entry"][0]["changes"][0]["value"]["messages"].size(), many);
}

TEST(Numbers, NameTheSettingThatIsWrong) {
  const auto pointer_of = [](const char* settings) {
    try {
      (void)read_numbers(Settings(Json::parse(settings)));
    } catch (const Failure& failure) {
      return failure.errors().front().pointer;
    }
    return std::string("none");
  };
  EXPECT_EQ(pointer_of(R"({"portfolio":"1","numbers":{"a":{"id":"1"},"b":{"id":"2"}}})"), "none");
  EXPECT_EQ(pointer_of(R"({"portfolio":"1"})"), "none");
  EXPECT_EQ(pointer_of(R"({"numbers":{}})"), "/portfolio");
  EXPECT_EQ(pointer_of(R"({"portfolio":"1","numbers":{"a":{}}})"), "/numbers/a/id");
  EXPECT_EQ(pointer_of(R"({"portfolio":"1","numbers":{"a":{"id":"1"},"b":{"id":"1"}}})"), "/numbers/b/id");
}

}  // namespace
}  // namespace patchbay::whatsapp
