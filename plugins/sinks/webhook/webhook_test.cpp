#include "webhook.hpp"

#include <patchbay/testkit/fake_host.hpp>

#include <gtest/gtest.h>
#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>
#include <vector>

extern "C" const pb_plugin* patchbay_plugin_v1(std::uint32_t host_abi_major, std::uint32_t host_abi_minor);

namespace patchbay::webhook {
namespace {

using testkit::FakeHost;

// The example key of Standard Webhooks 1.0.0, and a second one.
constexpr const char* spec_key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr const char* other_key = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
// RFC 8032, section 7.1, test 1: the seed and the public key.
constexpr const char* ed25519_key =
    "whsk_nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2DXWpgBgrEKt9VL/tPJZAc6DuFy89qmIyWvAhpo9wdRGg==";
constexpr const char* ed25519_seed = "whsk_nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";

// The message that the specification signs in its example: id, timestamp, body.
constexpr const char* spec_id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
constexpr std::chrono::seconds spec_time{1'614'265'330};
constexpr const char* spec_body = R"({"test": 2432232314})";
constexpr const char* spec_signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

class WebhookTest : public ::testing::Test {
 protected:
  pb_code open(Json settings) {
    settings.emplace("timeout", 20);
    return host.open(settings);
  }

  // Settings with these keys, running.
  void run(const std::vector<std::string>& keys, const Json& headers = Json::object()) {
    Json settings{{"url", "https://desk.example/in?tenant=7"}, {"keys", Json::array()}, {"headers", headers}};
    for (const std::string& key : keys) settings["keys"].push_back(host.secret(key));
    ASSERT_EQ(open(settings), PB_OK) << host.why();
    ASSERT_EQ(host.start(), PB_OK);
  }

  static Event spec_event() {
    Event event;
    event.token = 1;
    event.attempted_at = TimePoint{spec_time + std::chrono::microseconds{999'999}};
    event.id = spec_id;
    event.type = "contact.created";
    event.contact = "contact_5";
    event.payload = spec_body;
    return event;
  }

  HttpCall render(const Event& event) {
    const testkit::Rendered rendered = host.render(event);
    EXPECT_TRUE(rendered.call) << host.why();
    return rendered.call.value_or(HttpCall{});
  }

  static std::string header(const HttpCall& call, std::string_view name) {
    std::string found;
    for (const Header& each : call.headers)
      if (each.name == name) found += "[" + each.value + "]";
    return found;
  }

  Judgement judge(const HttpResult& result) { return host.judge(spec_event(), result); }

  FakeHost host{patchbay_plugin_v1(PATCHBAY_ABI_MAJOR, PATCHBAY_ABI_MINOR)};
};

TEST_F(WebhookTest, PostsTheFrozenEventAsStructuredCloudEvent) {
  run({spec_key});
  const HttpCall call = render(spec_event());
  EXPECT_EQ(call.method, "POST");
  EXPECT_EQ(call.url, "https://desk.example/in?tenant=7");
  EXPECT_EQ(call.body, spec_body);
  EXPECT_EQ(call.timeout, std::chrono::seconds{20});
  EXPECT_EQ(header(call, "content-type"), "[application/cloudevents+json; charset=utf-8]");
  EXPECT_EQ(header(call, "user-agent"), "[Patchbay/0.1.0]");
}

TEST_F(WebhookTest, SignsAsTheExampleOfStandardWebhooks) {
  run({spec_key});
  const HttpCall call = render(spec_event());
  EXPECT_EQ(header(call, "webhook-id"), "[msg_p5jXN8AQM9LWM0D4loKWxJek]");
  EXPECT_EQ(header(call, "webhook-timestamp"), "[1614265330]");
  EXPECT_EQ(header(call, "webhook-signature"), std::string("[") + spec_signature + "]");
}

TEST_F(WebhookTest, SignsWithEveryKeyInTheirOrder) {
  run({ed25519_key, spec_key, ed25519_seed, other_key});
  const std::string signatures = header(render(spec_event()), "webhook-signature");
  // Computed with `openssl pkeyutl -sign -rawin` and `openssl dgst -mac HMAC` over the specification's message.
  const std::string asymmetric =
      "v1a,fldxM4gAKugP6nnt1hdz3sgGfZ6d99nzrMFnZOELIxbzEHoVmAb2ADpkJK7zgPePmPsle0zV9jSeGlHFG2NVAw==";
  const std::string expected =
      "[" + asymmetric + " " + spec_signature + " " + asymmetric + " v1,O4Gjv1HqPqsMrjmczoggs/sWA8gZD0VyHG+fLh4+ktI=]";
  EXPECT_EQ(signatures, expected);
}

TEST_F(WebhookTest, SignsEachAttemptAnewUnderTheSameId) {
  run({spec_key});
  Event again = spec_event();
  again.attempt = 2;
  again.attempted_at += std::chrono::minutes{5};
  const HttpCall first = render(spec_event());
  const HttpCall second = render(again);
  EXPECT_EQ(header(first, "webhook-id"), header(second, "webhook-id"));
  EXPECT_EQ(first.body, second.body);
  EXPECT_EQ(header(second, "webhook-timestamp"), "[1614265630]");
  EXPECT_NE(header(first, "webhook-signature"), header(second, "webhook-signature"));
}

TEST_F(WebhookTest, LeavesFurtherHeadersToTheHostAsSecrets) {
  const Json token = host.secret("Bearer 17");
  run({spec_key}, {{"Authorization", token}});
  const HttpCall call = render(spec_event());
  ASSERT_EQ(call.secret_headers.size(), 1U);
  EXPECT_EQ(call.secret_headers[0].name, "Authorization");
  EXPECT_EQ(call.secret_headers[0].prefix, "");
  EXPECT_EQ(call.secret_headers[0].secret, token.at("$secret").get<pb_secret>());
  EXPECT_EQ(header(call, "Authorization"), "");
}

TEST_F(WebhookTest, RefusesAllKeysThatAreNoneAtOnceAndNamesTheirPlaces) {
  const Json keys{host.secret("hunter2"), host.secret(spec_key), host.secret("whsec_no base64!"),
                  host.secret("whsk_c2hvcnQ=")};
  EXPECT_EQ(open({{"url", "https://desk.example/in"}, {"keys", keys}}), PB_INVALID_SETTINGS);
  std::vector<std::string> pointers;
  for (const Error& error : host.reports()) {
    pointers.push_back(error.pointer);
    EXPECT_EQ(error.code, PB_INVALID_SETTINGS);
    EXPECT_NE(error.remedy.find("whsec_"), std::string::npos);
    EXPECT_EQ((error.reason + error.remedy).find("hunter2"), std::string::npos) << "a secret was shown";
  }
  EXPECT_EQ(pointers, (std::vector<std::string>{"/keys/0", "/keys/2", "/keys/3"}));
}

TEST_F(WebhookTest, RefusesSettingsThatCannotWork) {
  struct Case {
    const char* what;
    Json change;
    const char* pointer;
  };
  const Json key = host.secret(spec_key);
  const Json value = host.secret("x");
  for (const Case& c :
       {Case{"no address", {{"url", nullptr}}, "/url"}, Case{"no key at all", {{"keys", Json::array()}}, "/keys"},
        Case{"a key in clear", {{"keys", {spec_key}}}, "/keys/0"},
        Case{"a header that proves the event", {{"headers", {{"Webhook-Id", value}}}}, "/headers/Webhook-Id"},
        Case{"a header of the body", {{"headers", {{"CONTENT-TYPE", value}}}}, "/headers/CONTENT-TYPE"},
        Case{"a name with a tilde", {{"headers", {{"webhook-~", value}}}}, "/headers/webhook-~0"}}) {
    FakeHost fresh{patchbay_plugin_v1(PATCHBAY_ABI_MAJOR, PATCHBAY_ABI_MINOR)};
    (void)fresh.secret(spec_key);
    (void)fresh.secret("x");
    Json settings{{"url", "https://desk.example/in"}, {"keys", {key}}, {"headers", Json::object()}, {"timeout", 20}};
    settings.merge_patch(c.change);
    EXPECT_EQ(fresh.open(settings), PB_INVALID_SETTINGS) << c.what;
    ASSERT_EQ(fresh.reports().size(), 1U) << c.what;
    EXPECT_EQ(fresh.reports()[0].pointer, c.pointer) << c.what;
  }
}

TEST_F(WebhookTest, JudgesByStatus) {
  run({spec_key});
  struct Case {
    std::uint32_t status;
    Verdict verdict;
  };
  for (const Case& c : {Case{200, Verdict::delivered}, Case{204, Verdict::delivered}, Case{301, Verdict::permanent},
                        Case{400, Verdict::permanent}, Case{401, Verdict::permanent}, Case{410, Verdict::gone},
                        Case{408, Verdict::transient}, Case{429, Verdict::transient}, Case{500, Verdict::transient},
                        Case{502, Verdict::transient}, Case{504, Verdict::transient}, Case{0, Verdict::transient}}) {
    HttpResult result;
    result.status = c.status;
    EXPECT_EQ(judge(result).verdict, c.verdict) << c.status;
  }
}

TEST_F(WebhookTest, TellsInOneLineWhatTheReceiverSaid) {
  run({spec_key});
  HttpResult result;
  result.status = 422;
  result.body = "{\n  \"error\": \"unknown tenant\"\r\n}\n";
  EXPECT_EQ(judge(result).reason, "the receiver answered HTTP 422: { \"error\": \"unknown tenant\" }");
  result.body = " \n";
  EXPECT_EQ(judge(result).reason, "the receiver answered HTTP 422");
}

TEST_F(WebhookTest, SaysWhereARedirectPointsInsteadOfFollowingIt) {
  run({spec_key});
  HttpResult result;
  result.status = 308;
  result.headers = {{"location", "https://desk.example/new\u001b[2J"}};
  result.body = "<html>";
  EXPECT_EQ(judge(result).reason,
            "the receiver answered HTTP 308: redirects are not followed; it points to https://desk.example/new [2J");
}

Json settings_schema() {
  std::ifstream file(WEBHOOK_FOLDER "/settings.schema.json");
  return Json::parse(file);
}

TEST(WebhookSettings, MarkEverySecret) {
  const Json schema = settings_schema();
  EXPECT_EQ(schema.at("required"), Json({"url", "keys"}));
  EXPECT_EQ(schema.at("/properties/keys/items/x-patchbay-secret"_json_pointer), true);
  EXPECT_EQ(schema.at("/properties/headers/additionalProperties/x-patchbay-secret"_json_pointer), true);
}

TEST(WebhookSettings, TakeOnlyAddressesThatCanBePostedTo) {
  const std::regex pattern(settings_schema().at("/properties/url/pattern"_json_pointer).get<std::string>());
  struct Case {
    const char* url;
    bool taken;
  };
  for (const Case& c : {Case{"https://desk.example/in", true}, Case{"https://desk.example", true},
                        Case{"http://127.0.0.1:8080/in?to=a@b", true}, Case{"http://[::1]:80?x", true},
                        Case{"ftp://desk.example/in", false}, Case{"desk.example/in", false},
                        Case{"https://user:word@desk.example/in", false}, Case{"https:///in", false},
                        Case{"https://desk.example/a b", false}, Case{"https://desk.example/a\nb", false}}) {
    EXPECT_EQ(std::regex_search(c.url, pattern), c.taken) << c.url;
  }
}

TEST(WebhookSettings, TakeOnlyTokensOfHttpAsNamesOfHeaders) {
  const std::regex pattern(
      settings_schema().at("/properties/headers/propertyNames/pattern"_json_pointer).get<std::string>());
  for (const char* name : {"Authorization", "X-Tenant", "x_1.~"}) EXPECT_TRUE(std::regex_search(name, pattern)) << name;
  for (const char* name : {"", "a b", "a:", "a\r\nb", "\"a\"", "ä"})
    EXPECT_FALSE(std::regex_search(name, pattern)) << name;
}

}  // namespace
}  // namespace patchbay::webhook
