#include "base/utf8.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

TEST(Utf8, KnowsWhatRfc3629Allows) {
  struct Case {
    const char* what;
    const char* text;
    const char* valid;  // nullptr: as it is
  };
  const Case cases[] = {
      {"ASCII", "Rossi", nullptr},
      {"two bytes", "Totò", nullptr},
      {"three bytes", "€", nullptr},
      {"four bytes", "😀", nullptr},
      {"U+10FFFF", "\xF4\x8F\xBF\xBF", nullptr},
      {"Latin-1", "Tot\xF2!", "Tot\xEF\xBF\xBD!"},
      {"a lone continuation", "\x80", "\xEF\xBF\xBD"},
      {"an overlong slash", "\xC0\xAF", "\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"a surrogate", "\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"above U+10FFFF", "\xF4\x90\x80\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"cut short", "\xE2\x82", "\xEF\xBF\xBD\xEF\xBF\xBD"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(is_utf8(c.text), c.valid == nullptr) << c.what;
    EXPECT_EQ(as_utf8(c.text), c.valid ? c.valid : c.text) << c.what;
  }
}

}  // namespace
}  // namespace patchbay
