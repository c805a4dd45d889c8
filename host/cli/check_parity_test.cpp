#include "cli/check_parity.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace patchbay::cli {
namespace {

using testing::HasSubstr;

TEST(Parity, HoldsWhereAWorkerSaysTheSameInAnotherOrderOfTime) {
  EXPECT_TRUE(unlike_in_worker({"answer 200", "interaction hello"}, {"interaction hello", "answer 200"},
                               {"answer 200", "interaction hello"})
                  .empty());
}

TEST(Parity, IsBrokenByWhatAWorkerLeavesOutAddsOrSaysOtherwise) {
  struct Case {
    const char* what;
    Told worker;
    const char* reason;
  };
  const Told here{"answer 200", "interaction hello"};
  for (const Case& c : {Case{"left out", {"answer 200"}, "gave this: interaction hello; and in a worker it did not"},
                        Case{"said once more",
                             {"answer 200", "interaction hello", "interaction hello"},
                             "in a worker this instead: interaction hello"},
                        Case{"said otherwise",
                             {"answer 200", "interaction refused"},
                             "gave this: interaction hello; and in a worker this instead: interaction refused"}}) {
    const auto found = unlike_in_worker(here, c.worker, here);
    ASSERT_EQ(found.size(), 1u) << c.what;
    EXPECT_EQ(found[0].outcome, conformance::Outcome::fail) << c.what;
    EXPECT_EQ(found[0].clause, "W1") << c.what;
    EXPECT_THAT(found[0].reason, HasSubstr(c.reason)) << c.what;
  }
}

TEST(Parity, DoesNotHoldAgainstAPluginWhatDiffersWithinOneProcess) {
  EXPECT_TRUE(unlike_in_worker({"answer 200", "id 17"}, {"answer 200", "id 23"}, {"answer 200", "id 42"}).empty());
  EXPECT_FALSE(unlike_in_worker({"answer 200", "id 17"}, {"answer 503", "id 23"}, {"answer 200", "id 42"}).empty());
}

}  // namespace
}  // namespace patchbay::cli
