#include "fixture.hpp"
#include "verification.hpp"

#include <gtest/gtest.h>
#include <patchbay/testkit/fake_host.hpp>

extern "C" const pb_plugin* patchbay_plugin_v1(std::uint32_t host_abi_major, std::uint32_t host_abi_minor);

namespace patchbay::whatsapp {
namespace {

class WhatsAppChannel : public testing::Test {
 protected:
  void SetUp() override {
    Json settings = Json::parse(R"({"portfolio": "1029", "numbers": {
      "it": {"id": "310000000000001", "region": "IT"}, "pl": {"id": "310000000000002", "region": "PL"}}})");
    settings["app_secret"] = host_.secret("app-secret");
    settings["verify_token"] = host_.secret("tell me");
    ASSERT_EQ(host_.open(settings), PB_OK) << host_.why();
    ASSERT_EQ(host_.start(), PB_OK) << host_.why();
  }

  static std::string header(const HttpResponse& response, std::string_view name) {
    for (const Header& header : response.headers)
      if (header.name == name) return header.value;
    return {};
  }

  testkit::FakeHost host_{patchbay_plugin_v1(PATCHBAY_ABI_MAJOR, PATCHBAY_ABI_MINOR)};
};

TEST_F(WhatsAppChannel, EchoesTheChallengeToWhoKnowsTheVerifyToken) {
  const HttpResponse answer = host_.exchange(
      {.method = "GET", .query = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=tell%20me"});
  EXPECT_EQ(answer.status, 200U);
  EXPECT_EQ(answer.body, "1158201444");
  EXPECT_EQ(header(answer, "content-type"), "text/plain; charset=utf-8");
  EXPECT_TRUE(host_.batches().empty());
}

TEST_F(WhatsAppChannel, TurnsAwayWhoDoesNot) {
  for (const char* query :
       {"", "hub.mode=subscribe&hub.challenge=1", "hub.mode=subscribe&hub.challenge=1&hub.verify_token=",
        "hub.mode=subscribe&hub.challenge=1&hub.verify_token=guess",
        "hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=tell+me",
        "hub.mode=subscribe&hub.challenge=1&hub.verify_token=tell%2"}) {
    const HttpResponse answer = host_.exchange({.method = "GET", .query = query});
    EXPECT_EQ(answer.status, 403U) << query;
    EXPECT_EQ(answer.body, "wrong verify token\n") << query;
  }
}

TEST_F(WhatsAppChannel, AnswersTwoHundredOnceTheBodyIsDurable) {
  host_.hold();
  const pb_request request = host_.receive({.body = fixture("messages", "text").dump()});
  EXPECT_FALSE(host_.response(request)) << "nothing is durable yet";
  ASSERT_EQ(host_.batches().size(), 1U);
  EXPECT_EQ(host_.batches()[0].batch.interactions.at(0).text, "Buongiorno, è arrivato il mio ordine?");
  host_.complete(host_.batches()[0].token);
  ASSERT_TRUE(host_.response(request));
  EXPECT_EQ(host_.response(request)->status, 200U);
}

TEST_F(WhatsAppChannel, MakesOneBatchOfOneBody) {
  const HttpResponse answer = host_.exchange({.body = fixture("malformed", "some_good_some_bad").dump()});
  EXPECT_EQ(answer.status, 200U);
  ASSERT_EQ(host_.batches().size(), 1U);
  EXPECT_EQ(host_.batches()[0].batch.interactions.size(), 3U);
  EXPECT_EQ(host_.batches()[0].batch.quarantines.size(), 1U);
}

TEST_F(WhatsAppChannel, HandsOverEveryFixtureWithoutBreakingTheContract) {
  std::size_t sent = 0;
  for (const char* file : {"messages", "facts", "people", "calls", "consents", "account", "coexistence", "malformed"}) {
    std::ifstream stream(std::string(WHATSAPP_FIXTURES) + "/" + file + ".json");
    const Json bodies = Json::parse(stream);
    for (const auto& [name, body] : bodies.items()) {
      EXPECT_EQ(host_.exchange({.body = body.dump()}).status, 200U) << file << " " << name;
      ++sent;
    }
  }
  EXPECT_EQ(host_.batches().size(), sent);
  EXPECT_TRUE(host_.violations().empty());
}

TEST_F(WhatsAppChannel, QuarantinesWhatIsNoJsonAndAnswersTwoHundred) {
  const HttpResponse answer = host_.exchange({.body = "<html>"});
  EXPECT_EQ(answer.status, 200U);
  const Batch batch = host_.batches().at(0).batch;
  ASSERT_EQ(batch.quarantines.size(), 1U);
  EXPECT_EQ(batch.quarantines[0].bytes, "<html>");
  EXPECT_EQ(batch.quarantines[0].reason, "reading a webhook body: expected JSON, found something else at byte 1");
}

TEST_F(WhatsAppChannel, ReplaysAnOriginalUnderTheGivenToken) {
  Original original;
  original.bytes = fixture("people", "kasia_writes").dump();
  original.media_type = "application/json";
  const pb_token token = host_.replay(original);
  ASSERT_EQ(host_.batches().size(), 1U);
  EXPECT_EQ(host_.batches()[0].token, token);
  EXPECT_EQ(host_.batches()[0].batch.interactions.at(0).external_id, "wamid.kasia1");
  EXPECT_EQ(host_.batches()[0].batch.answers, 0U);
}

TEST_F(WhatsAppChannel, LogsABatchThatTheHostCouldNotTake) {
  host_.refuse_next_batch(Error{PB_TRANSIENT, "writing the batch: the disk is full", "", "", {}});
  (void)host_.receive({.body = fixture("messages", "text").dump()});
  ASSERT_EQ(host_.log().size(), 1U);
  EXPECT_EQ(host_.log()[0].text, "handing over a webhook body: writing the batch: the disk is full");
}

TEST_F(WhatsAppChannel, KnowsNoOtherMethodsAndPaths) {
  const HttpResponse put = host_.exchange({.method = "PUT", .body = "{}"});
  EXPECT_EQ(put.status, 405U);
  EXPECT_EQ(header(put, "allow"), "GET, POST");
  EXPECT_EQ(host_.exchange({.path = "/elsewhere", .body = "{}"}).status, 404U);
  EXPECT_EQ(host_.exchange({.path = "/", .body = fixture("messages", "text").dump()}).status, 200U);
}

TEST(WhatsAppBackpressure, AnswersBusyWhenTheHostHasNoCredit) {
  testkit::FakeHost host{patchbay_plugin_v1(PATCHBAY_ABI_MAJOR, PATCHBAY_ABI_MINOR)};
  host.set_credit(1);
  ASSERT_EQ(host.open({{"portfolio", "1029"}, {"app_secret", host.secret("a")}, {"verify_token", host.secret("v")}}),
            PB_OK)
      << host.why();
  ASSERT_EQ(host.start(), PB_OK);
  host.hold();
  (void)host.receive({.body = fixture("messages", "text").dump()});
  const HttpResponse busy = host.exchange({.body = fixture("messages", "image").dump()});
  EXPECT_EQ(busy.status, 503U);
  bool retry_after = false;
  for (const Header& header : busy.headers) retry_after |= header.name == "retry-after" && header.value == "1";
  EXPECT_TRUE(retry_after);
  EXPECT_EQ(host.batches().size(), 1U) << "nothing of the second body was taken";
  host.complete(host.batches()[0].token);
  (void)host.receive({.body = fixture("messages", "image").dump()});
  ASSERT_EQ(host.batches().size(), 2U) << "Meta's second try finds room";
  host.complete(host.batches()[1].token);
}

TEST(Verification, DecodesTheQuery) {
  const Verification plain = read_verification("hub.mode=subscribe&hub.verify_token=a%26b+c&hub.challenge=7&x");
  EXPECT_EQ(plain.mode, "subscribe");
  EXPECT_EQ(plain.token, "a&b c");
  EXPECT_EQ(plain.challenge, "7");
  EXPECT_EQ(read_verification("hub.challenge=" + std::string(513, '1')).challenge, "");
  EXPECT_EQ(read_verification("hub.challenge=%zz").challenge, "");
  EXPECT_EQ(read_verification("hub%2emode=subscribe").mode, "subscribe");
}

}  // namespace
}  // namespace patchbay::whatsapp
