#include "oauth2/consent.hpp"

#include <algorithm>
#include <utility>

namespace patchbay::oauth2 {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds slower_by = 5s;  // RFC 8628, section 3.5
constexpr std::chrono::seconds slowest = 60s;
constexpr Duration browser_waits = 10min;
constexpr const char* doing = "asking for consent";

}  // namespace

ConsentStanding Consent::status() const {
  const std::lock_guard lock(mutex_);
  return standing_;
}

void Consent::cancel() {
  keeper_->ports().client.post([self = shared_from_this()] { self->is_cancelled_ = true; });
}

void Consent::end(ConsentStanding::State state, std::optional<Error> error) {
  const std::lock_guard lock(mutex_);
  standing_.state = state;
  standing_.error = std::move(error);
  standing_.user_code.clear();
  standing_.verification_url_complete.clear();
  standing_.authorization_url.clear();
}

void Consent::fail(Error error, const Told& told) {
  error = without_secrets(std::move(error), {settings_.client_secret, device_code_, verifier_}).while_doing(doing);
  // Not to be taken for a gateway that is away: asking again means asking the person again.
  if (error.code == ErrorCode::unavailable) error.code = ErrorCode::denied;
  end(ConsentStanding::State::failed, error);
  if (told) told(failure(std::move(error)));
}

void Consent::begin(std::optional<OAuth2Flow> flow, std::string redirect_url, Told begun) {
  keeper_->ports().client.post(
      [self = shared_from_this(), flow, redirect_url = std::move(redirect_url), begun = std::move(begun)]() mutable {
        self->settings_ = self->keeper_->settings();
        const OAuth2Flow chosen = self->settings_.flow == OAuth2Flow::client_credentials
                                      ? self->settings_.flow
                                      : flow.value_or(self->settings_.flow);
        {
          const std::lock_guard lock(self->mutex_);
          self->standing_.flow = chosen;
        }
        switch (chosen) {
          case OAuth2Flow::device:
            return self->begin_device(begun);
          case OAuth2Flow::browser:
            return self->begin_browser(std::move(redirect_url), begun);
          case OAuth2Flow::client_credentials:
            return self->begin_without_person(begun);
        }
      });
}

void Consent::begin_without_person(const Told& begun) {
  keeper_->access({}, [self = shared_from_this(), begun](const Result<Access>& access) {
    if (!access) return self->fail(access.error(), begun);
    self->end(ConsentStanding::State::granted, {});
    begun(self->status());
  });
}

void Consent::begin_browser(std::string redirect_url, const Told& begun) {
  if (settings_.authorization_url.empty())
    return fail({ErrorCode::invalid, "the settings name no oauth2.authorization_url", "add it, or use the device flow"},
                begun);
  if (!is_loopback_redirect(redirect_url))
    return fail({ErrorCode::invalid, "expected a redirect to a loopback address with a port",
                 "write it like http://127.0.0.1:40000/"},
                begun);
  redirect_url_ = std::move(redirect_url);
  state_ = random_word(random_);
  verifier_ = random_word(random_);
  {
    const std::lock_guard lock(mutex_);
    standing_.authorization_url = authorization_url(settings_, redirect_url_, state_, challenge_of(verifier_));
    standing_.expires_at = keeper_->ports().clock.now() + browser_waits;
  }
  keeper_->ports().client.post_after(browser_waits, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self && !self->has_ended() && !self->is_finishing_)
      self->fail({ErrorCode::denied, "nobody consented in time", "authorize it anew"});
  });
  begun(status());
}

void Consent::finish(std::string query, Told finished) {
  keeper_->ports().client.post(
      [self = shared_from_this(), query = std::move(query), finished = std::move(finished)]() mutable {
        if (self->has_ended() || self->is_finishing_ || self->state_.empty())
          return finished(failure(ErrorCode::conflict, std::string(doing) + ": nothing waits for a browser's answer",
                                  "authorize it anew"));
        const auto code = read_redirect(query, self->state_);
        if (!code) {
          // Anybody on this machine can send an answer to the address; only one that knows the state counts.
          if (query.find(self->state_) == std::string::npos)
            return finished(failure(Error(code.error().error).while_doing(doing)));
          return self->fail(code.error().error, finished);
        }
        self->is_finishing_ = true;
        post(self->keeper_->ports().client, self->keeper_->reach(),
             code_request(self->settings_, *code, self->redirect_url_, self->verifier_),
             [self, finished = std::move(finished)](const net::ClientResponse& response) {
               if (response.failure) return self->fail(unanswered(response).error, finished);
               auto tokens = read_tokens(response.status, response.body);
               if (!tokens) return self->fail(tokens.error().error, finished);
               self->take(std::move(*tokens), finished);
             });
      });
}

void Consent::begin_device(const Told& begun) {
  if (settings_.device_url.empty())
    return fail({ErrorCode::invalid, "the settings name no oauth2.device_url", "add it, or use the browser flow"},
                begun);
  post(keeper_->ports().client, keeper_->reach(), device_request(settings_),
       [self = shared_from_this(), begun](const net::ClientResponse& response) {
         if (response.failure) return self->fail(unanswered(response).error, begun);
         auto codes = read_device_codes(response.status, response.body);
         if (!codes) return self->fail(codes.error().error, begun);
         self->device_code_ = std::move(codes->device_code);
         self->interval_ = codes->interval;
         {
           const std::lock_guard lock(self->mutex_);
           self->standing_.user_code = std::move(codes->user_code);
           self->standing_.verification_url = std::move(codes->verification_url);
           self->standing_.verification_url_complete = std::move(codes->verification_url_complete);
           self->standing_.expires_at = self->keeper_->ports().clock.now() + codes->lasts;
         }
         begun(self->status());
         self->poll();
       });
}

void Consent::poll() {
  keeper_->ports().client.post_after(interval_, [self = shared_from_this()] {
    if (self->has_ended()) return;
    if (self->keeper_->ports().clock.now() >= self->status().expires_at)
      return self->fail({ErrorCode::denied, "nobody consented in time", "authorize it anew"});
    post(self->keeper_->ports().client, self->keeper_->reach(),
         device_token_request(self->settings_, self->device_code_),
         [self](const net::ClientResponse& response) { self->polled(response); });
  });
}

void Consent::polled(const net::ClientResponse& response) {
  if (has_ended()) return;
  auto tokens = response.failure ? tl::unexpected(unanswered(response)) : read_tokens(response.status, response.body);
  if (tokens) return take(std::move(*tokens), {});
  switch (tokens.error().why) {
    case Refusal::unavailable:  // less often, too (RFC 8628, section 3.5)
    case Refusal::slow_down:
      interval_ = std::min(interval_ + slower_by, slowest);
      return poll();
    case Refusal::pending:
      return poll();
    default:
      return fail(tokens.error().error);
  }
}

void Consent::take(Tokens tokens, const Told& finished) {
  if (tokens.refresh_token.empty() && tokens.lasts)
    return fail(
        {ErrorCode::denied, "the authorisation server gave no refresh token, so that the consent would soon run out",
         "add the scope that asks for one to oauth2.scopes, with many providers offline_access"},
        finished);
  keeper_->adopt(std::move(tokens), [self = shared_from_this(), finished](const Status& adopted) {
    if (!adopted) return self->fail(adopted.error(), finished);
    self->end(ConsentStanding::State::granted, {});
    if (finished) finished(self->status());
  });
}

}  // namespace patchbay::oauth2
