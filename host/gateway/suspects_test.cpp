#include "gateway/suspects.hpp"

#include "delivery/dispatcher_fakes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace patchbay::gateway {
namespace {

using testing::ElementsAre;

class SuspectsOfAPlugin : public testing::Test {
 protected:
  void offer(std::uint64_t number, const std::string& input) {
    suspects.offer(number, input, [this, input] { given.push_back(input); });
  }
  std::vector<std::string> taken() { return std::exchange(given, {}); }

  delivery::fakes::FakeClock clock;
  Suspects suspects{clock};
  std::vector<std::string> given;
};

TEST_F(SuspectsOfAPlugin, AreNoneAsLongAsNothingCrashes) {
  offer(1, "a");
  offer(2, "b");
  EXPECT_THAT(taken(), ElementsAre("a", "b"));
  suspects.ended(1);
  suspects.ended(2);
  EXPECT_FALSE(suspects.is_guilty("a"));
}

TEST_F(SuspectsOfAPlugin, GoInOneAtATimeAfterACrash) {
  offer(1, "a");
  offer(2, "b");
  suspects.crashed();
  taken();
  offer(3, "a");
  offer(4, "b");
  offer(5, "c");
  EXPECT_THAT(taken(), ElementsAre("a"));
  suspects.ended(3);
  EXPECT_THAT(taken(), ElementsAre("b"));
  suspects.ended(4);
  EXPECT_THAT(taken(), ElementsAre("c"));
  offer(6, "d");
  EXPECT_THAT(taken(), ElementsAre("d")) << "nothing is suspect any more, so nothing waits";
}

TEST_F(SuspectsOfAPlugin, AreGuiltyWhenItCrashesAgainOnThemAlone) {
  offer(1, "innocent");
  offer(2, "poison");
  suspects.crashed();
  offer(3, "poison");
  const auto proven = suspects.crashed();
  ASSERT_TRUE(proven);
  EXPECT_EQ(proven->number, 3u);
  offer(4, "x");
  offer(5, "y");
  EXPECT_THAT(taken(), ElementsAre("innocent", "poison", "poison", "x")) << "innocent is suspect still";
  EXPECT_FALSE(suspects.is_guilty("innocent"));
  EXPECT_TRUE(suspects.is_guilty("poison"));
  EXPECT_FALSE(suspects.is_guilty("poison")) << "it is the caller's now";
}

TEST_F(SuspectsOfAPlugin, AreNotGuiltyOfWhatANeighbourInTheWorkerMayHaveDone) {
  for (int round = 0; round < 3; ++round) {
    offer(1, "a");
    EXPECT_FALSE(suspects.crashed(Suspects::Company::with_others));
  }
  EXPECT_FALSE(suspects.is_guilty("a"));
  offer(1, "a");
  EXPECT_TRUE(suspects.crashed()) << "it was suspect, and is alone with it now";
}

TEST_F(SuspectsOfAPlugin, AreNotGuiltyForHavingBeenThereTwiceInACrowd) {
  for (int round = 0; round < 2; ++round) {
    offer(1, "a");
    offer(2, "b");
    suspects.crashed();
  }
  EXPECT_FALSE(suspects.is_guilty("b")) << "the second crash was of `a` alone";
  EXPECT_TRUE(suspects.is_guilty("a"));
}

TEST_F(SuspectsOfAPlugin, AreInnocentOnceAnswered) {
  offer(1, "a");
  suspects.crashed();
  offer(2, "a");
  suspects.ended(2);
  offer(3, "a");
  suspects.crashed();
  EXPECT_FALSE(suspects.is_guilty("a")) << "it was answered in between";
}

TEST_F(SuspectsOfAPlugin, GiveWhatWaitsToTheOneThatEndedSoThatItIsRefused) {
  offer(1, "a");
  suspects.crashed();
  offer(2, "a");
  offer(3, "b");
  EXPECT_THAT(taken(), ElementsAre("a", "a"));
  suspects.crashed();
  EXPECT_THAT(taken(), ElementsAre("b"));
  EXPECT_FALSE(suspects.is_guilty("b")) << "it never got there";
}

TEST_F(SuspectsOfAPlugin, HoldUpTheOthersForHalfAMinuteAtMost) {
  offer(1, "a");
  suspects.crashed();
  taken();
  offer(2, "a");  // never answered
  offer(3, "b");
  EXPECT_THAT(taken(), ElementsAre("a"));
  clock.passed += std::chrono::seconds{31};
  offer(4, "c");
  EXPECT_THAT(taken(), ElementsAre("b"));
}

TEST_F(SuspectsOfAPlugin, AreForgottenAfterAnHour) {
  offer(1, "a");
  suspects.crashed();
  taken();
  clock.passed += std::chrono::minutes{61};
  offer(2, "b");
  offer(3, "c");
  EXPECT_THAT(taken(), ElementsAre("b", "c"));
}

}  // namespace
}  // namespace patchbay::gateway
