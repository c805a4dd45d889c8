#include "fixture.hpp"
#include "mapping_parts.hpp"

#include <gtest/gtest.h>

namespace patchbay::whatsapp {
namespace {

std::string author(const std::string& name, const char* file = "people") {
  return identifiers(mapped(file, name).interactions.at(0).participants.at(0));
}

TEST(People, WriteFromAUserIdWithoutAPhone) {
  const Batch batch = mapped("people", "kasia_writes");
  const Interaction& interaction = batch.interactions.at(0);
  EXPECT_EQ(identifiers(interaction.participants.at(0)),
            "whatsapp_user=PL.20260000000000000017@1029 (name=Kasia) (username=kasia.w@whatsapp)");
  EXPECT_EQ(interaction.account, "pl");
  EXPECT_EQ(interaction.region, "PL");
  EXPECT_EQ(interaction.conversation, "PL.20260000000000000017@310000000000002");
  EXPECT_EQ(interaction.content["parent_user_id"], "PL.ENT.900017");
}

TEST(People, ShareTheirOwnPhoneByACardThatWhatsAppVouchesFor) {
  const Batch batch = mapped("people", "kasia_shares_her_phone");
  const Interaction& interaction = batch.interactions.at(0);
  EXPECT_EQ(identifiers(interaction.participants.at(0)),
            "whatsapp_user=PL.20260000000000000017@1029 (name=Kasia) (username=kasia.w@whatsapp) "
            "(name=Katarzyna Wiśniewska) phone=+48601234567");
  ASSERT_EQ(interaction.participants.size(), 2U) << "her own card mentions nobody else";
  EXPECT_EQ(interaction.content["contacts"][0]["phones"][0]["phone"], "+48 601 234 567");
  EXPECT_EQ(interaction.in_reply_to, "wamid.asked2");
}

TEST(People, AreOnlyMentionedByAForwardedCard) {
  const Interaction interaction = mapped("people", "kasia_forwards_a_shared_phone").interactions.at(0);
  ASSERT_EQ(interaction.participants.size(), 3U);
  EXPECT_EQ(identifiers(interaction.participants[0]),
            "whatsapp_user=PL.20260000000000000017@1029 (name=Kasia) (username=kasia.w@whatsapp)");
  EXPECT_EQ(interaction.participants[2].role, Role::mentioned);
  EXPECT_EQ(identifiers(interaction.participants[2]), "(name=Ola) (phone=+48 602 000 000)");
}

TEST(People, MentionedByCardsAreClaimsAndNotTheSender) {
  const Interaction interaction = mapped("people", "kasia_recommends_others").interactions.at(0);
  ASSERT_EQ(interaction.participants.size(), 5U);
  EXPECT_EQ(identifiers(interaction.participants[2]), "(name=Jan Nowak) (phone=602 111 222) (email=jan@nowak.example)");
  EXPECT_EQ(identifiers(interaction.participants[3]), "(name=Bez numeru)");
  EXPECT_EQ(identifiers(interaction.participants[4]), "(name=Ewa) (phone=+48603333444)");
  EXPECT_EQ(author("kasia_recommends_others"),
            "whatsapp_user=PL.20260000000000000017@1029 (name=Kasia) (username=kasia.w@whatsapp)");
}

TEST(People, AreOnePersonaBeforeAndAfterAChangeOfNumber) {
  EXPECT_EQ(author("marco_changed_number"),
            "phone=+393331234567 whatsapp_user=IT.20260000000000000021@1029 "
            "whatsapp_user=IT.20260000000000000099@1029 phone=+393337654321");
  const Interaction changed = mapped("people", "marco_changed_number").interactions.at(0);
  EXPECT_EQ(changed.kind, Kind::message);
  EXPECT_EQ(changed.content["type"], "system");
  EXPECT_EQ(changed.content["system"]["type"], "user_changed_number");
  EXPECT_EQ(changed.text, "Marco changed from 393331234567 to 393337654321");
  EXPECT_EQ(author("kasia_changed_user_id"),
            "whatsapp_user=PL.20260000000000000017@1029 whatsapp_user=PL.20260000000000000018@1029");
  EXPECT_EQ(author("marco_changed_identity"),
            "whatsapp_user=IT.20260000000000000021@1029 phone=+393331234567 (name=Marco Bianchi)");
  EXPECT_EQ(mapped("people", "marco_changed_identity").interactions.at(0).content["identity"]["hash"], "h1");
}

TEST(People, AreNeverJoinedWithAContactOfAnotherId) {
  const Interaction interaction = mapped("messages", "another_contact").interactions.at(0);
  EXPECT_EQ(identifiers(interaction.participants.at(0)), "phone=+393339999999");
  EXPECT_EQ(interaction.content["unmatched_contacts"][0]["wa_id"], "393331234567");
  EXPECT_EQ(author("without_contacts", "messages"), "phone=+393331234567");
}

TEST(People, HavePhonesOfFiveToFifteenDigits) {
  struct Case {
    const char* text;
    const char* phone;
  };
  const Case cases[] = {{"393331234567", "+393331234567"},
                        {"+48 601-234-567", "+48601234567"},
                        {"+1 (555) 010-0000", "+15550100000"},
                        {"1234", ""},
                        {"1234567890123456", ""},
                        {"", ""},
                        {"PL.2026", ""},
                        {"39+333123", ""},
                        {"<phone>", ""}};
  for (const Case& c : cases) EXPECT_EQ(phone_of(c.text), c.phone) << c.text;
}

}  // namespace
}  // namespace patchbay::whatsapp
