#include "oauth2/keeper.hpp"

#include "oauth2/oauth2_fakes.hpp"

#include <gtest/gtest.h>

namespace patchbay::oauth2 {
namespace {

using namespace std::chrono_literals;

class KeeperTest : public testing::Test, protected KeeperStage {};

TEST_F(KeeperTest, WantsAPersonWhereNobodyHasConsented) {
  make();
  EXPECT_EQ(state(), Standing::State::wanted);
  EXPECT_EQ(keeper->standing().reason, "nobody has consented yet; `patchbay channel authorize support`");
  const auto asked = ask();
  ASSERT_TRUE(asked->got && !*asked->got);
  EXPECT_EQ(asked->got->error().code, ErrorCode::denied);
  EXPECT_EQ(asked->got->error().remedy, "`patchbay channel authorize support`");
  EXPECT_TRUE(client.sent.empty());
}

TEST_F(KeeperTest, HandsOutWhatAConsentLedToWithoutAskingAgain) {
  make();
  consent();
  EXPECT_EQ(state(), Standing::State::ready);
  EXPECT_EQ(ask()->token(), "access-1");
  EXPECT_EQ(ask()->token(), "access-1");
  EXPECT_TRUE(client.sent.empty());
  EXPECT_EQ(keeper->standing().expires_at, clock.now() + 1h);
}

TEST_F(KeeperTest, RenewsAheadOfTheEndAlsoWhenNobodyAsks) {
  make();
  consent();
  client.advance(54min);
  EXPECT_TRUE(client.sent.empty());
  client.advance(1min);
  ASSERT_EQ(client.unanswered(), 1U);
  EXPECT_EQ(client.last("grant_type"), "refresh_token");
  EXPECT_EQ(client.last("refresh_token"), "refresh-1");
  EXPECT_EQ(ask()->token(), "access-1") << "it holds for five more minutes";
  client.answer(200, tokens("access-2", "refresh-2"));
  EXPECT_EQ(ask()->token(), "access-2");
  client.advance(55min);
  EXPECT_EQ(client.last("refresh_token"), "refresh-2");
}

TEST_F(KeeperTest, KeepsTheRefreshTokenWhereTheServerSendsNoOther) {
  make();
  consent();
  client.advance(55min);
  client.answer(200, tokens("access-2", ""));
  client.advance(55min);
  EXPECT_EQ(client.last("refresh_token"), "refresh-1");
}

TEST_F(KeeperTest, RenewsOnceForAllWhoAskMeanwhile) {
  make();
  consent("access-1", "refresh-1", 60);
  client.advance(2min);
  ASSERT_EQ(client.unanswered(), 1U);
  const auto one = ask(), two = ask();
  EXPECT_FALSE(one->got || two->got);
  client.answer(200, tokens("access-2", "refresh-2"));
  EXPECT_EQ(one->token(), "access-2");
  EXPECT_EQ(two->token(), "access-2");
  EXPECT_EQ(client.sent.size(), 1U);
}

TEST_F(KeeperTest, HandsOutANewTokenOnlyOnceTheRefreshTokenIsDurable) {
  make();
  consent("access-1", "refresh-1", 60);
  keeps_at_once = false;
  client.advance(2min);
  const auto asked = ask();
  client.answer(200, tokens("access-2", "refresh-2"));
  EXPECT_NE(kept.back().find("refresh-2"), std::string::npos);
  EXPECT_FALSE(asked->got) << "it is not durable yet";
  end_keeping({});
  EXPECT_EQ(asked->token(), "access-2");
}

TEST_F(KeeperTest, TriesToKeepItAgainAndNeverAsksTheServerWithTheTokenThatIsUsedUp) {
  make();
  consent("access-1", "refresh-1", 60);
  keeps_at_once = false;
  client.advance(2min);
  const auto asked = ask();
  client.answer(200, tokens("access-2", "refresh-2"));
  end_keeping(failure(ErrorCode::unavailable, "the disk is full"));
  ASSERT_TRUE(asked->got && !*asked->got);
  EXPECT_EQ(asked->got->error().code, ErrorCode::unavailable);
  EXPECT_EQ(state(), Standing::State::unavailable);
  keeps_at_once = true;
  client.advance(3s);
  EXPECT_EQ(state(), Standing::State::ready);
  EXPECT_EQ(ask()->token(), "access-2");
  EXPECT_EQ(client.sent.size(), 1U);
}

TEST_F(KeeperTest, GoesOnAfterARestartWithWhatIsDurable) {
  make();
  consent();
  make(device_settings(), std::optional(kept.back()));
  EXPECT_EQ(state(), Standing::State::ready);
  EXPECT_EQ(ask()->token(), "access-1");
  client.advance(55min);
  EXPECT_EQ(client.last("refresh_token"), "refresh-1");
}

TEST_F(KeeperTest, SendsARefreshTokenToNoOtherServerOrClientThatTheSettingsNameLater) {
  make();
  consent();
  for (const bool is_server : {true, false}) {
    config::OAuth2 other = device_settings();
    (is_server ? other.token_url : other.client_id) = "https://evil.example/token";
    make(other, std::optional(kept.back()));
    EXPECT_EQ(state(), Standing::State::wanted);
    EXPECT_TRUE(ask()->got && !*ask()->got);
  }
  make();
  consent();
  config::OAuth2 other = device_settings();
  other.token_url = "https://evil.example/token";
  keeper->use(other, {});
  client.advance(2h);
  EXPECT_EQ(state(), Standing::State::wanted);
  EXPECT_TRUE(client.sent.empty());
}

TEST_F(KeeperTest, GoesOnWhenOnlyItsSecretChanges) {
  make();
  consent();
  config::OAuth2 other = device_settings();
  other.client_secret = "a new secret";
  keeper->use(other, {});
  EXPECT_EQ(ask()->token(), "access-1");
  client.advance(55min);
  ASSERT_EQ(client.sent.size(), 1U);
  EXPECT_EQ(client.last("refresh_token"), "refresh-1");
}

TEST_F(KeeperTest, SaysWhatToDoWhenTheConsentIsGone) {
  make();
  consent();
  client.advance(55min);
  client.answer(400, R"({"error": "invalid_grant", "error_description": "token refresh-1 was revoked"})");
  EXPECT_EQ(state(), Standing::State::wanted);
  const std::string reason = keeper->standing().reason;
  EXPECT_NE(reason.find("invalid_grant"), std::string::npos) << reason;
  EXPECT_NE(reason.find("`patchbay channel authorize support`"), std::string::npos) << reason;
  EXPECT_EQ(reason.find("refresh-1"), std::string::npos) << "a secret, though the server repeats it";
  ASSERT_EQ(told.size(), 1U);
  const auto asked = ask();
  ASSERT_TRUE(asked->got && !*asked->got);
  EXPECT_EQ(asked->got->error().code, ErrorCode::denied);
  client.advance(24h);
  EXPECT_EQ(client.sent.size(), 1U) << "asking again would lead nowhere";
  consent("access-9", "refresh-9");
  EXPECT_EQ(state(), Standing::State::ready);
  EXPECT_EQ(ask()->token(), "access-9");
}

TEST_F(KeeperTest, WaitsLongerAndLongerForAServerThatIsAwayAndTellsItOnce) {
  make();
  consent("access-1", "refresh-1", 60);
  client.advance(2min);
  std::vector<Duration> waits;
  for (int failures = 0; failures < 10; ++failures) {
    const Duration from = clock.passed;
    client.break_off();
    while (client.unanswered() == 0) client.advance(1s);
    waits.push_back(clock.passed - from);
  }
  EXPECT_EQ(waits.front(), 2s);
  EXPECT_EQ(waits[1], 4s);
  EXPECT_EQ(waits.back(), 5min);
  EXPECT_EQ(told.size(), 1U);
  EXPECT_EQ(state(), Standing::State::unavailable);
  client.answer(200, tokens("access-2", "refresh-2"));
  EXPECT_EQ(state(), Standing::State::ready);
}

TEST_F(KeeperTest, DoesNotAskAServerThatIsAwayForEachWhoAsks) {
  make();
  consent("access-1", "refresh-1", 60);
  client.advance(2min);
  client.break_off();
  for (int asks = 0; asks < 100; ++asks) {
    const auto asked = ask();
    ASSERT_TRUE(asked->got && !*asked->got);
    EXPECT_EQ(asked->got->error().code, ErrorCode::unavailable);
  }
  EXPECT_EQ(client.sent.size(), 1U);
}

TEST_F(KeeperTest, RenewsATokenThatAServiceRefusesUnlessItIsTooYoungToBeTheReason) {
  make();
  consent();
  const auto at_once = ask("access-1");
  ASSERT_TRUE(at_once->got && !*at_once->got);
  EXPECT_TRUE(client.sent.empty());
  client.advance(2min);
  const auto later = ask("access-1");
  EXPECT_EQ(client.unanswered(), 1U);
  client.answer(200, tokens("access-2", "refresh-2"));
  EXPECT_EQ(later->token(), "access-2");
  EXPECT_EQ(ask("access-1")->token(), "access-2") << "who was slower gets what there is by now";
  EXPECT_EQ(client.sent.size(), 1U);
}

TEST_F(KeeperTest, NeedsNobodyAndKeepsNothingForTheClientsOwnCredentials) {
  config::OAuth2 settings = device_settings();
  settings.flow = OAuth2Flow::client_credentials;
  settings.client_secret = "a secret";
  make(settings);
  EXPECT_EQ(state(), Standing::State::ready);
  const auto asked = ask();
  EXPECT_EQ(client.last("grant_type"), "client_credentials");
  client.answer(200, tokens("access-1", ""));
  EXPECT_EQ(asked->token(), "access-1");
  EXPECT_TRUE(kept.empty());
  client.advance(2h);
  EXPECT_EQ(client.sent.size(), 1U) << "nobody needs another";
  ask();
  EXPECT_EQ(client.unanswered(), 1U);
}

TEST_F(KeeperTest, AConsentWinsOverARefreshThatIsUnderWay) {
  make();
  consent("access-1", "refresh-1", 60);
  client.advance(2min);
  ASSERT_EQ(client.unanswered(), 1U);
  consent("access-9", "refresh-9");
  client.answer(400, R"({"error": "invalid_grant"})");
  EXPECT_EQ(state(), Standing::State::ready);
  EXPECT_EQ(ask()->token(), "access-9");
  EXPECT_NE(kept.back().find("refresh-9"), std::string::npos);
}

TEST_F(KeeperTest, AnswersWhoeverWaitsWhenItEnds) {
  make();
  consent("access-1", "refresh-1", 60);
  client.advance(2min);
  const auto asked = ask();
  keeper->end();
  client.run();
  EXPECT_TRUE(asked->got && !*asked->got);
  EXPECT_TRUE(ask()->got);
}

TEST_F(KeeperTest, TellsWhyWhatIsStoredCannotBeRead) {
  make(device_settings(), failure(ErrorCode::denied, "it was encrypted with another key", "put the former key back"));
  EXPECT_EQ(state(), Standing::State::wanted);
  EXPECT_NE(keeper->standing().reason.find("put the former key back"), std::string::npos);
}

}  // namespace
}  // namespace patchbay::oauth2
