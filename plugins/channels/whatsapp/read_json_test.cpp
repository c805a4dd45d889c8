#include "read_json.hpp"

#include <gtest/gtest.h>

namespace patchbay::whatsapp {
namespace {

using namespace std::chrono_literals;

TEST(ReadJson, ReadsSecondsAndMillisecondsAsTextOrNumber) {
  struct Case {
    const char* what;
    Json value;
    std::optional<TimePoint> at;
  };
  const Case cases[] = {
      {"seconds as text", "1772000000", TimePoint{1772000000s}},
      {"seconds as a number", 1772000000, TimePoint{1772000000s}},
      {"milliseconds as text", "1772000000123", TimePoint{1772000000123ms}},
      {"milliseconds as a number", 1772000000123, TimePoint{1772000000123ms}},
      {"the first second", "0", TimePoint{0s}},
      {"before the first", -1, std::nullopt},
      {"a fraction", 1.5, std::nullopt},
      {"a word", "now", std::nullopt},
      {"digits and a word", "17 s", std::nullopt},
      {"no text at all", "", std::nullopt},
      {"beyond 64 bits", "99999999999999999999", std::nullopt},
      {"the largest unsigned number", std::numeric_limits<std::uint64_t>::max(), std::nullopt},
      {"between the year 9999 and milliseconds", "253402300800", std::nullopt},
      {"milliseconds beyond the year 9999", "253402300800000", std::nullopt},
      {"a list", Json::array({1}), std::nullopt},
  };
  for (const Case& c : cases) {
    const std::optional<Moment> moment = moment_of(&c.value);
    EXPECT_EQ(moment.has_value(), c.at.has_value()) << c.what;
    if (moment && c.at) {
      EXPECT_EQ(moment->at, *c.at) << c.what;
    }
  }
  EXPECT_FALSE(moment_of(nullptr));
}

TEST(ReadJson, TakesADigestOnlyWhenItIsThirtyTwoBytes) {
  // SHA-256 of nothing: FIPS 180-4's value for the empty message.
  const std::string empty_message =
      "\xe3\xb0\xc4\x42\x98\xfc\x1c\x14\x9a\xfb\xf4\xc8\x99\x6f\xb9\x24\x27\xae\x41\xe4\x64\x9b\x93\x4c\xa4\x95\x99"
      "\x1b\x78\x52\xb8\x55";
  EXPECT_EQ(sha256_from_base64("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="), empty_message);
  EXPECT_EQ(sha256_from_base64("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"), empty_message);
  for (const char* wrong : {"", "====", "4654+8g=", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuF!=",
                            "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFUAAAA="})
    EXPECT_EQ(sha256_from_base64(wrong), "") << wrong;
}

TEST(ReadJson, ReadsIdsThatComeAsTextOrNumber) {
  const Json object = Json::parse(R"({"a": "7", "b": 7, "c": 7.5, "d": null, "e": {}, "f": -3})");
  EXPECT_EQ(text_at(object, "a"), "7");
  EXPECT_EQ(text_at(object, "b"), "7");
  EXPECT_EQ(text_at(object, "f"), "-3");
  for (const char* other : {"c", "d", "e", "none"}) EXPECT_EQ(text_at(object, other), "") << other;
}

TEST(ReadJson, SaysWhatWasFoundWithoutQuotingCustomers) {
  const Json object = Json::parse(R"({"text": "secret words", "empty": "", "number": 42, "list": [], "yes": true})");
  EXPECT_EQ(describe(member(object, "text")), "other text");
  EXPECT_EQ(describe(member(object, "empty")), "empty text");
  EXPECT_EQ(describe(member(object, "number")), "42");
  EXPECT_EQ(describe(member(object, "list")), "a list");
  EXPECT_EQ(describe(member(object, "yes")), "true");
  EXPECT_EQ(describe(member(object, "none")), "nothing");
}

}  // namespace
}  // namespace patchbay::whatsapp
