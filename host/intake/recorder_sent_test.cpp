// What the business sent through a channel becomes an interaction, once.
#include "intake/recorder_fixture.hpp"

namespace patchbay::intake {
namespace {

using store::Receipt;

class RecorderSent : public RecorderTest {
 protected:
  // An answer to an interaction that is in the store, to whoever wrote it.
  Sending answer(std::int64_t interaction, std::string external_id) {
    const store::InteractionDetails answered = shown(interaction);
    Sending sending{
        .outbound = {}, .external_id = std::move(external_id), .occurred_at = now_ + std::chrono::seconds{1}};
    store::Outbound& outbound = sending.outbound;
    outbound.id = store::OutboundId{1};
    outbound.channel = whatsapp_.id;
    outbound.account = answered.interaction.account;
    outbound.in_reply_to = answered.interaction.external_id;
    outbound.conversation = answered.interaction.conversation;
    outbound.text = "Tak, dziś rano.";
    outbound.content = "{}";
    for (std::size_t i = 0; i < answered.personas.size(); ++i)
      outbound.participants.push_back(
          {answered.personas[i].contact == store::the_business ? Role::author : Role::recipient,
           answered.personas[i].id});
    return sending;
  }
  store::InteractionId sent(const Sending& sending) {
    now_ += std::chrono::seconds{1};
    check(writer().begin());
    Recorded recorded = value_of(recorder_->record_sent(writer(), whatsapp_, sending, now_));
    commit();
    steps_ = std::move(recorded.steps);
    return recorded.interaction.value();
  }
};

TEST_F(RecorderSent, AnAnswerIsAnInteractionWithThePersonaItAnswers) {
  // A name alone matches nobody: who wrote is only found again because it is the very persona.
  IncomingInteraction question =
      message("m1", "Gdzie paczka?", {person(Role::author, {name("Kasia")}), ours(Role::recipient)});
  question.thread = "t1";
  take(question);
  const store::InteractionId id = sent(answer(1, "w1"));
  EXPECT_EQ(told(odoo_), (Lines{"interaction.sent contact_1"}));
  const json data = data_of("interaction.sent");
  EXPECT_EQ(data["interaction"]["id"], "interaction_2");
  EXPECT_EQ(data["interaction"]["direction"], "outbound");
  EXPECT_EQ(data["interaction"]["external_id"], "w1");
  EXPECT_EQ(data["interaction"]["in_reply_to"], "m1");
  EXPECT_EQ(data["interaction"]["text"], "Tak, dziś rano.");
  EXPECT_EQ(data["interaction"]["conversation"], "conversation_1");
  EXPECT_EQ(data["contact"]["id"], "contact_1");
  EXPECT_EQ(data["interaction"]["participants"][1]["contact"], nullptr) << "the business";
  EXPECT_EQ(shown(store::number(id)).personas[0].id, shown(1).personas[0].id);
  EXPECT_EQ(counts().contacts, 1);
}

TEST_F(RecorderSent, OnItsOwnItGoesToWhoeverHasTheAddress) {
  take(message("m1", "Dzień dobry"));
  Sending sending{.outbound = {}, .external_id = "w1", .occurred_at = now_};
  sending.outbound.account = "111";
  sending.outbound.text = "Paczka czeka.";
  sending.outbound.content = "{}";
  sending.outbound.recipient = {phone(kasia)};
  sent(sending);
  EXPECT_EQ(told(odoo_), (Lines{"interaction.sent contact_1"}));
  sending.external_id = "w2";
  sending.outbound.recipient = {phone(marek)};
  sent(sending);
  EXPECT_EQ(told(odoo_), (Lines{"contact.created contact_2", "interaction.sent contact_2"}));
}

TEST_F(RecorderSent, ReceiptsThatWereFasterAreAppliedAfterIt) {
  take(message("m1", "Gdzie paczka?"));
  take(receipt(Receipt::delivered, "w1"));
  EXPECT_EQ(counts().parked, 1);
  sent(answer(1, "w1"));
  EXPECT_EQ(told(odoo_), (Lines{"interaction.sent contact_1", "interaction.receipt contact_1"}));
  EXPECT_EQ(counts().parked, 0);
  take(receipt(Receipt::sent, "w1"));
  EXPECT_EQ(told(odoo_), Lines{}) << "it only moves forward";
}

TEST_F(RecorderSent, OneThatCameInAnotherWayAlreadyIsThatInteraction) {
  take(message("m1", "Gdzie paczka?"));
  IncomingInteraction echo =
      message("w1", "Tak, dziś rano.", {ours(Role::author), person(Role::recipient, {phone(kasia)})});
  echo.interaction.direction = store::Direction::outbound;
  take(echo);
  EXPECT_EQ(sent(answer(1, "w1")), store::InteractionId{2});
  EXPECT_EQ(told(odoo_), Lines{});
  EXPECT_EQ(counts().interactions, 2);
}

TEST_F(RecorderSent, WithoutTheProvidersIdEachIsOneOfItsOwn) {
  take(message("m1", "Gdzie paczka?"));
  EXPECT_NE(sent(answer(1, "")), sent(answer(1, "")));
}

}  // namespace
}  // namespace patchbay::intake
