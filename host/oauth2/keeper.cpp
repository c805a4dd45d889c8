#include "oauth2/keeper.hpp"

#include "base/digest.hpp"
#include "base/fault_points.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace patchbay::oauth2 {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr Duration first_wait = 2s, longest_wait = 5min;
// How long before its end a token is renewed, and not used any more; less of one that lasts shortly.
constexpr Duration renewed_ahead = 5min, unused_ahead = 30s;
// A token younger than this that a service refuses is not the reason why it refuses; less of one that lasts shortly.
constexpr Duration too_young_to_renew = 60s;
constexpr std::size_t largest_answer = 256 * 1024;
constexpr auto longest_exchange = std::chrono::milliseconds{20'000};
constexpr const char* renewing = "getting an access token";

}  // namespace

void post(net::HttpClient& client, const Reach& reach, const Request& request,
          std::function<void(net::ClientResponse)> answered) {
  net::ClientRequest sent{.method = "POST", .url = request.url, .guard = reach.guard, .ca_file = reach.ca_file};
  sent.headers = {{"content-type", "application/x-www-form-urlencoded"}, {"accept", "application/json"}};
  if (!request.authorization.empty()) sent.headers.emplace_back("authorization", request.authorization);
  sent.body = std::make_shared<const std::string>(request.body);
  sent.timeout = longest_exchange;
  sent.keep_bytes = sent.most_bytes = largest_answer;
  // A code or a refresh token that arrives twice looks stolen to the server (RFC 6749, section 10.5).
  sent.repeat = net::Repeat::never;
  client.send(std::move(sent), std::move(answered));
}

Refused unanswered(const net::ClientResponse& response) {
  const bool is_address = response.failure == net::ClientFailure::address_refused;
  return {Refusal::unavailable,
          {ErrorCode::unavailable, "the authorisation server was not reached: " + response.reason,
           is_address ? "if it is meant, add its address to allow_private" : "it is tried again by itself"}};
}

Keeper::Keeper(config::OAuth2 settings, Reach reach, Ports ports)
    : settings_(std::move(settings)), reach_(std::move(reach)), ports_(std::move(ports)) {}

bool Keeper::needs_person() const { return settings_.flow != OAuth2Flow::client_credentials; }

// What a refresh token belongs to.
std::string Keeper::binding() const {
  return hex(bytes_of(digest_of({settings_.token_url, settings_.client_id, needs_person() ? "person" : "client"})));
}

std::string Keeper::text_of(const Grant& grant) const {
  json content{{"version", 1},
               {"for", binding()},
               {"access_token", grant.access_token},
               {"refresh_token", grant.refresh_token},
               {"granted_at", grant.granted_at.time_since_epoch().count()}};
  if (grant.expires_at) content["expires_at"] = grant.expires_at->time_since_epoch().count();
  return content.dump();
}

std::optional<Keeper::Grant> Keeper::read(const std::string& kept) const {
  try {
    const json content = json::parse(kept);
    if (content.at("for") != binding()) return std::nullopt;
    Grant grant{.access_token = content.at("access_token").get<std::string>(),
                .expires_at = {},
                .granted_at = TimePoint{Duration{content.at("granted_at").get<std::int64_t>()}},
                .refresh_token = content.at("refresh_token").get<std::string>()};
    if (const auto expires = content.find("expires_at"); expires != content.end())
      grant.expires_at = TimePoint{Duration{expires->get<std::int64_t>()}};
    return grant;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

void Keeper::start(Result<std::optional<std::string>> kept) {
  ports_.client.post([self = shared_from_this(), kept = std::move(kept)] {
    if (!self->needs_person()) return self->stand(Standing::State::ready, {});
    if (!kept) return self->stand(Standing::State::wanted, kept.error().text() + "; " + self->ports_.remedy);
    if (!*kept) return self->stand(Standing::State::wanted, "nobody has consented yet; " + self->ports_.remedy);
    std::optional<Grant> grant = self->read(**kept);
    if (!grant) return self->want_for_others();
    self->grant_ = std::move(*grant);
    self->ready();
  });
}

void Keeper::want_for_others() {
  stand(
      Standing::State::wanted,
      "the settings name another client or authorisation server than the one that was consented to; " + ports_.remedy);
}

void Keeper::use(config::OAuth2 settings, Reach reach) {
  ports_.client.post([self = shared_from_this(), settings = std::move(settings), reach = std::move(reach)]() mutable {
    const bool is_same = settings == self->settings_;
    const std::string before = self->binding();
    self->settings_ = std::move(settings);
    self->reach_ = std::move(reach);
    if (is_same) return;
    self->failures_ = 0;                                            // what was mended is tried at once
    if (self->needs_person() && self->binding() == before) return;  // what is under way goes on
    ++self->generation_;
    self->is_working_ = self->is_gone_ = false;
    self->pending_.reset();
    self->grant_ = {};
    if (self->needs_person())
      self->want_for_others();
    else
      self->stand(Standing::State::ready, {});
    self->answer(failure(ErrorCode::unavailable, std::string(renewing) + ": the settings have changed meanwhile"));
  });
}

void Keeper::end() {
  ports_.client.post([self = shared_from_this()] {
    self->is_ended_ = true;
    ++self->generation_;
    self->answer(failure(ErrorCode::unavailable, std::string(renewing) + ": it has ended"));
  });
}

void Keeper::token(std::string refused, Got got) {
  access(std::move(refused), [got = std::move(got)](Result<Access> access) {
    access ? got(std::move(access->token)) : got(failure(std::move(access.error())));
  });
}

void Keeper::access(std::string refused, std::function<void(Result<Access>)> got) {
  ports_.client.post([self = shared_from_this(), refused = std::move(refused), got = std::move(got)]() mutable {
    self->ask(refused, std::move(got));
  });
}

bool Keeper::is_valid() const {
  if (grant_.access_token.empty()) return false;
  if (!grant_.expires_at) return true;
  const Duration lasts = *grant_.expires_at - grant_.granted_at;
  return ports_.clock.now() < *grant_.expires_at - std::min(unused_ahead, lasts / 8);
}

void Keeper::ask(const std::string& refused, Waiting got) {
  if (is_ended_) return got(failure(ErrorCode::unavailable, std::string(renewing) + ": it has ended"));
  if (!refused.empty() && refused == grant_.access_token) {
    const Duration lasts = grant_.expires_at ? *grant_.expires_at - grant_.granted_at : Duration::max();
    if (ports_.clock.now() < grant_.granted_at + std::min(too_young_to_renew, lasts / 8))
      return got(failure(ErrorCode::unavailable,
                         std::string(renewing) + ": the service refuses also one that was just given out",
                         "see whether oauth2.scopes allow what is asked of the service"));
    grant_.access_token.clear();
  }
  if (is_valid()) return got(Access{grant_.access_token, grant_.expires_at});
  waiting_.push_back(std::move(got));
  renew();
}

void Keeper::renew() {
  if (is_working_ || is_ended_) return;
  if (needs_person() && !pending_ && (is_gone_ || grant_.refresh_token.empty()))
    return answer(failure(ErrorCode::denied, std::string(renewing) + ": a person has to consent", ports_.remedy));
  if (failures_ > 0 && ports_.clock.monotonic() < not_before_)
    return answer(failure(last_failure_.value_or(Error{ErrorCode::unavailable, renewing, {}})));
  is_working_ = true;
  if (pending_) return commit(*pending_);
  const Request request =
      needs_person() ? refresh_request(settings_, grant_.refresh_token) : client_credentials_request(settings_);
  post(ports_.client, reach_, request,
       [self = shared_from_this(), generation = generation_](const net::ClientResponse& response) {
         self->renewed(generation, response);
       });
}

void Keeper::renewed(std::uint64_t generation, const net::ClientResponse& response) {
  if (generation != generation_) return;
  if (response.failure) return fail(unanswered(response));
  auto tokens = read_tokens(response.status, response.body);
  if (!tokens) return fail(tokens.error());
  const TimePoint now = ports_.clock.now();
  Grant next{.access_token = std::move(tokens->access_token),
             .expires_at = tokens->lasts ? std::optional(now + *tokens->lasts) : std::nullopt,
             .granted_at = now,
             .refresh_token = tokens->refresh_token.empty() ? grant_.refresh_token : std::move(tokens->refresh_token)};
  PATCHBAY_CRASH_POINT("oauth2.before_commit");
  commit(std::move(next));
}

// One that no person gave is not worth keeping: the next start asks for another.
void Keeper::commit(Grant grant) {
  pending_ = std::move(grant);
  if (!needs_person()) return committed(generation_, {});
  ports_.keep(text_of(*pending_), [self = shared_from_this(), generation = generation_](const Status& kept) {
    self->ports_.client.post([self, generation, kept] { self->committed(generation, kept); });
  });
}

void Keeper::committed(std::uint64_t generation, const Status& kept) {
  if (generation != generation_) return;
  if (!kept) return fail({Refusal::unavailable, Error(kept.error()).while_doing("keeping the refresh token")});
  PATCHBAY_CRASH_POINT("oauth2.after_commit");
  grant_ = std::move(*pending_);
  pending_.reset();
  is_working_ = is_gone_ = false;
  failures_ = 0;
  last_failure_.reset();
  ready();
  for (const auto& adopted : std::exchange(adopters_, {})) adopted({});
  answer(Access{grant_.access_token, grant_.expires_at});
}

void Keeper::ready() {
  stand(Standing::State::ready, {});
  if (needs_person()) renew_later();
}

// Also where nobody asks for it: a refresh token that is not used for long dies (Microsoft's after 90 days), and that a
// consent is gone is better found before the next letter comes.
void Keeper::renew_later() {
  if (!grant_.expires_at) return;
  const Duration lasts = *grant_.expires_at - grant_.granted_at;
  const TimePoint due = *grant_.expires_at - std::min(renewed_ahead, lasts / 4);
  after(std::max<Duration>(due - ports_.clock.now(), Duration::zero()));
}

void Keeper::after(Duration delay) {
  ports_.client.post_after(delay, [weak = weak_from_this(), timer = ++timers_] {
    const auto self = weak.lock();
    if (!self || timer != self->timers_ || self->is_ended_) return;
    self->not_before_ = {};
    self->renew();
  });
}

void Keeper::fail(const Refused& refused) {
  is_working_ = false;
  Error error = without_secrets(refused.error, {settings_.client_secret, grant_.access_token, grant_.refresh_token})
                    .while_doing(renewing);
  const bool is_gone = refused.why == Refusal::gone && needs_person() && !pending_;
  if (is_gone) {
    is_gone_ = true;
    grant_.access_token.clear();
    error.remedy += (error.remedy.empty() ? "" : "; ") + ports_.remedy;
    stand(Standing::State::wanted, error.text());
    ports_.tell(error.text());
  } else {
    const Duration wait = std::min(first_wait * (1U << std::min(failures_, 8U)), longest_wait);
    if (++failures_ == 1) ports_.tell(error.text());
    not_before_ = ports_.clock.monotonic() + wait;
    last_failure_ = error;
    if (!is_valid()) stand(Standing::State::unavailable, error.text());
    after(wait);
  }
  for (const auto& adopted : std::exchange(adopters_, {})) adopted(failure(error));
  answer(failure(std::move(error)));
}

void Keeper::answer(const Result<Access>& access) {
  for (const Waiting& got : std::exchange(waiting_, {})) got(access);
}

void Keeper::adopt(Tokens tokens, std::function<void(Status)> adopted) {
  ports_.client.post([self = shared_from_this(), tokens = std::move(tokens), adopted = std::move(adopted)]() mutable {
    if (self->is_ended_) return adopted(failure(ErrorCode::unavailable, "keeping the consent: it has ended"));
    const TimePoint now = self->ports_.clock.now();
    // What is under way belongs to a consent that is not the last any more.
    ++self->generation_;
    self->failures_ = 0;
    self->is_working_ = true;
    self->adopters_.push_back(std::move(adopted));
    self->commit({.access_token = std::move(tokens.access_token),
                  .expires_at = tokens.lasts ? std::optional(now + *tokens.lasts) : std::nullopt,
                  .granted_at = now,
                  .refresh_token = std::move(tokens.refresh_token)});
  });
}

void Keeper::stand(Standing::State state, std::string reason) {
  const std::lock_guard lock(mutex_);
  standing_ = {state, std::move(reason), grant_.access_token.empty() ? std::nullopt : grant_.expires_at};
}

Standing Keeper::standing() const {
  const std::lock_guard lock(mutex_);
  return standing_;
}

}  // namespace patchbay::oauth2
