#include "delivery/retry_after.hpp"

#include <gtest/gtest.h>

namespace patchbay::delivery {
namespace {

using namespace std::chrono_literals;

// 1994-11-06T08:49:37Z, the moment that RFC 9110 writes in all three forms.
constexpr TimePoint example{784'111'777s};

TEST(RetryAfter, ReadsSeconds) {
  struct Case {
    const char* what;
    const char* value;
    Duration wait;
  };
  for (const Case& c :
       {Case{"none", "0", 0s}, Case{"the RFC's example", "120", 120s}, Case{"spaces around", " \t120 ", 120s},
        Case{"a day", "86400", 24h}, Case{"more than a day", "86401", 24h},
        Case{"more than any integer", "99999999999999999999999999", 24h}}) {
    EXPECT_EQ(parse_retry_after(c.value, example), example + c.wait) << c.what;
  }
}

TEST(RetryAfter, ReadsAllThreeFormsOfADate) {
  for (const char* value :
       {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"}) {
    EXPECT_EQ(parse_retry_after(value, example - 1h), example) << value;
    EXPECT_EQ(parse_retry_after(value, example + 1h), example) << value << ", past";
    EXPECT_EQ(parse_retry_after(value, example - 48h), example - 24h) << value << ", capped";
  }
  EXPECT_EQ(parse_retry_after("Wed Nov 16 08:49:37 1994", example + 239h), example + 240h);
}

TEST(RetryAfter, ReadsALeapSecondAsTheNextMinute) {
  // 2016-12-31T23:59:60Z and 2017-01-01T00:00:00Z are one number in POSIX time.
  constexpr TimePoint new_year{1'483'228'800s};
  EXPECT_EQ(parse_retry_after("Sat, 31 Dec 2016 23:59:60 GMT", new_year - 1h), new_year);
}

TEST(RetryAfter, ATwoDigitYearMoreThanFiftyYearsAheadIsPast) {
  constexpr TimePoint in_2026{1'772'445'600s};
  // 2076 is fifty years ahead and stays; 2077 would be more and is 1977.
  EXPECT_EQ(parse_retry_after("Thursday, 02-Jan-76 00:00:00 GMT", in_2026), in_2026 + 24h);
  EXPECT_EQ(parse_retry_after("Sunday, 02-Jan-77 00:00:00 GMT", in_2026), TimePoint{221'011'200s});
  // Seen from 1994, "05" is 2005.
  EXPECT_EQ(parse_retry_after("Sunday, 02-Jan-05 00:00:00 GMT", example), example + 24h);
}

TEST(RetryAfter, TakesNothingElse) {
  struct Case {
    const char* what;
    const char* value;
  };
  for (const Case& c :
       {Case{"empty", ""}, Case{"spaces", "  "}, Case{"negative", "-1"}, Case{"fraction", "1.5"}, Case{"unit", "120s"},
        Case{"another zone", "Sun, 06 Nov 1994 08:49:37 CET"}, Case{"no such day", "Sun, 31 Nov 1994 08:49:37 GMT"},
        Case{"hour 24", "Sun, 06 Nov 1994 24:49:37 GMT"}, Case{"minute 60", "Sun, 06 Nov 1994 08:60:37 GMT"},
        Case{"month unknown", "Sun, 06 Nom 1994 08:49:37 GMT"}, Case{"cut short", "Sun, 06 Nov 1994 08:49"},
        Case{"something behind", "Sun, 06 Nov 1994 08:49:37 GMT!"}, Case{"ISO 8601", "1994-11-06T08:49:37Z"},
        Case{"lower case", "sun, 06 nov 1994 08:49:37 gmt"}}) {
    EXPECT_EQ(parse_retry_after(c.value, example), std::nullopt) << c.what;
  }
}

}  // namespace
}  // namespace patchbay::delivery
