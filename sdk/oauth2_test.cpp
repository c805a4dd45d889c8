#include <gtest/gtest.h>
#include <patchbay/connector.hpp>
#include <patchbay/testkit/fake_host.hpp>

namespace patchbay {
namespace {

// Asks for an access token when it starts, and when it is told to.
class Asker : public Connector {
 public:
  Asker(Host& to, const Settings& settings) : host(to), secret(settings.secret("/oauth2")) {}
  void start() override { host.access(1, secret); }
  void poll() override { host.access(2, secret, seen.back()); }
  void accessed(pb_token token, const Access& access) override {
    seen.push_back(access.error ? "no: " + access.error->reason : access.token);
    tokens.push_back(token);
  }

  Host& host;
  pb_secret secret;
  static inline std::vector<std::string> seen;
  static inline std::vector<pb_token> tokens;
};

class AccessTest : public testing::Test {
 protected:
  AccessTest() {
    Asker::seen.clear();
    Asker::tokens.clear();
  }
  testkit::FakeHost host{&detail::connector_plugin<Asker>()};
};

TEST_F(AccessTest, AnAccessTokenComesToWhoAsked) {
  host.allow_reveal();
  ASSERT_EQ(host.open({{"oauth2", host.oauth2("one")}}), PB_OK) << host.why();
  ASSERT_EQ(host.start(), PB_OK) << host.why();
  host.set_access_token("two");
  host.poll();
  EXPECT_EQ(Asker::seen, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(Asker::tokens, (std::vector<pb_token>{1, 2}));
  ASSERT_EQ(host.accesses().size(), 2u);
  EXPECT_EQ(host.accesses()[1].refused, "one");
  EXPECT_TRUE(host.idle());
}

TEST_F(AccessTest, WithoutAConsentItEndsWithTheReason) {
  host.allow_reveal();
  const Json settings{{"oauth2", host.oauth2("one")}};
  host.set_access_token(std::nullopt);
  ASSERT_EQ(host.open(settings), PB_OK) << host.why();
  ASSERT_EQ(host.start(), PB_OK) << host.why();
  EXPECT_EQ(Asker::seen, (std::vector<std::string>{"no: getting an access token: nobody has consented"}));
}

TEST_F(AccessTest, APluginThatMaySeeNoSecretsGetsNone) {
  ASSERT_EQ(host.open({{"oauth2", host.oauth2("one")}}), PB_OK) << host.why();
  EXPECT_EQ(host.start(), PB_PERMANENT);
}

TEST_F(AccessTest, AHostThatLacksItSaysSo) {
  host.withhold(PATCHBAY_EXT_OAUTH2);
  ASSERT_EQ(host.open({{"oauth2", host.oauth2("one")}}), PB_OK) << host.why();
  EXPECT_EQ(host.start(), PB_NOT_FOUND);
}

}  // namespace
}  // namespace patchbay
