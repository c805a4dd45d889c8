#include "fixture.hpp"

#include <gtest/gtest.h>

namespace patchbay::whatsapp {
namespace {

const Fact& only(const Batch& batch) {
  EXPECT_EQ(batch.facts.size(), 1U);
  EXPECT_TRUE(batch.interactions.empty());
  EXPECT_TRUE(batch.notices.empty());
  EXPECT_TRUE(batch.quarantines.empty());
  return batch.facts.at(0);
}

TEST(Facts, OfMessagesNameTheirTargetAndWhoDidIt) {
  struct Case {
    const char* name;
    FactKind kind;
    const char* target;
    const char* text;
  };
  const Case cases[] = {
      {"reaction", FactKind::reaction, "wamid.sent1", "👍"},
      {"reaction_taken_back", FactKind::reaction, "wamid.sent1", ""},
      {"reaction_taken_back_without_emoji", FactKind::reaction, "wamid.sent1", ""},
      {"edit", FactKind::edit, "wamid.rossi001", "Buongiorno, quando arriva?"},
      {"edit_of_a_caption", FactKind::edit, "wamid.rossi002", "La scatola era rotta"},
      {"revoke", FactKind::deletion, "wamid.rossi001", ""},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const Json body = fixture("facts", c.name);
    const Batch batch = mapped("facts", c.name);
    const Fact& fact = only(batch);
    EXPECT_EQ(fact.kind, c.kind);
    EXPECT_EQ(fact.receipt, Receipt::none);
    EXPECT_EQ(fact.target, c.target);
    EXPECT_EQ(fact.text, c.text);
    EXPECT_EQ(fact.external_id, body["entry"][0]["changes"][0]["value"]["messages"][0]["id"]);
    EXPECT_EQ(fact.account, "it");
    EXPECT_EQ(identifiers(fact.participants.at(0)),
              "whatsapp_user=IT.20260000000000000021@1029 phone=+393331234567 (name=Marco Bianchi)");
  }
  EXPECT_EQ(mapped("facts", "edit_of_a_caption").facts.at(0).content["image"]["id"], "7001");
}

TEST(Facts, OfStatusesAreReceiptsToldApartByIdAndStatus) {
  struct Case {
    const char* name;
    Receipt receipt;
    const char* external_id;
  };
  const Case cases[] = {
      {"sent", Receipt::sent, "wamid.sent1:sent"},       {"delivered", Receipt::delivered, "wamid.sent1:delivered"},
      {"read", Receipt::read, "wamid.sent1:read"},       {"played", Receipt::read, "wamid.sent1:played"},
      {"failed", Receipt::failed, "wamid.sent1:failed"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const Batch batch = mapped("facts", c.name);
    const Fact& fact = only(batch);
    EXPECT_EQ(fact.kind, FactKind::receipt);
    EXPECT_EQ(fact.receipt, c.receipt);
    EXPECT_EQ(fact.target, "wamid.sent1");
    EXPECT_EQ(fact.external_id, c.external_id);
    EXPECT_EQ(fact.occurred_at, at_second(1'772'001'000));
    EXPECT_EQ(fact.participants.at(0).role, Role::recipient);
    EXPECT_EQ(identifiers(fact.participants.at(0)),
              "whatsapp_user=IT.20260000000000000021@1029 phone=+393331234567 (name=Marco Bianchi)");
  }
  EXPECT_EQ(mapped("facts", "sent").facts.at(0).content["pricing"]["category"], "service");
  EXPECT_EQ(mapped("facts", "sent").facts.at(0).content["conversation"]["id"], "conv-1");
  EXPECT_EQ(mapped("facts", "failed").facts.at(0).content["errors"][0]["code"], 131026);
}

TEST(Facts, OfAGroupAreToldApartByMember) {
  const Batch batch = mapped("facts", "read_in_a_group");
  const Fact& fact = only(batch);
  EXPECT_EQ(fact.external_id, "wamid.sent2:read:PL.20260000000000000017");
  EXPECT_EQ(identifiers(fact.participants.at(0)),
            "whatsapp_user=PL.20260000000000000017@1029 (name=Kasia) (username=kasia.w@whatsapp)");
}

TEST(Facts, OfAnUnknownStatusBecomeANotice) {
  const Batch batch = mapped("facts", "unknown_status");
  EXPECT_TRUE(batch.facts.empty());
  EXPECT_EQ(batch.notices.at(0).kind, "unknown_status");
  EXPECT_EQ(batch.notices.at(0).content["status"], "evaporated");
}

TEST(Calls, OfOneIdAreOneInteractionThatItsEndAmends) {
  const Interaction start = mapped("calls", "incoming").interactions.at(0);
  EXPECT_EQ(start.kind, Kind::call);
  EXPECT_EQ(start.direction, Direction::inbound);
  EXPECT_EQ(start.external_id, "wacid.1");
  EXPECT_EQ(start.content["event"], "connect");
  EXPECT_FALSE(start.content.contains("session")) << "the session holds network addresses";
  EXPECT_EQ(start.participants.at(0).role, Role::author);
  EXPECT_EQ(start.participants.at(0).party, Party::person);
  const Interaction end = mapped("calls", "ended").interactions.at(0);
  EXPECT_EQ(end.external_id, "wacid.1");
  EXPECT_EQ(end.content["status"], "COMPLETED");
  EXPECT_EQ(end.content["duration"], 85);
  EXPECT_EQ(end.content["errors"][0]["code"], 138000);
  EXPECT_EQ(end.occurred_at, at_second(1'772'300'005)) << "when it began";
}

TEST(Calls, OfTheBusinessAreOutbound) {
  const Interaction call = mapped("calls", "outgoing").interactions.at(0);
  EXPECT_EQ(call.direction, Direction::outbound);
  EXPECT_EQ(call.participants.at(0).party, Party::business);
  EXPECT_EQ(call.participants.at(0).role, Role::author);
  EXPECT_EQ(call.participants.at(1).role, Role::recipient);
  EXPECT_EQ(identifiers(call.participants.at(1)),
            "whatsapp_user=IT.20260000000000000021@1029 phone=+393331234567 (name=Marco Bianchi)");
  const Batch ringing = mapped("calls", "ringing");
  EXPECT_EQ(only(ringing).receipt, Receipt::delivered);
  EXPECT_EQ(only(ringing).target, "wacid.2");
}

TEST(Consents, FollowPreferencesAndCallPermissions) {
  struct Case {
    const char* file;
    const char* name;
    const char* category;
    ConsentState state;
  };
  const Case cases[] = {
      {"consents", "stop", "marketing", ConsentState::withdrawn},
      {"consents", "resume", "marketing", ConsentState::granted},
      {"consents", "signup", "marketing", ConsentState::granted},
      {"consents", "other_value", "marketing", ConsentState::unknown},
      {"calls", "call_allowed", "calls", ConsentState::granted},
      {"calls", "call_refused", "calls", ConsentState::withdrawn},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const Batch batch = mapped(c.file, c.name);
    ASSERT_EQ(batch.consents.size(), 1U);
    EXPECT_TRUE(batch.interactions.empty());
    EXPECT_TRUE(batch.notices.empty());
    EXPECT_EQ(batch.consents[0].category, c.category);
    EXPECT_EQ(batch.consents[0].state, c.state);
    EXPECT_EQ(batch.consents[0].account, "it");
    EXPECT_EQ(identifiers(batch.consents[0].participant),
              "whatsapp_user=IT.20260000000000000021@1029 phone=+393331234567 (name=Marco Bianchi)");
  }
  EXPECT_EQ(mapped("consents", "signup").consents.at(0).content["signup_id"], "s-1");
  EXPECT_EQ(mapped("consents", "stop").consents.at(0).occurred_at, at_second(1'772'400'000));
  EXPECT_EQ(mapped("calls", "call_allowed").consents.at(0).content["in_reply_to"], "wamid.asked3");
}

}  // namespace
}  // namespace patchbay::whatsapp
