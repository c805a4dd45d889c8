#include "oauth2/form.hpp"

#include <gtest/gtest.h>

namespace patchbay::oauth2 {
namespace {

TEST(Form, EncodesWhatRfc6749GivesAsAnExample) {
  // Appendix B: a space, %, &, +, the pound and the euro sign.
  EXPECT_EQ(encoded(" %&+\xc2\xa3\xe2\x82\xac"), "+%25%26%2B%C2%A3%E2%82%AC");
  EXPECT_EQ(encoded(Form{{"grant_type", "refresh_token"}, {"scope", "a b"}}), "grant_type=refresh_token&scope=a+b");
}

TEST(Form, DecodesWhatItEncodes) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  EXPECT_EQ(decoded(encoded(Form{{all, all}, {"b", ""}})), (Form{{all, all}, {"b", ""}}));
  EXPECT_EQ(decoded("a&b=1&&c=2%3d"), (Form{{"a", ""}, {"b", "1"}, {"c", "2="}}));
  EXPECT_EQ(decoded(""), Form{});
}

TEST(Form, RefusesBrokenEscapesAndNamesThatComeTwice) {
  for (const char* text : {"a=%", "a=%4", "a=%zz", "a%=1", "a=1&a=2", "a=1&%61=2"})
    EXPECT_EQ(decoded(text), std::nullopt) << text;
}

TEST(Form, ReadsOnlySoManyMembers) {
  std::string text;
  for (int number = 0; number < 101; ++number) text += "m" + std::to_string(number) + "=1&";
  EXPECT_EQ(decoded(text), std::nullopt);
}

}  // namespace
}  // namespace patchbay::oauth2
