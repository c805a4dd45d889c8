#include "oauth2/sealing.hpp"

#include <gtest/gtest.h>

namespace patchbay::oauth2 {
namespace {

const std::string key = "a key of the tests that is long enough";
const std::string other_key = "another key of the tests, just as long";

Sealing sealing(std::string_view in_use, const std::vector<std::string>& former = {}) {
  auto made = Sealing::with(in_use, former);
  EXPECT_TRUE(made) << made.error().text();
  return std::move(*made);
}

TEST(Sealing, OpensWhatItSealed) {
  const Sealing seal = sealing(key);
  for (const std::string& content : {std::string(), std::string("a token"), std::string(100'000, '\0')}) {
    const auto opened = seal.open(seal.seal(content, "channel/5"), "channel/5");
    ASSERT_TRUE(opened) << opened.error().text();
    EXPECT_EQ(opened->content, content);
    EXPECT_FALSE(opened->is_under_former_key);
  }
}

TEST(Sealing, SealsTheSameTwiceInDifferentWaysAndShowsNothingOfIt) {
  const Sealing seal = sealing(key);
  const std::string one = seal.seal("a token that is secret", "channel/5");
  EXPECT_NE(one, seal.seal("a token that is secret", "channel/5"));
  EXPECT_EQ(one.find("token"), std::string::npos);
}

TEST(Sealing, DoesNotOpenWhatWasChangedAnywhere) {
  const Sealing seal = sealing(key);
  const std::string sealed = seal.seal("a token", "channel/5");
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    std::string changed = sealed;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_FALSE(seal.open(changed, "channel/5")) << "byte " << at;
    EXPECT_FALSE(seal.open(sealed.substr(0, at), "channel/5")) << "the first " << at;
  }
}

TEST(Sealing, DoesNotOpenInAnotherPlace) {
  const Sealing seal = sealing(key);
  const auto opened = seal.open(seal.seal("a token", "channel/5"), "channel/6");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::corrupt);
}

TEST(Sealing, SaysThatTheKeyIsAnotherAndWhatHelps) {
  const auto opened = sealing(other_key).open(sealing(key).seal("a token", "channel/5"), "channel/5");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::denied);
  EXPECT_NE(opened.error().remedy.find("store.former_keys"), std::string::npos);
}

TEST(Sealing, OpensWithAFormerKeyAndSaysSo) {
  const std::string sealed = sealing(key).seal("a token", "channel/5");
  const auto opened = sealing(other_key, {key}).open(sealed, "channel/5");
  ASSERT_TRUE(opened) << opened.error().text();
  EXPECT_EQ(opened->content, "a token");
  EXPECT_TRUE(opened->is_under_former_key);
}

TEST(Sealing, RefusesAKeyThatIsTooShortWithoutShowingIt) {
  const auto made = Sealing::with("too short", {});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().text().find("too short"), std::string::npos);
  EXPECT_NE(made.error().remedy.find("openssl rand"), std::string::npos);
}

}  // namespace
}  // namespace patchbay::oauth2
