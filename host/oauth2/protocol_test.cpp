// Expectations are the examples of RFC 6749, RFC 7636 and RFC 8628.
#include "oauth2/protocol.hpp"

#include "oauth2/form.hpp"

#include <gtest/gtest.h>

namespace patchbay::oauth2 {
namespace {

using namespace std::chrono_literals;

// The client of the RFCs.
config::OAuth2 example() {
  config::OAuth2 settings;
  settings.device_url = "https://server.example.com/device_authorization";
  settings.authorization_url = "https://server.example.com/authorize";
  settings.token_url = "https://server.example.com/token";
  settings.client_id = "s6BhdRkqt3";
  return settings;
}

config::OAuth2 confidential() {
  config::OAuth2 settings = example();
  settings.client_secret = "gX1fBat3bV";
  return settings;
}

std::string member(const Request& request, std::string_view name) {
  return std::string(value_of(decoded(request.body).value_or(Form{}), name));
}

TEST(OAuth2Protocol, MakesTheChallengeOfRfc7636AppendixB) {
  EXPECT_EQ(challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

TEST(OAuth2Protocol, MakesAVerifierOf43CharactersOutOf32Octets) {  // RFC 7636, section 4.1
  const Random octets = [](std::span<std::uint8_t> to) {
    constexpr std::array<std::uint8_t, 32> appendix_b{116, 24,  223, 180, 151, 153, 224, 37,  79,  250, 96,
                                                      125, 216, 173, 187, 186, 22,  212, 37,  77,  105, 214,
                                                      191, 240, 91,  88,  5,   88,  83,  132, 141, 121};
    std::copy(appendix_b.begin(), appendix_b.end(), to.begin());
  };
  EXPECT_EQ(random_word(octets), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
}

TEST(OAuth2Protocol, ProvesWhoAsksInTheHeaderAsRfc6749Section2_3_1Shows) {
  const Request request = refresh_request(confidential(), "tGzv3JOkF0XG5Qx2TlKWIA");
  EXPECT_EQ(request.url, "https://server.example.com/token");
  EXPECT_EQ(request.authorization, "Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW");
  EXPECT_EQ(request.body, "grant_type=refresh_token&refresh_token=tGzv3JOkF0XG5Qx2TlKWIA");
}

TEST(OAuth2Protocol, ProvesWhoAsksInTheBodyWhereTheSettingsSaySo) {
  config::OAuth2 settings = confidential();
  settings.client_authentication = config::ClientAuthentication::body;
  const Request request = refresh_request(settings, "tGzv3JOkF0XG5Qx2TlKWIA");
  EXPECT_TRUE(request.authorization.empty());
  EXPECT_EQ(request.body,
            "grant_type=refresh_token&refresh_token=tGzv3JOkF0XG5Qx2TlKWIA&client_id=s6BhdRkqt3&client_secret="
            "gX1fBat3bV");
}

TEST(OAuth2Protocol, NamesAPublicClientInTheBody) {
  const Request request = refresh_request(example(), "tGzv3JOkF0XG5Qx2TlKWIA");
  EXPECT_TRUE(request.authorization.empty());
  EXPECT_EQ(member(request, "client_id"), "s6BhdRkqt3");
}

TEST(OAuth2Protocol, EncodesIdAndSecretBeforeTheyAreJoined) {  // RFC 6749, section 2.3.1 and appendix B
  config::OAuth2 settings = example();
  settings.client_id = "a:b";
  settings.client_secret = "c d";
  EXPECT_EQ(client_credentials_request(settings).authorization, "Basic YSUzQWI6Yytk");  // a%3Ab:c+d
}

TEST(OAuth2Protocol, AsksForTheScopesAsOneText) {
  config::OAuth2 settings = confidential();
  settings.scopes = {"read", "write"};
  EXPECT_EQ(client_credentials_request(settings).body, "grant_type=client_credentials&scope=read+write");
}

TEST(OAuth2Protocol, AsksForADeviceCodeAsRfc8628Section3_1Shows) {
  config::OAuth2 settings = example();
  settings.client_id = "1406020730";
  settings.scopes = {"example_scope"};
  const Request request = device_request(settings);
  EXPECT_EQ(request.url, "https://server.example.com/device_authorization");
  EXPECT_EQ(member(request, "client_id"), "1406020730");
  EXPECT_EQ(member(request, "scope"), "example_scope");
}

TEST(OAuth2Protocol, AsksForTheTokenOfADeviceAsRfc8628Section3_4Shows) {
  config::OAuth2 settings = example();
  settings.client_id = "1406020730";
  EXPECT_EQ(device_token_request(settings, "GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS").body,
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code="
            "GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS&client_id=1406020730");
}

TEST(OAuth2Protocol, ReadsTheDeviceCodesOfRfc8628Section3_2) {
  const auto codes = read_device_codes(200, R"({
      "device_code": "GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS", "user_code": "WDJB-MJHT",
      "verification_uri": "https://example.com/device",
      "verification_uri_complete": "https://example.com/device?user_code=WDJB-MJHT",
      "expires_in": 1800, "interval": 5})");
  ASSERT_TRUE(codes);
  EXPECT_EQ(codes->device_code, "GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS");
  EXPECT_EQ(codes->user_code, "WDJB-MJHT");
  EXPECT_EQ(codes->verification_url, "https://example.com/device");
  EXPECT_EQ(codes->verification_url_complete, "https://example.com/device?user_code=WDJB-MJHT");
  EXPECT_EQ(codes->lasts, 1800s);
  EXPECT_EQ(codes->interval, 5s);
}

TEST(OAuth2Protocol, WaitsFiveSecondsWhereTheServerNamesNoInterval) {  // RFC 8628, section 3.2
  const auto codes = read_device_codes(
      200, R"({"device_code": "d", "user_code": "u", "verification_url": "https://google.example", "expires_in": 60})");
  ASSERT_TRUE(codes);
  EXPECT_EQ(codes->interval, 5s);
  EXPECT_EQ(codes->verification_url, "https://google.example") << "Google's name for it";
}

TEST(OAuth2Protocol, ReadsTheTokensOfRfc6749Section5_1) {
  const auto tokens = read_tokens(200, R"({"access_token": "2YotnFZFEjr1zCsicMWpAA", "token_type": "example",
      "expires_in": 3600, "refresh_token": "tGzv3JOkF0XG5Qx2TlKWIA", "example_parameter": "example_value"})");
  ASSERT_FALSE(tokens) << "its type is unknown, and section 7.1 forbids to use it then";
  const auto bearer = read_tokens(200, R"({"access_token": "2YotnFZFEjr1zCsicMWpAA", "token_type": "Bearer",
      "expires_in": 3600, "refresh_token": "tGzv3JOkF0XG5Qx2TlKWIA"})");
  ASSERT_TRUE(bearer);
  EXPECT_EQ(bearer->access_token, "2YotnFZFEjr1zCsicMWpAA");
  EXPECT_EQ(bearer->lasts, 3600s);
  EXPECT_EQ(bearer->refresh_token, "tGzv3JOkF0XG5Qx2TlKWIA");
}

TEST(OAuth2Protocol, SaysWhatEachErrorOfTheStandardsMeans) {
  const std::pair<const char*, Refusal> all[] = {{"authorization_pending", Refusal::pending},
                                                 {"slow_down", Refusal::slow_down},
                                                 {"access_denied", Refusal::denied},
                                                 {"expired_token", Refusal::denied},
                                                 {"invalid_grant", Refusal::gone},
                                                 {"invalid_client", Refusal::client},
                                                 {"unauthorized_client", Refusal::client},
                                                 {"invalid_scope", Refusal::client},
                                                 {"unsupported_grant_type", Refusal::client},
                                                 {"invalid_request", Refusal::client},
                                                 {"made_up", Refusal::client},
                                                 {"temporarily_unavailable", Refusal::unavailable}};
  for (const auto& [code, why] : all) {
    const auto tokens = read_tokens(400, R"({"error": ")" + std::string(code) + R"("})");
    ASSERT_FALSE(tokens) << code;
    EXPECT_EQ(tokens.error().why, why) << code;
    EXPECT_NE(tokens.error().error.reason.find(code), std::string::npos);
    EXPECT_EQ(tokens.error().error.remedy.empty(), why == Refusal::pending || why == Refusal::slow_down) << code;
  }
}

TEST(OAuth2Protocol, TakesAServerThatFailsForOneThatIsTriedAgain) {
  for (const std::uint32_t status : {429U, 500U, 503U}) {
    const auto tokens = read_tokens(status, "<html>");
    ASSERT_FALSE(tokens);
    EXPECT_EQ(tokens.error().why, Refusal::unavailable) << status;
  }
}

TEST(OAuth2Protocol, TakesNoTokenThatCouldNotStandInAHeader) {
  for (const char* token : {R"("a b")", R"("a\r\nx: y")", R"("")", "7", "null", R"("ü")"}) {
    const auto tokens = read_tokens(200, R"({"token_type": "Bearer", "access_token": )" + std::string(token) + "}");
    EXPECT_FALSE(tokens) << token;
  }
  const std::string long_token(20'000, 'a');
  EXPECT_FALSE(read_tokens(200, R"({"access_token": ")" + long_token + R"("})"));
}

TEST(OAuth2Protocol, ReadsAHostileAnswerAsNone) {
  for (const char* body : {"", "[]", "null", "{", R"({"access_token": {}})", R"({"error": 7})", "\xff\xfe"})
    EXPECT_FALSE(read_tokens(200, body)) << body;
  for (const char* lasts : {"-5", "1e300", R"("x")", "[]"}) {
    const auto tokens = read_tokens(200, R"({"access_token": "a", "expires_in": )" + std::string(lasts) + "}");
    ASSERT_TRUE(tokens) << lasts;
    EXPECT_LE(tokens->lasts.value_or(0s), std::chrono::hours{24 * 366}) << lasts;
  }
}

TEST(OAuth2Protocol, ShowsAPersonNothingThatSteersATerminal) {
  const auto refused = read_tokens(400, R"({"error": "access_denied", "error_description": "\u001b[31mno\nyes"})");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().error.reason, "the authorisation server answered access_denied (?[31mno?yes)");
  EXPECT_FALSE(read_device_codes(200, R"({"device_code": "d", "user_code": "\u001b]0;", "expires_in": 60,
      "verification_uri": "https://x.example"})"));
}

TEST(OAuth2Protocol, HidesSecretsThatAServerRepeats) {
  const Error error = without_secrets({ErrorCode::denied, "unknown token tGzv3JOk, tGzv3JOk", {}}, {"", "tGzv3JOk"});
  EXPECT_EQ(error.reason, "unknown token ..., ...");
}

TEST(OAuth2Protocol, SendsTheBrowserWithAStateAndAChallenge) {
  config::OAuth2 settings = example();
  settings.scopes = {"a", "b"};
  settings.parameters = {{"access_type", "offline"}};
  EXPECT_EQ(
      authorization_url(settings, "http://127.0.0.1:40000/", "xyz", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
      "https://server.example.com/authorize?response_type=code&client_id=s6BhdRkqt3&redirect_uri="
      "http%3A%2F%2F127.0.0.1%3A40000%2F&state=xyz&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&"
      "code_challenge_method=S256&scope=a+b&access_type=offline");
  settings.authorization_url += "?tenant=7";
  EXPECT_TRUE(authorization_url(settings, "", "", "")
                  .starts_with("https://server.example.com/authorize?tenant=7&response_type=code"));
}

TEST(OAuth2Protocol, TakesTheCodeOfRfc6749Section4_1_2OnlyUnderItsState) {
  const auto code = read_redirect("code=SplxlOBeZQQYbYS6WxSbIA&state=xyz", "xyz");
  ASSERT_TRUE(code);
  EXPECT_EQ(*code, "SplxlOBeZQQYbYS6WxSbIA");
  for (const char* query : {"code=SplxlOBeZQQYbYS6WxSbIA", "code=SplxlOBeZQQYbYS6WxSbIA&state=abc", "state=xyz",
                            "state=xyz&state=xyz&code=a", "code=%zz&state=xyz", ""})
    EXPECT_FALSE(read_redirect(query, "xyz")) << query;
}

TEST(OAuth2Protocol, UnderstandsThatThePersonSaidNo) {  // RFC 6749, section 4.1.2.1
  const auto code = read_redirect("error=access_denied&state=xyz", "xyz");
  ASSERT_FALSE(code);
  EXPECT_EQ(code.error().why, Refusal::denied);
}

TEST(OAuth2Protocol, SendsTheBrowserBackToThisMachineOnly) {
  for (const char* url : {"http://127.0.0.1:40000/", "http://[::1]:40000/", "http://localhost:1/"})
    EXPECT_TRUE(is_loopback_redirect(url)) << url;
  for (const char* url :
       {"", "https://evil.example/", "http://127.0.0.1/", "http://127.0.0.1:/", "http://127.0.0.1:x/",
        "http://127.0.0.1:80@evil.example/", "http://127.0.0.1.evil.example:80/", "http://127.0.0.1:80/ b"})
    EXPECT_FALSE(is_loopback_redirect(url)) << url;
}

}  // namespace
}  // namespace patchbay::oauth2
