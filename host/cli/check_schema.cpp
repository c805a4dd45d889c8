// The part of check_folder.hpp that judges settings schemas alone.
#include <algorithm>
#include <array>
#include <cctype>

#include "cli/check_folder.hpp"
#include "config/schema.hpp"

namespace patchbay::cli {
namespace {

using conformance::Finding;
using nlohmann::json;

std::vector<std::string> words_of(std::string_view key) {
  std::vector<std::string> words(1);
  for (const char letter : key) {
    if (std::isupper(static_cast<unsigned char>(letter)) != 0 && !words.back().empty()) words.emplace_back();
    if (std::isalnum(static_cast<unsigned char>(letter)) != 0)
      words.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    else
      words.emplace_back();
  }
  return words;
}

bool sounds_secret(std::string_view key) {
  static constexpr std::array<std::string_view, 12> secret{"secret",     "secrets",     "token",      "tokens",
                                                           "password",   "passwords",   "passphrase", "passwd",
                                                           "credential", "credentials", "apikey",     "pin"};
  const std::vector<std::string> words = words_of(key);
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (std::find(secret.begin(), secret.end(), words[i]) != secret.end()) return true;
    const bool is_key = words[i] == "key" || words[i] == "keys";
    static constexpr std::array<std::string_view, 6> before{"api", "private", "access", "signing", "app", "secret"};
    if (is_key && i > 0 && std::find(before.begin(), before.end(), words[i - 1]) != before.end()) return true;
  }
  return false;
}

bool holds_text(const json& schema) {
  const json* type = config::member(schema, "type");
  return type == nullptr || *type == "string" ||
         (type->is_array() && std::count(type->begin(), type->end(), "string") > 0);
}

void look_for_secrets(const json& schema, const std::string& place, bool secret_name, std::vector<std::string>& found) {
  if (!schema.is_object()) return;
  if (secret_name && holds_text(schema) && !schema.contains("properties") && !schema.contains("items") &&
      !schema.contains("$ref") && schema.value("x-patchbay-secret", false) == false)
    found.push_back(place);
  if (const json* properties = config::member(schema, "properties"))
    for (const auto& [key, property] : properties->items())
      look_for_secrets(property, place + "/properties/" + key, sounds_secret(key), found);
  for (const char* const inner : {"items", "additionalProperties"})
    if (const json* below = config::member(schema, inner))
      look_for_secrets(*below, place + "/" + inner, secret_name, found);
  for (const char* const several : {"definitions"})
    if (const json* below = config::member(schema, several))
      for (const auto& [key, one] : below->items())
        look_for_secrets(one, place + "/" + several + "/" + key, sounds_secret(key), found);
}

std::vector<std::string> types_of(const json& schema) {
  const json* type = config::member(schema, "type");
  if (type == nullptr) return {};
  if (type->is_string()) return {type->get<std::string>()};
  return type->is_array() ? type->get<std::vector<std::string>>() : std::vector<std::string>{};
}

Finding broken(const std::string& reason, const char* remedy) { return conformance::fail("M5", reason, remedy); }

void compare(const json& earlier, const json& later, const std::string& place, std::vector<Finding>& found);

void compare_properties(const json& earlier, const json& later, const std::string& place, std::vector<Finding>& found) {
  const json before = earlier.value("properties", json::object()), now = later.value("properties", json::object());
  for (const auto& [key, property] : before.items()) {
    if (now.contains(key))
      compare(property, now.at(key), place + "/" + key, found);
    else
      found.push_back(
          broken("the setting " + place + "/" + key + " is gone", "keep taking it, and say what replaces it"));
  }
  const json required_before = earlier.value("required", json::array());
  for (const json& key : later.value("required", json::array()))
    if (std::find(required_before.begin(), required_before.end(), key) == required_before.end())
      found.push_back(broken("the setting " + place + "/" + key.get<std::string>() + " is required now and was not",
                             "give it a default"));
}

void compare_limits(const json& earlier, const json& later, const std::string& place, std::vector<Finding>& found) {
  static constexpr std::array<const char*, 5> lower{"minimum", "minLength", "minItems", "minProperties",
                                                    "exclusiveMinimum"};
  static constexpr std::array<const char*, 5> upper{"maximum", "maxLength", "maxItems", "maxProperties",
                                                    "exclusiveMaximum"};
  const auto narrower = [&](const char* word, bool up) {
    const json* now = config::member(later, word);
    if (now == nullptr || !now->is_number()) return;
    const json* before = config::member(earlier, word);
    if (before == nullptr || (up ? *now < *before : *now > *before))
      found.push_back(
          broken("the setting " + place + " has a narrower " + word + " than before", "keep what was allowed"));
  };
  for (const char* const word : lower) narrower(word, false);
  for (const char* const word : upper) narrower(word, true);
}

void compare(const json& earlier, const json& later, const std::string& place, std::vector<Finding>& found) {
  const std::vector<std::string> before = types_of(earlier), now = types_of(later);
  for (const std::string& type : before)
    if (!now.empty() && std::find(now.begin(), now.end(), type) == now.end() &&
        !(type == "integer" && std::find(now.begin(), now.end(), "number") != now.end()))
      found.push_back(broken("the setting " + place + " no longer takes a value of type " + type, "keep taking it"));
  if (before.empty() && !now.empty())
    found.push_back(
        broken("the setting " + place + " took any type and is " + now.front() + " now", "keep taking them"));
  if (const json* choices = config::member(later, "enum")) {
    const json* earlier_choices = config::member(earlier, "enum");
    if (earlier_choices == nullptr) {
      found.push_back(broken("the setting " + place + " took any value and is a choice now", "keep what was allowed"));
    } else {
      for (const json& choice : *earlier_choices)
        if (std::find(choices->begin(), choices->end(), choice) == choices->end())
          found.push_back(broken("the setting " + place + " no longer takes " + choice.dump(), "keep taking it"));
    }
  }
  const json* pattern = config::member(later, "pattern");
  const json* earlier_pattern = config::member(earlier, "pattern");
  if (pattern != nullptr && (earlier_pattern == nullptr || *pattern != *earlier_pattern))
    found.push_back(conformance::warn("M5", "the setting " + place + " has another pattern than before",
                                      "see to it that it takes all that it took"));
  if (earlier.value("x-patchbay-secret", false) && !later.value("x-patchbay-secret", false))
    found.push_back(broken("the setting " + place + " was a secret and is none now", "mark it again"));
  compare_limits(earlier, later, place, found);
  compare_properties(earlier, later, place, found);
  if (earlier.contains("items") && later.contains("items") && earlier.at("items").is_object() &&
      later.at("items").is_object())
    compare(earlier.at("items"), later.at("items"), place + "/*", found);
}

}  // namespace

std::vector<Finding> incompatible_settings(const json& earlier, const json& later) {
  std::vector<Finding> found;
  compare(earlier, later, "", found);
  return found;
}

std::vector<std::string> unmarked_secrets(const json& schema) {
  std::vector<std::string> found;
  look_for_secrets(schema, "", false, found);
  return found;
}

}  // namespace patchbay::cli
