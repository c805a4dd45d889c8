#include "api/admin.hpp"

#include "api/authorization.hpp"
#include "api/correction.hpp"
#include "api/identity.hpp"
#include "api/moment.hpp"
#include "api/opening_request.hpp"
#include "api/outbound.hpp"
#include "api/query.hpp"
#include "api/responses.hpp"
#include "base/digest.hpp"
#include "telemetry/metrics.hpp"

#include <openssl/crypto.h>

namespace patchbay::api {

using nlohmann::json;

namespace {

net::ServerResponse text_response(std::uint32_t status, std::string_view text) {
  return {status, {{"content-type", "text/plain; charset=utf-8"}}, std::string(text) + "\n"};
}

net::ServerResponse response_of(Result<json> answer) {
  return answer ? json_response(200, *answer) : error_response(answer.error());
}

tl::unexpected<Error> no_such_route(const net::ServerRequest& request) {
  return failure(ErrorCode::not_found, "no route is " + request.method + " " + request.path, "docs/api.md lists them");
}

// "/api/v1/contacts/contact_5/interactions" -> {"contacts", "contact_5", "interactions"}
std::vector<std::string_view> steps_of(std::string_view path) {
  std::vector<std::string_view> steps;
  while (!path.empty()) {
    const std::string_view step = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(step.size() + 1, path.size()));
    steps.push_back(step);
  }
  return steps;
}

constexpr std::string_view api_prefix = "/api/v1/";
constexpr std::string_view bearer = "Bearer ";

}  // namespace

// Outlives the Admin while a task of the executor still holds it.
struct Admin::State {
  Control& control;
  std::unique_ptr<store::Reader> reader;
  Executor& executor;
  Digest32 token;

  [[nodiscard]] bool knows(const net::ServerRequest& request) const {
    const std::string_view given = request.header("authorization");
    if (!given.starts_with(bearer)) return false;
    const Digest32 digest = sha256(given.substr(bearer.size()));
    return CRYPTO_memcmp(digest.data(), token.data(), digest.size()) == 0;
  }

  Result<json> read(const net::ServerRequest& request) const;
  Result<json> contacts(const std::vector<std::string_view>& steps, const Query& query) const;
  Result<json> interactions(const std::vector<std::string_view>& steps, const Query& query) const;
  Result<json> deliveries(const Query& query) const;
  Result<json> quarantine(const std::vector<std::string_view>& steps, const Query& query) const;
  Result<json> count(ReplayRequest request) const;
  Result<json> outbound(const std::vector<std::string_view>& steps, const Query& query) const;
};

Result<json> Admin::State::contacts(const std::vector<std::string_view>& steps, const Query& query) const {
  const store::Page page = PATCHBAY_TRY(query.page());
  if (steps.size() == 1) return page_of(PATCHBAY_TRY(reader->find_contacts(query.text("q").value_or(""), page)), page);
  const auto id = PATCHBAY_TRY(id_of<store::ContactId>(steps[1], "contact"));
  if (steps.size() == 2) return view(PATCHBAY_TRY(reader->show_contact(id)));
  return page_of(PATCHBAY_TRY(reader->list_interactions({.contact = id, .channel = {}}, page)), page);
}

Result<json> Admin::State::interactions(const std::vector<std::string_view>& steps, const Query& query) const {
  const store::Page page = PATCHBAY_TRY(query.page());
  if (steps.size() == 2) {
    const auto id = PATCHBAY_TRY(id_of<store::InteractionId>(steps[1], "interaction"));
    return view(PATCHBAY_TRY(reader->show_interaction(id)));
  }
  return page_of(PATCHBAY_TRY(reader->list_interactions({.contact = {}, .channel = query.text("channel")}, page)),
                 page);
}

Result<json> Admin::State::deliveries(const Query& query) const {
  const store::Page page = PATCHBAY_TRY(query.page());
  store::DeliveryFilter filter{.destination = query.text("destination"), .state = {}, .event = {}};
  filter.reason = query.text("reason");
  if (const auto since = query.text("since")) filter.since = PATCHBAY_TRY(moment_of(*since));
  if (const auto until = query.text("until")) filter.until = PATCHBAY_TRY(moment_of(*until));
  if (const auto contact = query.text("contact"))
    filter.contact = PATCHBAY_TRY(id_of<store::ContactId>(*contact, "contact"));
  if (const auto event = query.text("event")) filter.event = PATCHBAY_TRY(id_of<store::EventId>(*event, "event"));
  if (const auto state = query.text("state")) {
    for (const auto known : {store::DeliveryState::open, store::DeliveryState::delivered, store::DeliveryState::dead})
      if (*state == store::name_of(known)) filter.state = known;
    if (!filter.state)
      return failure(ErrorCode::invalid,
                     "reading the query: expected state to be open, delivered or dead, got " + *state);
  }
  return page_of(PATCHBAY_TRY(reader->list_deliveries(filter, page)), page);
}

Result<json> Admin::State::quarantine(const std::vector<std::string_view>& steps, const Query& query) const {
  const store::Page page = PATCHBAY_TRY(query.page());
  if (steps.size() == 2) {
    const auto id = PATCHBAY_TRY(id_of<store::QuarantineId>(steps[1], "quarantine"));
    return view(PATCHBAY_TRY(reader->show_quarantine(id)));
  }
  return page_of(PATCHBAY_TRY(reader->list_quarantine(page)), page);
}

// What a replay would open.
Result<json> Admin::State::count(ReplayRequest request) const {
  std::int64_t count = 0;
  if (request.events.empty()) count = PATCHBAY_TRY(reader->count_deliveries(request.filter));
  for (const store::EventId event : request.events) {
    request.filter.event = event;
    count += PATCHBAY_TRY(reader->count_deliveries(request.filter));
  }
  return json{{"would_open", count}};
}

Result<json> Admin::State::outbound(const std::vector<std::string_view>& steps, const Query& query) const {
  const store::Page page = PATCHBAY_TRY(query.page());
  if (steps.size() == 2) {
    const auto id = PATCHBAY_TRY(id_of<store::OutboundId>(steps[1], "outbound"));
    return view(PATCHBAY_TRY(reader->show_outbound(id)));
  }
  store::OutboundFilter filter{.channel = query.text("channel"), .state = {}};
  if (const auto state = query.text("state")) {
    for (std::uint8_t known = 0; known <= static_cast<std::uint8_t>(store::OutboundState::refused); ++known)
      if (*state == store::name_of(store::OutboundState{known})) filter.state = store::OutboundState{known};
    if (!filter.state)
      return failure(
          ErrorCode::invalid,
          "reading the query: expected state to be queued, sending, sent, failed, uncertain or refused, got " + *state);
  }
  return page_of(PATCHBAY_TRY(reader->list_outbound(filter, page)), page);
}

Result<json> Admin::State::read(const net::ServerRequest& request) const {
  const std::vector<std::string_view> steps = steps_of(std::string_view(request.path).substr(api_prefix.size()));
  const Query query = PATCHBAY_TRY(Query::parse(request.query));
  const std::string_view what = steps.empty() ? std::string_view() : steps.front();
  if (what == "status" && steps.size() == 1) return view(control.status(), PATCHBAY_TRY(reader->counts()));
  if (what == "contacts" && (steps.size() <= 2 || (steps.size() == 3 && steps[2] == "interactions")))
    return contacts(steps, query);
  if (what == "interactions" && steps.size() <= 2) return interactions(steps, query);
  if (what == "deliveries" && steps.size() == 1) return deliveries(query);
  if (what == "quarantine" && steps.size() <= 2) return quarantine(steps, query);
  if (steps.size() == 3 && side_of(what) && steps[2] == "authorization")
    return view(PATCHBAY_TRY(control.authorization(*side_of(what), std::string(steps[1]))));
  if (what == "outbound" && steps.size() <= 2) return outbound(steps, query);
  if (what == "suppressions" && steps.size() == 1) {
    const store::Page page = PATCHBAY_TRY(query.page());
    return page_of(PATCHBAY_TRY(reader->list_suppressions(page)), page);
  }
  return no_such_route(request);
}

Admin::Admin(Control& control, std::unique_ptr<store::Reader> reader, Executor& executor, std::string_view token)
    : state_(std::make_shared<State>(State{control, std::move(reader), executor, sha256(token)})) {}

Admin::~Admin() = default;

void Admin::handle(net::ServerRequest request, net::Respond respond) {
  const std::string_view path = request.path;
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (path == "/healthz" && reads) return respond(text_response(200, "ok"));
  if (path == "/readyz" && reads) {
    const bool ready = state_->control.status().ready;
    return respond(text_response(ready ? 200 : 503, ready ? "ready" : "not ready: see `patchbay channel list`"));
  }
  if (path == "/metrics" && reads)
    return respond({200, {{"content-type", telemetry::metrics_content_type}}, state_->control.metrics()});
  if (!path.starts_with(api_prefix)) return respond(error_response(no_such_route(request).value()));
  if (!state_->knows(request))
    return respond(
        error_response({ErrorCode::denied, "asking the admin API: the bearer token is missing or wrong",
                        "send Authorization: Bearer with the content of admin.token in the store's folder"}));
  const std::vector<std::string_view> steps = steps_of(path.substr(api_prefix.size()));
  if (ask_identities(state_->control, request, steps, respond)) return;
  if (reads) {
    state_->executor.post([state = state_, request = std::move(request), respond = std::move(respond)] {
      respond(response_of(state->read(request)));
    });
    return;
  }
  if (request.method == "POST" && steps.size() == 3 && steps[0] == "quarantine" && steps[2] == "replay") {
    const auto id = id_of<store::QuarantineId>(steps[1], "quarantine");
    if (!id) return respond(error_response(id.error()));
    return state_->control.replay(*id, [respond = std::move(respond)](const Status& status) {
      respond(status ? json_response(200, {{"replayed", true}}) : error_response(status.error()));
    });
  }
  if (change_authorization(state_->control, request, steps, respond)) return;
  if (change_outbound(state_->control, request, steps, respond)) return;
  if (correct_contacts(state_->control, request, steps, respond)) return;
  if (request.method == "POST" && steps.size() == 2 && steps[0] == "deliveries") {
    const auto opened = [respond](const Result<OpenedSoFar>& result) {
      respond(result ? json_response(200, view(*result)) : error_response(result.error()));
    };
    if (steps[1] == "fill") {
      Result<FillRequest> fill = fill_request_of(request.body);
      if (!fill) return respond(error_response(fill.error()));
      return state_->control.fill_destination(std::move(*fill), opened);
    }
    if (steps[1] == "replay") {
      Result<ReplayRequest> replay = replay_request_of(request.body);
      if (!replay) return respond(error_response(replay.error()));
      if (!replay->dry_run) return state_->control.replay_deliveries(std::move(*replay), opened);
      return state_->executor.post([state = state_, replay = std::move(*replay), respond = std::move(respond)] {
        respond(response_of(state->count(replay)));
      });
    }
  }
  if (request.method == "POST" && steps.size() == 3 && steps[0] == "destinations" && steps[2] == "enable") {
    return state_->control.enable_destination(
        std::string(steps[1]), [respond = std::move(respond)](const Status& status) {
          respond(status ? json_response(200, {{"enabled", true}}) : error_response(status.error()));
        });
  }
  if (request.method == "POST" && steps.size() == 3 && steps[0] == "channels" &&
      (steps[2] == "pause" || steps[2] == "resume")) {
    const bool pauses = steps[2] == "pause";
    const auto done = [respond = std::move(respond), member = pauses ? "paused" : "resumed"](const Status& status) {
      respond(status ? json_response(200, {{member, true}}) : error_response(status.error()));
    };
    const std::string name(steps[1]);
    return pauses ? state_->control.pause_channel(name, done) : state_->control.resume_channel(name, done);
  }
  if (request.method == "POST" && steps.size() == 3 && steps[0] == "destinations" && steps[2] == "resume") {
    const Status resumed = state_->control.resume_destination(std::string(steps[1]));
    return respond(resumed ? json_response(200, {{"resumed", true}}) : error_response(resumed.error()));
  }
  respond(error_response(no_such_route(request).value()));
}

}  // namespace patchbay::api
