#include "delivery/event.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <limits>

namespace patchbay::delivery {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr TimePoint at{1'772'446'272s};  // 2026-03-02T10:11:12Z

TEST(CloudEvent, CarriesTheAttributesOfCloudEvents) {
  const std::string event = cloud_event("3f9a", store::EventId{12}, store::EventType::contact_created, "contact_17", at,
                                        json{{"id", "contact_17"}});
  EXPECT_EQ(json::parse(event), json({{"specversion", "1.0"},
                                      {"id", "event_12"},
                                      {"source", "/patchbay/3f9a"},
                                      {"type", "contact.created"},
                                      {"subject", "contact_17"},
                                      {"time", "2026-03-02T10:11:12Z"},
                                      {"datacontenttype", "application/json"},
                                      {"dataschema", "urn:patchbay:schema:contact.created:1"},
                                      {"sequence", "00000000000000000012"},
                                      {"data", {{"id", "contact_17"}}}}));
}

TEST(CloudEvent, SequenceSortsAsTextLikeTheIdsAsNumbers) {
  const auto sequence = [](std::int64_t id) {
    return json::parse(cloud_event("s", store::EventId{id}, store::EventType::channel_notice, "x", at, json::object()))
        .at("sequence")
        .get<std::string>();
  };
  EXPECT_LT(sequence(9), sequence(10));
  EXPECT_LT(sequence(999'999), sequence(1'000'000));
  EXPECT_EQ(sequence(std::numeric_limits<std::int64_t>::max()), "09223372036854775807");
}

TEST(CloudEvent, LeavesAnEmptySubjectOut) {
  const json event =
      json::parse(cloud_event("s", store::EventId{1}, store::EventType::channel_notice, "", at, json::object()));
  EXPECT_FALSE(event.contains("subject"));
}

TEST(CloudEvent, EscapesWhatTheSubjectHolds) {
  for (const std::string subject : {"say \"hi\"", "back\\slash", "two\nlines", "żółw", "a,b"}) {
    const json event =
        json::parse(cloud_event("s", store::EventId{1}, store::EventType::channel_notice, subject, at, json::object()));
    EXPECT_EQ(event.at("subject"), subject);
  }
}

TEST(CloudEvent, SourceStaysAUriReference) {
  const json event =
      json::parse(cloud_event("a b/\"c", store::EventId{1}, store::EventType::channel_notice, "", at, json::object()));
  EXPECT_EQ(event.at("source"), "/patchbay/a%20b%2F%22c");
}

TEST(CloudEvent, BrokenUtf8IsReplacedAndNeverThrows) {
  const std::string broken = "ok \xC3\x28 \xFF\xFE end \xE2\x82";
  std::string event;
  ASSERT_NO_THROW(event = cloud_event(broken, store::EventId{1}, store::EventType::interaction_received, broken, at,
                                      json{{"text", broken}, {broken, 1}}));
  const json parsed = json::parse(event);
  EXPECT_EQ(parsed.at("data").at("text"), "ok \uFFFD( \uFFFD\uFFFD end \uFFFD");
  EXPECT_EQ(parsed.at("subject"), "ok \uFFFD( \uFFFD\uFFFD end \uFFFD");
}

TEST(CloudEvent, KeepsTheDataAsItWas) {
  const char* values[] = {"null",    "true",
                          "-12",     "18446744073709551615",
                          "1.5",     "\"\"",
                          "[]",      "{}",
                          "[[],{}]", R"({"a":[1,"two",{"three":null}],"ż":"tab\t quote\" slash\\ żółw","empty":{}})"};
  for (const char* value : values) {
    const std::string event =
        cloud_event("s", store::EventId{1}, store::EventType::channel_notice, "x", at, json::parse(value));
    EXPECT_EQ(json::parse(event).at("data"), json::parse(value)) << value;
  }
}

}  // namespace
}  // namespace patchbay::delivery
