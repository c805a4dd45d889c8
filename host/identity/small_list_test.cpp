#include "identity/small_list.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace patchbay::identity {
namespace {

struct Wide {
  std::uint64_t one = 0, two = 0, three = 0;
  friend bool operator==(const Wide&, const Wide&) = default;
};

template <class T>
T made_of(std::uint64_t number) {
  return static_cast<T>(number);
}
template <>
Wide made_of<Wide>(std::uint64_t number) {
  return {number, number + 1, number + 2};
}

template <class T>
class SmallListTest : public testing::Test {};
using Types = testing::Types<std::uint32_t, std::uint64_t, Wide>;
TYPED_TEST_SUITE(SmallListTest, Types);

TYPED_TEST(SmallListTest, HoldsWhatAVectorHolds) {
  SmallList<TypeParam> list;
  std::vector<TypeParam> vector;
  std::mt19937_64 random(3);
  for (int step = 0; step < 4000; ++step) {
    const auto place = static_cast<std::ptrdiff_t>(random() % (vector.size() + 1));
    if (random() % 40 == 0) {
      // All that it had goes along, and it starts anew.
      SmallList<TypeParam> moved = std::move(list);
      ASSERT_TRUE(std::equal(moved.begin(), moved.end(), vector.begin(), vector.end()));
      list = std::move(moved);
    } else if (random() % 200 == 0) {
      list.clear();
      vector.clear();
    } else if (random() % 5 < 3 || place == std::ssize(vector)) {
      const TypeParam value = made_of<TypeParam>(random());
      list.insert(list.begin() + place, value);
      vector.insert(vector.begin() + place, value);
    } else {
      list.erase(list.begin() + place);
      vector.erase(vector.begin() + place);
    }
    ASSERT_EQ(list.size(), vector.size());
    ASSERT_TRUE(std::equal(list.begin(), list.end(), vector.begin(), vector.end()));
  }
}

TEST(SmallList, KeepsTwoNodesInItself) {
  SmallList<std::uint32_t> list;
  list.push_back(7);
  list.push_back(9);
  const auto* first = reinterpret_cast<const char*>(list.begin());
  const auto* self = reinterpret_cast<const char*>(&list);
  EXPECT_TRUE(first >= self && first < self + sizeof list);
  EXPECT_EQ(sizeof list, 16U);
}

}  // namespace
}  // namespace patchbay::identity
