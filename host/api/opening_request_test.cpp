#include "api/opening_request.hpp"

#include <gtest/gtest.h>

namespace patchbay::api {
namespace {

using namespace std::chrono_literals;
using store::DeliveryState;

TEST(OpeningRequest, SaysWhatToReplay) {
  const auto request = replay_request_of(
      R"({"destination":"crm","since":"2026-01-27","until":"2026-01-27T12:00:00Z","reason":"HTTP 500",)"
      R"("contact":"contact_5","events":["event_3","event_1"],"dry_run":true})");
  ASSERT_TRUE(request) << request.error().text();
  EXPECT_EQ(request->filter.destination, "crm");
  EXPECT_EQ(request->filter.state, DeliveryState::dead) << "where nothing else is said";
  EXPECT_EQ(request->filter.since, TimePoint{1'769'472'000s});
  EXPECT_EQ(request->filter.until, TimePoint{1'769'515'200s});
  EXPECT_EQ(request->filter.reason, "HTTP 500");
  EXPECT_EQ(request->filter.contact, store::ContactId{5});
  EXPECT_EQ(request->events, (std::vector{store::EventId{3}, store::EventId{1}}));
  EXPECT_TRUE(request->dry_run);
  EXPECT_EQ(replay_request_of(R"({"state":"delivered"})")->filter.state, DeliveryState::delivered);
  EXPECT_FALSE(replay_request_of(R"({"all":true})")->dry_run);
}

TEST(OpeningRequest, SaysWhatToFill) {
  const auto request = fill_request_of(R"({"destination":"crm","channels":["sms","mail"],"since":"2026-01-27"})");
  ASSERT_TRUE(request) << request.error().text();
  EXPECT_EQ(request->destination, "crm");
  EXPECT_EQ(request->channels, (std::vector<std::string>{"sms", "mail"}));
  EXPECT_EQ(request->since, TimePoint{1'769'472'000s});
  EXPECT_EQ(request->until, std::nullopt);
  EXPECT_TRUE(fill_request_of(R"({"destination":"crm"})")->channels.empty());
}

TEST(OpeningRequest, ASlipOfThePenReplaysNothing) {
  for (const char* wrong : {"",
                            "null",
                            "[]",
                            "{",
                            "{}",
                            R"({"al":true})",
                            R"({"all":false})",
                            R"({"all":1})",
                            R"({"dry_run":true})",
                            R"({"all":true,"destinations":"crm"})",
                            R"({"destination":""})",
                            R"({"destination":5})",
                            R"({"state":"open"})",
                            R"({"state":"lost"})",
                            R"({"since":"yesterday"})",
                            R"({"since":5})",
                            R"({"contact":"event_5"})",
                            R"({"events":"event_5"})",
                            R"({"events":[5]})",
                            R"({"events":["contact_5"]})",
                            R"({"events":[]})"}) {
    const auto request = replay_request_of(wrong);
    ASSERT_FALSE(request) << wrong;
    EXPECT_EQ(request.error().code, ErrorCode::invalid) << wrong;
  }
  for (const char* wrong :
       {"", "{}", R"({"destination":"crm","channel":"sms"})", R"({"destination":"crm","channels":"sms"})",
        R"({"destination":null})", R"({"destination":"crm","until":"soon"})"})
    EXPECT_FALSE(fill_request_of(wrong)) << wrong;
}

}  // namespace
}  // namespace patchbay::api
