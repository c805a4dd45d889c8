#include "outbound/request.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace patchbay::outbound {
namespace {

using testing::HasSubstr;

TEST(Request, InAnswerNamesWhatItAnswersAndItsText) {
  const auto request = parse_request("key-1", R"({"in_reply_to": "interaction_8", "text": "Tak, dziś rano."})");
  ASSERT_TRUE(request) << request.error().text();
  EXPECT_EQ(request->key, "key-1");
  EXPECT_EQ(request->in_reply_to, store::InteractionId{8});
  EXPECT_EQ(request->text, "Tak, dziś rano.");
  EXPECT_EQ(request->content, "{}");
  EXPECT_EQ(request->category, "service") << "whoever is answered has asked";
  EXPECT_FALSE(request->forced);
  EXPECT_FALSE(request->to.has_value());
}

TEST(Request, OnItsOwnNamesChannelAccountAndOneIdentifier) {
  const auto request = parse_request("k", R"({"channel": "support", "account": "it", "subject": "S", "force": true,
    "to": {"kind": "phone", "value": "0601234567", "scope": ""}, "text": "a", "content": {"preview": false}})");
  ASSERT_TRUE(request) << request.error().text();
  EXPECT_EQ(request->channel, "support");
  EXPECT_EQ(request->account, "it");
  EXPECT_EQ(request->to->kind, "phone");
  EXPECT_EQ(request->to->value, "0601234567");
  EXPECT_EQ(request->to->trust, store::Trust::attested);
  EXPECT_EQ(request->category, "marketing") << "nobody asked for it, unless the caller says what it is";
  EXPECT_EQ(request->subject, "S");
  EXPECT_EQ(request->content, R"({"preview":false})");
  EXPECT_TRUE(request->forced);
}

TEST(Request, IsTheSameHoweverItIsSpelt) {
  const auto one = parse_request("k", R"({"in_reply_to":"interaction_8","text":"a"})");
  const auto same = parse_request("k", "{ \"text\": \"\\u0061\",\n \"in_reply_to\": \"interaction_8\" }");
  const auto other = parse_request("k", R"({"in_reply_to":"interaction_8","text":"b"})");
  EXPECT_EQ(one->digest, same->digest);
  EXPECT_NE(one->digest, other->digest);
}

TEST(Request, MistakesAreToldWithTheirPlace) {
  const std::string deep = R"({"in_reply_to": "interaction_1", "content": )" + std::string(100'000, '[');
  const std::string long_text =
      R"({"in_reply_to": "interaction_1", "text": ")" + std::string(longest_text + 1, 'x') + "\"}";
  const std::pair<std::string, const char*> cases[] = {
      {"", "a JSON object"},
      {"[]", "a JSON object"},
      {R"({"text": "a"})", "/channel"},
      {R"({"in_reply_to": "interaction_1"})", "/text"},
      {R"({"in_reply_to": "interaction_1", "text": ""})", "/text"},
      {R"({"in_reply_to": "contact_1", "text": "a"})", "/in_reply_to"},
      {R"({"in_reply_to": 1, "text": "a"})", "/in_reply_to"},
      {R"({"in_reply_to": "interaction_1", "to": {"kind": "phone", "value": "1"}, "text": "a"})", "/to"},
      {R"({"in_reply_to": "interaction_1", "channel": "sms", "text": "a"})", "/channel"},
      {R"({"channel": "sms", "text": "a"})", "/to"},
      {R"({"channel": "sms", "to": "contact_1", "text": "a"})", "/to"},
      {R"({"channel": "sms", "to": {"kind": "phone"}, "text": "a"})", "/to/value"},
      {R"({"channel": "sms", "to": {"kind": "phone", "value": "1", "contact": "contact_1"}, "text": "a"})",
       "/to/contact"},
      {R"({"in_reply_to": "interaction_1", "text": "a", "force": "yes"})", "/force"},
      {R"({"in_reply_to": "interaction_1", "text": "a", "content": []})", "/content"},
      {R"({"in_reply_to": "interaction_1", "text": "a", "texts": "b"})", "/texts"},
      {"{\"in_reply_to\": \"interaction_1\", \"text\": \"\xff\"}", "UTF-8"},
      {deep, "64 levels"},
      {long_text, "/text"},
  };
  for (const auto& [body, says] : cases) {
    const auto request = parse_request("k", body);
    ASSERT_FALSE(request) << body.substr(0, 100);
    EXPECT_EQ(request.error().code, ErrorCode::invalid);
    EXPECT_THAT(request.error().reason, HasSubstr(says)) << body.substr(0, 100);
  }
}

TEST(Request, NeedsAKeyOfPrintableCharacters) {
  const char* body = R"({"in_reply_to": "interaction_1", "text": "a"})";
  for (const std::string& key :
       {std::string(), std::string(256, 'k'), std::string("a b"), std::string("a\n"), std::string("\xc3\xa9")})
    EXPECT_FALSE(parse_request(key, body)) << key;
  EXPECT_TRUE(parse_request(std::string(255, 'k'), body));
  EXPECT_TRUE(parse_request("\"8e03978e-40d5-43dd-bc93-6894a57f9324\"", body))
      << "as the header's draft standard spells it";
}

}  // namespace
}  // namespace patchbay::outbound
