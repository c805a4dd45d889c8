// What a sending asks of Meta. The shapes are those of the Cloud API's reference: messages, contextual replies,
// business-scoped user ids.
#include "sending.hpp"
#include "fixture.hpp"

#include <gtest/gtest.h>

namespace patchbay::whatsapp {
namespace {

const Api graph{"https://graph.facebook.com/v25.0"};

Outbound to_kasia() {
  Outbound outbound;
  outbound.id = "outbound_17";
  outbound.account = "pl";
  outbound.recipients = {{Role::recipient, {{"phone", "+48601234567", "", Trust::attested}}}};
  outbound.text = "Dzień dobry, paczka jest w drodze.";
  return outbound;
}

Json body_of_request(const Outbound& outbound) { return Json::parse(request_of(two_numbers(), graph, outbound).body); }

std::string refusal_of_request(const Outbound& outbound) {
  try {
    return "sent: " + request_of(two_numbers(), graph, outbound).body;
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.code(), PB_PERMANENT);
    EXPECT_FALSE(failure.errors().front().remedy.empty());
    return failure.what();
  }
}

std::string refusal_of_settings(const std::string& api) {
  try {
    return read_api(Settings(Json{{"api", api}})).base;
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.code(), PB_INVALID_SETTINGS);
    EXPECT_EQ(failure.errors().front().pointer, "/api");
    return failure.what();
  }
}

TEST(SendRequest, IsTheDocumentedTextMessage) {
  const SendRequest request = request_of(two_numbers(), graph, to_kasia());
  EXPECT_EQ(request.url, "https://graph.facebook.com/v25.0/310000000000002/messages");
  EXPECT_EQ(request.pointer, "/numbers/pl/id");
  EXPECT_EQ(Json::parse(request.body), Json::parse(R"({
    "messaging_product": "whatsapp", "recipient_type": "individual", "to": "+48601234567", "type": "text",
    "text": {"preview_url": false, "body": "Dzień dobry, paczka jest w drodze."},
    "biz_opaque_callback_data": "outbound_17"})"));
}

TEST(SendRequest, NamesTheMessageThatItAnswers) {
  Outbound outbound = to_kasia();
  outbound.in_reply_to = "wamid.HBgLNDg2MDEyMzQ1NjcVAgASGBQz";
  outbound.conversation = "48601234567@310000000000002";
  EXPECT_EQ(body_of_request(outbound)["context"], Json({{"message_id", "wamid.HBgLNDg2MDEyMzQ1NjcVAgASGBQz"}}));
  outbound.in_reply_to = "wacid.ABGGSFcC";
  EXPECT_FALSE(body_of_request(outbound).contains("context")) << "a call cannot be quoted";
}

TEST(SendRequest, NamesAPersonWithoutAPhoneByTheirUserId) {
  Outbound outbound = to_kasia();
  outbound.recipients[0].identifiers = {{"whatsapp_user", "PL.13491208655302741918", "1029", Trust::attested},
                                        {"name", "Kasia", "", Trust::claimed}};
  const Json body = body_of_request(outbound);
  EXPECT_EQ(body["recipient"], "PL.13491208655302741918");
  EXPECT_FALSE(body.contains("to"));
  outbound.recipients[0].identifiers.push_back({"phone", "+48601234567", "", Trust::attested});
  const Json both = body_of_request(outbound);
  EXPECT_EQ(both["to"], "+48601234567") << "where both are there the phone is what Meta goes by";
  EXPECT_FALSE(both.contains("recipient"));
}

TEST(SendRequest, AsksForAPreviewWhereTheSettingsDo) {
  Api api = read_api(Settings(Json{{"link_previews", true}}));
  EXPECT_EQ(api.base, "https://graph.facebook.com/v25.0");
  EXPECT_EQ(Json::parse(request_of(two_numbers(), api, to_kasia()).body)["text"]["preview_url"], true);
}

TEST(SendRequest, GoesFromTheNumberThatIsNamed) {
  Outbound outbound = to_kasia();
  outbound.account = "it";
  EXPECT_EQ(request_of(two_numbers(), graph, outbound).url,
            "https://graph.facebook.com/v25.0/310000000000001/messages");
  outbound.account = "310000000000009";  // what comes over a number without a name has its id as the account
  EXPECT_EQ(request_of(two_numbers(), graph, outbound).url,
            "https://graph.facebook.com/v25.0/310000000000009/messages");
  outbound.account = "es";
  EXPECT_EQ(refusal_of_request(outbound), "sending: the channel has no number es");
  outbound.account = "../me";
  EXPECT_EQ(refusal_of_request(outbound), "sending: the channel has no number ../me");
  outbound.account = "";
  EXPECT_EQ(refusal_of_request(outbound), "sending: no account is named, and the channel has not exactly one number");
  Numbers one = two_numbers();
  one.by_id.erase("310000000000002");
  EXPECT_EQ(request_of(one, graph, outbound).pointer, "/numbers/it/id");
}

TEST(SendRequest, NeverLeavesTheConversationOfItsNumber) {
  Outbound outbound = to_kasia();
  outbound.conversation = "48601234567@310000000000001";
  EXPECT_EQ(refusal_of_request(outbound),
            "sending: the conversation is with another number of the business than the one to send from");
  outbound.conversation = "group:Y2FwaV9ncm91cDox";
  EXPECT_EQ(refusal_of_request(outbound), "sending: expected a conversation with one person, found a group");
}

TEST(SendRequest, WritesToNobodyWhomWhatsAppDoesNotVouchFor) {
  const std::string nobody =
      "sending: the recipient has no phone number, and no WhatsApp user id of the portfolio 1029, that WhatsApp "
      "vouches "
      "for";
  for (const Identifier& identifier : std::initializer_list<Identifier>{
           {"phone", "+48601234567", "", Trust::claimed},  // of a card that somebody passed on
           {"phone", "601234567", "", Trust::attested},    // national: whose country?
           {"phone", "+48", "", Trust::attested},
           {"whatsapp_user", "PL.13491208655302741918", "2222", Trust::attested},  // of another portfolio
           {"whatsapp_user", "PL.13491208655302741918", "1029", Trust::claimed},
           {"email", "kasia@example.org", "", Trust::attested}}) {
    Outbound outbound = to_kasia();
    outbound.recipients[0].identifiers = {identifier};
    EXPECT_EQ(refusal_of_request(outbound), nobody) << identifier.kind << " " << identifier.value;
  }
  Outbound outbound = to_kasia();
  outbound.recipients.push_back(outbound.recipients[0]);
  EXPECT_EQ(refusal_of_request(outbound), "sending: expected one recipient, found 2");
  outbound.recipients.clear();
  EXPECT_EQ(refusal_of_request(outbound), "sending: expected one recipient, found 0");
  outbound = to_kasia();
  outbound.recipients[0].party = Party::business;
  EXPECT_EQ(refusal_of_request(outbound), "sending: the recipient is the business itself");
}

TEST(SendRequest, RefusesTextOfMoreThan4096Characters) {
  Outbound outbound = to_kasia();
  outbound.text.clear();
  for (int i = 0; i < 4096; ++i) outbound.text += "ż";  // two bytes each
  EXPECT_EQ(body_of_request(outbound)["text"]["body"], outbound.text);
  outbound.text += "!";
  EXPECT_EQ(refusal_of_request(outbound), "sending: WhatsApp takes texts of up to 4096 characters, found 4097");
}

TEST(SendRequest, RefusesWhatWouldBeLeftOut) {
  Outbound outbound = to_kasia();
  outbound.text = "";
  EXPECT_EQ(refusal_of_request(outbound), "sending: expected text, found none");
  outbound = to_kasia();
  outbound.subject = "Paczka";
  EXPECT_EQ(refusal_of_request(outbound), "sending: WhatsApp has no subject");
  outbound = to_kasia();
  outbound.attachments.emplace_back();
  EXPECT_EQ(refusal_of_request(outbound), "sending: WhatsApp attachments are not sent by this version");
  outbound = to_kasia();
  outbound.content = {{"type", "template"}};
  EXPECT_EQ(refusal_of_request(outbound), "sending: only text is sent by this version");
}

TEST(SendRequest, RefusesANumberIdThatIsNone) {
  Numbers numbers;
  numbers.by_id["../310000000000001"] = {"pl", "PL", ""};
  try {
    (void)request_of(numbers, graph, to_kasia());
    FAIL() << "it was taken into an address";
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.code(), PB_INVALID_SETTINGS);
    EXPECT_EQ(failure.errors().front().pointer, "/numbers/pl/id");
  }
}

TEST(ApiSettings, TakeHttpOnlyForALoopbackAddress) {
  for (const char* good : {"https://graph.facebook.com/v25.0", "http://127.0.0.1:8080/v25.0", "http://localhost:1/v1",
                           "http://[::1]:8080/v25.0", "https://10.0.0.1"})
    EXPECT_EQ(refusal_of_settings(good), good);
  EXPECT_EQ(refusal_of_settings("https://graph.facebook.com/v25.0/"), "https://graph.facebook.com/v25.0");
  for (const char* readable : {"http://graph.facebook.com/v25.0", "http://127.0.0.1.example.org/v1", "ftp://localhost"})
    EXPECT_EQ(refusal_of_settings(readable),
              "reading /api: expected https: the access token must not be read on its way")
        << readable;
  for (const char* other :
       {"graph.facebook.com", "https://user@graph.facebook.com", "https://g.example/v1?a=b", "https://g.example/v1#f"})
    EXPECT_EQ(refusal_of_settings(other),
              "reading /api: expected an address https://HOST/VERSION, without user, query and fragment")
        << other;
  EXPECT_EQ(refusal_of_settings("https:///v25.0"), "reading /api: expected an address with a host");
}

}  // namespace
}  // namespace patchbay::whatsapp
