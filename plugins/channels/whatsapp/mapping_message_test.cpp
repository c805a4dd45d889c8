#include "fixture.hpp"

#include <gtest/gtest.h>

namespace patchbay::whatsapp {
namespace {

const Interaction& only(const Batch& batch) {
  EXPECT_EQ(batch.interactions.size(), 1U);
  EXPECT_TRUE(batch.facts.empty());
  EXPECT_TRUE(batch.consents.empty());
  EXPECT_TRUE(batch.quarantines.empty());
  return batch.interactions.at(0);
}

TEST(Messages, EachTypeBecomesOneInteractionWithItsText) {
  enum class Kept : std::uint8_t { content_only, with_original };
  struct Case {
    const char* name;
    const char* type;
    const char* text;
    std::size_t attachments;
    Kept kept;
  };
  const Case cases[] = {
      {"text", "text", "Buongiorno, è arrivato il mio ordine?", 0, Kept::content_only},
      {"image", "image", "La scatola era aperta", 1, Kept::content_only},
      {"video", "video", "", 1, Kept::content_only},
      {"voice", "audio", "", 1, Kept::content_only},
      {"document", "document", "La fattura", 1, Kept::content_only},
      {"sticker", "sticker", "", 1, Kept::content_only},
      {"media_by_address_only", "image", "", 1, Kept::content_only},
      {"location", "location", "", 0, Kept::content_only},
      {"button_reply", "interactive", "Sì, grazie", 0, Kept::content_only},
      {"list_reply", "interactive", "Martedì", 0, Kept::content_only},
      {"form", "interactive", "Inviato", 0, Kept::content_only},
      {"form_with_a_list", "interactive", "Inviato", 0, Kept::content_only},
      {"form_with_broken_answers", "interactive", "Inviato", 0, Kept::content_only},
      {"template_button", "button", "Non mi interessa", 0, Kept::content_only},
      {"order", "order", "Per sabato", 0, Kept::content_only},
      {"unsupported", "unsupported", "", 0, Kept::with_original},
      {"of_the_future", "hologram", "", 0, Kept::with_original},
      {"interactive_without_content", "interactive", "", 0, Kept::with_original},
      {"welcome", "request_welcome", "", 0, Kept::content_only},
      {"forwarded", "text", "guarda", 0, Kept::content_only},
      {"in_a_group", "text", "Ciao a tutti", 0, Kept::content_only},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const Json body = fixture("messages", c.name);
    const Json& message = body["entry"][0]["changes"][0]["value"]["messages"][0];
    const Batch batch = mapped("messages", c.name);
    const Interaction& interaction = only(batch);
    EXPECT_TRUE(batch.notices.empty());
    EXPECT_EQ(interaction.kind, Kind::message);
    EXPECT_EQ(interaction.direction, Direction::inbound);
    EXPECT_EQ(interaction.external_id, message["id"]);
    EXPECT_EQ(interaction.occurred_at, at_second(std::stoll(message["timestamp"].get<std::string>())));
    EXPECT_EQ(interaction.account, "it");
    EXPECT_EQ(interaction.region, "IT");
    EXPECT_EQ(interaction.text, c.text);
    EXPECT_EQ(interaction.content["type"], c.type);
    EXPECT_EQ(interaction.attachments.size(), c.attachments);
    if (c.kept == Kept::with_original) {
      EXPECT_EQ(Json::parse(interaction.original), message);
      EXPECT_EQ(interaction.original_type, "application/json");
    } else {
      EXPECT_EQ(interaction.original, "");
    }
    ASSERT_EQ(interaction.participants.size(), 2U);
    EXPECT_EQ(identifiers(interaction.participants[0]),
              "whatsapp_user=IT.20260000000000000021@1029 phone=+393331234567 (name=Marco Bianchi)");
    EXPECT_EQ(interaction.participants[0].role, Role::author);
    EXPECT_EQ(interaction.participants[0].party, Party::person);
    EXPECT_EQ(identifiers(interaction.participants[1]),
              "whatsapp_number=310000000000001 phone=+390212345678 name=Rossi Milano");
    EXPECT_EQ(interaction.participants[1].role, Role::recipient);
    EXPECT_EQ(interaction.participants[1].party, Party::business);
  }
}

TEST(Messages, KeepMetasOwnObjectWithoutWhatIsSaidElsewhere) {
  EXPECT_EQ(mapped("messages", "text").interactions.at(0).content, Json::parse(R"({"type":"text"})"));
  EXPECT_EQ(mapped("messages", "location").interactions.at(0).content,
            Json::parse(R"({"type":"location","location":{"latitude":45.4642,"longitude":9.19,"name":"Duomo",
                            "address":"Piazza del Duomo, Milano"}})"));
  EXPECT_EQ(mapped("messages", "forwarded").interactions.at(0).content,
            Json::parse(R"({"type":"text","context":{"forwarded":true}})"));
  EXPECT_EQ(mapped("messages", "often_forwarded").interactions.at(0).content["context"]["frequently_forwarded"], true);
  EXPECT_EQ(mapped("messages", "from_an_advertisement").interactions.at(0).content["referral"]["ctwa_clid"], "click-5");
  EXPECT_EQ(mapped("messages", "voice").interactions.at(0).content["audio"]["voice"], true);
  EXPECT_EQ(mapped("messages", "sticker").interactions.at(0).content["sticker"]["animated"], true);
  EXPECT_EQ(mapped("messages", "unsupported").interactions.at(0).content["errors"][0]["code"], 131051);
  EXPECT_EQ(mapped("messages", "order").interactions.at(0).content["order"]["product_items"][0]["quantity"], 2);
}

TEST(Messages, GiveMediaByTheirIdWithDigestAndName) {
  const Attachment image = mapped("messages", "image").interactions.at(0).attachments.at(0);
  EXPECT_EQ(image.reference, "7001");
  EXPECT_EQ(image.media_type, "image/jpeg");
  EXPECT_EQ(image.sha256.size(), 32U);
  EXPECT_EQ(image.name, "");
  const Attachment document = mapped("messages", "document").interactions.at(0).attachments.at(0);
  EXPECT_EQ(document.name, "fattura-118.pdf");
  EXPECT_EQ(document.sha256, "") << "what is no digest is no digest";
  const Attachment by_address = mapped("messages", "media_by_address_only").interactions.at(0).attachments.at(0);
  EXPECT_EQ(by_address.reference, "https://media.example/7006");
}

TEST(Messages, AreTheSameWhenMetaRepeatsThemWithAnotherMediaAddress) {
  Json body = fixture("messages", "image");
  const Batch first = map_body(two_numbers(), body.dump(), arrival);
  body["entry"][0]["changes"][0]["value"]["messages"][0]["image"]["url"] = "https://media.example/7001?hash=later";
  const Batch again = map_body(two_numbers(), body.dump(), arrival + std::chrono::hours{1});
  EXPECT_EQ(first.interactions.at(0).content, again.interactions.at(0).content);
  EXPECT_EQ(first.interactions.at(0).attachments.at(0).reference, again.interactions.at(0).attachments.at(0).reference);
}

TEST(Messages, ParseTheAnswersOfAForm) {
  EXPECT_EQ(mapped("messages", "form").interactions.at(0).content["interactive"]["nfm_reply"]["response"],
            Json::parse(R"({"stars":"4","why":"veloce"})"));
  EXPECT_EQ(mapped("messages", "form_with_a_list").interactions.at(0).content["interactive"]["nfm_reply"]["response"],
            Json::parse("[1,2]"));
  const Json broken = mapped("messages", "form_with_broken_answers").interactions.at(0).content;
  EXPECT_FALSE(broken["interactive"]["nfm_reply"].contains("response"));
  EXPECT_EQ(broken["interactive"]["nfm_reply"]["response_json"], "{broken");
}

TEST(Messages, NameTheirConversationAndWhatTheyAnswer) {
  const Interaction reply = mapped("messages", "button_reply").interactions.at(0);
  EXPECT_EQ(reply.in_reply_to, "wamid.asked1");
  EXPECT_EQ(reply.conversation, "IT.20260000000000000021@310000000000001");
  EXPECT_EQ(reply.visibility, Visibility::private_);
  const Interaction group = mapped("messages", "in_a_group").interactions.at(0);
  EXPECT_EQ(group.conversation, "group:grp-77");
  EXPECT_EQ(group.visibility, Visibility::group);
  EXPECT_EQ(mapped("messages", "without_contacts").interactions.at(0).conversation, "393331234567@310000000000001");
}

TEST(Messages, ReadTimesAsNumbersAndMilliseconds) {
  EXPECT_EQ(mapped("messages", "numeric_timestamp").interactions.at(0).occurred_at, at_second(1'772'000'900));
  const Interaction precise = mapped("messages", "milliseconds").interactions.at(0);
  EXPECT_EQ(precise.occurred_at, at_second(1'772'000'900) + std::chrono::milliseconds{123});
  EXPECT_EQ(precise.precision, Precision::microsecond);
}

TEST(Messages, TakeTheErrorsOfTheirChangeWhenTheyAreAlone) {
  const Batch alone = mapped("messages", "interactive_without_content");
  EXPECT_EQ(alone.interactions.at(0).content["errors"][0]["code"], 131000);
  EXPECT_TRUE(alone.notices.empty());
}

TEST(Messages, OverAnUnknownNumberAreTakenWithOneNotice) {
  const Batch batch = mapped("messages", "unknown_number");
  ASSERT_EQ(batch.interactions.size(), 2U);
  EXPECT_EQ(batch.interactions[0].account, "310000000000099");
  EXPECT_EQ(batch.interactions[0].region, "");
  ASSERT_EQ(batch.notices.size(), 1U);
  EXPECT_EQ(batch.notices[0].kind, "unknown_number");
  EXPECT_EQ(batch.notices[0].content["phone_number_id"], "310000000000099");
}

}  // namespace
}  // namespace patchbay::whatsapp
