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
                         net::AddressGuard guard, delivery::Dispatcher& dispatcher)
    : CommonServices(shared, section.name, section.secrets, plugin.manifest.capabilities, std::move(guard),
                     section.ca_file),
      plugin_(plugin),
      dispatcher_(dispatcher) {}

Status Destination::open(plugin::Catalog& catalog, const config::Section& section, std::string_view region,
                         Executor& executor) {
  instance_ = PATCHBAY_TRY(catalog.open(plugin_, open_settings(section, region, credit), *this, &executor));
  delivers_ = instance_->offers(PATCHBAY_EXT_DELIVER);
  return {};
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

void Destination::render(const delivery::Attempt& attempt) {
  if (delivers_) return instance_->deliver(event_of(attempt));
  {
    const std::lock_guard lock(mutex_);
    rendering_[attempt.token] = attempt.payload;
  }
  instance_->render(event_of(attempt));
}

void Destination::judge(const delivery::Attempt& attempt, net::ClientResponse response) {
  plugin::HttpResult result{.token = attempt.token,
                            .status = response.status,
                            .errors = failures_of(response),
                            .headers = std::move(response.headers),
                            .body = std::move(response.body)};
  instance_->judge(event_of(attempt), std::move(result));
}

void Destination::lost(const Error& why) {
  shared_.log.error("destination failed: " + why.text(), {{"destination", name_}, {"sink", plugin_.manifest.name}});
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
  if (!to.ended && !to.request) {
    to.ended = delivery::Outcome{.verdict = delivery::Verdict::permanent, .not_before = {}};
    to.reason = "rendering: the sink gave neither a request nor an error; tell its author";
  }
  dispatcher_.rendered(std::move(to));
}

void Destination::judged(const pb_judged& judged) {
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
  if (judged.not_before_us > 0) to.outcome.not_before = TimePoint{Duration{judged.not_before_us}};
  if (delivers_) {
    dispatcher_.rendered({.token = to.token, .request = {}, .ended = to.outcome, .reason = std::move(to.reason)});
    return;
  }
  dispatcher_.judged(std::move(to));
}

}  // namespace patchbay::gateway
