#include "oauth2/consent.hpp"

#include "base/random.hpp"
#include "oauth2/oauth2_fakes.hpp"

#include <gtest/gtest.h>

namespace patchbay::oauth2 {
namespace {

using namespace std::chrono_literals;

constexpr const char* codes =
    R"({"device_code": "device-1", "user_code": "WDJB-MJHT", "verification_uri": "https://example.com/device",
        "expires_in": 600, "interval": 5})";

class ConsentTest : public testing::Test, protected KeeperStage {
 protected:
  void begin(std::optional<OAuth2Flow> flow = {}, std::string redirect = {}) {
    if (!keeper) make();
    consent_ = std::make_shared<Consent>(keeper, system_random);
    consent_->begin(flow, std::move(redirect),
                    [this](Result<ConsentStanding> standing) { begun_ = std::move(standing); });
    client.run();
  }
  void begin_device() {
    begin();
    client.answer(200, codes);
  }
  void finish(std::string query) {
    consent_->finish(std::move(query), [this](Result<ConsentStanding> standing) { finished_ = std::move(standing); });
    client.run();
  }
  // The state in the address that the browser opens.
  std::string state_of() const {
    const std::string url = consent_->status().authorization_url;
    return std::string(value_of(decoded(url.substr(url.find('?') + 1)).value_or(Form{}), "state"));
  }
  [[nodiscard]] ConsentStanding::State standing() const { return consent_->status().state; }

  std::shared_ptr<Consent> consent_;
  std::optional<Result<ConsentStanding>> begun_, finished_;
};

TEST_F(ConsentTest, TellsWhatToEnterWhere) {
  begin_device();
  ASSERT_TRUE(begun_ && *begun_);
  EXPECT_EQ((*begun_)->user_code, "WDJB-MJHT");
  EXPECT_EQ((*begun_)->verification_url, "https://example.com/device");
  EXPECT_EQ(standing(), ConsentStanding::State::waiting);
}

TEST_F(ConsentTest, AsksForTheTokenAtTheServersPaceUntilThePersonHasConsented) {
  begin_device();
  client.advance(4900ms);
  EXPECT_EQ(client.sent.size(), 1U);
  client.advance(100ms);
  EXPECT_EQ(client.last("device_code"), "device-1");
  client.answer(400, R"({"error": "authorization_pending"})");
  client.advance(5s);
  client.answer(400, R"({"error": "slow_down"})");
  client.advance(9900ms);
  EXPECT_EQ(client.sent.size(), 3U) << "five seconds more than before";
  client.advance(100ms);
  client.answer(200, tokens("access-1", "refresh-1"));
  EXPECT_EQ(standing(), ConsentStanding::State::granted);
  EXPECT_EQ(ask()->token(), "access-1");
  EXPECT_TRUE(consent_->status().user_code.empty());
}

TEST_F(ConsentTest, GoesOnThroughAServerThatIsAwayForAWhile) {
  begin_device();
  client.advance(5s);
  client.break_off();
  client.advance(10s);
  client.answer(200, tokens("access-1", "refresh-1"));
  EXPECT_EQ(standing(), ConsentStanding::State::granted);
}

TEST_F(ConsentTest, EndsWithWhatThePersonOrTheClockSaid) {
  for (const char* error : {"access_denied", "expired_token", "invalid_client"}) {
    begin_device();
    client.advance(5s);
    client.answer(400, R"({"error": ")" + std::string(error) + R"("})");
    ASSERT_EQ(standing(), ConsentStanding::State::failed);
    EXPECT_NE(consent_->status().error->reason.find(error), std::string::npos);
    EXPECT_FALSE(consent_->status().error->remedy.empty());
    EXPECT_EQ(client.unanswered(), 0U);
  }
  begin_device();
  client.advance(5s);
  while (client.unanswered() > 0) {
    client.answer(400, R"({"error": "authorization_pending"})");
    client.advance(5s);
  }
  ASSERT_EQ(standing(), ConsentStanding::State::failed);
  EXPECT_NE(consent_->status().error->reason.find("nobody consented in time"), std::string::npos);
}

TEST_F(ConsentTest, CountsAsGivenOnlyOnceItIsDurable) {
  begin_device();
  keeps_at_once = false;
  client.advance(5s);
  client.answer(200, tokens("access-1", "refresh-1"));
  EXPECT_EQ(standing(), ConsentStanding::State::waiting);
  end_keeping({});
  EXPECT_EQ(standing(), ConsentStanding::State::granted);
}

TEST_F(ConsentTest, RefusesAConsentThatWouldSoonRunOut) {
  begin_device();
  client.advance(5s);
  client.answer(200, tokens("access-1", ""));
  ASSERT_EQ(standing(), ConsentStanding::State::failed);
  EXPECT_NE(consent_->status().error->remedy.find("offline_access"), std::string::npos);
}

TEST_F(ConsentTest, ExchangesTheCodeOfTheBrowserWithTheVerifierOfTheChallenge) {
  begin(OAuth2Flow::browser, "http://127.0.0.1:40000/");
  ASSERT_TRUE(begun_ && *begun_);
  const std::string url = (*begun_)->authorization_url;
  const Form form = decoded(url.substr(url.find('?') + 1)).value_or(Form{});
  finish("code=SplxlOBeZQQYbYS6WxSbIA&state=" + state_of());
  EXPECT_EQ(client.last("grant_type"), "authorization_code");
  EXPECT_EQ(client.last("code"), "SplxlOBeZQQYbYS6WxSbIA");
  EXPECT_EQ(client.last("redirect_uri"), "http://127.0.0.1:40000/");
  EXPECT_EQ(challenge_of(client.last("code_verifier")), value_of(form, "code_challenge"));
  client.answer(200, tokens("access-1", "refresh-1"));
  ASSERT_TRUE(finished_ && *finished_);
  EXPECT_EQ(standing(), ConsentStanding::State::granted);
  EXPECT_EQ(ask()->token(), "access-1");
}

TEST_F(ConsentTest, IsEndedByNoAnswerToAnotherQuestion) {
  begin(OAuth2Flow::browser, "http://127.0.0.1:40000/");
  for (const char* query : {"code=evil&state=guessed", "error=access_denied&state=guessed", "", "%"}) {
    finish(query);
    ASSERT_TRUE(finished_ && !*finished_) << query;
    EXPECT_EQ(standing(), ConsentStanding::State::waiting) << query;
  }
  EXPECT_TRUE(client.sent.empty());
  finish("error=access_denied&state=" + state_of());
  EXPECT_EQ(standing(), ConsentStanding::State::failed);
}

TEST_F(ConsentTest, TakesOneAnswerOnly) {
  begin(OAuth2Flow::browser, "http://127.0.0.1:40000/");
  const std::string query = "code=a&state=" + state_of();
  finish(query);
  finish(query);
  ASSERT_TRUE(finished_ && !*finished_);
  EXPECT_EQ(finished_->error().code, ErrorCode::conflict);
  EXPECT_EQ(client.sent.size(), 1U);
}

TEST_F(ConsentTest, RunsOutWhenTheBrowserNeverComes) {
  begin(OAuth2Flow::browser, "http://127.0.0.1:40000/");
  client.advance(10min);
  EXPECT_EQ(standing(), ConsentStanding::State::failed);
}

TEST_F(ConsentTest, SendsNoBrowserBackToAStranger) {
  begin(OAuth2Flow::browser, "https://evil.example/");
  ASSERT_TRUE(begun_ && !*begun_);
}

TEST_F(ConsentTest, OnlyGetsATokenWhereNoPersonIsNeeded) {
  config::OAuth2 settings = device_settings();
  settings.flow = OAuth2Flow::client_credentials;
  settings.client_secret = "a secret";
  make(settings);
  begin();
  client.answer(401, R"({"error": "invalid_client"})");
  ASSERT_TRUE(begun_ && !*begun_);
  EXPECT_NE(begun_->error().remedy.find("client_secret"), std::string::npos);
}

}  // namespace
}  // namespace patchbay::oauth2
