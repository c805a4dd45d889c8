#include <gmock/gmock.h>

#include "outbound/queue_fakes.hpp"

namespace patchbay::outbound {
namespace {

using namespace fakes;
using testing::ElementsAre;
using testing::HasSubstr;

std::string answer_to(store::InteractionId id, const std::string& text) {
  return R"({"in_reply_to": ")" + store::public_id(id) + R"(", "text": ")" + text + "\"}";
}

// ---- To whom -----------------------------------------------------------------------------------------------------

TEST_F(QueueTest, AnAnswerGoesToTheIdentityAccountAndThreadThatWrote) {
  const auto [persona, id] =
      wrote({{"user", "U.17", "portfolio", store::Trust::attested, "U.17"}, phone(kasia)}, "in-1", clock_.now());
  wrote({phone(kasia), {"name", "Kasia", "", store::Trust::claimed, ""}}, "in-2",
        clock_.now());  // another of her faces
  start();
  const store::Outbound accepted = value_of(accept("k", answer_to(id, "Tak.")));
  EXPECT_EQ(accepted.state, OutboundState::queued);
  client_.run_for(1s);
  ASSERT_EQ(provider_.taken.size(), 1U);
  const Message& message = provider_.taken[0];
  EXPECT_EQ(message.account, "111");
  EXPECT_EQ(message.in_reply_to, "in-1");
  EXPECT_EQ(message.conversation, "thread");
  EXPECT_EQ(message.text, "Tak.");
  EXPECT_EQ(message.id, "outbound_1.store");
  ASSERT_EQ(message.recipient.size(), 2U) << "the persona that wrote, not what is known of the contact";
  EXPECT_EQ(message.recipient[0].value, "U.17");
  EXPECT_EQ(message.recipient[0].scope, "portfolio");

  const store::Outbound sent = row(accepted.id);
  EXPECT_EQ(sent.state, OutboundState::sent);
  EXPECT_EQ(sent.external_id, "wire-1");
  EXPECT_EQ(sent.attempts, 1U);
  const auto details = value_of(value_of(store_->reader())->show_interaction(sent.interaction.value()));
  EXPECT_EQ(details.interaction.text, "Tak.");
  ASSERT_EQ(details.interaction.participants.size(), 2U);
  EXPECT_EQ(details.interaction.participants[0].role, store::Role::author);
  EXPECT_EQ(details.personas[0].contact, store::the_business);
  EXPECT_EQ(details.interaction.participants[1].role, store::Role::recipient);
  EXPECT_EQ(details.personas[1].id, persona.id);
  EXPECT_EQ(details.thread, "thread");
}

TEST_F(QueueTest, WhatIsNotPrivateIsNotAnswered) {
  const auto [group, in_group] = wrote({phone(kasia)}, "in-1", clock_.now(), store::Visibility::group);
  const auto [open, in_public] = wrote({phone(kasia)}, "in-2", clock_.now(), store::Visibility::public_);
  start();
  EXPECT_THAT(accept("k1", answer_to(in_group, "a")).error().reason, HasSubstr("it is group"));
  EXPECT_THAT(accept("k2", answer_to(in_public, "a")).error().reason, HasSubstr("it is public"));
  EXPECT_EQ(accept("k3", answer_to(store::InteractionId{99}, "a")).error().code, ErrorCode::not_found);
}

TEST_F(QueueTest, OnItsOwnANumberIsReadAsOfTheRegionAndAChannelMustBeThere) {
  start();
  send("601 234 567", "a");
  client_.run_for(1s);
  ASSERT_EQ(provider_.taken.size(), 1U);
  EXPECT_EQ(provider_.taken[0].recipient[0].normal, kasia);
  EXPECT_EQ(accept("k1", body_to("kasia", "a")).error().code, ErrorCode::invalid);
  EXPECT_EQ(accept("k2", R"({"channel": "none", "to": {"kind": "phone", "value": "+48601234567"}, "text": "a"})")
                .error()
                .code,
            ErrorCode::not_found);
}

// ---- Once --------------------------------------------------------------------------------------------------------

TEST_F(QueueTest, TheSameKeyAndRequestIsOneMessageForEverAndAnotherRequestAConflict) {
  start();
  const store::Outbound first = value_of(accept("k", body_to(kasia, "a")));
  const std::string spelt_otherwise =
      R"({"text": "a", "to": {"value": "+48601234567", "kind": "phone"}, "account": "111", "channel": "whatever"})";
  EXPECT_EQ(value_of(accept("k", spelt_otherwise)).id, first.id);
  client_.run_for(1s);
  EXPECT_EQ(value_of(accept("k", spelt_otherwise)).id, first.id) << "also after it was sent";
  EXPECT_EQ(accept("k", body_to(kasia, "b")).error().code, ErrorCode::conflict);
  crash();
  start();
  EXPECT_EQ(value_of(accept("k", body_to(kasia, "a"))).id, first.id) << "also after a restart";
  client_.run_for(1h);
  EXPECT_EQ(provider_.asked.size(), 1U);
}

TEST_F(QueueTest, AMistakeBindsNoKey) {
  start();
  EXPECT_FALSE(accept("k", body_to("kasia", "a")));
  EXPECT_TRUE(accept("k", body_to(kasia, "a")));
}

// ---- May it be sent ----------------------------------------------------------------------------------------------

TEST_F(QueueTest, WhoIsOnTheListIsNotWrittenToUnlessForced) {
  start();
  EXPECT_EQ(suppress("kasia").error().code, ErrorCode::invalid);
  check(suppress("0048 601 234 567"));
  const store::Outbound refused = send(kasia, "a");
  EXPECT_EQ(refused.state, OutboundState::refused);
  EXPECT_THAT(refused.reason, HasSubstr("by letter"));
  EXPECT_EQ(value_of(accept("key-1", body_to(kasia, "a"))).state, OutboundState::refused) << "the answer stays";
  EXPECT_EQ(send(marek, "b").state, OutboundState::queued);
  EXPECT_EQ(send(kasia, "c", R"(, "force": true)").state, OutboundState::queued);
  client_.run_for(1s);
  EXPECT_THAT(texts(provider_.asked), ElementsAre("b", "c"));

  std::optional<Status> allowed;
  queue_->allow(phone(kasia), [&](Status status) { allowed = std::move(status); });
  client_.run_for(1s);
  check(*allowed);
  EXPECT_EQ(send(kasia, "d").state, OutboundState::queued);
  queue_->allow(phone(kasia), [&](Status status) { allowed = std::move(status); });
  client_.run_for(1s);
  EXPECT_EQ(allowed->error().code, ErrorCode::not_found);
}

TEST_F(QueueTest, AnObjectionToMarketingHoldsEvenWhenForcedAndAnswersStillGo) {
  const auto [persona, id] = wrote({phone(kasia)}, "in-1", clock_.now());
  start();
  consent(persona, store::ConsentState::withdrawn, "marketing");
  for (const char* more : {"", R"(, "force": true)"}) {
    const store::Outbound refused = send(kasia, "offer", more);
    EXPECT_EQ(refused.state, OutboundState::refused);
    EXPECT_THAT(refused.reason, HasSubstr("withdrew their consent to marketing"));
  }
  EXPECT_EQ(send(kasia, "delivery", R"(, "category": "service")").state, OutboundState::queued);
  EXPECT_EQ(value_of(accept("k", answer_to(id, "answer"))).state, OutboundState::queued);
  clock_.passed += 1s;
  consent(persona, store::ConsentState::granted, "marketing");
  EXPECT_EQ(send(kasia, "offer").state, OutboundState::queued) << "the latest word counts";
}

TEST_F(QueueTest, WhoForbadeEverythingIsAnsweredOnlyWhenForced) {
  const auto [persona, id] = wrote({phone(kasia), {"name", "K.", "", store::Trust::claimed, ""}}, "in-1", clock_.now());
  const auto [other_face, id2] =
      wrote({phone(kasia), {"name", "Kasia", "", store::Trust::claimed, ""}}, "in-2", clock_.now());
  start();
  consent(persona, store::ConsentState::withdrawn, "all");
  EXPECT_EQ(value_of(accept("k1", answer_to(id2, "a"))).state, OutboundState::refused) << "said under another name";
  EXPECT_EQ(value_of(accept("k2", R"({"in_reply_to": ")" + store::public_id(id2) + R"(", "text": "a", "force": true})"))
                .state,
            OutboundState::queued);
  EXPECT_EQ(send(kasia, "offer", R"(, "force": true)").state, OutboundState::refused);
}

TEST_F(QueueTest, OutsideTheWindowOfTheAccountAMessageIsRefusedWithTheRemedy) {
  sender_.window = 24h;
  const auto [persona, id] = wrote({phone(kasia)}, "in-1", clock_.now() - 24h - 1us);
  const auto [other, id2] = wrote({phone(marek)}, "in-2", clock_.now() - 24h + 1min);
  start();
  const store::Outbound refused = value_of(accept("k1", answer_to(id, "a")));
  EXPECT_EQ(refused.state, OutboundState::refused);
  EXPECT_THAT(refused.reason, HasSubstr("wrote nothing to the account 111 within the last 24 h"));
  EXPECT_EQ(refused.remedy, "send a template");
  EXPECT_EQ(
      value_of(accept("k2", R"({"in_reply_to": ")" + store::public_id(id) + R"(", "text": "a", "force": true})")).state,
      OutboundState::refused)
      << "the provider's rule is nobody's to override";
  EXPECT_EQ(value_of(accept("k3", answer_to(id2, "b"))).state, OutboundState::queued);
  EXPECT_EQ(send(marek, "c").state, OutboundState::queued);
  const std::string other_account =
      R"({"channel": "whatever", "account": "222", "to": {"kind": "phone", "value": "+48602345678"}, "text": "d"})";
  EXPECT_EQ(value_of(accept("k4", other_account)).state, OutboundState::refused);
}

TEST_F(QueueTest, WhatMayNoMoreBeSentWhenItsTurnComesIsRefusedThen) {
  sender_.window = 24h;
  wrote({phone(kasia)}, "in-1", clock_.now() - 23h);
  const auto [marek_himself, id] = wrote({phone(marek)}, "in-2", clock_.now());
  provider_.react = [](const Message&) {
    return FakeProvider::Reaction{.takes = false, .trouble = Trouble::auth_failed};
  };
  start();
  const store::Outbound late = send(kasia, "a");
  const store::Outbound opted_out = send(marek, "b");
  client_.run_for(30min);
  EXPECT_EQ(row(late.id).state, OutboundState::queued);
  EXPECT_EQ(row(late.id).attempts, 0U);
  consent(marek_himself, store::ConsentState::withdrawn, "all");
  client_.run_for(31min);
  provider_.react = nullptr;
  client_.run_for(10min);
  EXPECT_TRUE(provider_.taken.empty());
  EXPECT_EQ(row(late.id).state, OutboundState::refused);
  EXPECT_THAT(row(late.id).reason, HasSubstr("window"));
  EXPECT_EQ(row(opted_out.id).state, OutboundState::refused);
}

// ---- What the channel says ---------------------------------------------------------------------------------------

TEST_F(QueueTest, TheNextToTheSameRecipientWaitsAndOthersDoNot) {
  int attempts = 0;
  provider_.react = [&](const Message& message) {
    if (message.text != "1" || ++attempts > 2) return FakeProvider::Reaction{};
    return FakeProvider::Reaction{.takes = false, .trouble = Trouble::transient};
  };
  start();
  const store::Outbound first = send(kasia, "1");
  send(kasia, "2");
  send(marek, "3");
  client_.run_for(4s);
  EXPECT_THAT(texts(provider_.taken), ElementsAre("3"));
  EXPECT_EQ(row(first.id).state, OutboundState::queued);
  EXPECT_EQ(row(first.id).reason, "as the test wants it");
  client_.run_for(2s);  // the second attempt after 5 s, the third after 30 s more
  EXPECT_EQ(attempts, 2);
  client_.run_for(31s);
  EXPECT_THAT(texts(provider_.taken), ElementsAre("3", "1", "2"));
  EXPECT_EQ(row(first.id).attempts, 3U);
}

TEST_F(QueueTest, AfterNineAttemptsAMessageHasFailedAndTheLaneGoesOn) {
  provider_.react = [&](const Message& message) {
    if (message.text != "1") return FakeProvider::Reaction{};
    return FakeProvider::Reaction{.takes = false, .trouble = Trouble::transient};
  };
  start();
  const store::Outbound first = send(kasia, "1");
  send(kasia, "2");
  client_.run_for(9h);
  EXPECT_EQ(row(first.id).state, OutboundState::failed);
  EXPECT_EQ(row(first.id).attempts, 9U);
  EXPECT_THAT(texts(provider_.taken), ElementsAre("2"));
}

TEST_F(QueueTest, WhatTheProviderRefusesForGoodFailsAtOnceWithItsReason) {
  provider_.react = [](const Message&) {
    return FakeProvider::Reaction{.takes = false, .trouble = Trouble::permanent};
  };
  start();
  const store::Outbound sent = send(kasia, "1");
  client_.run_for(1s);
  EXPECT_EQ(row(sent.id).state, OutboundState::failed);
  EXPECT_EQ(row(sent.id).reason, "as the test wants it");
  EXPECT_THAT(told_, ElementsAre(HasSubstr("outbound_1 was not sent")));
}

TEST_F(QueueTest, AChannelThatCannotBeReachedRestsAndCostsNoAttempt) {
  bool down = true;
  provider_.react = [&](const Message&) {
    if (!down) return FakeProvider::Reaction{};
    return FakeProvider::Reaction{.takes = false, .trouble = Trouble::not_connected};
  };
  start();
  const store::Outbound first = send(kasia, "1");
  client_.run_for(10ms);
  send(marek, "2");
  client_.run_for(10h);
  EXPECT_GE(provider_.asked.size(), 500U) << "once a minute, at the longest";
  EXPECT_LE(provider_.asked.size(), 610U) << "one alone tries the way";
  EXPECT_EQ(row(first.id).attempts, 0U);
  EXPECT_EQ(row(first.id).state, OutboundState::queued);
  EXPECT_EQ(queue_->counts(whatever_).rests, "as the test wants it");
  EXPECT_EQ(told_.size(), 1U) << "the operator is told once";
  down = false;
  client_.run_for(61s);
  EXPECT_THAT(texts(provider_.taken), ElementsAre("1", "2"));
  EXPECT_EQ(row(first.id).attempts, 1U);
  EXPECT_EQ(queue_->counts(whatever_).rests, "");
}

TEST_F(QueueTest, ARateLimitIsKeptToTheTimeThatItNames) {
  const TimePoint until = clock_.now() + 10min;
  provider_.react = [&](const Message&) {
    if (clock_.now() >= until) return FakeProvider::Reaction{};
    return FakeProvider::Reaction{.takes = false, .trouble = Trouble::rate_limited, .until = until};
  };
  start();
  const store::Outbound first = send(kasia, "1");
  client_.run_for(9min + 59s);
  send(marek, "2");
  EXPECT_EQ(provider_.asked.size(), 1U);
  EXPECT_EQ(row(first.id).due, until);
  client_.run_for(2s);
  EXPECT_EQ(texts(provider_.taken).size(), 2U);
  EXPECT_EQ(row(first.id).attempts, 1U);
}

// ---- Doubt -------------------------------------------------------------------------------------------------------

TEST_F(QueueTest, WhatMayHaveBeenTakenIsUncertainAndNeverSentAgainByItself) {
  provider_.react = [](const Message& message) {
    if (message.text == "1") return FakeProvider::Reaction{.trouble = Trouble::unknown};
    if (message.text == "2") return FakeProvider::Reaction{.answers = false};
    return FakeProvider::Reaction{};
  };
  start();
  const store::Outbound unknown = send(kasia, "1"), silent = send(kasia, "2");
  send(kasia, "3");
  client_.run_for(48h);
  EXPECT_THAT(texts(provider_.taken), ElementsAre("1", "2", "3"));
  EXPECT_EQ(row(unknown.id).state, OutboundState::uncertain);
  EXPECT_EQ(row(silent.id).state, OutboundState::uncertain);
  EXPECT_THAT(row(silent.id).reason, HasSubstr("within two minutes"));
  EXPECT_THAT(row(silent.id).remedy, HasSubstr("patchbay outbound resolve"));
  crash();
  start();
  client_.run_for(48h);
  EXPECT_EQ(provider_.asked.size(), 3U);
}

TEST_F(QueueTest, AGoodAnswerThatComesLateSettlesTheDoubt) {
  provider_.react = [](const Message&) { return FakeProvider::Reaction{.latency = 10min}; };
  start();
  const store::Outbound sent = send(kasia, "1");
  client_.run_for(3min);
  EXPECT_EQ(row(sent.id).state, OutboundState::uncertain);
  client_.run_for(8min);
  EXPECT_EQ(row(sent.id).state, OutboundState::sent);
  EXPECT_EQ(row(sent.id).external_id, "wire-1");
  EXPECT_TRUE(row(sent.id).interaction.has_value());
}

TEST_F(QueueTest, WhereTheProviderTellsRepeatsApartTheSameIdGoesAgain) {
  sender_.repeats = Repeats::told_apart;
  int asked = 0;
  provider_.react = [&](const Message&) {
    return ++asked == 1 ? FakeProvider::Reaction{.trouble = Trouble::unknown} : FakeProvider::Reaction{};
  };
  start();
  const store::Outbound sent = send(kasia, "1");
  client_.run_for(1min);
  EXPECT_EQ(row(sent.id).state, OutboundState::sent);
  ASSERT_EQ(provider_.asked.size(), 2U);
  EXPECT_EQ(provider_.asked[0].id, provider_.asked[1].id);
}

TEST_F(QueueTest, TheOperatorDecidesWhatBecameOfIt) {
  provider_.react = [](const Message&) { return FakeProvider::Reaction{.trouble = Trouble::unknown}; };
  start();
  const store::Outbound sent = send(kasia, "1"), lost = send(kasia, "2"), again = send(kasia, "3");
  client_.run_for(1s);
  provider_.react = nullptr;
  check(resolve(sent.id, {.decision = Decision::sent, .external_id = "theirs"}));
  check(resolve(lost.id, {.decision = Decision::failed, .external_id = {}}));
  check(resolve(again.id, {.decision = Decision::again, .external_id = {}}));
  client_.run_for(1s);
  EXPECT_EQ(row(sent.id).state, OutboundState::sent);
  EXPECT_EQ(row(sent.id).external_id, "theirs");
  EXPECT_TRUE(row(sent.id).interaction.has_value());
  EXPECT_EQ(row(lost.id).state, OutboundState::failed);
  EXPECT_EQ(row(again.id).state, OutboundState::sent);
  EXPECT_THAT(texts(provider_.asked), ElementsAre("1", "2", "3", "3"));
  EXPECT_EQ(resolve(sent.id, {.decision = Decision::again, .external_id = {}}).error().code, ErrorCode::conflict);
  EXPECT_EQ(resolve(store::OutboundId{99}, {}).error().code, ErrorCode::not_found);
}

TEST_F(QueueTest, WhatWaitsCanBeGivenUpAndWhatFailedSentAgain) {
  provider_.react = [](const Message&) {
    return FakeProvider::Reaction{.takes = false, .trouble = Trouble::transient};
  };
  start();
  const store::Outbound sent = send(kasia, "1");
  client_.run_for(1s);
  check(resolve(sent.id, {.decision = Decision::failed, .external_id = {}}));
  provider_.react = nullptr;
  client_.run_for(1h);
  EXPECT_EQ(provider_.asked.size(), 1U);
  EXPECT_EQ(row(sent.id).state, OutboundState::failed);
  check(resolve(sent.id, {.decision = Decision::again, .external_id = {}}));
  client_.run_for(1s);
  EXPECT_EQ(row(sent.id).state, OutboundState::sent);
}

// ---- Stopping, failing disks, many -------------------------------------------------------------------------------

TEST_F(QueueTest, StoppingWaitsForWhatIsUnderWayAndStartsNothing) {
  provider_.react = [](const Message&) { return FakeProvider::Reaction{.latency = 5s}; };
  start();
  const store::Outbound first = send(kasia, "1"), second = send(kasia, "2");
  client_.run_for(1s);
  bool drained = false;
  queue_->stop([&] { drained = true; });
  client_.run_for(1s);
  EXPECT_FALSE(drained);
  client_.run_for(5s);
  EXPECT_TRUE(drained);
  EXPECT_EQ(row(first.id).state, OutboundState::sent);
  EXPECT_EQ(row(second.id).state, OutboundState::queued);
  crash();
  provider_.react = nullptr;
  start();
  client_.run_for(1s);
  EXPECT_EQ(row(second.id).state, OutboundState::sent);
}

TEST_F(QueueTest, AFullDiskHoldsThingsUpAndLosesNothing) {
  start();
  ledger_->failing = 1;
  EXPECT_EQ(accept("k", body_to(kasia, "1")).error().code, ErrorCode::unavailable);
  provider_.react = [this](const Message&) {
    ledger_->failing = 3;  // the outcome cannot be written, for a while
    return FakeProvider::Reaction{};
  };
  const store::Outbound sent = value_of(accept("k", body_to(kasia, "1")));
  client_.run_for(2s);
  EXPECT_EQ(row(sent.id).state, OutboundState::sending);
  client_.run_for(3s);
  EXPECT_EQ(row(sent.id).state, OutboundState::sent);
  EXPECT_EQ(provider_.asked.size(), 1U);
}

TEST_F(QueueTest, HoldsFewInMemoryAndSendsAllInOrder) {
  sender_.in_memory = 8;
  start();
  const int many = 120;
  for (int i = 0; i < many; ++i) {
    send(kasia, std::to_string(i));
    EXPECT_LE(queue_->counts(whatever_).in_memory, sender_.in_memory);
  }
  client_.run_for(1min);
  std::vector<std::string> expected;
  for (int i = 0; i < many; ++i) expected.push_back(std::to_string(i));
  EXPECT_EQ(texts(provider_.taken), expected);
}

}  // namespace
}  // namespace patchbay::outbound
