#include "api/correction.hpp"

#include "api/query.hpp"
#include "api/responses.hpp"

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

namespace patchbay::api {
namespace {

using nlohmann::json;

// {"contacts": [...]} or {"personas": [...]}, and nothing else.
template <class Id>
Result<std::vector<Id>> ids_at(std::string_view body, const std::string& key, std::string_view word) {
  const json object = json::parse(body, nullptr, false);
  if (!object.is_object() || object.size() != 1 || !object.contains(key) || !object[key].is_array())
    return failure(ErrorCode::invalid, "reading the request: expected an object with a list of texts as " + key,
                   "docs/api.md shows its form");
  std::vector<Id> ids;
  for (const json& one : object[key]) {
    if (!one.is_string())
      return failure(ErrorCode::invalid, "reading the request at /" + key + ": expected texts, got " + one.dump(),
                     "docs/api.md shows its form");
    ids.push_back(PATCHBAY_TRY(id_of<Id>(one.get<std::string>(), word)));
  }
  return ids;
}

Result<intake::Correction> correction_of(std::string_view what, std::string_view body) {
  intake::Correction correction;
  if (what == "merge") {
    correction.contacts = PATCHBAY_TRY(ids_at<store::ContactId>(body, "contacts", "contact"));
    return correction;
  }
  correction.what = what == "split" ? intake::Correct::split : intake::Correct::undo;
  correction.personas = PATCHBAY_TRY(ids_at<store::PersonaId>(body, "personas", "persona"));
  return correction;
}

}  // namespace

bool correct_contacts(Control& control, const net::ServerRequest& request, const std::vector<std::string_view>& steps,
                      net::Respond& respond) {
  const bool corrects = request.method == "POST" && steps.size() == 2 && steps[0] == "contacts" &&
                        (steps[1] == "merge" || steps[1] == "split" || steps[1] == "undo");
  if (!corrects) return false;
  Result<intake::Correction> correction = correction_of(steps[1], request.body);
  if (!correction) {
    respond(error_response(correction.error()));
    return true;
  }
  control.correct(std::move(*correction), [respond](const Result<std::vector<store::ContactId>>& contacts) {
    if (!contacts) return respond(error_response(contacts.error()));
    json ids = json::array();
    for (const store::ContactId id : *contacts) ids.push_back(store::public_id(id));
    respond(json_response(200, {{"contacts", std::move(ids)}}));
  });
  return true;
}

}  // namespace patchbay::api
