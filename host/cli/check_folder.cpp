#include "cli/check_folder.hpp"

#include "cli/check_subject.hpp"
#include "config/schema.hpp"
#include "plugin/gate.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace patchbay::cli {
namespace {

using conformance::Finding;
using nlohmann::json;
using Findings = std::vector<Finding>;
namespace fs = std::filesystem;

constexpr const char* see_gate = "see the check `gate`";

Findings or_pass(Findings found, const char* clause, std::string reason = {}) {
  if (found.empty()) found.push_back(conformance::pass(clause, std::move(reason)));
  return found;
}

Findings gate(const fs::path& folder, const fs::path&) {
  const auto admitted = plugin::pass_gate(folder);
  if (!admitted) return {conformance::fail("G1", admitted.error().reason, admitted.error().remedy)};
  return {conformance::pass("G1", admitted->plugin.manifest.sha256.substr(0, 12))};
}

// The best of three, since a busy machine is not the plugin's fault.
Findings gate_speed(const fs::path& folder, const fs::path&) {
  using namespace std::chrono;
  constexpr milliseconds allowed{100};
  auto best = steady_clock::duration::max();
  for (int i = 0; i < 3; ++i) {
    const auto from = steady_clock::now();
    if (!plugin::pass_gate(folder)) return {conformance::skip("G2", "the gate refuses it", see_gate)};
    best = std::min(best, steady_clock::now() - from);
  }
  const std::string took = std::to_string(duration_cast<milliseconds>(best).count()) + " ms";
  if (best <= allowed) return {conformance::pass("G2", took)};
  return {conformance::warn("G2", "the gate took " + took + ", and a start looks at every plugin",
                            "link less into the library, or strip it")};
}

Findings manifest(const fs::path& folder, const fs::path&) {
  const auto admitted = plugin::pass_gate(folder);
  if (!admitted) return {conformance::skip("M1", "the gate refuses it", see_gate)};
  const plugin::Manifest& read = admitted->plugin.manifest;
  Findings found;
  std::error_code ignored;
  const fs::path own = fs::canonical(folder, ignored).filename();
  if (own != read.name)
    found.push_back(conformance::fail("M1", "the folder is called " + own.string() + ", and the plugin " + read.name,
                                      "give the folder the plugin's name"));
  if (read.signature && read.signature->secret.size() > 1) {
    json settings = settings_of_examples(admitted->plugin.schema);
    const std::set<std::string> secrets = config::secret_places(admitted->plugin.schema, settings);
    if (!secrets.contains(read.signature->secret))
      found.push_back(conformance::fail(
          "M1", "endpoint.signature.secret is " + read.signature->secret + ", which is no secret of the settings",
          "point to a setting with \"x-patchbay-secret\": true that has an example"));
  }
  if (read.security_posture.empty())
    found.push_back(conformance::warn("M1", "the manifest does not say whom its input comes from",
                                      "write a sentence under security_posture"));
  return or_pass(std::move(found), "M1");
}

void judge_properties(const json& schema, const std::string& place, Findings& found) {
  const json* closed = config::member(schema, "additionalProperties");
  const json* properties = config::member(schema, "properties");
  if (properties == nullptr) return;
  if (closed == nullptr || *closed == true)
    found.push_back(conformance::fail("M2", "the object at " + (place.empty() ? "the top" : place) + " is not closed",
                                      "write \"additionalProperties\": false"));
  for (const auto& [key, property] : properties->items()) {
    const std::string here = place + "/" + key;
    if (property.value("description", "").empty())
      found.push_back(
          conformance::fail("M2", "the setting " + here + " has no description", "say in a sentence what it is for"));
    if (!property.contains("examples") && !property.contains("default") && !property.contains("properties"))
      found.push_back(conformance::warn("M2", "the setting " + here + " has no example", "write \"examples\": [...]"));
    judge_properties(property, here, found);
  }
}

Findings schema(const fs::path& folder, const fs::path&) {
  const auto admitted = plugin::pass_gate(folder);
  if (!admitted) return {conformance::skip("M2", "the gate refuses it", see_gate)};
  const json& read = admitted->plugin.schema;
  if (const Status valid = config::valid_schema(read); !valid)
    return {conformance::fail("M2", valid.error().reason, valid.error().remedy)};
  Findings found;
  judge_properties(read, "", found);
  return or_pass(std::move(found), "M2");
}

Findings secrets(const fs::path& folder, const fs::path&) {
  const auto admitted = plugin::pass_gate(folder);
  if (!admitted) return {conformance::skip("M3", "the gate refuses it", see_gate)};
  Findings found;
  for (const std::string& place : unmarked_secrets(admitted->plugin.schema))
    found.push_back(conformance::fail("M3",
                                      "the setting at " + place + " sounds like a secret and is not marked as one",
                                      "write \"x-patchbay-secret\": true, or give it another name"));
  return or_pass(std::move(found), "M3");
}

Findings schema_examples(const fs::path& folder, const fs::path&) {
  const auto admitted = plugin::pass_gate(folder);
  if (!admitted) return {conformance::skip("M4", "the gate refuses it", see_gate)};
  const json& read = admitted->plugin.schema;
  if (!config::valid_schema(read)) return {conformance::skip("M4", "the schema is none", "see the check `schema`")};
  const json closed = config::closed(read);
  Findings found;
  const auto judge = [&](const json& settings, const std::string& whose) {
    for (const config::Finding& finding : config::explain(closed, settings))
      found.push_back(conformance::fail("M4",
                                        whose + " is refused at " + finding.path + ": expected " + finding.expected,
                                        "correct the example, or the schema"));
  };
  json settings = settings_of_examples(read);
  config::fill_defaults(closed, settings);
  judge(settings, "what the examples add up to");
  const json properties = read.value("properties", json::object());
  for (const auto& [key, property] : properties.items())
    for (const json& example : property.value("examples", json::array())) {
      if (!found.empty()) break;
      json with = settings;
      with[key] = example;
      judge(with, "an example of " + key);
    }
  return or_pass(std::move(found), "M4");
}

// The numbers of a version, which the gate has judged. A pre-release counts as its release.
std::array<unsigned long, 3> numbers_of(const std::string& version) {
  std::array<unsigned long, 3> numbers{};
  std::size_t at = 0;
  for (unsigned long& number : numbers) {
    number = std::stoul(version.substr(at));
    at = version.find('.', at) + 1;
  }
  return numbers;
}

Findings compatible(const fs::path& folder, const fs::path& previous) {
  if (previous.empty())
    return {conformance::skip("M5", "no earlier release was named", "name its folder with --previous")};
  const auto now = plugin::pass_gate(folder);
  if (!now) return {conformance::skip("M5", "the gate refuses it", see_gate)};
  const auto before = plugin::pass_gate(previous);
  if (!before)
    return {conformance::skip("M5", "the gate refuses the earlier release: " + before.error().reason,
                              before.error().remedy)};
  Findings found = incompatible_settings(before->plugin.schema, now->plugin.schema);
  const plugin::Manifest &earlier = before->plugin.manifest, &later = now->plugin.manifest;
  if (earlier.name != later.name || earlier.kind != later.kind)
    found.push_back(conformance::fail("M5", "it was called " + earlier.name + ", as another kind or by another name",
                                      "keep the name, by which settings and stored interactions refer to it"));
  if (numbers_of(later.version) < numbers_of(earlier.version))
    found.push_back(conformance::fail("M5", "its version " + later.version + " is older than " + earlier.version,
                                      "raise the version"));
  return or_pass(std::move(found), "M5", "since " + earlier.version);
}

constexpr std::array<FolderCheck, 7> all{{
    {"gate", "G1", "The gate admits it", gate},
    {"gate-speed", "G2", "The gate is passed soon", gate_speed},
    {"manifest", "M1", "The manifest says what a person must know", manifest},
    {"schema", "M2", "The settings schema is closed, described and has examples", schema},
    {"secrets", "M3", "Secrets are marked", secrets},
    {"schema-examples", "M4", "The schema takes its own examples", schema_examples},
    {"compatible", "M5", "Settings of the earlier release are still taken", compatible},
}};

}  // namespace

std::span<const FolderCheck> folder_checks() { return all; }

}  // namespace patchbay::cli
