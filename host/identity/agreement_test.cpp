#include "identity/agreement.hpp"

#include <gtest/gtest.h>

#include <array>

namespace patchbay::identity {
namespace {

using Labels = std::array<Label, 5>;

// Found {0,1,2}{3,4}, true {0,1}{2,3,4}: of 4 pairs found and 4 true ones 2 are in both.
TEST(Agreement, CountsPairsAfterClosure) {
  const Agreement agreed = agreement(Labels{7, 7, 7, 9, 9}, Labels{1, 1, 2, 2, 2});
  EXPECT_DOUBLE_EQ(agreed.precision, 0.5);
  EXPECT_DOUBLE_EQ(agreed.recall, 0.5);
  EXPECT_DOUBLE_EQ(agreed.f1, 0.5);
  EXPECT_EQ(agreed.mixed, 1U);
  // B-cubed: precision (2/3 + 2/3 + 1/3 + 1 + 1) / 5 = 11/15, recall (1 + 1 + 1/3 + 2/3 + 2/3) / 5 = 11/15.
  EXPECT_NEAR(agreed.b3_f1, 11.0 / 15.0, 1e-12);
}

TEST(Agreement, IsPerfectWhereNothingBelongsTogether) {
  const Agreement agreed = agreement(Labels{1, 2, 3, 4, 5}, Labels{5, 4, 3, 2, 1});
  EXPECT_DOUBLE_EQ(agreed.f1, 1);
  EXPECT_DOUBLE_EQ(agreed.b3_f1, 1);
  EXPECT_EQ(agreed.mixed, 0U);
}

TEST(Agreement, JaccardIsTheShareOfCommonPairs) {
  EXPECT_DOUBLE_EQ(jaccard(Labels{7, 7, 7, 9, 9}, Labels{1, 1, 2, 2, 2}), 2.0 / 6.0);
  EXPECT_DOUBLE_EQ(jaccard(Labels{1, 1, 2, 2, 2}, Labels{3, 3, 0, 0, 0}), 1);
}

}  // namespace
}  // namespace patchbay::identity
