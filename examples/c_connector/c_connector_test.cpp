#include <gtest/gtest.h>
#include <patchbay/testkit/fake_host.hpp>

using namespace patchbay;

namespace {

testkit::FakeHost made() { return testkit::FakeHost{patchbay_plugin_v1(PATCHBAY_ABI_MAJOR, PATCHBAY_ABI_MINOR)}; }

TEST(CConnector, EachPollSubmitsOneMessageAndTheCursorSurvivesARestart) {
  testkit::FakeHost host = made();
  ASSERT_EQ(host.open({{"interval_ms", 250}}), PB_OK) << host.why();
  ASSERT_EQ(host.start(), PB_OK);
  EXPECT_EQ(host.poll(), std::chrono::milliseconds{250});
  host.poll();
  host.close();
  ASSERT_EQ(host.open(Json::object()), PB_OK);
  ASSERT_EQ(host.start(), PB_OK);
  EXPECT_EQ(host.poll(), std::chrono::milliseconds{60'000});

  ASSERT_EQ(host.batches().size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    const Batch batch = host.batches()[i].batch;
    EXPECT_EQ(batch.interactions.at(0).external_id, "tick-" + std::to_string(i + 1));
    EXPECT_EQ(batch.states.at(0).second, std::to_string(i + 1));
    EXPECT_EQ(batch.interactions.at(0).occurred_at, host.now());
  }
}

TEST(CConnector, AMessageThatCouldNotBeTakenComesAgain) {
  testkit::FakeHost host = made();
  ASSERT_EQ(host.open(Json::object()), PB_OK);
  ASSERT_EQ(host.start(), PB_OK);
  host.refuse_next_batch({PB_TRANSIENT, "writing the store: the disk is full", {}, {}, {}});
  host.poll();
  EXPECT_TRUE(host.states().empty());
  host.poll();
  ASSERT_EQ(host.batches().size(), 2u);
  EXPECT_EQ(host.batches()[1].batch.interactions.at(0).external_id, "tick-1");
  EXPECT_EQ(host.states(), (std::map<std::string, std::string>{{"cursor", "1"}}));
}

TEST(CConnector, WaitsForOneBatchBeforeTheNext) {
  testkit::FakeHost host = made();
  host.hold();
  ASSERT_EQ(host.open(Json::object()), PB_OK);
  ASSERT_EQ(host.start(), PB_OK);
  host.poll();
  host.poll();
  EXPECT_EQ(host.batches().size(), 1u);
}

TEST(CConnector, SaysWhatTheHostLacks) {
  testkit::FakeHost host = made();
  host.withhold(PATCHBAY_EXT_CLOCK);
  EXPECT_EQ(host.open(Json::object()), PB_NOT_FOUND);
  EXPECT_NE(host.why().find("clock"), std::string::npos);
}

TEST(CConnector, RefusesAHostOfAnotherMajor) { EXPECT_EQ(patchbay_plugin_v1(PATCHBAY_ABI_MAJOR + 1, 0), nullptr); }

}  // namespace
