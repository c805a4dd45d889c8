#include "gateway/destination.hpp"

#include <patchbay/bytes.hpp>

namespace patchbay::gateway {
namespace {

// The plugin's words for the operator; the first of several errors decides.
delivery::Outcome outcome_of(const pb_error& error) {
  if (error.code == PB_PERMANENT || error.code == PB_INVALID_SETTINGS || error.code == PB_AUTH_FAILED)
    return {.verdict = delivery::Verdict::permanent, .not_before = {}};
  delivery::Outcome outcome{.verdict = delivery::Verdict::transient, .not_before = {}};
  if (error.until_us > 0) outcome.not_before = TimePoint{Duration{error.until_us}};
  return outcome;
}

constexpr delivery::Outcome never_again{.verdict = delivery::Verdict::permanent, .not_before = {}};
constexpr std::chrono::seconds without_token_for{5};
constexpr const char* it_crashes = "the sink crashed twice when it was given this event; tell its author";
constexpr const char* sink_is_away = "the sink does not run; see why in the gateway's log";

// An event is two inputs: it may be rendered well, and its answer crash the sink.
std::string rendering_of(const delivery::Attempt& attempt) { return "render " + store::public_id(attempt.event); }
std::string judging_of(const delivery::Attempt& attempt) { return "judge " + store::public_id(attempt.event); }

std::vector<plugin::Failure> failures_of(const net::ClientResponse& response) {
  if (!response.failure) return {};
  const bool refused =
      *response.failure == net::ClientFailure::address_refused || *response.failure == net::ClientFailure::invalid_url;
  return {{.code = refused ? PB_PERMANENT : PB_NOT_CONNECTED, .pointer = {}, .reason = response.reason, .remedy = {}}};
}

}  // namespace

std::string remedy_of_disabled(std::string_view name) {
  return "what is open is kept; mend its address, or ask the receiver, then `patchbay destination enable " +
         std::string(name) + "`";
}

Destination::Destination(Shared& shared, const config::Section& section, const plugin::Plugin& plugin,
                         net::AddressGuard guard, delivery::Dispatcher& dispatcher, std::string_view region,
                         Executor& executor, Authorisation authorisation)
    : CommonServices(shared, section.name, section.secrets, plugin.manifest.capabilities, std::move(guard),
                     section.ca_file, std::move(authorisation)),
      plugin_(plugin),
      dispatcher_(dispatcher),
      supervisor_(
          shared.supervision, shared.clock,
          [this, catalog = shared.catalog, settings = open_settings(section, region, credit),
           &executor](plugin::Trust trust) mutable {
            settings.trust = trust;
            return catalog->open(plugin_, settings, *this, &executor);
          },
          [this](const LifeStanding& standing) { stands(standing); }) {
  if (section.isolation == config::Isolation::worker) suspects_.emplace(shared.clock);
}

bool Destination::delivers() const {
  const auto instance = supervisor_.instance();
  return instance != nullptr && instance->offers(PATCHBAY_EXT_DELIVER);
}

plugin::Event Destination::event_of(const delivery::Attempt& attempt) {
  return {.token = attempt.token,
          .attempt = attempt.number,
          .attempted_us = attempt.at.time_since_epoch().count(),
          .id = store::public_id(attempt.event),
          .type = std::string(store::name_of(attempt.type)),
          .contact = store::number(attempt.contact) > 0 ? store::public_id(attempt.contact) : std::string(),
          .payload = attempt.payload};
}

// What comes of an event while the sink does not run; nothing when it does.
std::optional<delivery::Outcome> Destination::sink_away() const {
  if (supervisor_.state() == LifeState::ready) return std::nullopt;
  const LifeStanding standing = supervisor_.standing();
  // The wait began a while ago, so that it is over then. Nobody knows how long the others take.
  const Duration wait = standing.state == LifeState::backoff ? standing.wait : Duration{std::chrono::seconds{1}};
  return delivery::Outcome{.verdict = delivery::Verdict::untried, .not_before = shared_.clock.now() + wait};
}

delivery::Outcome Destination::without_token() const {
  return {.verdict = delivery::Verdict::untried, .not_before = shared_.clock.now() + without_token_for};
}

void Destination::render(const delivery::Attempt& attempt) {
  if (const auto away = sink_away())
    return dispatcher_.rendered({.token = attempt.token, .request = {}, .ended = *away, .reason = sink_is_away});
  // Whatever keeps us from a token must not cost the event one of its attempts.
  if (auto lacks = unauthorised())
    return dispatcher_.rendered(
        {.token = attempt.token, .request = {}, .ended = without_token(), .reason = std::move(lacks->reason)});
  const bool delivers = this->delivers();
  if (!delivers) {
    const std::lock_guard lock(mutex_);
    rendering_[attempt.token] = attempt.payload;
  }
  offer(attempt.token, rendering_of(attempt), [this, delivers, event = event_of(attempt)] {
    plugin::Instance& sink = *supervisor_.instance();
    delivers ? sink.deliver(event) : sink.render(event);
  });
}

void Destination::judge(const delivery::Attempt& attempt, net::ClientResponse response) {
  if (const auto away = sink_away())
    return dispatcher_.judged({.token = attempt.token, .outcome = *away, .reason = sink_is_away});
  // Nothing was sent, as above.
  if (response.failure == net::ClientFailure::unauthorised || response.failure == net::ClientFailure::no_token)
    return dispatcher_.judged(
        {.token = attempt.token, .outcome = without_token(), .reason = std::move(response.reason)});
  plugin::HttpResult result{.token = attempt.token,
                            .status = response.status,
                            .errors = failures_of(response),
                            .headers = std::move(response.headers),
                            .body = std::move(response.body)};
  offer(attempt.token, judging_of(attempt), [this, event = event_of(attempt), result = std::move(result)]() mutable {
    supervisor_.instance()->judge(std::move(event), std::move(result));
  });
}

// To the sink, when nothing is suspected of making it crash.
template <class Give>
void Destination::offer(std::uint64_t token, const std::string& input, Give give) {
  if (suspects_)
    suspects_->offer(token, input, std::move(give));
  else
    give();
}

void Destination::lost(const Error& why) {
  if (const auto guilty = suspects_ ? suspects_->crashed(company_of(why)) : std::nullopt;
      guilty && suspects_->is_guilty(guilty->input)) {
    // It is at one of the two stages; the other answer goes nowhere.
    dispatcher_.rendered({.token = guilty->number, .request = {}, .ended = never_again, .reason = it_crashes});
    dispatcher_.judged({.token = guilty->number, .outcome = never_again, .reason = it_crashes});
  }
  supervisor_.lost(why);
}

void Destination::stands(const LifeStanding& standing) {
  tell_standing(standing, "destination", {{"destination", name_}, {"sink", plugin_.manifest.name}});
}

void Destination::stands(const delivery::Standing& standing) {
  switch (standing.state) {
    case delivery::GateState::disabled:
      return shared_.log.error(
          "the destination wants nothing any more and is disabled",
          {{"destination", name_}, {"reason", standing.reason}, {"remedy", remedy_of_disabled(name_)}});
    case delivery::GateState::paused:
      return shared_.log.warning(
          "the destination fails; nothing is sent to it for a while",
          {{"destination", name_}, {"until", rfc3339(standing.until)}, {"last_failure", standing.reason}});
    case delivery::GateState::resting:
      return shared_.log.info(
          "the destination asked for a rest",
          {{"destination", name_}, {"until", rfc3339(standing.until)}, {"reason", standing.reason}});
    case delivery::GateState::sending:
      return shared_.log.info("the destination is sent to again", {{"destination", name_}});
    case delivery::GateState::probing:
      return;
  }
}

void Destination::rendered(const pb_rendered& rendered) {
  if (suspects_) suspects_->ended(rendered.token);
  std::shared_ptr<const std::string> payload;
  {
    const std::lock_guard lock(mutex_);
    if (auto node = rendering_.extract(rendered.token)) payload = std::move(node.mapped());
  }
  delivery::Rendered to{.token = rendered.token, .request = {}, .ended = {}, .reason = {}};
  each<pb_error>(rendered.errors, [&](const pb_error& error) {
    if (to.ended) return;
    to.ended = outcome_of(error);
    to.reason = std::string(view(error.reason));
  });
  each<pb_http_call>(rendered.calls, [&](const pb_http_call& call) {
    if (to.ended || to.request) return;
    if (auto request = request_of(call, payload)) {
      to.request = std::move(*request);
    } else {
      to.ended = delivery::Outcome{.verdict = delivery::Verdict::permanent, .not_before = {}};
      to.reason = request.error().text();
    }
  });
  // It ended with this in hand: who is to blame shows when it is given again, alone.
  if (const auto away = sink_away(); away && !to.request) to.ended = *away;
  if (!to.ended && !to.request) {
    to.ended = delivery::Outcome{.verdict = delivery::Verdict::permanent, .not_before = {}};
    to.reason = "rendering: the sink gave neither a request nor an error; tell its author";
  }
  dispatcher_.rendered(std::move(to));
}

void Destination::judged(const pb_judged& judged) {
  if (suspects_) suspects_->ended(judged.token);
  delivery::Judged to{.token = judged.token, .outcome = {}, .reason = std::string(view(judged.reason))};
  switch (judged.verdict) {
    case PB_VERDICT_DELIVERED:
      to.outcome.verdict = delivery::Verdict::delivered;
      break;
    case PB_VERDICT_PERMANENT:
      to.outcome.verdict = delivery::Verdict::permanent;
      break;
    case PB_VERDICT_GONE:
      to.outcome.verdict = delivery::Verdict::gone;
      break;
    default:
      to.outcome.verdict = delivery::Verdict::transient;
  }
  if (const auto away = sink_away(); away && judged.verdict == PB_VERDICT_TRANSIENT) to.outcome = *away;  // as above
  if (judged.not_before_us > 0) to.outcome.not_before = TimePoint{Duration{judged.not_before_us}};
  if (delivers()) {
    dispatcher_.rendered({.token = to.token, .request = {}, .ended = to.outcome, .reason = std::move(to.reason)});
    return;
  }
  dispatcher_.judged(std::move(to));
}

}  // namespace patchbay::gateway
