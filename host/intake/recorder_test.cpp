// Interactions, notices, consents, originals and states: promises 1 to 4.
#include "intake/recorder_fixture.hpp"

namespace patchbay::intake {
namespace {

TEST_F(RecorderTest, ANewInteractionTellsEveryDestinationOfItsContactFirst) {
  EXPECT_EQ(take(message("m1", "Hello")).accepted, 1U);
  const Lines expected = {"contact.created contact_1", "interaction.received contact_1"};
  EXPECT_EQ(told(odoo_), expected);
  EXPECT_EQ(told(helpdesk_), expected);
  EXPECT_EQ(take(message("m2", "Hello?")).accepted, 1U);
  EXPECT_EQ(told(odoo_), (Lines{"interaction.received contact_1"}));
}

TEST_F(RecorderTest, WhereNoRouteLeadsTheHistoryIsKeptAndNobodyIsTold) {
  EXPECT_EQ(take(letters_, of({message("m1", "Hello")})).accepted, 1U);
  EXPECT_TRUE(steps_.empty());
  EXPECT_EQ(counts().interactions, 1);
  EXPECT_EQ(counts().contacts, 1);
  EXPECT_EQ(counts().events, 2) << "for a destination that is added later";
  take(sms_, of({message("m2", "Hello")}));
  EXPECT_EQ(told(odoo_), (Lines{"interaction.received contact_1"}));
  EXPECT_EQ(told(helpdesk_), Lines{});
}

TEST_F(RecorderTest, TheEventsAreShapedAsDocumented) {
  IncomingInteraction incoming = message("m1", "Hello", {author(kasia), ours(Role::recipient)});
  incoming.thread = "thread";
  take(incoming);
  const json created = data_of("contact.created");
  EXPECT_EQ(keys_of(created), (Lines{"cause", "contact"}));
  EXPECT_EQ(created["cause"], "interaction_1");
  EXPECT_EQ(created["contact"]["id"], "contact_1");
  EXPECT_EQ(created["contact"]["revision"], 1);

  const json received = data_of("interaction.received");
  EXPECT_EQ(keys_of(received), (Lines{"contact", "interaction"}));
  EXPECT_EQ(received["contact"], created["contact"]);
  const json& interaction = received["interaction"];
  EXPECT_EQ(interaction["id"], "interaction_1");
  EXPECT_EQ(interaction["channel"], "whatsapp");
  EXPECT_EQ(interaction["connector"], "whatsapp");
  EXPECT_EQ(interaction["conversation"], "conversation_1");
  EXPECT_EQ(interaction["text"], "Hello");
  EXPECT_EQ(interaction["occurred_at"], rfc3339(now_)) << "the source named no time";
  ASSERT_EQ(interaction["participants"].size(), 2U);
  EXPECT_EQ(interaction["participants"][0]["contact"], "contact_1");
  EXPECT_EQ(interaction["participants"][1]["contact"], nullptr);
  EXPECT_EQ(interaction["participants"][1]["role"], "recipient");
}

TEST_F(RecorderTest, TheSameIdIsTakenOncePromise2) {
  EXPECT_EQ(take(message("m1", "Hello")).accepted, 1U);
  for (int retry = 0; retry < 3; ++retry) {
    const Counts counts = take(message("m1", "Hello"));
    EXPECT_EQ(counts.accepted, 0U);
    EXPECT_EQ(counts.duplicates, 1U);
    EXPECT_TRUE(steps_.empty());
  }
  const Counts within = take(of({message("m2", "a"), message("m2", "a"), message("m2", "a")}));
  EXPECT_EQ(within.accepted, 1U);
  EXPECT_EQ(within.duplicates, 2U);
  EXPECT_EQ(told(odoo_), (Lines{"interaction.received contact_1"}));
  EXPECT_EQ(counts().interactions, 2);
}

TEST_F(RecorderTest, AnIdBelongsToAChannelAndAnAccount) {
  IncomingInteraction other_account = message("m1", "Hello");
  other_account.interaction.account = "222";
  EXPECT_EQ(take(of({message("m1", "Hello"), other_account})).accepted, 2U);
  EXPECT_EQ(take(sms_, of({message("m1", "Hello")})).accepted, 1U);
}

TEST_F(RecorderTest, WithoutAnIdTrueRepeatsStay) {
  EXPECT_EQ(take(of({message("", "Yes"), message("", "Yes")})).accepted, 2U);
  EXPECT_EQ(take(message("", "Yes")).accepted, 1U);
  EXPECT_EQ(counts().interactions, 3);
}

TEST_F(RecorderTest, AChangedRedeliveryIsAnEditAndALateRetryOfTheOldTextChangesNothingPromise2) {
  IncomingInteraction review = message("r1", "Good");
  review.interaction.subject = "Lunch";
  take(review);
  IncomingInteraction changed = review;
  changed.interaction.text = "Bad";
  changed.interaction.content = R"({"stars":1})";
  changed.interaction.original = store::Original{"raw", "application/json"};
  EXPECT_EQ(take(changed).edits, 1U);
  EXPECT_EQ(told(odoo_), (Lines{"interaction.edited contact_1"}));
  const json edited = data_of("interaction.edited");
  EXPECT_EQ(keys_of(edited), (Lines{"contact", "fact", "interaction"}));
  EXPECT_EQ(edited["interaction"], (json{{"id", "interaction_1"}, {"channel", "whatsapp"}, {"external_id", "r1"}}));
  EXPECT_EQ(edited["contact"], (json{{"id", "contact_1"}}));
  EXPECT_EQ(edited["fact"]["kind"], "edit");
  EXPECT_EQ(edited["fact"]["text"], "Bad");
  EXPECT_EQ(edited["fact"]["content"], (json{{"stars", 1}}));
  EXPECT_EQ(edited["fact"]["actor"], (json{{"persona", "persona_1"}, {"contact", "contact_1"}}));
  EXPECT_EQ(edited["fact"]["occurred_at"], rfc3339(now_)) << "the source named no time";

  for (const IncomingInteraction& late : {review, changed, review}) {
    EXPECT_EQ(take(late).duplicates, 1U);
    EXPECT_TRUE(steps_.empty());
  }
  const store::InteractionDetails details = shown(1);
  EXPECT_EQ(details.interaction.text, "Bad");
  EXPECT_EQ(details.interaction.subject, "Lunch");
  EXPECT_EQ(details.interaction.revision, 1);
  ASSERT_EQ(details.facts.size(), 1U);
  EXPECT_TRUE(details.facts[0].original) << "the bytes of the new version are kept beside it";
}

TEST_F(RecorderTest, WhatCountsAsAChange) {
  const auto with_attachment = [](std::string data, std::string reference, std::optional<Digest32> digest) {
    IncomingInteraction incoming = message("m", "See this");
    incoming.interaction.attachments.push_back(
        {"a.jpg", "image/jpeg", std::move(reference), data.size(), digest, std::move(data)});
    return incoming;
  };
  IncomingInteraction other_subject = message("m", "See this");
  other_subject.interaction.subject = "New";
  IncomingInteraction later = message("m", "See this");
  later.interaction.occurred_at = now_;
  struct Case {
    const char* what;
    IncomingInteraction first, second;
    bool edit;
  };
  const Case cases[] = {
      {"another subject", message("m", "See this"), other_subject, true},
      {"another time", message("m", "See this"), later, false},
      {"a new attachment", message("m", "See this"), with_attachment("jpeg", "", {}), true},
      {"other bytes under the same name", with_attachment("jpeg", "", {}), with_attachment("gepj", "", {}), true},
      {"the same bytes", with_attachment("jpeg", "", {}), with_attachment("jpeg", "", {}), false},
      {"the same bytes from another place", with_attachment("jpeg", "u1", {}), with_attachment("jpeg", "u2", {}),
       false},
      {"another digest", with_attachment("", "u", sha256("a")), with_attachment("", "u", sha256("b")), true},
      {"the same digest at another place", with_attachment("", "u1", sha256("a")),
       with_attachment("", "u2", sha256("a")), false},
      {"another reference", with_attachment("", "u1", {}), with_attachment("", "u2", {}), true},
  };
  int account = 0;
  for (Case c : cases) {
    c.first.interaction.account = c.second.interaction.account = std::to_string(++account);
    EXPECT_EQ(take(c.first).accepted, 1U) << c.what;
    EXPECT_EQ(take(c.second).edits, c.edit ? 1U : 0U) << c.what;
  }
}

TEST_F(RecorderTest, WhatIsBackfilledGoesOnlyWhereARouteIncludesIt) {
  IncomingInteraction old = message("old", "Once upon a time");
  old.interaction.historical = true;
  take(message("live", "Now", {author(marek)}));

  Submission batch =
      of({old}, {fact(store::FactKind::reaction, "live", "+"), fact(store::FactKind::reaction, "old", "+")});
  batch.notices.push_back({{}, "n1"});
  batch.notices[0].notice.kind = "quality";
  batch.notices[0].notice.content = "{}";
  take(batch);
  EXPECT_EQ(told(odoo_),
            (Lines{"contact.created contact_2", "interaction.received contact_2", "interaction.reacted contact_1",
                   "interaction.reacted contact_2", "channel.notice channel/whatsapp"}));
  EXPECT_EQ(told(helpdesk_), (Lines{"interaction.reacted contact_1", "channel.notice channel/whatsapp"}));
}

TEST_F(RecorderTest, ANoticeIsTakenOnce) {
  IncomingNotice notice;
  notice.notice.kind = "template_status";
  notice.notice.severity = store::Severity::alert;
  notice.notice.account = "111";
  notice.notice.text = "The template was rejected.";
  notice.notice.content = R"({"template":"t"})";
  Submission submission;
  submission.notices = {notice};
  EXPECT_EQ(take(submission).duplicates, 0U);
  const json told_of = data_of("channel.notice");
  EXPECT_EQ(keys_of(told_of),
            (Lines{"account", "channel", "content", "kind", "occurred_at", "received_at", "severity", "text"}));
  EXPECT_EQ(told_of["severity"], "alert");
  EXPECT_EQ(told_of["content"], (json{{"template", "t"}}));
  EXPECT_EQ(take(submission).duplicates, 1U) << "no id and no time, the same news";
  EXPECT_TRUE(steps_.empty());

  notice.external_id = "n1";
  submission.notices = {notice, notice};
  EXPECT_EQ(take(submission).duplicates, 1U);
  submission.notices[0].notice.account = submission.notices[1].notice.account = "222";
  EXPECT_EQ(take(submission).duplicates, 1U) << "an id belongs to an account";
}

TEST_F(RecorderTest, AConsentIsHeardOnceAndAWithdrawalIsNeverLost) {
  using store::ConsentState;
  struct Given {
    ConsentState state;
    int second;  // 0 = no time
    bool news;
  };
  const Given given[] = {{ConsentState::granted, 5, true},   {ConsentState::granted, 5, false},
                         {ConsentState::withdrawn, 6, true}, {ConsentState::granted, 5, false},
                         {ConsentState::withdrawn, 7, true}, {ConsentState::withdrawn, 0, true},
                         {ConsentState::granted, 0, true},   {ConsentState::withdrawn, 0, true}};
  const TimePoint start = now_;
  for (const Given& g : given) {
    IncomingConsent consent;
    consent.consent.state = g.state;
    consent.consent.category = "marketing";
    consent.consent.content = R"({"source":"keyword"})";
    if (g.second != 0) consent.consent.occurred_at = start + std::chrono::seconds{g.second};
    consent.account = "111";
    consent.participant = author(kasia);
    Submission submission;
    submission.consents = {consent};
    take(submission);
    EXPECT_EQ(data_of("channel.notice").is_object(), g.news) << g.second;
  }
  const json heard = data_of("channel.notice");
  EXPECT_EQ(heard["kind"], "consent");
  EXPECT_EQ(heard["account"], "111");
  EXPECT_EQ(heard["content"], (json{{"category", "marketing"},
                                    {"state", "withdrawn"},
                                    {"persona", "persona_1"},
                                    {"contact", "contact_1"},
                                    {"details", {{"source", "keyword"}}}}));
}

TEST_F(RecorderTest, OriginalsAndStatesAreKeptWithTheInteractionsPromise4) {
  Submission submission = of({message("m1", "Hello")});
  store::Quarantine quarantine;
  quarantine.reason = "reading JSON: unexpected end";
  quarantine.original = {std::string("\0\xff{", 3), "application/json"};
  submission.quarantines = {quarantine};
  submission.states = {{"cursor", "17"}, {"token", "a"}};
  EXPECT_EQ(take(submission).quarantined, 1U);
  const auto kept = value_of(reader().show_quarantine(store::QuarantineId{1}));
  EXPECT_EQ(kept.original.bytes, quarantine.original.bytes);
  EXPECT_EQ(kept.reason, quarantine.reason);
  EXPECT_EQ(kept.received_at, now_);
  EXPECT_EQ(value_of(reader().state(whatsapp_.id, "cursor")), "17");

  submission.quarantines.clear();
  submission.states = {{"cursor", ""}};
  take(submission);
  EXPECT_EQ(value_of(reader().state(whatsapp_.id, "cursor")), std::nullopt) << "an empty value removes the entry";
  EXPECT_EQ(value_of(reader().state(whatsapp_.id, "token")), "a");
}

TEST_F(RecorderTest, WhatWasRolledBackIsRecordedAgainAsIfForTheFirstTimePromise1) {
  const Submission submission =
      of({message("m1", "Hello"), message("", "No id")}, {receipt(store::Receipt::read, "?")});
  check(writer().begin());
  const Recorded first = value_of(recorder_->record(writer(), whatsapp_, submission, now_));
  roll_back();
  EXPECT_EQ(counts().interactions, 0);
  const Counts again = take(submission);
  EXPECT_EQ(again.accepted, first.counts.accepted);
  EXPECT_EQ(again.parked, 1U);
  EXPECT_EQ(again.duplicates, 0U);
  EXPECT_EQ(steps_.size(), first.steps.size());
  EXPECT_EQ(counts().interactions, 2);
}

}  // namespace
}  // namespace patchbay::intake
