#include <gtest/gtest.h>
#include <patchbay/testkit/fake_host.hpp>

using namespace patchbay;

namespace {

// The provider: what it has, and how often it was asked for what.
class CookbookApi : public testing::Test {
 protected:
  void SetUp() override {
    host.on_call([this](const HttpCall& call) { return answer(call); });
    ASSERT_EQ(host.open({{"url", "https://api.example"}, {"oauth2", host.oauth2("an-access-token")}}), PB_OK)
        << host.why();
    ASSERT_EQ(host.start(), PB_OK) << host.why();
  }

  HttpResult answer(const HttpCall& call) {
    HttpResult result;
    result.status = 200;
    if (call.url.starts_with("https://api.example/pictures/")) {
      result.status = picture_status;
      result.body = "a picture";
      result.headers = {{"content-type", "image/png"}};
    } else if (call.method == "POST") {
      result.status = send_status;
      result.body = R"({"id":"sent-1"})";
    } else {
      result.error = list_error;
      result.status = list_error ? 0 : list_status;
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

  std::uint32_t list_status = 200, picture_status = 200, send_status = 200;
  std::optional<Error> list_error;
  std::string list = R"({"next":"2","messages":[{"id":"1","from":"kasia@example.org","text":"hello"},)"
                     R"({"id":"2","from":"marco@example.org","picture":"https://api.example/pictures/2"}]})";
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

TEST_F(CookbookApi, GivesEveryRequestTheAccessTokenAndPicturesOfOthersNone) {
  host.poll();
  send("hello");
  const std::vector<testkit::Call> calls = host.calls();
  ASSERT_EQ(calls.size(), 3u);
  for (const testkit::Call& made : calls) {
    const bool is_picture = made.call.url.ends_with("/pictures/2");
    ASSERT_EQ(made.call.secret_headers.size(), is_picture ? 0u : 1u) << made.call.url;
    for (const SecretHeader& header : made.call.secret_headers) EXPECT_EQ(header.prefix, "Bearer ");
  }
}

TEST_F(CookbookApi, TellsTheOperatorWhenNobodyHasConsented) {
  list_error = Error{PB_AUTH_FAILED, "getting an access token: a person has to consent", "authorize it", {}, {}};
  host.poll();
  EXPECT_EQ(host.reports().back().code, PB_AUTH_FAILED);
  list_error.reset();
  host.poll();
  EXPECT_EQ(host.batches().size(), 1u);
}

TEST_F(CookbookApi, SendsWithAnIdThatTellsRepetitionsApart) {
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
