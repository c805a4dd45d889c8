#include "cli/check_subject.hpp"

#include "config/schema.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>

namespace patchbay::cli {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr const char* made_up_secret = "a secret made up for the check";

Result<json> read_json(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in) return failure(ErrorCode::not_found, "reading " + file.string() + " failed", "name a file that can be read");
  json document = json::parse(text, nullptr, false);
  if (document.is_object()) return document;
  return failure(ErrorCode::invalid, "reading " + file.string() + ": expected a JSON object", "correct it");
}

json value_of(const json& root, const json& written) {
  const json* found = config::resolved(root, &written);
  const json& schema = found == nullptr ? written : *found;
  if (const json* examples = config::member(schema, "examples"); examples && examples->is_array() && !examples->empty())
    return examples->front();
  if (const json* otherwise = config::member(schema, "default")) return *otherwise;
  if (const json* choices = config::member(schema, "enum"); choices && choices->is_array() && !choices->empty())
    return choices->front();
  const std::string type = schema.value("type", "string");
  if (type == "integer" || type == "number") return schema.value("minimum", json(1));
  if (type == "boolean") return true;
  if (type == "array") return json::array();
  if (type != "object") return "text";
  json value = json::object();
  if (const json* properties = config::member(schema, "properties"))
    for (const auto& [key, property] : properties->items()) value[key] = value_of(root, property);
  return value;
}

// References to secrets in the examples lead to files that are not here.
void make_secrets_up(json& settings, const std::set<std::string>& places) {
  for (const std::string& place : places) {
    json& value = settings.at(json::json_pointer(place));
    if (value.is_string() && value.get_ref<const std::string&>().starts_with("${")) value = made_up_secret;
  }
}

}  // namespace

json settings_of_examples(const json& schema) {
  json settings = json::object();
  const json required = schema.value("required", json::array());
  const json properties = schema.value("properties", json::object());
  for (const auto& [key, property] : properties.items()) {
    const bool needed = std::find(required.begin(), required.end(), key) != required.end();
    if (needed || property.contains("examples") || property.contains("default"))
      settings[key] = value_of(schema, property);
  }
  return settings;
}

Result<CheckedPlugin> checked_plugin(const fs::path& folder, const std::string& settings_file,
                                     const std::string& work) {
  CheckedPlugin checked;
  checked.admitted = PATCHBAY_TRY(plugin::pass_gate(folder));
  const plugin::Plugin& plugin = checked.admitted.plugin;
  PATCHBAY_CHECK(config::valid_schema(plugin.schema));
  conformance::Subject& subject = checked.subject;
  subject.library = "/proc/self/fd/" + std::to_string(checked.admitted.library.number());
  subject.name = plugin.manifest.name;
  subject.version = plugin.manifest.version;
  subject.is_sink = plugin.manifest.kind == plugin::PluginKind::sink;
  subject.has_endpoint = plugin.manifest.endpoint;
  const auto& capabilities = plugin.manifest.capabilities;
  subject.may_reveal = std::find(capabilities.begin(), capabilities.end(), "secrets.reveal") != capabilities.end();
  subject.folder = work;
  std::error_code ignored;
  if (fs::exists(folder / "check.json", ignored)) subject.examples = PATCHBAY_TRY(read_json(folder / "check.json"));
  if (std::string mistake = conformance::mistake_in_examples(subject.examples); !mistake.empty())
    return failure(ErrorCode::invalid, std::move(mistake), "correct check.json in the plugin's folder");

  const auto schema = std::make_shared<const json>(config::closed(plugin.schema));
  json settings = !settings_file.empty()                  ? PATCHBAY_TRY(read_json(settings_file))
                  : subject.examples.contains("settings") ? subject.examples.at("settings")
                                                          : settings_of_examples(plugin.schema);
  settings = conformance::with_text(std::move(settings), "${folder}", work);
  config::fill_defaults(*schema, settings);
  subject.secrets = config::secret_places(*schema, settings);
  make_secrets_up(settings, subject.secrets);
  const std::vector<config::Finding> mistakes = config::explain(*schema, settings);
  if (!mistakes.empty())
    return failure(ErrorCode::invalid,
                   "taking the settings: at " + mistakes.front().path + ": expected " + mistakes.front().expected,
                   settings_file.empty() ? "correct the schema's examples, or check.json" : "correct " + settings_file);
  subject.uses_oauth2 = plugin.manifest.oauth2.has_value();
  if (subject.uses_oauth2) {  // the host's part of the settings, which the schema does not know
    settings["oauth2"] = made_up_secret;
    subject.secrets.insert("/oauth2");
  }
  subject.settings = std::move(settings);
  subject.refused_by_schema = [schema, uses_oauth2 = subject.uses_oauth2](json& tried) {
    config::fill_defaults(*schema, tried);
    json seen = tried;
    std::vector<std::string> pointers;
    if (uses_oauth2 && seen.is_object()) {
      // The host reads it, and gives the plugin a handle or nothing at all.
      if (seen.contains("oauth2") && !seen["oauth2"].is_string()) pointers.emplace_back("/oauth2");
      seen.erase("oauth2");
    }
    for (const config::Finding& finding : config::explain(*schema, seen)) pointers.push_back(finding.path);
    return pointers;
  };
  return checked;
}

config::Secrets take_secrets(json& settings, const std::set<std::string>& places) {
  config::Secrets secrets;
  for (const std::string& place : places) {
    const json::json_pointer pointer(place);
    if (!settings.contains(pointer) || !settings.at(pointer).is_string()) continue;
    secrets.push_back(settings.at(pointer).get<std::string>());
    settings.at(pointer) = {{"$secret", secrets.size() - 1}};
  }
  return secrets;
}

}  // namespace patchbay::cli
