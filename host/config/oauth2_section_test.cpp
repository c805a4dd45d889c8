#include "config/settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace patchbay::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string head = R"(business: {name: R, region: IT, timezone: UTC}
store: {sqlite: x, key: "a key of the tests that is long enough"}
)";

// A connector that uses OAuth2, and one that does not.
class OAuth2Section : public testing::Test {
 protected:
  OAuth2Section() {
    offer.providers = {{.name = "example",
                        .flow = OAuth2Flow::device,
                        .device_url = "https://login.example/{tenant}/device",
                        .authorization_url = "https://login.example/{tenant}/authorize",
                        .token_url = "https://login.example/{tenant}/token",
                        .tenant = "common",
                        .scopes = {"read", "offline_access"},
                        .parameters = {}}};
    schemas.connector = schemas.sink = [this](std::string_view) { return &schema; };
    schemas.connector_oauth2 = [this](std::string_view name) { return name == "mail" ? &offer : nullptr; };
    schemas.sink_oauth2 = schemas.connector_oauth2;
  }
  tl::expected<Settings, std::vector<Problem>> load(const std::string& oauth2, const std::string& from = head) {
    return parse(from + "channels:\n  support:\n    connector: mail\n    password: shh\n" + oauth2, "test.yaml",
                 schemas, [](std::string_view) { return std::nullopt; });
  }
  std::string problems(const std::string& oauth2, const std::string& from = head) {
    const auto loaded = load(oauth2, from);
    std::string all;
    if (!loaded)
      for (const Problem& problem : loaded.error()) all += problem.text() + "\n";
    return all;
  }

  nlohmann::json schema = nlohmann::json::parse(
      R"({"type": "object", "properties": {"password": {"type": "string", "x-patchbay-secret": true}}})");
  OAuth2Offer offer;
  Schemas schemas;
};

TEST_F(OAuth2Section, TakesFromTheManifestWhatTheOperatorNeedNotWrite) {
  const auto settings = load("    oauth2: {provider: example, client_id: me}\n");
  ASSERT_TRUE(settings) << settings.error().front().text();
  const Section& section = settings->channels.at(0);
  ASSERT_TRUE(section.oauth2);
  EXPECT_EQ(section.oauth2->flow, OAuth2Flow::device);
  EXPECT_EQ(section.oauth2->device_url, "https://login.example/common/device");
  EXPECT_EQ(section.oauth2->token_url, "https://login.example/common/token");
  EXPECT_THAT(section.oauth2->scopes, ElementsAre("read", "offline_access"));
}

TEST_F(OAuth2Section, GivesThePluginAHandleBehindItsSecretsAndNothingElse) {
  const auto settings = load("    oauth2: {provider: example, client_id: me, client_secret: very secret}\n");
  ASSERT_TRUE(settings);
  const Section& section = settings->channels.at(0);
  EXPECT_EQ(section.settings, (nlohmann::json{{"password", {{"$secret", 0}}}, {"oauth2", {{"$secret", 1}}}}));
  EXPECT_EQ(section.oauth2->handle, 1U);
  EXPECT_THAT(section.secrets, ElementsAre("shh"));
  EXPECT_EQ(section.oauth2->client_secret, "very secret");
}

TEST_F(OAuth2Section, LetsTheOperatorHaveTheLastWord) {
  const auto settings = load(R"(    oauth2:
      provider: example
      client_id: me
      tenant: rossi.example
      flow: browser
      scopes: [mail]
      token_url: https://other.example/token
      client_authentication: body
)");
  ASSERT_TRUE(settings) << settings.error().front().text();
  const OAuth2& oauth2 = *settings->channels.at(0).oauth2;
  EXPECT_EQ(oauth2.flow, OAuth2Flow::browser);
  EXPECT_EQ(oauth2.authorization_url, "https://login.example/rossi.example/authorize");
  EXPECT_EQ(oauth2.token_url, "https://other.example/token");
  EXPECT_THAT(oauth2.scopes, ElementsAre("mail"));
  EXPECT_EQ(oauth2.client_authentication, ClientAuthentication::body);
}

TEST_F(OAuth2Section, ChoosesTheFlowThatTheAddressesAllow) {
  const auto flow_of = [&](const std::string& more) {
    const auto settings = load("    oauth2: {client_id: me, token_url: \"https://a.example/t\"" + more + "}\n");
    EXPECT_TRUE(settings) << settings.error().front().text();
    return settings->channels.at(0).oauth2->flow;
  };
  EXPECT_EQ(flow_of(", device_url: \"https://a.example/d\""), OAuth2Flow::device);
  EXPECT_EQ(flow_of(", authorization_url: \"https://a.example/a\""), OAuth2Flow::browser);
  EXPECT_EQ(flow_of(", client_secret: s"), OAuth2Flow::client_credentials);
}

TEST_F(OAuth2Section, TellsEveryMistakeWithWhatHelps) {
  EXPECT_THAT(problems("    oauth2: {provider: exampel, client_id: me}\n"), HasSubstr("did you mean example?"));
  EXPECT_THAT(problems("    oauth2: {provider: example}\n"), HasSubstr("/channels/support/oauth2/client_id"));
  EXPECT_THAT(problems("    oauth2: {client_id: me}\n"), HasSubstr("/oauth2/token_url: expected the address"));
  EXPECT_THAT(problems("    oauth2: {provider: example, client_id: me, flwo: device}\n"),
              HasSubstr("did you mean flow?"));
  EXPECT_THAT(problems("    oauth2: {client_id: me, token_url: \"http://login.example/t\", client_secret: s}\n"),
              HasSubstr("secrets go there"));
  EXPECT_THAT(problems("    oauth2: {client_id: me, token_url: \"https://a.example/t\"}\n"),
              HasSubstr("/oauth2/client_secret"));
  EXPECT_THAT(problems("    oauth2: {provider: example, client_id: me, scopes: [\"a b\"]}\n"), HasSubstr("a scope"));
  EXPECT_THAT(problems("    oauth2: {provider: example, client_id: me, tenant: \"../evil\"}\n"), HasSubstr("a tenant"));
}

TEST_F(OAuth2Section, IsWantedOnlyWhereThePluginCannotDoWithout) {
  EXPECT_EQ(problems(""), "");
  offer.required = true;
  EXPECT_THAT(problems(""), HasSubstr("/channels/support/oauth2: expected how it is to be authorised"));
}

TEST_F(OAuth2Section, IsNoKeyOfAPluginThatDoesNotUseIt) {
  schemas.connector_oauth2 = {};
  EXPECT_THAT(problems("    oauth2: {provider: example, client_id: me}\n"), HasSubstr("\"oauth2\""));
}

TEST_F(OAuth2Section, NeedsAKeyForTheStoreWhereAPersonConsents) {
  const std::string no_key = "business: {name: R, region: IT, timezone: UTC}\nstore: {sqlite: x}\n";
  EXPECT_THAT(problems("    oauth2: {provider: example, client_id: me}\n", no_key),
              HasSubstr("openssl rand -base64 32"));
  EXPECT_EQ(problems("    oauth2: {client_id: me, token_url: \"https://a.example/t\", client_secret: s}\n", no_key),
            "");
}

}  // namespace
}  // namespace patchbay::config
