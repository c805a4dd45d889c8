#include <gtest/gtest.h>
#include <patchbay/testkit/fake_host.hpp>

using namespace patchbay;

namespace {

class HelloTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(host.open({{"account", "desk"}}), PB_OK) << host.why();
    ASSERT_EQ(host.start(), PB_OK);
  }

  testkit::FakeHost host{patchbay_plugin_v1(PATCHBAY_ABI_MAJOR, PATCHBAY_ABI_MINOR)};
};

TEST_F(HelloTest, AMessageIsDurableBeforeItIsThankedFor) {
  host.hold();
  const pb_request request = host.receive({.body = R"({"id":"7","from":"kasia@example.org","text":"good morning"})"});
  EXPECT_FALSE(host.response(request));
  ASSERT_EQ(host.batches().size(), 1u);
  const testkit::Submission submission = host.batches().front();
  host.complete(submission.token);
  EXPECT_EQ(host.response(request)->status, 200u);

  const Interaction& message = submission.batch.interactions.at(0);
  EXPECT_EQ(message.account, "desk");
  EXPECT_EQ(message.external_id, "7");
  EXPECT_EQ(message.text, "good morning");
  EXPECT_EQ(message.participants.at(0).identifiers.at(0).value, "kasia@example.org");
}

TEST_F(HelloTest, SomethingElseIsRefusedAndLeavesNothing) {
  for (const char* const body : {"", "[]", "hello", R"({"id":"7"})", R"({"id":"7","from":"","text":"x"})",
                                 R"({"id":7,"from":"a@example.org","text":"x"})"})
    EXPECT_EQ(host.exchange({.body = body}).status, 400u) << body;
  EXPECT_TRUE(host.batches().empty());
}

TEST_F(HelloTest, ABusyHostIsAnsweredWith503) {
  host.set_credit(1);
  host.close();
  ASSERT_EQ(host.open({}), PB_OK);
  ASSERT_EQ(host.start(), PB_OK);
  host.hold();
  const pb_request first = host.receive({.body = R"({"id":"1","from":"a@example.org","text":"one"})"});
  EXPECT_EQ(host.exchange({.body = R"({"id":"2","from":"b@example.org","text":"two"})"}).status, 503u);
  host.complete(host.batches().at(0).token);
  EXPECT_EQ(host.response(first)->status, 200u);
}

}  // namespace
