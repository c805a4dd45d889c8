// Sending, through the plugin's real entry.
#include "fixture.hpp"

#include <gtest/gtest.h>
#include <patchbay/testkit/fake_host.hpp>

extern "C" const pb_plugin* patchbay_plugin_v1(std::uint32_t host_abi_major, std::uint32_t host_abi_minor);

namespace patchbay::whatsapp {
namespace {

enum class Token : std::uint8_t { set, missing };

class WhatsAppSending : public testing::Test {
 protected:
  void open(Token token = Token::set) {
    Json settings = Json::parse(R"({"portfolio": "1029", "numbers": {
      "it": {"id": "310000000000001", "region": "IT"}, "pl": {"id": "310000000000002", "region": "PL"}}})");
    settings["app_secret"] = host_.secret("app-secret");
    settings["verify_token"] = host_.secret("tell me");
    if (token == Token::set) settings["token"] = host_.secret("EAAG");
    ASSERT_EQ(host_.open(settings), PB_OK) << host_.why();
    ASSERT_EQ(host_.start(), PB_OK) << host_.why();
  }

  static Outbound outbound(std::string id, std::string text = "Ciao") {
    Outbound made;
    made.id = std::move(id);
    made.account = "it";
    made.recipients = {{Role::recipient, {{"phone", "+393331234567", "", Trust::attested}}}};
    made.text = std::move(text);
    return made;
  }

  static HttpResult taken(const std::string& id) {
    HttpResult result;
    result.status = 200;
    result.body = Json{{"messaging_product", "whatsapp"},
                       {"contacts", {{{"input", "+393331234567"}, {"wa_id", "393331234567"}}}},
                       {"messages", {{{"id", id}}}}}
                      .dump();
    return result;
  }

  testkit::FakeHost host_{patchbay_plugin_v1(PATCHBAY_ABI_MAJOR, PATCHBAY_ABI_MINOR)};
};

TEST_F(WhatsAppSending, MakesOneRequestOfEach) {
  open();
  const pb_token token = host_.send(outbound("outbound_1"));
  ASSERT_EQ(host_.calls().size(), 1U);
  const HttpCall call = host_.calls()[0].call;
  EXPECT_EQ(call.repeat, Repeat::never) << "the Graph API knows no idempotency key";
  EXPECT_EQ(call.method, "POST");
  EXPECT_EQ(call.url, "https://graph.facebook.com/v25.0/310000000000001/messages");
  ASSERT_EQ(call.secret_headers.size(), 1U) << "the token itself never reaches the plugin";
  EXPECT_EQ(call.secret_headers[0].name, "authorization");
  EXPECT_EQ(call.secret_headers[0].prefix, "Bearer ");
  EXPECT_TRUE(host_.sent().empty()) << "nothing is answered yet";
  host_.answer(host_.calls()[0].token, taken("wamid.1"));
  ASSERT_EQ(host_.sent().size(), 1U);
  EXPECT_EQ(host_.sent()[0].token, token);
  EXPECT_EQ(host_.sent()[0].external_id, "wamid.1");
  EXPECT_EQ(host_.sent()[0].occurred_at, host_.now());
  EXPECT_FALSE(host_.sent()[0].error);
}

TEST_F(WhatsAppSending, TellsAnswersApartThatComeInAnotherOrder) {
  open();
  const pb_token first = host_.send(outbound("outbound_1"));
  const pb_token second = host_.send(outbound("outbound_2"));
  host_.answer(host_.calls().at(1).token, taken("wamid.2"));
  HttpResult late;
  late.error = Error{PB_TIMEOUT, "no whole answer within 30000 ms", "", "", {}};
  host_.answer(host_.calls().at(0).token, late);
  ASSERT_EQ(host_.sent().size(), 2U);
  EXPECT_EQ(host_.sent()[0].token, second);
  EXPECT_EQ(host_.sent()[0].external_id, "wamid.2");
  EXPECT_EQ(host_.sent()[1].token, first);
  ASSERT_TRUE(host_.sent()[1].error);
  EXPECT_EQ(host_.sent()[1].error->code, PB_TIMEOUT) << "it may have been taken";
}

TEST_F(WhatsAppSending, RefusesByItselfWhatWhatsAppCouldOnlyRefuse) {
  open();
  host_.send(outbound("outbound_1", std::string(4097, 'a')));
  ASSERT_EQ(host_.sent().size(), 1U);
  EXPECT_EQ(host_.sent()[0].error->code, PB_PERMANENT);
  EXPECT_TRUE(host_.calls().empty());
}

TEST_F(WhatsAppSending, NeedsAnAccessToken) {
  open(Token::missing);
  host_.send(outbound("outbound_1"));
  ASSERT_EQ(host_.sent().size(), 1U);
  EXPECT_EQ(host_.sent()[0].error->code, PB_INVALID_SETTINGS);
  EXPECT_EQ(host_.sent()[0].error->pointer, "/token");
  EXPECT_TRUE(host_.calls().empty());
}

TEST_F(WhatsAppSending, SaysOfWhichOutboundAReceiptIs) {
  open();
  (void)host_.exchange({.body = R"({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [{
    "field": "messages", "value": {"messaging_product": "whatsapp",
    "metadata": {"display_phone_number": "390212345678", "phone_number_id": "310000000000001"},
    "statuses": [{"id": "wamid.1", "status": "delivered", "timestamp": "1767225700", "recipient_id": "393331234567",
                  "biz_opaque_callback_data": "outbound_1"}]}}]}]})"});
  ASSERT_EQ(host_.batches().size(), 1U);
  const Fact fact = host_.batches()[0].batch.facts.at(0);
  EXPECT_EQ(fact.receipt, Receipt::delivered);
  EXPECT_EQ(fact.target, "wamid.1");
  EXPECT_EQ(fact.account, "it");
  EXPECT_EQ(fact.content.at("biz_opaque_callback_data"), "outbound_1");
}

TEST(WhatsAppSettings, NameAnApiThatKeepsTheTokenSecret) {
  testkit::FakeHost host{patchbay_plugin_v1(PATCHBAY_ABI_MAJOR, PATCHBAY_ABI_MINOR)};
  EXPECT_EQ(host.open({{"portfolio", "1029"},
                       {"app_secret", host.secret("a")},
                       {"verify_token", host.secret("v")},
                       {"api", "http://graph.example"}}),
            PB_INVALID_SETTINGS);
  ASSERT_EQ(host.reports().size(), 1U);
  EXPECT_EQ(host.reports()[0].pointer, "/api");
}

}  // namespace
}  // namespace patchbay::whatsapp
