#include <patchbay/unicode.hpp>

#include <gtest/gtest.h>

#include <vector>

namespace patchbay {
namespace {

std::vector<char32_t> points(std::string_view text) {
  std::vector<char32_t> all;
  for (std::size_t at = 0; at < text.size();) all.push_back(next_point(text, at));
  return all;
}

TEST(Unicode, EveryCodePointComesBack) {
  for (char32_t point = 0; point < 0x110000; ++point) {
    if (point >= 0xD800 && point < 0xE000) continue;
    std::string text;
    append_utf8(text, point);
    ASSERT_EQ(points(text), std::vector{point});
  }
}

// Table 3-7 of the Unicode Standard: what is overlong, a surrogate, beyond the last plane or cut is no UTF-8.
TEST(Unicode, WhatIsNoUtf8IsReplaced) {
  EXPECT_EQ(points("a\xFFz"), (std::vector<char32_t>{U'a', replacement_character, U'z'}));
  EXPECT_EQ(points("\xC0\xAF").front(), replacement_character);
  EXPECT_EQ(points("\xE0\x80\xAF").front(), replacement_character);
  EXPECT_EQ(points("\xED\xA0\x80").front(), replacement_character);
  EXPECT_EQ(points("\xF4\x90\x80\x80").front(), replacement_character);
  EXPECT_EQ(points("\xE2\x82"), std::vector{replacement_character});
  EXPECT_EQ(points("\xE2\x82z"), (std::vector<char32_t>{replacement_character, U'z'}));
}

}  // namespace
}  // namespace patchbay
