#include "net/bearer.hpp"

#include <utility>

namespace patchbay::net {
namespace {

constexpr std::uint32_t unauthorised = 401;

class Attempt : public std::enable_shared_from_this<Attempt> {
 public:
  Attempt(HttpClient& client, ClientRequest request, HttpClient::Completed completed)
      : client_(client),
        bearer_(std::exchange(request.bearer, {})),
        request_(std::move(request)),
        completed_(std::move(completed)) {}

  void ask_for_token() {
    bearer_.from->token(token_, [self = shared_from_this()](Result<std::string> got) {
      // Wherever that came from: from here on it is the client's thread.
      self->client_.post([self, got = std::move(got)] { got ? self->send(*got) : self->fail(got.error()); });
    });
  }

 private:
  void send(const std::string& token) {
    token_ = token;
    ClientRequest request = request_;
    request.headers.emplace_back(bearer_.name, bearer_.prefix + token);
    client_.send(std::move(request),
                 [self = shared_from_this()](ClientResponse response) { self->ended(std::move(response)); });
  }

  void ended(ClientResponse response) {
    if (response.status != unauthorised || std::exchange(was_refused_, true)) return completed_(std::move(response));
    refusal_ = std::move(response);
    if (request_.repeat == Repeat::when_lost) return ask_for_token();
    // It is not sent again, but the next one shall fare better.
    bearer_.from->token(token_, [](const Result<std::string>&) {});
    completed_(std::move(refusal_));
  }

  void fail(const Error& error) {
    if (was_refused_) return completed_(std::move(refusal_));  // what the server said is worth more
    ClientResponse response;
    response.failure = error.code == ErrorCode::denied ? ClientFailure::unauthorised : ClientFailure::no_token;
    response.reason = error.text();
    completed_(std::move(response));
  }

  HttpClient& client_;
  const BearerHeader bearer_;
  const ClientRequest request_;
  const HttpClient::Completed completed_;
  std::string token_;  // of the last attempt
  bool was_refused_ = false;
  ClientResponse refusal_;
};

}  // namespace

void send_with_bearer(HttpClient& client, ClientRequest request, HttpClient::Completed completed) {
  std::make_shared<Attempt>(client, std::move(request), std::move(completed))->ask_for_token();
}

}  // namespace patchbay::net
