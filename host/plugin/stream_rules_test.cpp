#include "plugin/stream_rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace patchbay::plugin {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using Json = nlohmann::json;

StreamRules rules(std::vector<std::string> capabilities, const Json& settings) {
  Manifest manifest;
  manifest.capabilities = std::move(capabilities);
  return {manifest, settings};
}

TEST(StreamRules, TakeTheServerThatTheSettingNames) {
  const StreamRules text = rules({"secrets.reveal", "streams:/server"}, {{"server", "imap.example.org:993"}});
  EXPECT_TRUE(text.allows("imap.example.org", 993));
  EXPECT_FALSE(text.allows("imap.example.org", 143));
  EXPECT_FALSE(text.allows("mail.example.org", 993));
  EXPECT_FALSE(text.allows("example.org", 993));
  const StreamRules object = rules({"streams:/a/server"}, {{"a", {{"server", {{"host", "::1"}, {"port", 25}}}}}});
  EXPECT_TRUE(object.allows("::1", 25));
}

TEST(StreamRules, TakeTheServerThatTheManifestNames) {
  EXPECT_THAT(rules({"streams:imap.example.org:993", "http:api.example"}, {{"server", "a.example:993"}}).servers(),
              ElementsAre(Pair("imap.example.org", 993U)));
}

TEST(StreamRules, CompareNamesAsTheDnsDoes) {
  const StreamRules written = rules({"streams:/server"}, {{"server", "IMAP.Example.org.:993"}});
  EXPECT_TRUE(written.allows("imap.example.ORG", 993));
}

TEST(StreamRules, TakeEachMemberWhereAStepIsAStar) {
  const Json accounts{{"info", {{"server", "a.example:993"}}}, {"sales", {{"server", "b.example:143"}}}};
  EXPECT_THAT(rules({"streams:/accounts/*/server"}, {{"accounts", accounts}}).servers(),
              ElementsAre(Pair("a.example", 993U), Pair("b.example", 143U)));
  EXPECT_THAT(
      rules({"streams:/list/*/server"}, {{"list", Json::array({{{"server", "[2001:db8::1]:1"}}, {}})}}).servers(),
      ElementsAre(Pair("2001:db8::1", 1U)));
}

TEST(StreamRules, TakeAListOfServers) {
  EXPECT_THAT(rules({"streams:/servers"}, {{"servers", {"a.example:1", "b.example:2"}}}).servers(),
              ElementsAre(Pair("a.example", 1U), Pair("b.example", 2U)));
}

TEST(StreamRules, TakeNothingThatIsNoServer) {
  for (const Json& value : std::vector<Json>{"a.example",
                                             "a.example:",
                                             "a.example:0",
                                             "a.example:65536",
                                             "a.example:-1",
                                             "a.example: 1",
                                             "a.example:1x",
                                             ":993",
                                             "::1:993",
                                             993,
                                             nullptr,
                                             true,
                                             Json::array({Json::array({"a.example:1"})}),
                                             {{"host", "a.example"}},
                                             {{"host", "a.example"}, {"port", "1"}},
                                             {{"host", 1}, {"port", 1}},
                                             {{"host", "a.example"}, {"port", -1}},
                                             {{"host", "a.example"}, {"port", 1.5}},
                                             {{"$secret", 0}}})
    EXPECT_THAT(rules({"streams:/server"}, {{"server", value}}).servers(), IsEmpty()) << value;
  EXPECT_THAT(rules({"streams:/other", "http:a.example"}, {{"server", "a.example:1"}}).servers(), IsEmpty());
  EXPECT_THAT(rules({"streams:/server/host"}, {{"server", "a.example:1"}}).servers(), IsEmpty());
}

}  // namespace
}  // namespace patchbay::plugin
