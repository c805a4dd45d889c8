#include "envelope.hpp"

#include <gtest/gtest.h>

namespace patchbay::whatsapp {
namespace {

std::string around(std::string_view text_body) {
  return R"({"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"x":)" +
         std::string(text_body) + "}}]}]}";
}

TEST(Envelope, FindsEveryChangeOfEveryEntry) {
  const ParsedBody parsed = parse_envelope(
      R"({"object":"whatsapp_business_account","more":1,"entry":[
        {"id":"a","time":17,"changes":[{"field":"one","value":{}},{"field":"two","value":{},"new":[]}]},
        {"id":5,"changes":[{"field":"three","value":{}}]},
        {"id":"c","changes":[]}]})");
  ASSERT_TRUE(parsed.envelope);
  const std::vector<Change>& changes = parsed.envelope->changes;
  ASSERT_EQ(changes.size(), 3U);
  EXPECT_EQ(changes[0].pointer, "/entry/0/changes/0");
  EXPECT_EQ(changes[0].account, "a");
  ASSERT_TRUE(changes[0].time);
  EXPECT_EQ(changes[0].time->at, TimePoint{std::chrono::seconds{17}});
  EXPECT_EQ(changes[1].field, "two");
  EXPECT_EQ(changes[2].pointer, "/entry/1/changes/0");
  EXPECT_EQ(changes[2].account, "5");
  EXPECT_FALSE(changes[2].time);
  EXPECT_TRUE(parsed.envelope->rejected.empty());
}

TEST(Envelope, SaysPreciselyWhyABodyCannotBeRead) {
  struct Case {
    const char* what;
    std::string body;
    const char* reason;
  };
  const Case cases[] = {
      {"nothing", "", "reading a webhook body: expected JSON, found something else at byte 1"},
      {"no JSON", "hello", "reading a webhook body: expected JSON, found something else at byte 1"},
      {"cut off", R"({"object": "whats)", "reading a webhook body: expected JSON, found something else at byte 18"},
      {"NaN", around("NaN"), "reading a webhook body: expected JSON, found something else at byte"},
      {"no UTF-8", around("\"\xff\""), "reading a webhook body: expected JSON, found something else at byte"},
      {"a number out of range", around("1e400"),
       "reading a webhook body: expected JSON, found a number that is out of "
       "range"},
      {"a list", "[]", "reading /object: expected \"whatsapp_business_account\", found nothing"},
      {"another product", R"({"object":"instagram","entry":[]})",
       "reading /object: expected \"whatsapp_business_account\", found other text"},
      {"no entries", R"({"object":"whatsapp_business_account"})", "reading /entry: expected a list, found nothing"},
      {"entries of another shape", R"({"object":"whatsapp_business_account","entry":{}})",
       "reading /entry: expected a list, found an object"},
      {"deep nesting", std::string(1'000'000, '['), "reading a webhook body: expected at most 64 levels of nesting"},
      {"deep nesting within a value", around(std::string(100, '[') + std::string(100, ']')),
       "reading a webhook body: expected at most 64 levels of nesting"},
      {"too large", std::string(largest_body + 1, ' '), "reading a webhook body: expected at most 4194304 bytes"},
  };
  for (const Case& c : cases) {
    const ParsedBody parsed = parse_envelope(c.body);
    EXPECT_FALSE(parsed.envelope) << c.what;
    EXPECT_EQ(parsed.unreadable.reason.substr(0, std::string_view(c.reason).size()), c.reason) << c.what;
    EXPECT_FALSE(parsed.unreadable.remedy.empty()) << c.what;
  }
}

TEST(Envelope, CountsNoBracketsWithinStrings) {
  EXPECT_EQ(nesting(R"({"a": "[[[[{{{{", "b": [1, "\"[["]})", 64), 2U);
  EXPECT_EQ(nesting("", 64), 0U);
  EXPECT_EQ(nesting("]]]]", 64), 0U);
  EXPECT_TRUE(parse_envelope(around("\"" + std::string(1000, '[') + "\"")).envelope);
}

TEST(Envelope, LetsTheLastOfTwoEqualKeysCount) {
  const ParsedBody parsed =
      parse_envelope(R"({"object":"instagram","object":"whatsapp_business_account","entry":[{"changes":[]}]})");
  EXPECT_TRUE(parsed.envelope);
}

TEST(Envelope, ReadsTextThatWasCutWithinAnEmoji) {
  const ParsedBody parsed = parse_envelope(around(R"("cut \ud83d")"));
  ASSERT_TRUE(parsed.envelope);
  EXPECT_EQ(text_at(*parsed.envelope->changes.at(0).value, "x"), "cut \xef\xbf\xbd");
}

TEST(Envelope, ReplacesOnlyHalfSurrogatePairs) {
  struct Case {
    const char* from;
    const char* to;
  };
  const Case cases[] = {
      {R"(\ud83d\ude00)", R"(\ud83d\ude00)"},
      {R"(\ud83d)", R"(\uFFFD)"},
      {R"(\ude00)", R"(\uFFFD)"},
      {R"(\ud83d\ud83d\ude00)", R"(\uFFFD\ud83d\ude00)"},
      {R"(\\ud83d)", R"(\\ud83d)"},
      {R"(\u00e9\n\ud83dx)", R"(\u00e9\n\uFFFDx)"},
      {R"(\ud8)", R"(\ud8)"},
      {R"(\)", R"(\)"},
      {R"(\uDBFF\uDFFF\uDC00)", R"(\uDBFF\uDFFF\uFFFD)"},
  };
  for (const Case& c : cases) EXPECT_EQ(without_lone_surrogates(c.from), c.to);
}

TEST(Envelope, KeepsWhatIsRejectedInABodyOfItsOwn) {
  ParsedBody parsed = parse_envelope(
      R"({"object":"whatsapp_business_account","entry":[
        {"id":"a","time":17,"changes":[{"field":3,"value":{}},{"field":"ok","value":{"messages":[1,2],"metadata":{"m":1}}}]},
        {"id":"b","changes":"none"}]})");
  ASSERT_TRUE(parsed.envelope);
  Rejected& rejected = parsed.envelope->rejected;
  const Change& change = parsed.envelope->changes.at(0);
  rejected.add(change, "messages", (*change.value)["messages"][1], {"/p", "an object", "2"});
  const Original original = rejected.original();
  EXPECT_EQ(Json::parse(original.bytes), Json::parse(
                                             R"({"object":"whatsapp_business_account","entry":[
        {"id":"a","time":17,"changes":[{"field":3,"value":{}}]},
        {"id":"b","changes":"none"},
        {"id":"a","time":17,"changes":[{"field":"ok","value":{"metadata":{"m":1},"messages":[2]}}]}]})"));
  EXPECT_EQ(original.reason,
            "mapping a webhook body: reading /entry/0/changes/0/field: expected text, found 3; "
            "reading /entry/1/changes: expected a list, found other text; reading /p: expected an object, found 2");
  EXPECT_EQ(original.media_type, "application/json");
}

TEST(Envelope, NamesTheFirstReasonsAndCountsTheRest) {
  std::string entries;
  for (int i = 0; i < 9; ++i) entries += (i == 0 ? "0" : ",0");
  const ParsedBody parsed = parse_envelope(R"({"object":"whatsapp_business_account","entry":[)" + entries + "]}");
  ASSERT_TRUE(parsed.envelope);
  const std::string reason = parsed.envelope->rejected.original().reason;
  EXPECT_NE(reason.find("/entry/4/changes"), std::string::npos);
  EXPECT_EQ(reason.find("/entry/5/changes"), std::string::npos);
  EXPECT_NE(reason.find("; and 4 more"), std::string::npos);
}

}  // namespace
}  // namespace patchbay::whatsapp
