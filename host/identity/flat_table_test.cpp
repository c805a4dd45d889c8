#include "identity/flat_table.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <vector>

#include "identity/text.hpp"

namespace patchbay::identity {
namespace {

TEST(FlatTable, HoldsWhatAMapHoldsThroughAdditionsAndRemovals) {
  FlatTable table;
  std::map<std::uint64_t, std::uint32_t> map;
  std::mt19937_64 random(5);
  constexpr std::uint32_t keys = 3000;
  for (std::uint32_t step = 0; step < 60'000; ++step) {
    const std::uint64_t key = fingerprint("key", std::to_string(random() % keys));
    if (std::uint32_t* found = table.find(key)) {
      ASSERT_EQ(*found, map.at(key));
      table.remove(key, found);
      map.erase(key);
    } else {
      ASSERT_FALSE(map.contains(key));
      table.add(key, step);
      map[key] = step;
    }
  }
  for (std::uint32_t number = 0; number < keys; ++number) {
    const std::uint64_t key = fingerprint("key", std::to_string(number));
    const std::uint32_t* found = table.find(key);
    ASSERT_EQ(found != nullptr, map.contains(key));
    if (!found) continue;
    EXPECT_EQ(*found, map.at(key));
  }
}

TEST(FlatTable, TellsEntriesOfOneKeyApartByWhatIsAskedFor) {
  FlatPart part;
  constexpr std::uint64_t key = 0xffff'ffff'ffff'fff0;
  for (std::uint32_t value = 0; value < 50; ++value) part.add(key, value);
  for (std::uint32_t value = 0; value < 50; value += 2)
    part.remove(part.find(key, [value](std::uint32_t each) { return each == value; }));
  EXPECT_EQ(part.size(), 25U);
  for (std::uint32_t value = 0; value < 50; ++value)
    EXPECT_EQ(part.find(key, [value](std::uint32_t each) { return each == value; }) != nullptr, value % 2 == 1);
}

TEST(FlatTable, KeepsKeysThatWantTheLastPlaceAndThoseThatWantTheFirst) {
  // The lower half of a key says where in its part it wants to be.
  FlatPart part;
  std::set<std::uint64_t> there;
  std::mt19937_64 random(6);
  for (std::uint32_t step = 0; step < 5000; ++step) {
    const std::uint64_t edge = random() % 2 == 0 ? 0 : 0xffff'ff00;
    const std::uint64_t key = random() % 8 << 32 | edge | random() % 16;
    if (std::uint32_t* found = part.find(key)) {
      part.remove(found);
      there.erase(key);
    } else {
      part.add(key, 1);
      there.insert(key);
    }
    ASSERT_EQ(part.size(), there.size());
    for (const std::uint64_t each : there) ASSERT_NE(part.find(each), nullptr);
  }
}

}  // namespace
}  // namespace patchbay::identity
