#include "net/test_client.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <mutex>

namespace patchbay::net {
namespace {

using namespace test;

// Gives out these tokens, one after the other, and fails when there are no more.
class Tokens final : public Bearer {
 public:
  explicit Tokens(std::deque<std::string> tokens) : tokens_(std::move(tokens)) {}

  void token(std::string refused, Got got) override {
    const std::lock_guard lock(mutex_);
    if (!refused.empty()) refusals.push_back(refused);
    if (!refused.empty() && !tokens_.empty() && refused == tokens_.front()) tokens_.pop_front();
    if (tokens_.empty())
      return got(failure(error_code, "getting an access token: a person has to consent", "ask them"));
    got(tokens_.front());
  }

  std::vector<std::string> refusals;
  ErrorCode error_code = ErrorCode::denied;

 private:
  std::mutex mutex_;
  std::deque<std::string> tokens_;
};

// Takes one token, and writes down what came.
struct Service {
  std::mutex mutex;
  std::vector<std::string> seen;
  RunningServer server{[this](ServerRequest request, const Respond& respond) {
    const std::lock_guard lock(mutex);
    seen.emplace_back(request.header("authorization"));
    respond({.status = seen.back() == "Bearer good" ? 200U : 401U, .headers = {}, .body = request.body});
  }};
};

ClientRequest request_of(const Service& service, std::shared_ptr<Bearer> from) {
  ClientRequest request = get(service.server.url() + "/");
  request.method = "POST";
  request.body = std::make_shared<const std::string>("what is sent");
  request.bearer = {std::move(from), "authorization", "Bearer "};
  return request;
}

TEST(HttpBearer, ARequestIsSentWithTheTokenThatIsValidThen) {
  Service service;
  const auto client = HttpClient::start();
  const auto tokens = std::make_shared<Tokens>(std::deque<std::string>{"good"});
  const ClientResponse response = exchange(*client, request_of(service, tokens));
  EXPECT_EQ(response.status, 200U) << response.reason;
  EXPECT_EQ(response.body, "what is sent");
  EXPECT_TRUE(tokens->refusals.empty());
}

TEST(HttpBearer, ARefusedTokenIsReplacedAndTheRequestSentOnceMore) {
  Service service;
  const auto client = HttpClient::start();
  const auto tokens = std::make_shared<Tokens>(std::deque<std::string>{"old", "good"});
  const ClientResponse response = exchange(*client, request_of(service, tokens));
  EXPECT_EQ(response.status, 200U) << response.reason;
  EXPECT_EQ(response.body, "what is sent");
  EXPECT_EQ(service.seen, (std::vector<std::string>{"Bearer old", "Bearer good"}));
}

TEST(HttpBearer, TheSecondRefusalIsTheAnswer) {
  Service service;
  const auto client = HttpClient::start();
  const auto tokens = std::make_shared<Tokens>(std::deque<std::string>{"old", "older", "good"});
  EXPECT_EQ(exchange(*client, request_of(service, tokens)).status, 401U);
  EXPECT_EQ(service.seen.size(), 2U);
}

TEST(HttpBearer, WhatMustNotArriveTwiceIsNotRepeatedAndTheNextHasAnotherToken) {
  Service service;
  const auto client = HttpClient::start();
  const auto tokens = std::make_shared<Tokens>(std::deque<std::string>{"old", "good"});
  ClientRequest request = request_of(service, tokens);
  request.repeat = Repeat::never;
  EXPECT_EQ(exchange(*client, std::move(request)).status, 401U);
  EXPECT_EQ(service.seen.size(), 1U);
  EXPECT_EQ(exchange(*client, request_of(service, tokens)).status, 200U);
}

TEST(HttpBearer, WithoutATokenNothingIsSent) {
  Service service;
  const auto client = HttpClient::start();
  const auto tokens = std::make_shared<Tokens>(std::deque<std::string>{});
  const ClientResponse response = exchange(*client, request_of(service, tokens));
  EXPECT_EQ(response.failure, ClientFailure::unauthorised);
  EXPECT_FALSE(response.may_have_arrived);
  EXPECT_EQ(response.reason, "getting an access token: a person has to consent; ask them");
  tokens->error_code = ErrorCode::unavailable;
  EXPECT_EQ(exchange(*client, request_of(service, tokens)).failure, ClientFailure::no_token);
  EXPECT_TRUE(service.seen.empty());
}

TEST(HttpBearer, WhatTheServerSaidIsToldWhereThereIsNoOtherToken) {
  Service service;
  const auto client = HttpClient::start();
  const auto tokens = std::make_shared<Tokens>(std::deque<std::string>{"old"});
  EXPECT_EQ(exchange(*client, request_of(service, tokens)).status, 401U);
}

}  // namespace
}  // namespace patchbay::net
