#include <gtest/gtest.h>
#include <patchbay/testkit/fake_host.hpp>

namespace {

TEST(Newcomer, AMessageIsDurableBeforeItIsThankedFor) {
  patchbay::testkit::FakeHost host{patchbay_plugin_v1(PATCHBAY_ABI_MAJOR, PATCHBAY_ABI_MINOR)};
  ASSERT_EQ(host.open({{"account", "front-desk"}}), PB_OK) << host.why();
  ASSERT_EQ(host.start(), PB_OK) << host.why();

  host.hold();
  const pb_request request = host.receive({.body = R"({"id":"7","from":"kasia@example.org","text":"good morning"})"});
  EXPECT_FALSE(host.response(request));
  ASSERT_EQ(host.batches().size(), 1u);
  const patchbay::testkit::Submission submission = host.batches().front();
  host.complete(submission.token);
  EXPECT_EQ(host.response(request)->status, 200u);

  const patchbay::Interaction message = submission.batch.interactions.at(0);
  EXPECT_EQ(message.account, "front-desk");
  EXPECT_EQ(message.external_id, "7");
  EXPECT_EQ(message.text, "good morning");

  EXPECT_EQ(host.exchange({.body = "hello"}).status, 400u);
}

}  // namespace
