// The public door: promise 8, forged requests change nothing. Signatures are those of RFC 4231 and RFC 2202, case 2.
#include "api/hooks.hpp"

#include "base/signature.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>

namespace patchbay::api {
namespace {

constexpr const char* key = "Jefe";
constexpr const char* body = "what do ya want for nothing?";
constexpr const char* hmac_sha256 = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
constexpr const char* hmac_sha1 = "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79";

class FakeClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return TimePoint{Duration{1'767'225'600'000'000}}; }
  [[nodiscard]] Duration monotonic() const override { return elapsed; }
  Duration elapsed{};
};

class FakeChannel final : public HookChannel {
 public:
  void receive(plugin::HttpRequest request) override { received.push_back(std::move(request)); }
  std::vector<plugin::HttpRequest> received;
};

class HooksTest : public testing::Test {
 protected:
  // The statuses of the answers so far to one request.
  using Statuses = std::shared_ptr<std::vector<std::uint32_t>>;

  Statuses ask(net::ServerRequest request) {
    auto statuses = std::make_shared<std::vector<std::uint32_t>>();
    hooks_.handle(std::move(request),
                  [statuses](const net::ServerResponse& response) { statuses->push_back(response.status); });
    return statuses;
  }
  static net::ServerRequest request(std::string method, std::string path, net::Headers headers = {}) {
    return {.method = std::move(method), .path = std::move(path), .headers = std::move(headers), .body = body};
  }
  static Verification verification() { return {"hmac-sha256", "x-hub-signature-256", "sha256=", "hex", {"POST"}, key}; }

  FakeClock clock_;
  Hooks hooks_{clock_};
  FakeChannel open_, signed_;
};

TEST_F(HooksTest, HandsARequestToTheChannelThatItsPathNames) {
  hooks_.add("open", open_, std::nullopt);
  hooks_.add("signed", signed_, verification());
  net::ServerRequest asked = request("POST", "/hooks/open/deeper/still", {{"x-a", "1"}});
  asked.query = "a=1";
  asked.peer = "192.0.2.1";
  const Statuses statuses = ask(asked);
  ASSERT_EQ(open_.received.size(), 1U);
  const plugin::HttpRequest& received = open_.received.front();
  EXPECT_EQ(received.method, "POST");
  EXPECT_EQ(received.path, "/deeper/still");
  EXPECT_EQ(received.query, "a=1");
  EXPECT_EQ(received.peer, "192.0.2.1");
  EXPECT_EQ(received.headers, (plugin::Headers{{"x-a", "1"}}));
  EXPECT_EQ(received.body, body);
  EXPECT_EQ(received.received_us, 1'767'225'600'000'000);
  EXPECT_TRUE(statuses->empty()) << "answered by the channel alone";
}

TEST_F(HooksTest, HoldsWhatComesForAChannelThatIsBeingReplacedAndHandsItToTheNew) {
  hooks_.add("open", open_, std::nullopt);
  hooks_.hold("open", [] {});
  const Statuses first = ask(request("POST", "/hooks/open"));
  const Statuses second = ask(request("POST", "/hooks/open"));
  EXPECT_TRUE(open_.received.empty());
  FakeChannel next;
  hooks_.add("open", next, std::nullopt);
  EXPECT_TRUE(next.received.empty());
  hooks_.release("open");
  EXPECT_TRUE(open_.received.empty());
  ASSERT_EQ(next.received.size(), 2U);
  hooks_.answer(next.received[0].id, {200, {}, {}});
  hooks_.answer(next.received[1].id, {202, {}, {}});
  EXPECT_EQ(*first, (std::vector<std::uint32_t>{200}));
  EXPECT_EQ(*second, (std::vector<std::uint32_t>{202}));
  static_cast<void>(ask(request("POST", "/hooks/open")));
  EXPECT_EQ(next.received.size(), 3U);
  EXPECT_EQ(hooks_.counts("open").received, 3U) << "of the name, not of who is behind it";
}

TEST_F(HooksTest, AHeldChannelIsAtRestWhenWhatItHadHasItsAnswers) {
  hooks_.add("open", open_, std::nullopt);
  static_cast<void>(ask(request("POST", "/hooks/open")));
  static_cast<void>(ask(request("POST", "/hooks/open")));
  int at_rest = 0;
  hooks_.hold("open", [&] { ++at_rest; });
  static_cast<void>(ask(request("POST", "/hooks/open")));
  hooks_.answer(open_.received[1].id, {200, {}, {}});
  EXPECT_EQ(at_rest, 0);
  hooks_.answer(open_.received[0].id, {200, {}, {}});
  EXPECT_EQ(at_rest, 1) << "what is held counts not";
  hooks_.release("open");
  hooks_.hold("open", [&] { ++at_rest; });
  EXPECT_EQ(at_rest, 1) << "the one that was held is in its hand now";
  hooks_.answer(open_.received[2].id, {200, {}, {}});
  EXPECT_EQ(at_rest, 2);
}

TEST_F(HooksTest, HoldsNoMoreThanItMayAndTellsTheOthersToComeAgain) {
  hooks_.add("open", open_, std::nullopt);
  hooks_.hold("open", [] {});
  for (std::size_t i = 0; i < Hooks::most_held; ++i) EXPECT_TRUE(ask(request("POST", "/hooks/open"))->empty());
  EXPECT_EQ(*ask(request("POST", "/hooks/open")), (std::vector<std::uint32_t>{503}));
  hooks_.release("open");
  EXPECT_EQ(open_.received.size(), Hooks::most_held);
}

TEST_F(HooksTest, AForgedRequestIsRefusedAlsoWhileItsChannelIsHeld) {
  hooks_.add("signed", signed_, verification());
  hooks_.hold("signed", [] {});
  EXPECT_EQ(*ask(request("POST", "/hooks/signed")), (std::vector<std::uint32_t>{401}));
  hooks_.release("signed");
  EXPECT_TRUE(signed_.received.empty());
}

TEST_F(HooksTest, AChannelThatIsRemovedIsNotFoundAndWhatWasHeldForItComesAgain) {
  hooks_.add("open", open_, std::nullopt);
  hooks_.hold("open", [] {});
  const Statuses held = ask(request("POST", "/hooks/open"));
  hooks_.remove("open");
  EXPECT_EQ(*held, (std::vector<std::uint32_t>{503}));
  EXPECT_EQ(*ask(request("POST", "/hooks/open")), (std::vector<std::uint32_t>{404}));
  EXPECT_TRUE(open_.received.empty());
}

TEST_F(HooksTest, WhatIsNoChannelIsNotFound) {
  hooks_.add("open", open_, std::nullopt);
  for (const char* path : {"/", "/hooks", "/hooks/", "/hooks//open", "/hooks/other", "/hooks/open2", "/hooks/ope",
                           "/hooks/OPEN", "/api/v1/status", "/metrics", "/hooks/open%2f", "/x/hooks/open"})
    EXPECT_EQ(*ask(request("GET", path)), (std::vector<std::uint32_t>{404})) << path;
  EXPECT_TRUE(open_.received.empty());
}

TEST_F(HooksTest, OnlyWhatIsSignedWithTheSecretReachesASignedChannelPromise8) {
  hooks_.add("signed", signed_, verification());
  const std::string good = std::string("sha256=") + hmac_sha256;
  std::string wrong = good;
  wrong.back() = '4';
  struct Case {
    const char* what;
    const char* method;
    net::Headers headers;
    bool passes;
  };
  const Case cases[] = {
      {"signed", "POST", {{"x-hub-signature-256", good}}, true},
      {"signed in capitals",
       "POST",
       {{"x-hub-signature-256", "sha256=5BDCC146BF60754E6A042426089575C75A003F089D2739839DEC58B964EC3843"}},
       true},
      {"unsigned", "POST", {}, false},
      {"an empty header", "POST", {{"x-hub-signature-256", ""}}, false},
      {"the prefix alone", "POST", {{"x-hub-signature-256", "sha256="}}, false},
      {"without the prefix", "POST", {{"x-hub-signature-256", hmac_sha256}}, false},
      {"one digit wrong", "POST", {{"x-hub-signature-256", wrong}}, false},
      {"one digit short", "POST", {{"x-hub-signature-256", good.substr(0, good.size() - 1)}}, false},
      {"one byte short", "POST", {{"x-hub-signature-256", good.substr(0, good.size() - 2)}}, false},
      {"one byte more", "POST", {{"x-hub-signature-256", good + "00"}}, false},
      {"no digits", "POST", {{"x-hub-signature-256", "sha256=" + std::string(64, 'x')}}, false},
      {"another scheme", "POST", {{"x-hub-signature-256", std::string("sha256=") + hmac_sha1}}, false},
      {"in another header", "POST", {{"x-hub-signature", good}}, false},
      {"the first of two headers counts",
       "POST",
       {{"x-hub-signature-256", wrong}, {"x-hub-signature-256", good}},
       false},
      {"a handshake", "GET", {}, true},
      {"another method that may change something", "PUT", {}, false},
      {"a method nobody knows", "post", {}, false},
      {"another method, signed", "PUT", {{"x-hub-signature-256", good}}, true},
  };
  std::size_t received = 0, refused = 0;
  for (const Case& c : cases) {
    const Statuses statuses = ask(request(c.method, "/hooks/signed", c.headers));
    ++(c.passes ? received : refused);
    EXPECT_EQ(signed_.received.size(), received) << c.what;
    EXPECT_EQ(*statuses, c.passes ? std::vector<std::uint32_t>{} : std::vector<std::uint32_t>{401}) << c.what;
  }
  EXPECT_EQ(hooks_.counts("signed").received, received);
  EXPECT_EQ(hooks_.counts("signed").refused, refused);
  EXPECT_EQ(hooks_.counts("other").received, 0U);
}

TEST_F(HooksTest, TheSignatureIsOfTheBytesAsTheyCame) {
  hooks_.add("signed", signed_, verification());
  for (const std::string& changed : {std::string(body) + "\n", std::string(body) + '\0', std::string()}) {
    net::ServerRequest forged =
        request("POST", "/hooks/signed", {{"x-hub-signature-256", std::string("sha256=") + hmac_sha256}});
    forged.body = changed;
    EXPECT_EQ(*ask(std::move(forged)), (std::vector<std::uint32_t>{401}));
  }
}

TEST_F(HooksTest, AChannelChoosesSchemeEncodingPrefixAndMethods) {
  hooks_.add("sha1", signed_, Verification{"hmac-sha1", "x-sig", "", "base64", {"POST", "GET"}, key});
  const std::string encoded = base64(*from_hex(hmac_sha1));
  EXPECT_TRUE(ask(request("POST", "/hooks/sha1", {{"x-sig", encoded}}))->empty());
  EXPECT_TRUE(ask(request("GET", "/hooks/sha1", {{"x-sig", encoded}}))->empty());
  for (const net::Headers& headers :
       {net::Headers{}, net::Headers{{"x-sig", hmac_sha1}}, net::Headers{{"x-sig", encoded.substr(0, 27)}}}) {
    EXPECT_EQ(*ask(request("POST", "/hooks/sha1", headers)), (std::vector<std::uint32_t>{401}));
    EXPECT_EQ(*ask(request("GET", "/hooks/sha1", headers)), (std::vector<std::uint32_t>{401}));
  }
  EXPECT_EQ(signed_.received.size(), 2U);
}

TEST_F(HooksTest, ARequestIsAnsweredOnce) {
  hooks_.add("open", open_, std::nullopt);
  const Statuses first = ask(request("POST", "/hooks/open"));
  const Statuses second = ask(request("POST", "/hooks/open"));
  ASSERT_EQ(open_.received.size(), 2U);
  ASSERT_NE(open_.received[0].id, open_.received[1].id);
  hooks_.answer(open_.received[1].id, {.status = 202, .headers = {}, .body = {}});
  hooks_.answer(open_.received[0].id, {.status = 200, .headers = {}, .body = {}});
  for (const pb_request late : {open_.received[0].id, open_.received[1].id, pb_request{0}, pb_request{99}})
    hooks_.answer(late, {.status = 500, .headers = {}, .body = {}});
  EXPECT_EQ(*first, (std::vector<std::uint32_t>{200}));
  EXPECT_EQ(*second, (std::vector<std::uint32_t>{202}));
}

TEST_F(HooksTest, ARequestThatItsChannelForgetsIsAnsweredAfterItsDeadline) {
  hooks_.add("open", open_, std::nullopt);
  const Statuses forgotten = ask(request("POST", "/hooks/open"));
  clock_.elapsed = answer_deadline - Duration{1};
  const Statuses in_time = ask(request("POST", "/hooks/open"));
  EXPECT_TRUE(forgotten->empty());
  clock_.elapsed = answer_deadline;
  const Statuses later = ask(request("POST", "/hooks/open"));
  EXPECT_EQ(*forgotten, (std::vector<std::uint32_t>{503}));
  EXPECT_TRUE(in_time->empty());
  hooks_.answer(open_.received.front().id, {.status = 200});
  EXPECT_EQ(forgotten->size(), 1U) << "a late answer is ignored";
  EXPECT_TRUE(later->empty());
}

TEST_F(HooksTest, AChannelMayAnswerFromWithinTheCall) {
  class AtOnce final : public HookChannel {
   public:
    explicit AtOnce(Hooks& hooks) : hooks_(hooks) {}
    void receive(plugin::HttpRequest request) override {
      hooks_.answer(request.id, {.status = 204, .headers = {}, .body = {}});
    }

   private:
    Hooks& hooks_;
  };
  AtOnce at_once(hooks_);
  hooks_.add("at_once", at_once, std::nullopt);
  EXPECT_EQ(*ask(request("POST", "/hooks/at_once")), (std::vector<std::uint32_t>{204}));
}

TEST_F(HooksTest, TwoThreadsThatAnswerTheSameRequestsAnswerEachOnce) {
  hooks_.add("open", open_, std::nullopt);
  constexpr std::size_t requests = 500;
  std::atomic<int> answers{0};
  for (std::size_t i = 0; i < requests; ++i)
    hooks_.handle(request("POST", "/hooks/open"), [&answers](const net::ServerResponse&) { ++answers; });
  const auto answer_all = [this] {
    for (const plugin::HttpRequest& one : open_.received) hooks_.answer(one.id, {});
  };
  std::thread other(answer_all);
  answer_all();
  other.join();
  EXPECT_EQ(answers, static_cast<int>(requests));
}

}  // namespace
}  // namespace patchbay::api
