#include "config/wording.hpp"

#include "config/schema.hpp"
#include "config/text.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace patchbay::config {

namespace {

using nlohmann::json;

std::string type_in_words(const std::string& type) {
  static const std::pair<const char*, const char*> words[] = {
      {"string", "text"},  {"integer", "a whole number"}, {"number", "a number"}, {"boolean", "true or false"},
      {"array", "a list"}, {"object", "a mapping"},       {"null", "nothing"}};
  for (const auto& [name, word] : words) {
    if (type == name) return word;
  }
  return type;
}

}  // namespace

bool has_type(const json& value, const json& type) {
  if (type.is_array()) return std::any_of(type.begin(), type.end(), [&](const json& t) { return has_type(value, t); });
  if (type == "string") return value.is_string();
  if (type == "integer")
    return value.is_number_integer() ||
           (value.is_number_float() && std::trunc(value.get<double>()) == value.get<double>());
  if (type == "number") return value.is_number();
  if (type == "boolean") return value.is_boolean();
  if (type == "array") return value.is_array();
  if (type == "object") return value.is_object();
  return type == "null" && value.is_null();
}

std::string kind_wanted(const json& schema) {
  const json* choices = member(schema, "enum");
  if (choices != nullptr && choices->is_array()) return one_of(*choices);
  if (const json* wanted = member(schema, "const")) return shown(*wanted);
  const json* type = member(schema, "type");
  if (type != nullptr && type->is_string()) return type_in_words(type->get<std::string>());
  if (type == nullptr || !type->is_array()) return "a value";
  std::vector<std::string> words;
  for (const json& each : *type)
    if (each.is_string()) words.push_back(type_in_words(each.get<std::string>()));
  return listed(words);
}

std::string summary(const json& schema) {
  const json* title = member(schema, "title");
  if (title != nullptr && title->is_string()) return title->get<std::string>();
  const json* required = member(schema, "required");
  if (required != nullptr && required->is_array() && !required->empty()) {
    std::string text = "a mapping with ";
    for (std::size_t i = 0; i < required->size(); ++i) {
      if (i > 0) text += " and ";
      text += (*required)[i].is_string() ? (*required)[i].get<std::string>() : "?";
    }
    return text;
  }
  return kind_wanted(schema);
}

std::string one_of(const json& choices) {
  std::vector<std::string> words;
  for (const json& each : choices) words.push_back(shown(each));
  return words.size() == 1 ? words.front() : "one of " + listed(words);
}

std::string shown(const json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string count_of(std::size_t count, std::string_view noun) {
  std::string text = std::to_string(count) + " ";
  if (count == 1) return text.append(noun);
  return noun.ends_with('y') ? text.append(noun.substr(0, noun.size() - 1)).append("ies") : text.append(noun) + "s";
}

std::string hint(const json& schema) {
  const json* description = member(schema, "description");
  if (description != nullptr && description->is_string()) {
    std::string text = description->get<std::string>();
    while (text.ends_with('.')) text.pop_back();
    return text;
  }
  const json* examples = member(schema, "examples");
  if (examples != nullptr && examples->is_array() && !examples->empty())
    return "for example " + shown(examples->front());
  return {};
}

}  // namespace patchbay::config
