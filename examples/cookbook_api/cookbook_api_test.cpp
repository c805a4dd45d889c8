#include <gtest/gtest.h>
#include <patchbay/testkit/fake_host.hpp>

using namespace patchbay;

namespace {

// The provider: what it has, and how often it was asked for what.
class CookbookApi : public testing::Test {
 protected:
  void SetUp() override {
    host.on_call([this](const HttpCall& call) { return answer(call); });
    ASSERT_EQ(host.open({{"url", "https://api.example"}, {"client", host.secret("aWQ6c2VjcmV0")}}), PB_OK)
        << host.why();
    ASSERT_EQ(host.start(), PB_OK) << host.why();
  }

  HttpResult answer(const HttpCall& call) {
    HttpResult result;
    result.status = 200;
    if (call.url == "https://api.example/token") {
      result.status = token_status;
      result.body = R"({"access_token":"t)" + std::to_string(++tokens) + R"(","expires_in":3600})";
    } else if (call.url.starts_with("https://api.example/pictures/")) {
      result.status = picture_status;
      result.body = "a picture";
      result.headers = {{"content-type", "image/png"}};
    } else if (call.method == "POST") {
      result.status = send_status;
      result.body = R"({"id":"sent-1"})";
    } else {
      result.status = list_status;
      result.body = call.url.ends_with("after=0") ? list : R"({"messages":[]})";
    }
    return result;
  }

  pb_token send(const std::string& text) {
    Outbound outbound;
    outbound.id = "outbound_1";
    outbound.text = text;
    outbound.recipients = {{Role::recipient, {{"email", "kasia@example.org", "", Trust::claimed}}}};
    return host.send(outbound);
  }

  std::uint32_t token_status = 200, list_status = 200, picture_status = 200, send_status = 200;
  std::string list = R"({"next":"2","messages":[{"id":"1","from":"kasia@example.org","text":"hello"},)"
                     R"({"id":"2","from":"marco@example.org","picture":"https://api.example/pictures/2"}]})";
  int tokens = 0;
  testkit::FakeHost host{patchbay_plugin_v1(PATCHBAY_ABI_MAJOR, PATCHBAY_ABI_MINOR)};
};

TEST_F(CookbookApi, ReadsOnFromTheCursorThatBecameDurableWithTheMessages) {
  host.poll();
  ASSERT_EQ(host.batches().size(), 1u);
  const Batch batch = host.batches()[0].batch;
  ASSERT_EQ(batch.interactions.size(), 2u);
  EXPECT_EQ(batch.interactions[0].external_id, "1");
  EXPECT_EQ(batch.interactions[0].text, "hello");
  EXPECT_EQ(host.states().at("cursor"), "2");
  host.poll();
  EXPECT_EQ(host.calls().back().call.url, "https://api.example/messages?after=2");
  EXPECT_EQ(host.batches().size(), 1u);
}

TEST_F(CookbookApi, KeepsAPictureInTheHost) {
  host.poll();
  const Interaction message = host.batches().at(0).batch.interactions.at(1);
  ASSERT_EQ(message.attachments.size(), 1u);
  EXPECT_EQ(message.attachments[0].media_type, "image/png");
  EXPECT_EQ(host.attachments().at(message.attachments[0].handle), "a picture");
}

TEST_F(CookbookApi, TakesAMessageWhosePictureIsGoneWithoutIt) {
  picture_status = 404;
  host.poll();
  EXPECT_TRUE(host.batches().at(0).batch.interactions.at(1).attachments.empty());
}

TEST_F(CookbookApi, PutsWhatItCannotReadIntoQuarantineAndTakesTheRest) {
  list = R"({"next":"2","messages":[{"id":1},{"id":"2","from":"marco@example.org"}]})";
  host.poll();
  const Batch batch = host.batches().at(0).batch;
  ASSERT_EQ(batch.quarantines.size(), 1u);
  EXPECT_EQ(batch.quarantines[0].bytes, R"({"id":1})");
  EXPECT_EQ(batch.interactions.size(), 1u);
}

TEST_F(CookbookApi, AsksForATokenWhenTheOneItHasRunsOutOrIsRefused) {
  host.poll();
  host.poll();
  EXPECT_EQ(tokens, 1);
  host.advance(std::chrono::seconds{3590});  // it has ten left
  host.poll();
  EXPECT_EQ(tokens, 2);
  list_status = 401;
  host.poll();
  host.poll();
  EXPECT_EQ(tokens, 3);
}

TEST_F(CookbookApi, TellsTheOperatorThatTheClientIsRefused) {
  token_status = 401;
  host.poll();
  EXPECT_EQ(host.reports().back().code, PB_AUTH_FAILED);
}

TEST_F(CookbookApi, SendsOnceItHasATokenWithAnIdThatTellsRepetitionsApart) {
  send("hello, Kasia");
  ASSERT_EQ(host.sent().size(), 1u);
  EXPECT_FALSE(host.sent()[0].error);
  EXPECT_EQ(host.sent()[0].external_id, "sent-1");
  for (const testkit::Call& made : host.calls()) {
    if (made.call.url != "https://api.example/messages") continue;
    EXPECT_EQ(made.call.body, R"({"text":"hello, Kasia","to":"kasia@example.org"})");
    EXPECT_EQ(made.call.headers.back().value, "outbound_1");
    EXPECT_EQ(made.call.repeat, Repeat::never);
  }
}

TEST_F(CookbookApi, SaysOfASendingThatFailedWhetherItMayBeTriedAgain) {
  for (const auto& [status, code] :
       {std::pair{400U, PB_PERMANENT}, {401U, PB_TRANSIENT}, {429U, PB_RATE_LIMITED}, {503U, PB_TIMEOUT}}) {
    send_status = status;
    send("hello");
    ASSERT_TRUE(host.sent().back().error) << status;
    EXPECT_EQ(host.sent().back().error->code, code) << status;
  }
}

}  // namespace
