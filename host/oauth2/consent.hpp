// A person's consent, from the question to the tokens: the device flow (RFC 8628), or the browser with PKCE (RFC 6749
// 4.1, RFC 7636, RFC 8252).
//
// One for each attempt. begin(), finish() and cancel() are [any-thread]; the work is done on the HTTP client's thread,
// where the callbacks run; status() is [any-thread]. The keeper takes the tokens; the consent counts as given when they
// are durable. A consent that nobody ends runs out by itself.
#pragma once

#include "oauth2/keeper.hpp"

namespace patchbay::oauth2 {

struct ConsentStanding {
  enum class State : std::uint8_t { waiting, granted, failed };
  State state = State::waiting;
  OAuth2Flow flow = OAuth2Flow::device;
  // What a person needs while it waits: printable ASCII, no secrets.
  std::string user_code, verification_url, verification_url_complete, authorization_url;
  TimePoint expires_at{};
  std::optional<Error> error;
};

class Consent final : public std::enable_shared_from_this<Consent> {
 public:
  using Told = std::function<void(Result<ConsentStanding>)>;

  Consent(std::shared_ptr<Keeper> keeper, Random random) : keeper_(std::move(keeper)), random_(std::move(random)) {}

  // `flow`: another than that of the settings. `redirect_url`: where the browser's answer is waited for.
  void begin(std::optional<OAuth2Flow> flow, std::string redirect_url, Told begun);
  void finish(std::string query, Told finished);
  void cancel();
  [[nodiscard]] ConsentStanding status() const;

 private:
  void begin_device(const Told& begun);
  void begin_browser(std::string redirect_url, const Told& begun);
  void begin_without_person(const Told& begun);
  void poll();
  void polled(const net::ClientResponse& response);
  void take(Tokens tokens, const Told& finished);
  void fail(Error error, const Told& told = {});
  void end(ConsentStanding::State state, std::optional<Error> error);
  [[nodiscard]] bool has_ended() const { return is_cancelled_ || status().state != ConsentStanding::State::waiting; }

  const std::shared_ptr<Keeper> keeper_;
  const Random random_;
  // The client's thread only.
  config::OAuth2 settings_;
  std::string device_code_, state_, verifier_, redirect_url_;
  std::chrono::seconds interval_{};
  bool is_finishing_ = false;
  bool is_cancelled_ = false;

  mutable std::mutex mutex_;
  ConsentStanding standing_;
};

}  // namespace patchbay::oauth2
