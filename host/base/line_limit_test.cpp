#include "base/line_limit.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

using namespace std::chrono_literals;

TEST(LineLimit, LetsSoManyLinesThroughInARoundAndSaysOnceThatTheRestIsLeftOut) {
  LineLimit limit(2);
  EXPECT_TRUE(limit.line(100s).writes);
  EXPECT_TRUE(limit.line(101s).writes);
  const auto third = limit.line(102s);
  EXPECT_FALSE(third.writes);
  EXPECT_EQ(third.note, "the plugin logs more than 2 lines in 10 s; the rest is left out");
  const auto fourth = limit.line(109s);
  EXPECT_FALSE(fourth.writes);
  EXPECT_EQ(fourth.note, "");
}

TEST(LineLimit, TellsInTheNextRoundHowManyWereLeftOut) {
  LineLimit limit(2);
  for (int i = 0; i < 5; ++i) static_cast<void>(limit.line(100s));
  const auto next = limit.line(110s);
  EXPECT_TRUE(next.writes);
  EXPECT_EQ(next.note, "of the plugin's log 3 lines were left out");
  EXPECT_EQ(limit.line(120s).note, "");
}

}  // namespace
}  // namespace patchbay
