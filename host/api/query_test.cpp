#include "api/query.hpp"

#include <gtest/gtest.h>

namespace patchbay::api {
namespace {

TEST(Query, IsDecodedAsFormsAre) {
  struct Case {
    const char* what;
    const char* text;
    std::optional<std::string> q;
  };
  const Case cases[] = {
      {"plain", "q=Kasia", "Kasia"},
      {"among others", "after=12&q=Kasia&limit=3", "Kasia"},
      {"a percent-encoded space", "q=Kasia%20Nowak", "Kasia Nowak"},
      {"a plus is a space", "q=Kasia+Nowak", "Kasia Nowak"},
      {"a plus that is one", "q=%2B48601234567", "+48601234567"},
      {"UTF-8, digits in either case", "q=%C5%bbaneta", "Żaneta"},
      {"an equals sign in the value", "q=a=b", "a=b"},
      {"an encoded ampersand", "q=a%26b", "a&b"},
      {"an encoded name", "%71=Kasia", "Kasia"},
      {"the first of two counts", "q=one&q=two", "one"},
      {"no value", "q=", ""},
      {"no equals sign", "q", ""},
      {"empty pairs", "&&q=a&&", "a"},
      {"another name", "Q=a", std::nullopt},
      {"nothing", "", std::nullopt},
  };
  for (const Case& c : cases) {
    const Result<Query> query = Query::parse(c.text);
    ASSERT_TRUE(query) << c.what;
    EXPECT_EQ(query->text("q"), c.q) << c.what;
  }
}

TEST(Query, WhatCannotBeDecodedIsRefusedAndShownAsText) {
  for (const char* wrong : {"q=%", "q=%4", "q=%zz", "q=%C5", "q=\xff", "%=a", "q=%FF"}) {
    const Result<Query> query = Query::parse(wrong);
    ASSERT_FALSE(query) << wrong;
    EXPECT_EQ(query.error().code, ErrorCode::invalid);
    EXPECT_EQ(query.error().reason.find('\xff'), std::string::npos);
  }
}

TEST(Query, NumbersAreWholeAndWithinTheirBounds) {
  struct Case {
    const char* text;
    std::optional<std::int64_t> number;
  };
  const Case cases[] = {{"", 7},
                        {"n=1", 1},
                        {"n=10", 10},
                        {"n=0", std::nullopt},
                        {"n=11", std::nullopt},
                        {"n=", std::nullopt},
                        {"n=2.5", std::nullopt},
                        {"n=2x", std::nullopt},
                        {"n=%202", std::nullopt},
                        {"n=%2B2", std::nullopt},
                        {"n=-2", std::nullopt},
                        {"n=99999999999999999999", std::nullopt}};
  for (const Case& c : cases) {
    const Result<std::int64_t> number = Query::parse(c.text)->number("n", 1, 10, 7);
    EXPECT_EQ(number ? std::optional(*number) : std::nullopt, c.number) << c.text;
    if (!number) {
      EXPECT_NE(number.error().reason.find("expected n to be a whole number from 1 to 10"), std::string::npos);
    }
  }
}

TEST(Query, APageIsFiftyFromTheStartUnlessItSays) {
  const store::Page usual = *Query::parse("")->page();
  EXPECT_EQ(usual.after, 0);
  EXPECT_EQ(usual.limit, 50U);
  const store::Page asked = *Query::parse("after=17&limit=500")->page();
  EXPECT_EQ(asked.after, 17);
  EXPECT_EQ(asked.limit, 500U);
  for (const char* wrong : {"limit=0", "limit=501", "after=-1", "after=x"}) EXPECT_FALSE(Query::parse(wrong)->page());
}

}  // namespace
}  // namespace patchbay::api
