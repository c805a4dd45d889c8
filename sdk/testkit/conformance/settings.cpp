// Settings that are wrong: clauses S1 (somebody says so, and where) and S2 (nothing crashes).
#include "conformance/all_checks.hpp"
#include "conformance/mutation.hpp"
#include "conformance/session.hpp"

#include <algorithm>

namespace patchbay::conformance {
namespace {

// An instance that is opened with other settings than the examples, and closed.
struct Opened {
  pb_code code = PB_OK;
  std::vector<Error> reports;
  std::string why;
  std::vector<Finding> broken;
};

Opened open_with(const Subject& subject, Json settings) {
  Subject other = subject;
  other.settings = std::move(settings);
  Ledger ledger;
  Session session(other, ledger);
  Opened opened;
  subject.doing("open with " + other.settings.dump(-1, ' ', true, Json::error_handler_t::replace).substr(0, 200));
  opened.code = session.host().open(session.open_settings());
  opened.reports = session.host().reports();
  opened.why = session.host().why();
  session.host().close();
  opened.broken = session.broken();
  return opened;
}

std::string shown(const Json& settings) {
  return settings.dump(-1, ' ', true, Json::error_handler_t::replace).substr(0, 120);
}

// What the plugin answers to settings that its schema takes: fine, or wrong with the place.
void judge(const Json& settings, const Opened& opened, std::vector<Finding>& found) {
  for (const Finding& broken : opened.broken) found.push_back(broken);
  if (opened.code == PB_OK) return;
  if (opened.code == PB_TRANSIENT || opened.code == PB_NOT_CONNECTED) return;
  const bool placed =
      !opened.reports.empty() && std::all_of(opened.reports.begin(), opened.reports.end(), [](const Error& error) {
        return error.code != PB_INVALID_SETTINGS || error.pointer.starts_with('/');
      });
  if (opened.code == PB_INVALID_SETTINGS && placed) return;
  found.push_back(
      fail("S1", "it refuses " + shown(settings) + " without saying where: " + opened.why,
           "throw invalid_settings(pointer, reason, remedy), or report PB_INVALID_SETTINGS with `pointer`"));
}

bool taken_by_both(const Subject& subject, Json settings) {
  return subject.refused_by_schema(settings).empty() && open_with(subject, settings).code == PB_OK;
}

// A place where every type of JSON is fine has been forgotten, not designed.
void find_unchecked(const Subject& subject, std::vector<Finding>& found) {
  for (const std::string& place : places_in(subject.settings)) {
    bool all = true;
    for (const Json& value : one_of_each_type()) {
      Json settings = subject.settings;
      settings.at(Json::json_pointer(place)) = value;
      all = all && taken_by_both(subject, std::move(settings));
      if (!all) break;
    }
    if (all)
      found.push_back(fail("S1", "at " + place + " anything is taken, of whatever type, and nobody says a word",
                           "give the property a type in settings.schema.json"));
  }
  Json settings = subject.settings;
  settings["nobody_asked_for_this"] = 1;
  if (taken_by_both(subject, std::move(settings)))
    found.push_back(fail("S1", "a key that nobody knows is taken, so that a slip of the pen is never found",
                         "write \"additionalProperties\": false"));
}

}  // namespace

std::vector<Finding> check_settings(const Subject& subject) {
  constexpr int rounds = 300;
  std::vector<Finding> found;
  find_unchecked(subject, found);
  Random random(subject.seed);
  int opened = 0;
  for (int i = 0; i < rounds && found.empty(); ++i) {
    Json settings = mutated(subject.settings, random);
    if (!settings.is_object() || !subject.refused_by_schema(settings).empty()) continue;
    ++opened;
    judge(settings, open_with(subject, settings), found);
  }
  return or_pass(
      std::move(found), "S1",
      std::to_string(rounds) + " wrong settings, of which the schema let " + std::to_string(opened) + " through");
}

// A host checks settings against the schema; a plugin that trusts it with its memory is one bug away from a crash.
std::vector<Finding> check_raw_settings(const Subject& subject) {
  constexpr int rounds = 300;
  Random random(subject.seed + 1);
  std::vector<Finding> found;
  for (const Json& whole : {Json::object(), Json(nullptr), Json({{"", ""}})})
    for (Finding& each : open_with(subject, whole).broken) found.push_back(std::move(each));
  for (int i = 0; i < rounds && found.empty(); ++i) {
    Json settings = mutated(subject.settings, random);
    if (settings.is_object()) settings = mutated(std::move(settings), random);
    for (Finding& each : open_with(subject, std::move(settings)).broken) found.push_back(std::move(each));
  }
  return or_pass(std::move(found), "S2", std::to_string(rounds + 3) + " settings past the schema");
}

}  // namespace patchbay::conformance
