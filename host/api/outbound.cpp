#include "api/outbound.hpp"

#include "api/query.hpp"
#include "api/responses.hpp"
#include "outbound/acceptance.hpp"

namespace patchbay::api {
namespace {

using nlohmann::json;

void answer_with(net::Respond& respond, const Status& status) {
  respond(status ? json_response(200, json::object()) : error_response(status.error()));
}

// The same for the same key, for ever: made of what never changes.
net::ServerResponse answer_to(const store::Outbound& outbound) {
  if (!outbound::refused_at_once(outbound)) return json_response(202, accepted_view(outbound));
  return json_response(422,
                       {{"id", store::public_id(outbound.id)},
                        {"error", {{"code", "refused"}, {"reason", outbound.reason}, {"remedy", outbound.remedy}}}});
}

void send(Control& control, const net::ServerRequest& request, net::Respond& respond) {
  auto read = outbound::parse_request(request.header("idempotency-key"), request.body);
  if (!read) return respond(error_response(read.error()));
  control.queue().accept(std::move(*read), [respond = std::move(respond)](const Result<store::Outbound>& row) {
    respond(row ? answer_to(*row) : error_response(row.error()));
  });
}

// A JSON object whose members are all text.
Result<json> read_words(std::string_view body) {
  json read = json::parse(body, nullptr, false);
  bool usable = read.is_object();
  if (usable)
    for (const json& value : read) usable = usable && value.is_string();
  if (!usable)
    return failure(ErrorCode::invalid, "reading the request: expected a JSON object whose members are text",
                   "docs/api.md shows one");
  return read;
}

Result<outbound::Resolution> read_resolution(std::string_view body) {
  const json read = PATCHBAY_TRY(read_words(body));
  const std::string decision = read.value("decision", "");
  outbound::Resolution resolution{.external_id = read.value("external_id", "")};
  if (decision == "sent")
    resolution.decision = outbound::Decision::sent;
  else if (decision == "again")
    resolution.decision = outbound::Decision::again;
  else if (decision != "failed")
    return failure(ErrorCode::invalid, "reading the request: expected the decision to be sent, failed or again, got " +
                                           (decision.empty() ? std::string("nothing") : decision));
  if (!resolution.external_id.empty() && resolution.decision != outbound::Decision::sent)
    return failure(ErrorCode::invalid, "reading the request: what was not sent has no external_id", "leave it out");
  return resolution;
}

void resolve(Control& control, const net::ServerRequest& request, std::string_view step, net::Respond& respond) {
  const auto id = id_of<store::OutboundId>(step, "outbound");
  if (!id) return respond(error_response(id.error()));
  auto resolution = read_resolution(request.body);
  if (!resolution) return respond(error_response(resolution.error()));
  control.queue().resolve(*id, std::move(*resolution), [respond = std::move(respond)](const Status& status) mutable {
    answer_with(respond, status);
  });
}

Result<store::Suppression> read_suppression(std::string_view body) {
  const json read = PATCHBAY_TRY(read_words(body));
  store::Suppression suppression;
  suppression.identifier.kind = read.value("kind", "");
  suppression.identifier.value = read.value("value", "");
  suppression.identifier.scope = read.value("scope", "");
  suppression.reason = read.value("reason", "");
  if (suppression.identifier.kind.empty() || suppression.identifier.value.empty())
    return failure(ErrorCode::invalid, "reading the request: expected kind and value of an identifier",
                   "docs/api.md shows one");
  return suppression;
}

void suppress(Control& control, const net::ServerRequest& request, net::Respond& respond) {
  auto suppression = read_suppression(request.body);
  if (!suppression) return respond(error_response(suppression.error()));
  control.queue().suppress(std::move(*suppression), [respond = std::move(respond)](const Status& status) mutable {
    answer_with(respond, status);
  });
}

void allow(Control& control, const net::ServerRequest& request, net::Respond& respond) {
  const auto query = Query::parse(request.query);
  if (!query) return respond(error_response(query.error()));
  store::Identifier identifier;
  identifier.kind = query->text("kind").value_or("");
  identifier.value = query->text("value").value_or("");
  identifier.scope = query->text("scope").value_or("");
  control.queue().allow(std::move(identifier),
                        [respond = std::move(respond)](const Status& status) mutable { answer_with(respond, status); });
}

}  // namespace

bool change_outbound(Control& control, const net::ServerRequest& request, const std::vector<std::string_view>& steps,
                     net::Respond& respond) {
  const bool posts = request.method == "POST";
  if (steps.empty()) return false;
  if (steps[0] == "outbound" && posts && steps.size() == 1)
    send(control, request, respond);
  else if (steps[0] == "outbound" && posts && steps.size() == 3 && steps[2] == "resolve")
    resolve(control, request, steps[1], respond);
  else if (steps[0] == "suppressions" && posts && steps.size() == 1)
    suppress(control, request, respond);
  else if (steps[0] == "suppressions" && request.method == "DELETE" && steps.size() == 1)
    allow(control, request, respond);
  else
    return false;
  return true;
}

}  // namespace patchbay::api
