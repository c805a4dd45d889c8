// What Meta's answers mean. Answers, codes and HTTP statuses are those of the Cloud API's reference (messages, error
// codes, throughput) and of the Graph API's (handling errors, rate limiting).
#include "sending_end.hpp"
#include "fixture.hpp"

#include <gtest/gtest.h>

namespace patchbay::whatsapp {
namespace {

using std::chrono::seconds;

HttpResult answer(std::uint32_t status, std::string body, std::vector<Header> headers = {}) {
  HttpResult result;
  result.status = status;
  result.headers = std::move(headers);
  result.body = std::move(body);
  return result;
}

HttpResult error(std::uint32_t status, int code, Json further = Json::object(), std::vector<Header> headers = {}) {
  Json object = {{"message", "(#" + std::to_string(code) + ") A title"},
                 {"type", "OAuthException"},
                 {"code", code},
                 {"error_data", {{"messaging_product", "whatsapp"}, {"details", "What happened."}}},
                 {"fbtrace_id", "Az8or2yhqkZfEZ-_4Qn_Bam"}};
  object.update(further);
  return answer(status, Json{{"error", object}}.dump(), std::move(headers));
}

SendingEnd end_of(const HttpResult& result) { return end_of_sending(result, "/numbers/pl/id", arrival); }
pb_code code_of(const HttpResult& result) {
  const SendingEnd end = end_of(result);
  return end.error ? end.error->code : PB_OK;
}
seconds wait_of(const HttpResult& result) {
  const SendingEnd end = end_of(result);
  EXPECT_TRUE(end.error && end.error->code == PB_RATE_LIMITED);
  return end.error ? std::chrono::duration_cast<seconds>(end.error->until - arrival) : seconds{0};
}

TEST(SendingEnd, OfATakenMessageIsItsId) {
  for (const char* body :
       {R"({"messaging_product": "whatsapp", "contacts": [{"input": "+48601234567", "wa_id": "48601234567"}],
            "messages": [{"id": "wamid.HBgLNDg2MDEyMzQ1NjcVAgARGBI"}]})",
        R"({"messaging_product": "whatsapp", "contacts": [{"input": "PL.1349", "user_id": "PL.1349"}],
            "messages": [{"id": "wamid.HBgLNDg2MDEyMzQ1NjcVAgARGBI", "message_status": "accepted"}]})"}) {
    const SendingEnd end = end_of(answer(200, body));
    EXPECT_FALSE(end.error) << end.error->reason;
    EXPECT_EQ(end.external_id, "wamid.HBgLNDg2MDEyMzQ1NjcVAgARGBI");
  }
}

TEST(SendingEnd, SaysWhatMetaSaid) {
  const SendingEnd end = end_of(error(400, 131047, {{"message", "(#131047) Re-engagement message"}}));
  ASSERT_TRUE(end.error);
  EXPECT_EQ(end.error->code, PB_PERMANENT);
  EXPECT_EQ(end.error->reason,
            "sending: WhatsApp refused it with error 131047 (HTTP 400): (#131047) Re-engagement message: What "
            "happened. [Az8or2yhqkZfEZ-_4Qn_Bam]");
  EXPECT_EQ(end.error->remedy,
            "wait until the person writes again, or send an approved template from WhatsApp Manager");
}

TEST(SendingEnd, OfEachDocumentedErrorHasItsClass) {
  struct Case {
    std::uint32_t status;
    int code;
    pb_code expected;
  };
  for (const Case& each : std::initializer_list<Case>{// Authorisation
                                                      {401, 0, PB_AUTH_FAILED},
                                                      {500, 3, PB_AUTH_FAILED},
                                                      {403, 10, PB_AUTH_FAILED},
                                                      {401, 190, PB_AUTH_FAILED},
                                                      {403, 200, PB_AUTH_FAILED},
                                                      {403, 299, PB_AUTH_FAILED},
                                                      {403, 131005, PB_AUTH_FAILED},
                                                      // The account
                                                      {403, 368, PB_AUTH_FAILED},
                                                      {403, 131031, PB_AUTH_FAILED},
                                                      {400, 131042, PB_AUTH_FAILED},
                                                      {400, 133010, PB_AUTH_FAILED},
                                                      {403, 130497, PB_PERMANENT},
                                                      {400, 33, PB_INVALID_SETTINGS},
                                                      // Throttling
                                                      {400, 4, PB_RATE_LIMITED},
                                                      {400, 80007, PB_RATE_LIMITED},
                                                      {400, 130429, PB_RATE_LIMITED},
                                                      {400, 131048, PB_RATE_LIMITED},
                                                      {400, 133016, PB_RATE_LIMITED},
                                                      {400, 131056, PB_TRANSIENT},  // of one recipient only: the others
                                                                                    // must not wait The service
                                                      {400, 1, PB_TRANSIENT},
                                                      {503, 2, PB_TRANSIENT},
                                                      {500, 131000, PB_TRANSIENT},
                                                      {500, 131016, PB_TRANSIENT},
                                                      {500, 131057, PB_TRANSIENT},
                                                      {503, 133004, PB_TRANSIENT},
                                                      // The message
                                                      {400, 100, PB_PERMANENT},
                                                      {400, 131008, PB_PERMANENT},
                                                      {400, 131009, PB_PERMANENT},
                                                      {400, 131021, PB_PERMANENT},
                                                      {400, 131026, PB_PERMANENT},
                                                      {400, 131030, PB_PERMANENT},
                                                      {400, 131047, PB_PERMANENT},
                                                      {400, 131051, PB_PERMANENT},
                                                      {400, 131052, PB_PERMANENT},
                                                      {400, 131062, PB_PERMANENT},
                                                      {404, 132001, PB_PERMANENT},
                                                      // Not documented yet
                                                      {500, 139999, PB_TRANSIENT},
                                                      {429, 139999, PB_RATE_LIMITED},
                                                      {401, 139999, PB_AUTH_FAILED},
                                                      {400, 139999, PB_PERMANENT}}) {
    const SendingEnd end = end_of(error(each.status, each.code));
    ASSERT_TRUE(end.error) << each.code;
    EXPECT_EQ(end.error->code, each.expected) << each.code << " with HTTP " << each.status;
    EXPECT_FALSE(end.error->remedy.empty()) << each.code;
  }
  EXPECT_EQ(code_of(error(400, 139999, {{"is_transient", true}})), PB_TRANSIENT);
  EXPECT_EQ(code_of(error(200, 131000)), PB_TRANSIENT) << "an error is one, whatever the status";
}

TEST(SendingEnd, NamesTheSettingOfANumberThatTheTokenCannotSee) {
  const SendingEnd end = end_of(error(400, 100, {{"error_subcode", 33}}));
  ASSERT_TRUE(end.error);
  EXPECT_EQ(end.error->code, PB_INVALID_SETTINGS);
  EXPECT_EQ(end.error->pointer, "/numbers/pl/id");
}

TEST(SendingEnd, WaitsAsLongAsTheAnswerAsks) {
  EXPECT_EQ(wait_of(error(400, 130429)), seconds{1}) << "throughput is per second";
  EXPECT_EQ(wait_of(error(400, 131048)), seconds{3600});
  EXPECT_EQ(wait_of(error(429, 130429, Json::object(), {{"retry-after", "30"}})), seconds{30});
  EXPECT_EQ(wait_of(error(429, 130429, Json::object(), {{"retry-after", "99999999999"}})), seconds{86'400});
  for (const char* nonsense : {"", "-5", "soon", "1e9", "99999999999999999999"})
    EXPECT_EQ(wait_of(error(400, 80007, Json::object(), {{"retry-after", nonsense}})), seconds{300}) << nonsense;
  const Header usage{"x-business-use-case-usage",
                     R"({"102290129340398": [{"type": "whatsapp", "call_count": 100, "total_cputime": 25,
                         "total_time": 25, "estimated_time_to_regain_access": 19}]})"};
  EXPECT_EQ(wait_of(error(400, 80007, Json::object(), {usage})), seconds{19 * 60});
  EXPECT_EQ(wait_of(answer(429, "", {{"retry-after", "7"}})), seconds{7});
  EXPECT_EQ(wait_of(answer(503, "<html>", {{"retry-after", "7"}})), seconds{7});
}

TEST(SendingEnd, IsOpenWhereTheMessageMayHaveBeenTaken) {
  HttpResult broken;
  broken.error = Error{PB_TIMEOUT, "no whole answer within 30000 ms", "", "", {}};
  EXPECT_EQ(end_of(broken).error->code, PB_TIMEOUT);
  EXPECT_EQ(end_of(broken).error->reason,
            "sending: it is not known whether WhatsApp took it: no whole answer within 30000 ms");
  for (const pb_code code : {PB_TRANSIENT, PB_PERMANENT, PB_BUG}) {
    broken.error->code = code;
    EXPECT_EQ(code_of(broken), PB_TIMEOUT);
  }
  for (const std::uint32_t status : {500U, 502U, 504U, 599U})
    for (const char* body : {"<html>Bad gateway</html>", R"({"error": {"code": 502, "message": "Bad gateway"}})"})
      EXPECT_EQ(code_of(answer(status, body)), PB_TIMEOUT) << status << " " << body;
  for (const char* body :
       {"", "{}", "[]", "null", R"({"messages": []})", R"({"messages": [{}]})", R"({"messages": [{"id": ""}]})",
        R"({"messages": {"id": "wamid.1"}})", "{\"messages\":", R"({"error": "no"})", R"({"error": {}})"})
    EXPECT_EQ(code_of(answer(200, body)), PB_TIMEOUT) << body;
  EXPECT_EQ(code_of(answer(200, std::string(100, '[') + std::string(100, ']'))), PB_TIMEOUT);
}

TEST(SendingEnd, IsNotOpenWhereItNeverArrived) {
  HttpResult unreached;
  unreached.error = Error{PB_NOT_CONNECTED, "connecting: refused", "", "", {}};
  EXPECT_EQ(code_of(unreached), PB_NOT_CONNECTED);
  EXPECT_EQ(code_of(answer(503, "")), PB_TRANSIENT);
  EXPECT_EQ(code_of(answer(408, "")), PB_TRANSIENT);
  EXPECT_EQ(code_of(answer(401, "")), PB_AUTH_FAILED);
  for (const std::uint32_t status : {301U, 400U, 404U, 405U, 413U}) {
    const SendingEnd end = end_of(answer(status, "<html>Not here</html>"));
    EXPECT_EQ(end.error->code, PB_INVALID_SETTINGS) << status;
    EXPECT_EQ(end.error->pointer, "/api");
  }
}

TEST(SendingEnd, LetsNothingOfAnAnswerBreakALine) {
  const SendingEnd end = end_of(error(400, 100, {{"message", "a\r\nb\x1b[2J" + std::string(400, 'x') + "ż"}}));
  EXPECT_EQ(end.error->reason.find_first_of("\r\n\x1b"), std::string::npos);
  EXPECT_LT(end.error->reason.size(), 1000U);
}

}  // namespace
}  // namespace patchbay::whatsapp
