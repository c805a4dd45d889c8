#include <gtest/gtest.h>
#include <patchbay/testkit/fake_host.hpp>

namespace {

TEST(Newcomer, PostsThePayloadAsItIsAndGoesByTheStatus) {
  patchbay::testkit::FakeHost host{patchbay_plugin_v1(PATCHBAY_ABI_MAJOR, PATCHBAY_ABI_MINOR)};
  ASSERT_EQ(host.open({{"url", "https://crm.example.org/in"}}), PB_OK) << host.why();
  ASSERT_EQ(host.start(), PB_OK) << host.why();

  patchbay::Event event;
  event.id = "event_1";
  event.payload = R"({"specversion":"1.0"})";
  const patchbay::testkit::Rendered rendered = host.render(event);
  ASSERT_TRUE(rendered.call);
  EXPECT_EQ(rendered.call->method, "POST");
  EXPECT_EQ(rendered.call->url, "https://crm.example.org/in");
  EXPECT_EQ(rendered.call->body, event.payload);

  patchbay::HttpResult answer;
  answer.status = 204;
  EXPECT_EQ(host.judge(event, answer).verdict, patchbay::Verdict::delivered);
  answer.status = 503;
  EXPECT_EQ(host.judge(event, answer).verdict, patchbay::Verdict::transient);
  answer.status = 422;
  EXPECT_EQ(host.judge(event, answer).verdict, patchbay::Verdict::permanent);
}

}  // namespace
