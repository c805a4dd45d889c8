#include "delivery/retry.hpp"

#include <gtest/gtest.h>

namespace patchbay::delivery {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint now{1'772'445'600s};
constexpr double no_jitter = 0.5;

Outcome failed(std::optional<TimePoint> not_before = {}) { return {Verdict::transient, not_before}; }

TEST(Retry, WaitsAsStandardWebhooksRecommendsThenEnds) {
  const Schedule schedule = standard_webhooks_schedule();
  struct Case {
    std::uint32_t attempts_made;
    Duration wait;
  };
  for (const Case& c : {Case{1, 5s}, Case{2, 5min}, Case{3, 30min}, Case{4, 2h}, Case{5, 5h}, Case{6, 10h},
                        Case{7, 14h}, Case{8, 20h}, Case{9, 24h}}) {
    EXPECT_EQ(next_attempt(schedule, c.attempts_made, failed(), now, no_jitter), now + c.wait) << c.attempts_made;
  }
  EXPECT_EQ(next_attempt(schedule, 10, failed(), now, no_jitter), std::nullopt);
}

TEST(Retry, EndsAtOnceWhenAnotherAttemptWouldNotHelp) {
  for (const Verdict verdict : {Verdict::delivered, Verdict::permanent, Verdict::gone}) {
    EXPECT_EQ(next_attempt(standard_webhooks_schedule(), 1, {verdict, now + 1h}, now, no_jitter), std::nullopt);
  }
}

TEST(Retry, VariesADelayByATenthToEitherSide) {
  const Schedule schedule = standard_webhooks_schedule();
  EXPECT_EQ(next_attempt(schedule, 3, failed(), now, 0.0), now + 27min);
  EXPECT_EQ(next_attempt(schedule, 3, failed(), now, 0.25), now + 28min + 30s);
  const auto latest = next_attempt(schedule, 3, failed(), now, 0.999'999'9);
  ASSERT_TRUE(latest);
  EXPECT_GT(*latest, now + 32min + 59s);
  EXPECT_LE(*latest, now + 33min);
}

TEST(Retry, AReceiverLengthensTheWaitUpToADayAndNeverShortensIt) {
  const Schedule schedule = standard_webhooks_schedule();
  struct Case {
    const char* what;
    TimePoint asked, due;
  };
  for (const Case& c : {Case{"long past", now - 24h, now + 5s}, Case{"sooner than planned", now + 2s, now + 5s},
                        Case{"later", now + 90s, now + 90s}, Case{"a day", now + 24h, now + 24h},
                        Case{"a year", now + 8760h, now + 24h}}) {
    EXPECT_EQ(next_attempt(schedule, 1, failed(c.asked), now, no_jitter), c.due) << c.what;
  }
}

TEST(Retry, AnEmptyScheduleKnowsOneAttemptOnly) {
  EXPECT_EQ(next_attempt(Schedule{}, 1, failed(), now, no_jitter), std::nullopt);
}

}  // namespace
}  // namespace patchbay::delivery
