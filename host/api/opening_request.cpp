#include "api/opening_request.hpp"

#include "api/moment.hpp"

#include <algorithm>
#include <initializer_list>
#include <string>

namespace patchbay::api {
namespace {

using nlohmann::json;

tl::unexpected<Error> unexpected(std::string_view key, const char* expected) {
  return failure(ErrorCode::invalid, "reading the request at /" + std::string(key) + ": expected " + expected,
                 "docs/api.md shows its form");
}

Result<json> object_of(std::string_view body, std::initializer_list<std::string_view> keys) {
  json object = json::parse(body, nullptr, false);
  if (!object.is_object()) return unexpected("", "a JSON object");
  for (const auto& [key, value] : object.items())
    if (std::find(keys.begin(), keys.end(), key) == keys.end())
      return failure(ErrorCode::invalid, "reading the request: it has no key " + json(key).dump(),
                     "docs/api.md lists them");
  return object;
}

// The text at a key, or nothing where it is not there.
Result<std::optional<std::string>> text_at(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return std::optional<std::string>{};
  if (!found->is_string() || found->get_ref<const std::string&>().empty()) return unexpected(key, "some text");
  return std::optional(found->get<std::string>());
}

Result<std::optional<TimePoint>> time_at(const json& object, const char* key) {
  const auto text = PATCHBAY_TRY(text_at(object, key));
  if (!text) return std::optional<TimePoint>{};
  return std::optional(PATCHBAY_TRY(moment_of(*text)));
}

Result<bool> flag_at(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) return false;
  if (!found->is_boolean()) return unexpected(key, "true or false");
  return found->get<bool>();
}

Result<std::vector<std::string>> texts_at(const json& object, const char* key) {
  std::vector<std::string> texts;
  const auto found = object.find(key);
  if (found == object.end()) return texts;
  if (!found->is_array()) return unexpected(key, "a list of texts");
  for (const json& one : *found) {
    if (!one.is_string()) return unexpected(key, "a list of texts");
    texts.push_back(one.get<std::string>());
  }
  return texts;
}

}  // namespace

Result<ReplayRequest> replay_request_of(std::string_view body) {
  const json object = PATCHBAY_TRY(
      object_of(body, {"destination", "state", "since", "until", "reason", "contact", "events", "all", "dry_run"}));
  ReplayRequest request;
  store::DeliveryFilter& filter = request.filter;
  filter.destination = PATCHBAY_TRY(text_at(object, "destination"));
  filter.since = PATCHBAY_TRY(time_at(object, "since"));
  filter.until = PATCHBAY_TRY(time_at(object, "until"));
  filter.reason = PATCHBAY_TRY(text_at(object, "reason"));
  request.dry_run = PATCHBAY_TRY(flag_at(object, "dry_run"));
  const bool all = PATCHBAY_TRY(flag_at(object, "all"));

  filter.state = store::DeliveryState::dead;
  if (const auto state = PATCHBAY_TRY(text_at(object, "state"))) {
    if (*state == store::name_of(store::DeliveryState::delivered))
      filter.state = store::DeliveryState::delivered;
    else if (*state != store::name_of(store::DeliveryState::dead))
      return unexpected("state", "dead or delivered, since what is open is on its way");
  }
  if (const auto contact = PATCHBAY_TRY(text_at(object, "contact"))) {
    const auto id = store::number_of(*contact, "contact");
    if (!id) return unexpected("contact", "contact_ and a number");
    filter.contact = store::ContactId{*id};
  }
  for (const std::string& event : PATCHBAY_TRY(texts_at(object, "events"))) {
    const auto id = store::number_of(event, "event");
    if (!id) return unexpected("events", "event_ and a number in each");
    request.events.push_back(store::EventId{*id});
  }
  if (request.events.size() > most_replayed_events) return unexpected("events", "at most 500");
  const bool named = filter.destination || filter.since || filter.until || filter.reason || filter.contact ||
                     object.contains("state") || !request.events.empty();
  if (!named && !all)
    return failure(ErrorCode::invalid, "reading the request: it does not say what to replay",
                   "name events, a destination, a time, a reason, a contact or a state, or say that all are meant");
  return request;
}

Result<FillRequest> fill_request_of(std::string_view body) {
  const json object = PATCHBAY_TRY(object_of(body, {"destination", "since", "until", "channels"}));
  const auto destination = PATCHBAY_TRY(text_at(object, "destination"));
  if (!destination) return unexpected("destination", "the name of a destination");
  FillRequest request{.destination = *destination, .channels = {}, .since = {}, .until = {}};
  request.channels = PATCHBAY_TRY(texts_at(object, "channels"));
  request.since = PATCHBAY_TRY(time_at(object, "since"));
  request.until = PATCHBAY_TRY(time_at(object, "until"));
  return request;
}

json view(const OpenedSoFar& opened) {
  return {{"opened", opened.opened},
          {"total", opened.total},
          {"started_at", rfc3339(opened.started_at)},
          {"last", store::number(opened.last)},
          {"next", opened.next ? json(store::number(*opened.next)) : json()}};
}

}  // namespace patchbay::api
