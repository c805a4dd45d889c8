// What happens to interactions, before they are there and after.
#include "intake/recorder_fixture.hpp"

namespace patchbay::intake {
namespace {

using store::FactKind;
using store::Receipt;

constexpr Duration tick = std::chrono::seconds{1};

TEST_F(RecorderTest, FactsChangeTheirInteractionAndAreToldInItsContactsLane) {
  take(message("m1", "Helo"));
  IncomingFact edit = fact(FactKind::edit, "m1", "Hello");
  edit.fact.content = R"({"edited":true})";
  IncomingFact reaction = fact(FactKind::reaction, "m1", "👍");
  reaction.participants = {author(kasia)};
  IncomingFact taken_back = fact(FactKind::reaction, "m1", "");
  take(of({}, {edit, reaction, taken_back, fact(FactKind::deletion, "m1")}));
  EXPECT_EQ(told(odoo_), (Lines{"interaction.edited contact_1", "interaction.reacted contact_1",
                                "interaction.reacted contact_1", "interaction.deleted contact_1"}));
  EXPECT_EQ(told(helpdesk_), told(odoo_));
  const json deleted = data_of("interaction.deleted");
  EXPECT_EQ(keys_of(deleted), (Lines{"contact", "fact", "interaction"}));
  EXPECT_EQ(keys_of(deleted["fact"]),
            (Lines{"actor", "content", "id", "kind", "occurred_at", "precision", "receipt", "received_at", "text"}));
  EXPECT_EQ(deleted["fact"]["actor"], nullptr);
  EXPECT_EQ(deleted["fact"]["receipt"], nullptr);
  EXPECT_EQ(data_of("interaction.reacted")["fact"]["text"], "") << "the last one took it back";

  const store::InteractionDetails details = shown(1);
  EXPECT_EQ(details.interaction.text, "Hello");
  EXPECT_EQ(details.interaction.content, R"({"edited":true})");
  EXPECT_EQ(details.interaction.revision, 1);
  EXPECT_TRUE(details.interaction.deleted);
  ASSERT_EQ(details.facts.size(), 4U);
  EXPECT_EQ(details.facts[1].actor, store::PersonaId{1});
}

TEST_F(RecorderTest, AnEditLeavesTheSubject) {
  IncomingInteraction mail = message("m1", "Helo");
  mail.interaction.subject = "Greetings";
  take(mail);
  take(fact(FactKind::edit, "m1", "Hello"));
  EXPECT_EQ(shown(1).interaction.subject, "Greetings");
}

TEST_F(RecorderTest, ReceiptsOnlyMoveForward) {
  struct Case {
    const char* what;
    std::vector<Receipt> come;
    std::vector<std::string> told;
  };
  const Case cases[] = {
      {"in order", {Receipt::sent, Receipt::delivered, Receipt::read}, {"sent", "delivered", "read"}},
      {"late", {Receipt::read, Receipt::delivered, Receipt::sent}, {"read"}},
      {"with a gap", {Receipt::sent, Receipt::read, Receipt::delivered}, {"sent", "read"}},
      {"failed at once", {Receipt::failed, Receipt::sent}, {"failed"}},
      {"failed after it was sent", {Receipt::sent, Receipt::failed, Receipt::delivered}, {"sent", "failed"}},
      {"failed after it was delivered", {Receipt::delivered, Receipt::failed, Receipt::read}, {"delivered", "read"}},
      {"failed after it was read", {Receipt::read, Receipt::failed}, {"read"}},
      {"none", {Receipt::none, Receipt::sent}, {"sent"}},
  };
  for (const Case& c : cases) {
    IncomingInteraction sent =
        message(c.what, "Your parcel", {ours(Role::author), person(Role::recipient, {phone(kasia)})});
    sent.interaction.direction = store::Direction::outbound;
    take(sent);
    std::vector<std::string> told;
    for (const Receipt come : c.come) {
      take(receipt(come, c.what));
      if (const json data = data_of("interaction.receipt"); data.is_object()) told.push_back(data["fact"]["receipt"]);
    }
    EXPECT_EQ(told, c.told) << c.what;
    EXPECT_EQ(shown(counts().interactions).facts.size(), c.come.size()) << c.what << ": each is kept";
  }
}

TEST_F(RecorderTest, AFactIsTakenOnceAlsoWhileItWaits) {
  const auto identified = [](std::string id, std::string account = "111") {
    IncomingFact one = fact(FactKind::reaction, "m1", "+");
    one.external_id = std::move(id);
    one.account = std::move(account);
    return one;
  };
  EXPECT_EQ(take(identified("f1")).parked, 1U);
  EXPECT_EQ(take(identified("f1")).duplicates, 1U) << "while it waits";
  take(message("m1", "Hello"));
  EXPECT_EQ(take(identified("f1")).duplicates, 1U) << "after it was applied";
  EXPECT_EQ(take(of({}, {identified("f2"), identified("f2")})).duplicates, 1U) << "within one submission";
  EXPECT_EQ(take(identified("f1", "222")).parked, 1U) << "an id belongs to an account";

  const IncomingFact plain = fact(FactKind::reaction, "m1", "-");
  EXPECT_EQ(take(plain).duplicates, 0U);
  EXPECT_EQ(take(plain).duplicates, 1U) << "without an id: what says the same is the same";
  IncomingFact later = plain;
  later.fact.occurred_at = now_;
  EXPECT_EQ(take(later).duplicates, 0U);
  EXPECT_EQ(shown(1).facts.size(), 4U);
}

TEST_F(RecorderTest, FactsThatComeFirstWaitAndAreAppliedInOrder) {
  Counts early = take(of({}, {fact(FactKind::edit, "m1", "second"), receipt(Receipt::delivered, "m1")}));
  EXPECT_EQ(early.parked, 2U);
  EXPECT_TRUE(steps_.empty());
  early = take(of({}, {fact(FactKind::edit, "m1", "third"), receipt(Receipt::sent, "m1"),
                       fact(FactKind::reaction, "another", "+")}));
  EXPECT_EQ(early.parked, 3U);
  EXPECT_EQ(counts().parked, 5);

  take(sms_, of({message("m1", "first")}));
  EXPECT_EQ(counts().parked, 5) << "another channel's interaction with the same id";
  take(message("m1", "first"));
  EXPECT_EQ(told(odoo_), (Lines{"interaction.received contact_1", "interaction.edited contact_1",
                                "interaction.receipt contact_1", "interaction.edited contact_1"}));
  EXPECT_EQ(data_of("interaction.received")["interaction"]["text"], "first");
  EXPECT_EQ(data_of("interaction.edited")["fact"]["text"], "third");
  EXPECT_EQ(data_of("interaction.receipt")["fact"]["receipt"], "delivered");
  EXPECT_EQ(shown(2).interaction.text, "third");
  EXPECT_EQ(counts().parked, 1);
}

TEST_F(RecorderTest, AFactBesideItsInteractionInOneSubmissionDoesNotWait) {
  EXPECT_EQ(take(of({message("m1", "Hello")}, {fact(FactKind::reaction, "m1", "+")})).parked, 0U);
  EXPECT_EQ(told(odoo_).back(), "interaction.reacted contact_1");
}

TEST_F(RecorderTest, AFactWhoseInteractionNeverCameIsReleasedAfter30DaysPromise4) {
  IncomingFact lost = fact(FactKind::reaction, "lost", "👍");
  lost.fact.content = R"({"emoji":"thumbs"})";
  lost.fact.original = store::Original{"raw", "application/json"};
  lost.participants = {author(kasia)};
  take(lost);
  now_ += longest_parking;
  EXPECT_EQ(release({whatsapp_}).accepted, 0U) << "not a moment before";
  now_ += tick;
  EXPECT_EQ(release({whatsapp_}).accepted, 1U);
  EXPECT_EQ(told(odoo_), (Lines{"contact.created contact_1", "interaction.received contact_1"}));
  const json interaction = data_of("interaction.received")["interaction"];
  EXPECT_EQ(interaction["text"], "👍");
  EXPECT_EQ(interaction["content"], (json{{"type", "orphaned_fact"},
                                          {"fact", "reaction"},
                                          {"receipt", "none"},
                                          {"target", "lost"},
                                          {"details", {{"emoji", "thumbs"}}}}));
  EXPECT_EQ(value_of(reader().original(store::InteractionId{1}))->bytes, "raw");
  EXPECT_EQ(counts().parked, 0);
  EXPECT_EQ(release({whatsapp_}).accepted, 0U);
}

TEST_F(RecorderTest, AReceiptThatIsReleasedIsSomethingThatWasSent) {
  take(receipt(Receipt::delivered, "lost"));
  now_ += longest_parking + tick;
  EXPECT_EQ(release({whatsapp_}).accepted, 1U);
  EXPECT_EQ(told(odoo_), (Lines{"interaction.sent channel/whatsapp"}));
  EXPECT_EQ(data_of("interaction.sent")["interaction"]["content"]["receipt"], "delivered");
}

TEST_F(RecorderTest, FactsOfAChannelThatIsGoneHoldUpNobody) {
  for (int i = 0; i < 3; ++i) take(letters_, of({}, {fact(FactKind::reaction, "gone " + std::to_string(i), "+")}));
  take(fact(FactKind::reaction, "lost", "+"));
  now_ += longest_parking + tick;
  for (int round = 0; round < 2; ++round) EXPECT_EQ(release({whatsapp_, sms_}, 2).accepted, 2U);
  EXPECT_EQ(told(odoo_), (Lines{"interaction.received channel/whatsapp"}));
  EXPECT_EQ(counts().parked, 0);
  EXPECT_EQ(counts().interactions, 4) << "kept, though nobody is told of it";
}

TEST_F(RecorderTest, AWaitingFactThatCannotBeReadIsQuarantinedAndHoldsUpNobodyPromise4) {
  const auto park_garbage = [this](const char* target) {
    check(writer().begin());
    check(writer().park({.channel = whatsapp_.id,
                         .target = digest_of({"111", target}),
                         .dedupe = digest_of({target}),
                         .parked_at = now_,
                         .fact = "no CBOR"}));
    commit();
  };
  park_garbage("m1");
  take(fact(FactKind::reaction, "m1", "+"));
  const Counts taken = take(message("m1", "Hello"));
  EXPECT_EQ(taken.accepted, 1U);
  EXPECT_EQ(taken.quarantined, 1U);
  EXPECT_EQ(told(odoo_).back(), "interaction.reacted contact_1");
  EXPECT_EQ(value_of(reader().show_quarantine(store::QuarantineId{1})).original.bytes, "no CBOR");

  park_garbage("never");
  now_ += longest_parking + tick;
  EXPECT_EQ(release({whatsapp_}).quarantined, 1U);
  EXPECT_EQ(counts().parked, 0);
}

}  // namespace
}  // namespace patchbay::intake
