#include <gtest/gtest.h>
#include <patchbay/testkit/fake_host.hpp>

namespace {

TEST(Newcomer, GoesOnAfterARestartWhereTheLastDurableMessageStopped) {
  patchbay::testkit::FakeHost host{patchbay_plugin_v1(PATCHBAY_ABI_MAJOR, PATCHBAY_ABI_MINOR)};
  for (int life = 0; life < 2; ++life) {
    ASSERT_EQ(host.open({{"interval_ms", 250}}), PB_OK) << host.why();
    ASSERT_EQ(host.start(), PB_OK) << host.why();
    EXPECT_EQ(host.poll(), std::chrono::milliseconds{250});
    host.poll();
    host.close();
  }
  ASSERT_EQ(host.batches().size(), 4u);
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_EQ(host.batches()[i].batch.interactions.at(0).external_id, "message-" + std::to_string(i + 1));
}

}  // namespace
