#include "base/time.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

using namespace std::chrono_literals;

TEST(Time, IsWrittenAsRfc3339InUtc) {
  constexpr TimePoint day = std::chrono::sys_days{std::chrono::year{2026} / 3 / 2};
  EXPECT_EQ(rfc3339(day + 10h + 11min + 12s), "2026-03-02T10:11:12Z");
  EXPECT_EQ(rfc3339(day + 10h + 11min + 12s + 250us), "2026-03-02T10:11:12.000250Z");
  EXPECT_EQ(rfc3339(TimePoint{-1s}), "1969-12-31T23:59:59Z");
  EXPECT_EQ(rfc3339(TimePoint{-1us}), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(rfc3339(std::chrono::sys_days{std::chrono::year{2028} / 2 / 29} + 23h), "2028-02-29T23:00:00Z");
}

}  // namespace
}  // namespace patchbay
