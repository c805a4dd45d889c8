#include "faults/plan.hpp"

#include <gtest/gtest.h>

#include <set>

namespace patchbay::faults {
namespace {

TEST(Plan, TheSameSeedGivesTheSameLives) {
  Plans one(7), same(7), other(8);
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const std::string life = described(one.next());
    EXPECT_EQ(described(same.next()), life);
    seen.insert(life);
  }
  EXPECT_GT(seen.size(), 50U);
  EXPECT_FALSE(seen.contains(described(other.next())));
}

TEST(Plan, EveryFaultComesWithinALife) {
  Plans plans(1);
  int early = 0, down = 0, stopped = 0, dies_stopped = 0, clock = 0, jumps = 0;
  std::set<Manners> manners;
  for (int i = 0; i < 1000; ++i) {
    const Life life = plans.next();
    manners.insert(life.manners);
    early += life.early.has_value();
    down += life.down.has_value();
    stopped += life.stopped.has_value();
    dies_stopped += life.stopped && !life.continued;
    clock += life.clock.has_value();
    jumps += life.clock_jumps.has_value();
    EXPECT_FALSE(life.early && (life.down || life.stopped || life.clock_jumps)) << "nothing else fits into it";
    for (const auto& at : {life.down, life.stopped, life.clock_jumps}) EXPECT_LE(at.value_or(0), life.length);
  }
  EXPECT_EQ(manners.size(), 4U);
  for (const int count : {early, down, stopped, dies_stopped, clock, jumps}) EXPECT_GT(count, 10);
}

}  // namespace
}  // namespace patchbay::faults
