#include "api/moment.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace patchbay::api {
namespace {

using namespace std::chrono_literals;

// 2026-01-27T12:00:00Z, by `date -u -d ... +%s`.
constexpr TimePoint noon{1'769'515'200s};

TEST(Moment, IsADateOrATimeOfRfc3339) {
  struct Case {
    const char* text;
    std::optional<TimePoint> time;
  };
  const Case cases[] = {
      {"2026-01-27T12:00:00Z", noon},
      {"2026-01-27t12:00:00z", noon},
      {"2026-01-27 12:00:00Z", noon},
      {"2026-01-27T12:00Z", noon},
      {"2026-01-27", noon - 12h},
      {"2026-01-27T13:00:00+01:00", noon},
      {"2026-01-27T06:30:00-05:30", noon},
      {"2026-01-27T12:00:00.25Z", noon + 250ms},
      {"2026-01-27T12:00:00.000001Z", noon + 1us},
      {"2026-01-27T12:00:00.0000019Z", noon + 1us},
      {"1970-01-01T00:00:00Z", TimePoint{}},
      {"2024-02-29", TimePoint{1'709'164'800s}},
      {"9999-12-31T23:59:59Z", TimePoint{253'402'300'799s}},
      {"", {}},
      {"yesterday", {}},
      {"2026", {}},
      {"2026-01", {}},
      {"26-01-27", {}},
      {"2026-1-27", {}},
      {"2026-02-29", {}},
      {"2026-13-01", {}},
      {"2026-00-01", {}},
      {"2026-01-32", {}},
      {"2026-01-27T", {}},
      {"2026-01-27T12Z", {}},
      {"2026-01-27T24:00:00Z", {}},
      {"2026-01-27T12:60:00Z", {}},
      {"2026-01-27T12:00:60Z", {}},
      {"2026-01-27T12:00:00", {}},
      {"2026-01-27T12:00:00.Z", {}},
      {"2026-01-27T12:00:00.0000000000000000000Z", {}},
      {"2026-01-27T12:00:00+1:00", {}},
      {"2026-01-27T12:00:00+24:00", {}},
      {"2026-01-27T12:00:00Z ", {}},
      {"2026-01-27Z", {}},
      {"1969-12-31T23:59:59Z", {}},
      {"1970-01-01T00:00:00+01:00", {}},
      {"9999-12-31T23:59:59-00:01", {}},
      {"+2026-01-27", {}},
  };
  for (const Case& c : cases) {
    const Result<TimePoint> time = moment_of(c.text);
    EXPECT_EQ(time.has_value(), c.time.has_value()) << c.text;
    if (time && c.time) {
      EXPECT_EQ(*time, *c.time) << c.text;
    }
    if (!time) {
      EXPECT_EQ(time.error().code, ErrorCode::invalid) << c.text;
    }
  }
}

TEST(Moment, ReadsWhatThePrinterWrites) {
  for (const Duration later : {Duration{0}, Duration{1}, Duration{999'999}, Duration{1'000'000}})
    EXPECT_EQ(moment_of(rfc3339(noon + later)).value(), noon + later);
}

}  // namespace
}  // namespace patchbay::api
