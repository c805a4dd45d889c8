#include "api/authorization.hpp"

#include "api/responses.hpp"

#include <array>

namespace patchbay::api {
namespace {

using nlohmann::json;

std::string_view name_of(ConsentStatus::State state) {
  switch (state) {
    case ConsentStatus::State::waiting:
      return "waiting";
    case ConsentStatus::State::granted:
      return "granted";
    case ConsentStatus::State::failed:
      break;
  }
  return "failed";
}

json text_or_null(const std::string& text) { return text.empty() ? json() : json(text); }

Result<ConsentRequest> request_of(const json& body) {
  ConsentRequest request{.flow = {}, .redirect_url = body.value("redirect_uri", "")};
  const std::string flow = body.value("flow", "");
  for (const OAuth2Flow one : {OAuth2Flow::device, OAuth2Flow::browser})
    if (flow == patchbay::name_of(one)) request.flow = one;
  if (!flow.empty() && !request.flow)
    return failure(ErrorCode::invalid, "reading the request: expected the flow to be device or browser",
                   "leave it out for that of the settings");
  return request;
}

// An object whose members are text.
Result<json> words_of(const std::string& body) {
  json read = body.empty() ? json::object() : json::parse(body, nullptr, false);
  bool is_usable = read.is_object();
  if (is_usable)
    for (const json& value : read) is_usable = is_usable && value.is_string();
  if (is_usable) return read;
  return failure(ErrorCode::invalid, "reading the request: expected a JSON object whose members are text",
                 "docs/api.md shows one");
}

}  // namespace

json view(const ConsentStatus& status) {
  const bool waits = status.state == ConsentStatus::State::waiting;
  return {{"name", status.account},
          {"state", name_of(status.state)},
          {"flow", patchbay::name_of(status.flow)},
          {"user_code", text_or_null(status.user_code)},
          {"verification_uri", text_or_null(waits ? status.verification_url : std::string())},
          {"verification_uri_complete", text_or_null(status.verification_url_complete)},
          {"authorization_uri", text_or_null(status.authorization_url)},
          {"expires_at", waits && status.expires_at != TimePoint{} ? json(rfc3339(status.expires_at)) : json()},
          {"error", status.error ? view(*status.error)["error"] : json()}};
}

std::optional<Side> side_of(std::string_view collection) {
  if (collection == "channels") return Side::channel;
  if (collection == "destinations") return Side::destination;
  return std::nullopt;
}

bool change_authorization(Control& control, const net::ServerRequest& request,
                          const std::vector<std::string_view>& steps, net::Respond& respond) {
  if (request.method != "POST" || steps.size() != 3) return false;
  const std::optional<Side> side = side_of(steps[0]);
  const bool begins = steps[2] == "authorize";
  if (!side || (!begins && steps[2] != "authorization")) return false;
  const auto done = [respond](const Result<ConsentStatus>& status) {
    respond(status ? json_response(200, view(*status)) : error_response(status.error()));
  };
  const Result<json> body = words_of(request.body);
  if (!body) return respond(error_response(body.error())), true;
  const std::string name(steps[1]);
  if (!begins) return control.finish_authorization(*side, name, body->value("answer", ""), done), true;
  auto asked = request_of(*body);
  if (!asked) return respond(error_response(asked.error())), true;
  control.authorize(*side, name, std::move(*asked), done);
  return true;
}

}  // namespace patchbay::api
