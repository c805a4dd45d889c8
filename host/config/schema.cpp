#include "config/schema.hpp"

#include "config/draft07.hpp"
#include "config/report.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <regex>

namespace patchbay::config {

namespace {

using nlohmann::json;

constexpr int most_levels = 64;
constexpr const char* schema_remedy = "correct the plugin's settings.schema.json: JSON Schema draft-07";

// Keywords whose schemas speak about the same value.
constexpr std::array<const char*, 3> lists_in_place{"allOf", "anyOf", "oneOf"};
constexpr std::array<const char*, 4> single_in_place{"not", "if", "then", "else"};

using Visit = std::function<void(const json&)>;

void for_each_in_place(const json& schema, const Visit& visit) {
  for (const char* keyword : lists_in_place) {
    if (const json* list = member(schema, keyword); list != nullptr && list->is_array())
      for (const json& each : *list) visit(each);
  }
  for (const char* keyword : single_in_place) {
    if (const json* each = member(schema, keyword)) visit(*each);
  }
}

// Keywords whose schemas speak about parts of the value.
void for_each_below(const json& schema, const Visit& visit) {
  for (const char* keyword : {"properties", "patternProperties", "definitions"}) {
    if (const json* group = member(schema, keyword); group != nullptr && group->is_object())
      for (const auto& each : *group) visit(each);
  }
  for (const char* keyword : {"additionalProperties", "additionalItems", "contains", "propertyNames"}) {
    if (const json* each = member(schema, keyword)) visit(*each);
  }
  if (const json* items = member(schema, "items")) {
    if (items->is_array())
      for (const json& each : *items) visit(each);
    else
      visit(*items);
  }
}

Status unusable(std::string reason) {
  return failure(ErrorCode::invalid, "reading the settings schema: " + std::move(reason), schema_remedy);
}

bool is_true(const json* value) { return value != nullptr && value->is_boolean() && value->get<bool>(); }

// Following references and in-place keywords must come to an end, or checking any value never would.
bool goes_in_circles(const json& root, const json& schema, std::vector<const json*>& way) {
  if (!schema.is_object()) return false;
  if (way.size() > most_levels || std::find(way.begin(), way.end(), &schema) != way.end()) return true;
  way.push_back(&schema);
  bool circle = false;
  if (const json* target = resolved(root, &schema); target != nullptr && target != &schema) {
    circle = goes_in_circles(root, *target, way);
  } else if (target == &schema) {
    for_each_in_place(schema, [&](const json& each) { circle = circle || goes_in_circles(root, each, way); });
  }
  way.pop_back();
  return circle;
}

Status check_one(const json& root, const json& schema) {
  if (const json* reference = member(schema, "$ref")) {
    if (!reference->is_string() || !reference->get_ref<const std::string&>().starts_with('#'))
      return unusable("$ref must point into the same file");
    if (resolved(root, &schema) == nullptr) return unusable("$ref leads nowhere: " + reference->get<std::string>());
  }
  std::vector<const json*> way;
  if (goes_in_circles(root, schema, way)) return unusable("its references go in circles");
  if (const json* pattern = member(schema, "pattern"); pattern != nullptr && pattern->is_string()) {
    try {
      const std::regex compiled(pattern->get<std::string>());
    } catch (const std::regex_error&) {
      return unusable("a pattern that is no ECMAScript regular expression: " + pattern->get<std::string>());
    }
  }
  if (const json* mark = member(schema, "x-patchbay-secret")) {
    const json* type = member(schema, "type");
    if (!mark->is_boolean()) return unusable("x-patchbay-secret must be true or false");
    if (is_true(mark) && (type == nullptr || *type != "string")) return unusable("a secret must have the type string");
  }
  return {};
}

Status check_all(const json& root, const json& schema, int level) {
  if (schema.is_boolean()) return {};
  if (!schema.is_object()) return unusable("a schema must be an object or a boolean");
  if (level > most_levels) return unusable("it is nested too deep");
  PATCHBAY_CHECK(check_one(root, schema));
  Status status;
  const Visit check = [&](const json& each) {
    if (status) status = check_all(root, each, level + 1);
  };
  for_each_in_place(schema, check);
  for_each_below(schema, check);
  return status;
}

bool leaves_room(const json& schema) {
  for (const char* keyword : {"additionalProperties", "patternProperties", "$ref", "if", "propertyNames"}) {
    if (schema.contains(keyword)) return true;
  }
  return std::any_of(lists_in_place.begin(), lists_in_place.end(),
                     [&](const char* keyword) { return schema.contains(keyword); });
}

void close_down(json& schema) {
  if (!schema.is_object()) return;
  if (const auto properties = schema.find("properties"); properties != schema.end() && properties->is_object()) {
    for (json& each : *properties) close_down(each);
    if (!leaves_room(schema)) schema["additionalProperties"] = false;
  }
  for (const char* keyword : {"items", "additionalProperties"}) {
    if (const auto below = schema.find(keyword); below != schema.end()) close_down(*below);
  }
}

// Calls visit(schema, value, path) for every schema that may speak about each part of the value.
class Pairs {
 public:
  using Pair = std::function<void(const json& schema, const json& value, const std::string& path)>;
  Pairs(const json& root, Pair visit) : root_(root), visit_(std::move(visit)) {}

  void walk(const json& written, const json& value, const std::string& path, int level) {
    const json* schema = resolved(root_, &written);
    if (schema == nullptr || !schema->is_object() || level > 2 * most_levels) return;
    visit_(*schema, value, path);
    for_each_in_place(*schema, [&](const json& each) { walk(each, value, path, level + 1); });
    if (value.is_object()) walk_members(*schema, value, path, level);
    if (value.is_array()) walk_items(*schema, value, path, level);
  }

 private:
  void walk_members(const json& schema, const json& value, const std::string& path, int level) {
    const json* properties = member(schema, "properties");
    const json* patterns = member(schema, "patternProperties");
    const json* others = member(schema, "additionalProperties");
    for (const auto& [key, part] : value.items()) {
      const std::string at = pointer_to(path, key);
      const json* named = properties == nullptr ? nullptr : member(*properties, key.c_str());
      if (named != nullptr) walk(*named, part, at, level + 1);
      if (patterns != nullptr && patterns->is_object())
        for (const json& each : *patterns) walk(each, part, at, level + 1);
      if (named == nullptr && others != nullptr) walk(*others, part, at, level + 1);
    }
  }
  void walk_items(const json& schema, const json& value, const std::string& path, int level) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      for (const char* keyword : {"items", "additionalItems", "contains"}) {
        const json* below = member(schema, keyword);
        if (below == nullptr) continue;
        if (!below->is_array())
          walk(*below, value[i], pointer_to(path, i), level + 1);
        else if (i < below->size())
          walk((*below)[i], value[i], pointer_to(path, i), level + 1);
      }
    }
  }

  const json& root_;
  Pair visit_;
};

void fill(const json& root, const json& written, json& value, int level) {
  const json* schema = resolved(root, &written);
  if (schema == nullptr || !schema->is_object() || level > most_levels) return;
  if (const json* all = member(*schema, "allOf"); all != nullptr && all->is_array())
    for (const json& each : *all) fill(root, each, value, level + 1);
  const json* items = member(*schema, "items");
  if (value.is_array() && items != nullptr && items->is_object())
    for (json& item : value) fill(root, *items, item, level + 1);
  if (!value.is_object()) return;
  const json* properties = member(*schema, "properties");
  if (properties != nullptr && properties->is_object()) {
    for (const auto& [key, property] : properties->items()) {
      const json* target = resolved(root, &property);
      const json* otherwise = target == nullptr ? nullptr : member(*target, "default");
      if (!value.contains(key) && otherwise != nullptr) value[key] = *otherwise;
      if (value.contains(key)) fill(root, property, value[key], level + 1);
    }
  }
  const json* others = member(*schema, "additionalProperties");
  if (others == nullptr || !others->is_object()) return;
  for (const auto& [key, part] : value.items()) {
    if (properties == nullptr || !properties->contains(key)) fill(root, *others, part, level + 1);
  }
}

}  // namespace

const json* member(const json& object, const char* key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  return found == object.end() ? nullptr : &*found;
}

const json* resolved(const json& root, const json* schema) {
  for (int step = 0; step < most_levels; ++step) {
    const json* reference = member(*schema, "$ref");
    if (reference == nullptr) return schema;
    if (!reference->is_string()) return nullptr;
    const std::string& target = reference->get_ref<const std::string&>();
    if (!target.starts_with('#')) return nullptr;
    try {
      const json::json_pointer pointer(target.substr(1));
      if (!root.contains(pointer)) return nullptr;
      schema = &root.at(pointer);
    } catch (const json::exception&) {
      return nullptr;
    }
  }
  return nullptr;
}

Status valid_schema(const json& schema) {
  if (!schema.is_object()) return unusable("it must be an object");
  PATCHBAY_CHECK(check_all(schema, schema, 0));
  return accepts_schema(schema);
}

json closed(json schema) {
  close_down(schema);
  return schema;
}

void fill_defaults(const json& schema, json& settings) { fill(schema, schema, settings, 0); }

std::set<std::string> secret_places(const json& schema, const json& settings) {
  std::set<std::string> places;
  Pairs pairs(schema, [&places](const json& part, const json& value, const std::string& path) {
    if (!value.is_structured() && is_true(member(part, "x-patchbay-secret"))) places.insert(path);
  });
  pairs.walk(schema, settings, "", 0);
  return places;
}

}  // namespace patchbay::config
