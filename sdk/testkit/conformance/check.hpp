// The conformance checks: what `patchbay plugin check` runs against a plugin, beside what can be read without running
// it.
//
// Each check has a process of its own (see the caller): it may crash, hang or end the process, and what it was doing is
// known by then. A check loads the plugin, plays its host with testkit::FakeHost, and returns what it found, each with
// the clause of sdk/STANDARD.md that it is about. Everything random comes from the seed, so that a run can be repeated.
// One thread; no state outlives a check.
//
// This header is all that a host sees of the checks: host and SDK have types of one name (patchbay::Error) that must
// not meet in a program, so that the checks are compiled with the SDK's namespace under another name.
#pragma once

#include <patchbay/abi.h>

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace conformance {

using Json = nlohmann::json;

enum class Outcome : std::uint8_t { pass, skip, warn, fail, crash };  // a later one outweighs an earlier one
[[nodiscard]] std::string_view name_of(Outcome outcome);

struct Finding {
  Outcome outcome = Outcome::pass;
  std::string clause;  // "C2"
  std::string reason;  // what was seen
  std::string remedy;  // what to do
};

// The plugin and what is known of it without running it.
struct Subject {
  std::string library;  // a path to load it from
  std::string name, version;
  bool is_sink = false, has_endpoint = false, may_reveal = false;
  Json settings = Json::object();  // examples that fit together, secrets in clear
  std::set<std::string> secrets;   // JSON pointers into the settings
  bool uses_oauth2 = false;        // the secret at /oauth2 stands for an access token
  Json examples = Json::object();  // check.json
  std::string folder;              // empty, for the plugin and for us; gone after the check
  std::uint64_t seed = 1;
  // JSON pointers of what the schema refuses in settings; defaults are filled in first.
  std::function<std::vector<std::string>(Json& settings)> refused_by_schema;
  std::function<void(std::string_view)> doing;  // said before what may not come back
};

struct Check {
  const char* name;     // "kill-points"
  const char* clauses;  // that it is for, the first is that of a pass: "C3"
  const char* what;     // a line for people
  unsigned limit_seconds;
  std::vector<Finding> (*run)(const Subject& subject);
};

[[nodiscard]] std::span<const Check> checks();

// The events that a sink is given: CloudEvents as Patchbay sends them.
struct SampleEvent {
  const char *id, *type, *contact, *payload;
};
[[nodiscard]] std::span<const SampleEvent> sample_events();

// What is wrong with a check.json; empty where nothing is.
[[nodiscard]] std::string mistake_in_examples(const Json& examples);
// The settings with `what` in their texts replaced: "${folder}" by a folder, or one folder by another.
[[nodiscard]] Json with_text(Json settings, std::string_view what, const std::string& by);

[[nodiscard]] inline Finding pass(std::string clause, std::string reason = {}) {
  return {Outcome::pass, std::move(clause), std::move(reason), {}};
}
[[nodiscard]] inline Finding skip(std::string clause, std::string reason, std::string remedy = {}) {
  return {Outcome::skip, std::move(clause), std::move(reason), std::move(remedy)};
}
[[nodiscard]] inline Finding warn(std::string clause, std::string reason, std::string remedy) {
  return {Outcome::warn, std::move(clause), std::move(reason), std::move(remedy)};
}
[[nodiscard]] inline Finding fail(std::string clause, std::string reason, std::string remedy) {
  return {Outcome::fail, std::move(clause), std::move(reason), std::move(remedy)};
}

}  // namespace conformance
