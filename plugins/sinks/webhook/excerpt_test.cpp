#include "excerpt.hpp"

#include <gtest/gtest.h>

#include <string>

namespace patchbay::webhook {
namespace {

std::string repeated(std::string_view what, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += what;
  return text;
}

TEST(Excerpt, KeepsOneHarmlessLine) {
  struct Case {
    const char* what;
    std::string text, expected;
  };
  for (const Case& c : {
           Case{"nothing", "", ""},
           Case{"only white space", " \t\r\n", ""},
           Case{"white space inside and around", "  a \r\n\t b  ", "a b"},
           Case{"control characters", std::string("a\0b\x1b[31mc\x7f", 10), "a b [31mc"},
           Case{"C1 control, CSI in one character", "a\u009bb", "a b"},
           Case{"right-to-left override", "a\u202eb", "a b"},
           Case{"other scripts", "Dzień dobry 你好 🪑", "Dzień dobry 你好 🪑"},
           Case{"Latin-1", "caf\xe9 au lait", "caf? au lait"},
           Case{"an overlong slash", "\xc0\xaf", "??"},
           Case{"a surrogate", "\xed\xa0\x80", "???"},
           Case{"beyond Unicode", "\xf4\x90\x80\x80", "????"},
           Case{"a character that is cut off", "a\xf0\x9f\xaa", "a???"},
       }) {
    EXPECT_EQ(excerpt(c.text), c.expected) << c.what;
  }
}

TEST(Excerpt, CountsCharactersNotBytes) {
  EXPECT_EQ(excerpt(repeated("ń", 200)), repeated("ń", 200));
  EXPECT_EQ(excerpt(repeated("ń", 201)), repeated("ń", 200) + "…");
  EXPECT_EQ(excerpt(repeated("🪑", 5000)), repeated("🪑", 200) + "…");
  EXPECT_EQ(excerpt(repeated("a", 200) + "\n"), repeated("a", 200));
}

TEST(Excerpt, EscapesAReferenceTokenAsRfc6901Says) {
  EXPECT_EQ(escape_pointer("a/b"), "a~1b");
  EXPECT_EQ(escape_pointer("m~n"), "m~0n");
  EXPECT_EQ(escape_pointer("~1"), "~01");
}

}  // namespace
}  // namespace patchbay::webhook
