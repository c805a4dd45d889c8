#include <gtest/gtest.h>
#include <patchbay/connector.hpp>
#include <patchbay/testkit/fake_host.hpp>

namespace patchbay {
namespace {

using namespace std::chrono_literals;

// A connector whose functions do what the test in course says.
struct Scripted : Connector {
  Scripted(Host& to, const Settings& with) : host(to) {
    if (on_open) on_open(with);
  }
  void check() override { do_it(); }
  void start() override {
    if (on_start) on_start(*this);
  }
  void receive(const HttpRequest& request) override { on_receive(*this, request); }
  void poll() override { do_it(); }
  void run() override { do_it(); }
  void send(const Outbound& outbound) override { on_send(*this, outbound); }
  void replay(pb_token, const Original&) override { do_it(); }
  void answered(pb_token, const HttpResult& result) override { results.push_back(result); }
  void completed(const Completion& completion) override { completions.push_back(completion); }
  void do_it() {
    if (on_any) on_any(*this);
  }

  Host& host;
  static inline std::function<void(const Settings&)> on_open;
  static inline std::function<void(Scripted&)> on_start, on_any;
  static inline std::function<void(Scripted&, const HttpRequest&)> on_receive;
  static inline std::function<void(Scripted&, const Outbound&)> on_send;
  static inline std::vector<Completion> completions;
  static inline std::vector<HttpResult> results;
};

Error error(pb_code code, TimePoint until = {}) { return {code, "doing it: no", "do it differently", {}, until}; }

class ConnectorTest : public testing::Test {
 protected:
  ConnectorTest() {
    Scripted::on_open = {};
    Scripted::on_start = Scripted::on_any = {};
    Scripted::on_receive = {};
    Scripted::on_send = {};
    Scripted::completions.clear();
    Scripted::results.clear();
  }
  void start() {
    ASSERT_EQ(host.open(Json::object()), PB_OK) << host.why();
    ASSERT_EQ(host.start(), PB_OK) << host.why();
  }

  testkit::FakeHost host{&detail::connector_plugin<Scripted>()};
};

TEST_F(ConnectorTest, WhatReceiveThrowsIsReportedAndAnsweredFailClosed) {
  start();
  struct Case {
    const char* what;
    std::function<void()> thrown;
    pb_code code;
    std::uint32_t status;
  };
  const Case cases[] = {
      {"a passing failure", [] { throw transient("reading: later"); }, PB_TRANSIENT, 503},
      {"no credit", [] { throw Failure(error(PB_BUSY)); }, PB_BUSY, 503},
      {"no connection", [] { throw Failure(error(PB_NOT_CONNECTED)); }, PB_NOT_CONNECTED, 503},
      {"a rate limit", [] { throw Failure(error(PB_RATE_LIMITED)); }, PB_RATE_LIMITED, 503},
      {"no memory", [] { throw std::bad_alloc(); }, PB_TRANSIENT, 503},
      {"a refusal", [] { throw permanent("reading: never"); }, PB_PERMANENT, 500},
      {"an exception", [] { throw std::runtime_error("oops"); }, PB_BUG, 500},
      {"something else", [] { throw 42; }, PB_BUG, 500},
      {"a failure that says all is well", [] { throw Failure(error(PB_OK)); }, PB_BUG, 500},
  };
  for (const Case& c : cases) {
    Scripted::on_receive = [&](Scripted&, const HttpRequest&) { c.thrown(); };
    EXPECT_EQ(host.exchange({}).status, c.status) << c.what;
    EXPECT_EQ(host.reports().back().code, c.code) << c.what;
  }
  EXPECT_EQ(host.reports().size(), std::size(cases));
  EXPECT_NE(host.why().find("receiving an HTTP request: the plugin threw an unexpected exception: oops"),
            std::string::npos);
}

TEST_F(ConnectorTest, ARequestThatWasAnsweredIsNotAnsweredAgainWhenTheCallThrows) {
  start();
  Scripted::on_receive = [](Scripted& self, const HttpRequest& request) {
    self.host.respond(request.id, {204, {}, {}});
    throw std::runtime_error("too late");
  };
  EXPECT_EQ(host.exchange({}).status, 204u);

  Scripted::on_receive = [](Scripted& self, const HttpRequest& request) {
    Batch batch;
    batch.answers = request.id;
    batch.answer.status = 202;
    EXPECT_EQ(self.host.submit(1, batch), Submitted::taken);
    throw transient("too late");
  };
  EXPECT_EQ(host.exchange({}).status, 202u);
}

TEST_F(ConnectorTest, ABatchThatCouldNotBeKeptIsAnsweredWith503) {
  start();
  Scripted::on_receive = [](Scripted& self, const HttpRequest& request) {
    Batch batch;
    batch.answers = request.id;
    EXPECT_EQ(self.host.submit(7, batch), Submitted::taken);
  };
  host.refuse_next_batch(error(PB_TRANSIENT));
  EXPECT_EQ(host.exchange({}).status, 503u);
  ASSERT_EQ(Scripted::completions.size(), 1u);
  EXPECT_EQ(Scripted::completions[0].token, 7u);
  EXPECT_EQ(Scripted::completions[0].error->code, PB_TRANSIENT);
}

TEST_F(ConnectorTest, ASendingEndsOnceWhateverHappens) {
  start();
  Scripted::on_send = [](Scripted&, const Outbound&) {
    throw auth_failed("sending: the token is refused", "renew it");
  };
  const pb_token thrown = host.send({});
  Scripted::on_send = [](Scripted& self, const Outbound& outbound) {
    self.host.send_failed(outbound.token, error(PB_PERMANENT));
    throw std::runtime_error("too late");
  };
  host.send({});
  Scripted::on_send = [](Scripted& self, const Outbound& outbound) {
    self.host.sent(outbound.token, "wamid." + outbound.text, self.host.now());
  };
  Outbound outbound;
  outbound.text = "hello";
  host.send(outbound);

  const std::vector<testkit::Sent> sent = host.sent();
  ASSERT_EQ(sent.size(), 3u);
  EXPECT_EQ(sent[0].token, thrown);
  EXPECT_EQ(sent[0].error->code, PB_AUTH_FAILED);
  EXPECT_EQ(sent[0].error->remedy, "renew it");
  EXPECT_EQ(sent[1].error->code, PB_PERMANENT);
  EXPECT_FALSE(sent[2].error);
  EXPECT_EQ(sent[2].external_id, "wamid.hello");
}

TEST_F(ConnectorTest, AllMistakesInTheSettingsAreReportedAtOnce) {
  Scripted::on_open = [](const Settings&) {
    throw Failure(std::vector<Error>{{PB_INVALID_SETTINGS, "reading a: no", "say a", "/a", {}},
                                     {PB_INVALID_SETTINGS, "reading b: no", "say b", "/b", {}}});
  };
  EXPECT_EQ(host.open(Json::object()), PB_INVALID_SETTINGS);
  ASSERT_EQ(host.reports().size(), 2u);
  EXPECT_EQ(host.reports()[0].pointer, "/a");
  EXPECT_EQ(host.reports()[1].pointer, "/b");
}

TEST_F(ConnectorTest, CheckAndStartReturnTheCodeOfWhatTheyThrow) {
  ASSERT_EQ(host.open(Json::object()), PB_OK);
  EXPECT_EQ(host.check(), PB_OK);
  Scripted::on_any = [](Scripted&) { throw auth_failed("asking for the account: refused", "renew the token"); };
  EXPECT_EQ(host.check(), PB_AUTH_FAILED);
  Scripted::on_start = [](Scripted&) { throw std::runtime_error("oops"); };
  EXPECT_EQ(host.start(), PB_BUG);
}

TEST_F(ConnectorTest, APollThatThrowsIsRepeatedAndWaitsForTheRateLimit) {
  start();
  Scripted::on_any = [](Scripted&) { throw std::runtime_error("oops"); };
  EXPECT_EQ(host.poll(), 60s);
  Scripted::on_any = [this](Scripted&) { throw Failure(error(PB_RATE_LIMITED, host.now() + 10min)); };
  EXPECT_GE(host.poll(), 10min);
  Scripted::on_any = [](Scripted& self) { self.poll_every = 0ms; };
  EXPECT_EQ(host.poll(), 1ms);
}

TEST_F(ConnectorTest, BeyondItsCreditASubmitIsBusyUntilTheNextCompletion) {
  host.set_credit(1);
  host.hold();
  start();
  std::vector<Submitted> answers;
  Scripted::on_any = [&](Scripted& self) {
    for (const pb_token token : {pb_token{1}, pb_token{2}}) answers.push_back(self.host.submit(token, {}));
  };
  host.poll();
  EXPECT_EQ(answers, (std::vector{Submitted::taken, Submitted::busy}));
  host.complete(1);
  EXPECT_EQ(Scripted::completions.size(), 1u);
}

TEST_F(ConnectorTest, RunPullsItsCallsAndEndsWhenItIsToldTo) {
  start();
  Scripted::on_any = [](Scripted& self) {
    pb_token token = 0;
    while (self.host.next(10s) != Next::stopping)
      if (++token == 1) (void)self.host.submit(token, {});
  };
  Scripted::on_receive = [](Scripted& self, const HttpRequest& request) {
    self.host.respond(request.id, {200, {}, std::string(request.body)});
  };
  host.start_running();
  const pb_request request = host.receive({.body = "ping"});
  EXPECT_TRUE(host.wait_until([&] { return host.response(request).has_value(); }));
  EXPECT_EQ(host.response(request)->body, "ping");
  EXPECT_EQ(host.finish_running(), PB_OK);
  EXPECT_EQ(Scripted::completions.size(), 1u);
}

TEST_F(ConnectorTest, TheHttpClientAnswersAfterTheCall) {
  start();
  host.on_call([](const HttpCall& call) {
    HttpResult result;
    result.status = 200;
    result.body = "of " + call.url;
    return result;
  });
  Scripted::on_any = [](Scripted& self) {
    HttpCall call;
    call.url = "https://api.example.org/a";
    call.keep_body = KeepBody::as_attachment;
    call.secret_headers = {{"authorization", "Bearer ", 9}};
    self.host.call(3, call);
    EXPECT_TRUE(Scripted::results.empty());
  };
  host.poll();
  ASSERT_EQ(Scripted::results.size(), 1u);
  EXPECT_TRUE(Scripted::results[0].body.empty());
  EXPECT_EQ(host.attachments().at(Scripted::results[0].attachment), "of https://api.example.org/a");
  EXPECT_EQ(host.calls().at(0).call.secret_headers.at(0).prefix, "Bearer ");
}

TEST_F(ConnectorTest, AServiceThatTheHostLacksFailsWhereItIsUsed) {
  host.withhold(PATCHBAY_EXT_METRICS);
  start();
  Scripted::on_any = [](Scripted& self) { self.host.add("messages"); };
  host.poll();
  ASSERT_EQ(host.reports().size(), 1u);
  EXPECT_EQ(host.reports()[0].code, PB_NOT_FOUND);
  EXPECT_NE(host.reports()[0].reason.find("patchbay.metrics/1"), std::string::npos);
}

struct Quiet : Connector {
  Quiet(Host&, const Settings&) {}
};
struct Middle : Connector {
  void poll() override {}
};
struct Polling : Middle {
  Polling(Host&, const Settings&) {}
};

TEST(Connector, OffersWhatIsOverriddenAndNothingElse) {
  const char* const all[] = {PATCHBAY_EXT_CHECK, PATCHBAY_EXT_HTTP_ENDPOINT, PATCHBAY_EXT_POLL,       PATCHBAY_EXT_RUN,
                             PATCHBAY_EXT_SEND,  PATCHBAY_EXT_REPLAY,        PATCHBAY_EXT_HTTP_CLIENT};
  for (const char* const id : all) {
    EXPECT_NE(detail::connector_plugin<Scripted>().extension(bytes(id)), nullptr) << id;
    EXPECT_EQ(detail::connector_plugin<Quiet>().extension(bytes(id)), nullptr) << id;
    EXPECT_EQ(detail::connector_plugin<Polling>().extension(bytes(id)) != nullptr, id == all[2]) << id;
  }
}

}  // namespace
}  // namespace patchbay
