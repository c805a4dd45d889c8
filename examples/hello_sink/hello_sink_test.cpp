#include <gtest/gtest.h>
#include <patchbay/testkit/fake_host.hpp>

using namespace patchbay;

namespace {

TEST(HelloSink, PostsThePayloadAsItIsAndGoesByTheStatus) {
  testkit::FakeHost host{patchbay_plugin_v1(PATCHBAY_ABI_MAJOR, PATCHBAY_ABI_MINOR)};
  ASSERT_EQ(host.open({{"url", "https://crm.example.org/in"}}), PB_OK) << host.why();
  ASSERT_EQ(host.start(), PB_OK);

  Event event;
  event.id = "e1";
  event.payload = R"({"specversion":"1.0"})";
  const testkit::Rendered rendered = host.render(event);
  ASSERT_TRUE(rendered.call);
  EXPECT_EQ(rendered.call->method, "POST");
  EXPECT_EQ(rendered.call->url, "https://crm.example.org/in");
  EXPECT_EQ(rendered.call->headers.at(0).value, "application/cloudevents+json");
  EXPECT_EQ(rendered.call->body, event.payload);

  HttpResult result;
  result.status = 204;
  EXPECT_EQ(host.judge(event, result).verdict, Verdict::delivered);
  result.status = 503;
  EXPECT_EQ(host.judge(event, result).verdict, Verdict::transient);
}

TEST(HelloSink, TakesNoErrorInTheBodyForADelivery) {
  testkit::FakeHost host{patchbay_plugin_v1(PATCHBAY_ABI_MAJOR, PATCHBAY_ABI_MINOR)};
  ASSERT_EQ(host.open({{"url", "https://crm.example.org/in"}}), PB_OK) << host.why();
  ASSERT_EQ(host.start(), PB_OK);
  struct Case {
    const char* body;
    Verdict verdict;
  };
  for (const Case& c : {
           Case{R"({"jsonrpc":"2.0","id":1,"result":7})", Verdict::delivered},
           Case{R"({"jsonrpc":"2.0","id":1,"error":{"code":200,"message":"no such model"}})", Verdict::permanent},
           Case{"", Verdict::delivered},
           Case{"[\"error\"]", Verdict::delivered},
           Case{"{\"error\"", Verdict::delivered},
       }) {
    HttpResult result;
    result.status = 200;
    result.headers = {{"content-type", "application/json"}};
    result.body = c.body;
    const Judgement judgement = host.judge(Event{}, result);
    EXPECT_EQ(judgement.verdict, c.verdict) << c.body;
    if (c.verdict == Verdict::permanent) {
      EXPECT_NE(judgement.reason.find("no such model"), std::string::npos) << judgement.reason;
    }
  }
}

TEST(HelloSink, NeedsAnAddress) {
  testkit::FakeHost host{patchbay_plugin_v1(PATCHBAY_ABI_MAJOR, PATCHBAY_ABI_MINOR)};
  EXPECT_EQ(host.open(Json::object()), PB_INVALID_SETTINGS);
  ASSERT_EQ(host.reports().size(), 1u);
  EXPECT_EQ(host.reports().front().pointer, "/url");
}

}  // namespace
