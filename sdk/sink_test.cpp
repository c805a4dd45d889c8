#include <gtest/gtest.h>
#include <patchbay/sink.hpp>
#include <patchbay/testkit/fake_host.hpp>

namespace patchbay {
namespace {

struct Scripted final : Sink {
  Scripted(Host&, const Settings&) {}
  HttpCall render(const Event& event) override { return on_render(event); }
  Judgement judge(const Event& event, const HttpResult& result) override {
    return on_judge ? on_judge() : Sink::judge(event, result);
  }
  static inline std::function<HttpCall(const Event&)> on_render;
  static inline std::function<Judgement()> on_judge;
};

class SinkTest : public testing::Test {
 protected:
  void SetUp() override {
    Scripted::on_render = {};
    Scripted::on_judge = {};
    ASSERT_EQ(host.open(Json::object()), PB_OK) << host.why();
    ASSERT_EQ(host.start(), PB_OK);
  }
  testkit::FakeHost host{&detail::sink_plugin<Scripted>()};
};

TEST_F(SinkTest, AFailureOutOfRenderEndsTheEventWithItsCode) {
  Scripted::on_render = [](const Event&) -> HttpCall { throw permanent("rendering: too large", "send less"); };
  EXPECT_EQ(host.render({}).error->code, PB_PERMANENT);
  EXPECT_EQ(host.render({}).error->remedy, "send less");
  Scripted::on_render = [](const Event&) -> HttpCall { throw std::out_of_range("oops"); };
  EXPECT_EQ(host.render({}).error->code, PB_BUG);
  EXPECT_EQ(host.reports().size(), 6u);  // each event is rendered twice by the fake host
}

TEST_F(SinkTest, AnAnswerThatCannotBeJudgedIsWorthAnotherAttempt) {
  Scripted::on_judge = []() -> Judgement { throw std::runtime_error("oops"); };
  const Judgement judgement = host.judge({}, {});
  EXPECT_EQ(judgement.verdict, Verdict::transient);
  EXPECT_NE(judgement.reason.find("oops"), std::string::npos);
}

TEST_F(SinkTest, TheFakeHostFindsARenderThatIsNotPure) {
  Scripted::on_render = [n = 0](const Event&) mutable {
    HttpCall call;
    call.body = std::to_string(++n);
    return call;
  };
  host.render({});
  EXPECT_EQ(host.take_violations(),
            (std::vector<std::string>{"render: the same event was rendered differently the second time"}));
}

TEST(Sink, JudgesByStatusAsStandardWebhooksSays) {
  struct Case {
    std::uint32_t status;
    Verdict verdict;
  };
  for (const Case& c : {Case{200, Verdict::delivered}, Case{204, Verdict::delivered}, Case{299, Verdict::delivered},
                        Case{301, Verdict::permanent}, Case{400, Verdict::permanent}, Case{401, Verdict::permanent},
                        Case{404, Verdict::permanent}, Case{408, Verdict::transient}, Case{410, Verdict::gone},
                        Case{425, Verdict::transient}, Case{429, Verdict::transient}, Case{500, Verdict::transient},
                        Case{503, Verdict::transient}, Case{599, Verdict::transient}, Case{0, Verdict::transient}}) {
    HttpResult result;
    result.status = c.status;
    EXPECT_EQ(judge_by_status(result).verdict, c.verdict) << c.status;
  }
}

TEST(Sink, DoesNotOpenOnAHostWithoutTheExtension) {
  testkit::FakeHost host{&detail::sink_plugin<Scripted>()};
  host.withhold(PATCHBAY_EXT_SINK);
  EXPECT_EQ(host.open(Json::object()), PB_NOT_FOUND);
}

// Ends what it took when run() comes round to it, and refuses what has no id.
struct Gathering final : DeliveringSink {
  Gathering(Host& host_of, const Settings&) : host(host_of) {}
  void deliver(const Event& event) override {
    if (event.id.empty()) throw permanent("delivering: it has no id");
    if (event.id == "later") throw transient("delivering: not now");
    taken.emplace_back(event.token, std::string(event.payload));
  }
  void run() override {
    for (Next next = Next::called; next != Next::stopping; next = host.next(std::chrono::seconds{10})) {
      for (const auto& [token, payload] : taken) host.judged(token, {Verdict::delivered, {}, "kept " + payload});
      taken.clear();
    }
  }
  Host& host;
  std::vector<std::pair<pb_token, std::string>> taken;
};

class DeliveringSinkTest : public testing::Test {
 protected:
  Judgement end_of(pb_token token) {
    EXPECT_TRUE(host.wait_until([&] { return host.judgement(token).has_value(); }));
    return host.judgement(token).value_or(Judgement{});
  }
  testkit::FakeHost host{&detail::DeliveringSinkPlugin<Gathering>::table()};
};

TEST_F(DeliveringSinkTest, EndsAnEventOnItsOwnThreadAfterItsBytesWereLentOnly) {
  ASSERT_EQ(host.open(Json::object()), PB_OK) << host.why();
  ASSERT_EQ(host.start(), PB_OK);
  host.start_running();
  Event event;
  event.id = "event_1";
  const std::string payload = R"({"specversion":"1.0"})";
  event.payload = payload;
  const Judgement judgement = end_of(host.deliver(event));
  EXPECT_EQ(judgement.verdict, Verdict::delivered);
  EXPECT_EQ(judgement.reason, "kept " + payload);
  EXPECT_EQ(host.finish_running(), PB_OK);
}

TEST_F(DeliveringSinkTest, AFailureOutOfDeliverEndsTheEventWithItsCode) {
  ASSERT_EQ(host.open(Json::object()), PB_OK) << host.why();
  ASSERT_EQ(host.start(), PB_OK);
  Event event;
  EXPECT_EQ(end_of(host.deliver(event)).verdict, Verdict::permanent);
  event.id = "later";
  const Judgement judgement = end_of(host.deliver(event));
  EXPECT_EQ(judgement.verdict, Verdict::transient);
  EXPECT_EQ(judgement.reason, "delivering: not now");
}

TEST_F(DeliveringSinkTest, OffersWhatItDoesAndNoRendering) {
  EXPECT_TRUE(host.offers(PATCHBAY_EXT_DELIVER));
  EXPECT_TRUE(host.offers(PATCHBAY_EXT_RUN));
  EXPECT_FALSE(host.offers(PATCHBAY_EXT_SINK));
  EXPECT_FALSE(host.offers(PATCHBAY_EXT_CHECK));
}

}  // namespace
}  // namespace patchbay
