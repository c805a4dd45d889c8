#include <gtest/gtest.h>
#include <patchbay/testkit/fake_host.hpp>

using namespace patchbay;
using namespace std::chrono_literals;

namespace {

TEST(CookbookConnection, WaitsForNewsAndGoesOnBehindWhatIsDurable) {
  testkit::FakeHost host{patchbay_plugin_v1(PATCHBAY_ABI_MAJOR, PATCHBAY_ABI_MINOR)};
  ASSERT_EQ(host.open({{"url", "https://news.example"}}), PB_OK) << host.why();
  ASSERT_EQ(host.start(), PB_OK) << host.why();
  host.start_running();

  ASSERT_TRUE(host.wait_until([&] { return host.calls().size() == 1; }));
  EXPECT_EQ(host.calls()[0].call.url, "https://news.example/updates?wait=25&after=0");
  HttpResult news;
  news.status = 200;
  news.body = R"([{"id":"7","from":"kasia","text":"hello"}])";
  host.answer(host.calls()[0].token, news);
  ASSERT_TRUE(host.wait_until([&] { return host.calls().size() == 2; }));
  EXPECT_EQ(host.batches().at(0).batch.interactions.at(0).external_id, "7");
  EXPECT_EQ(host.states().at("cursor"), "7");
  EXPECT_EQ(host.calls()[1].call.url, "https://news.example/updates?wait=25&after=7");
  EXPECT_EQ(host.finish_running(), PB_OK);
}

TEST(CookbookConnection, SaysWhatIsWrongWithAnAnswerAndGoesOn) {
  testkit::FakeHost host{patchbay_plugin_v1(PATCHBAY_ABI_MAJOR, PATCHBAY_ABI_MINOR)};
  ASSERT_EQ(host.open({{"url", "https://news.example"}}), PB_OK) << host.why();
  ASSERT_EQ(host.start(), PB_OK) << host.why();
  host.start_running();
  ASSERT_TRUE(host.wait_until([&] { return host.calls().size() == 1; }));
  HttpResult trouble;
  trouble.status = 502;
  host.answer(host.calls()[0].token, trouble);
  ASSERT_TRUE(host.wait_until([&] { return !host.reports().empty(); }));
  EXPECT_EQ(host.reports()[0].reason, "reading updates: 502");
  EXPECT_EQ(host.finish_running(), PB_OK);
}

}  // namespace
