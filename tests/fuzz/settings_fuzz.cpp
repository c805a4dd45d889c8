// Any bytes as a settings file: they are read or refused, and nothing else happens.
#include "config/settings.hpp"

#include <cstddef>
#include <cstdint>

namespace {

const nlohmann::json& schema() {
  static const nlohmann::json schema = nlohmann::json::parse(R"({
    "type": "object", "required": ["a"],
    "properties": {
      "a": {"type": "string", "pattern": "^[a-z]+$", "maxLength": 20},
      "b": {"type": "integer", "minimum": 1, "default": 5},
      "s": {"type": "string", "x-patchbay-secret": true},
      "l": {"type": "array", "uniqueItems": true, "items": {"$ref": "#/definitions/tree"}},
      "o": {"oneOf": [{"type": "string"}, {"type": "object", "required": ["x"]}]}},
    "definitions": {"tree": {"type": ["string", "object"], "properties": {
      "k": {"type": "string", "x-patchbay-secret": true}, "below": {"$ref": "#/definitions/tree"}}}}})");
  return schema;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace patchbay::config;
  static const Schemas schemas{[](std::string_view name) { return name == "c" ? &schema() : nullptr; },
                               [](std::string_view name) { return name == "s" ? &schema() : nullptr; },
                               {"c"},
                               {"s"}};
  const auto environment = [](std::string_view name) -> std::optional<std::string> {
    if (name == "E") return "secret";
    return std::nullopt;
  };
  const std::string_view yaml(reinterpret_cast<const char*>(data), size);
  const auto settings = parse(yaml, "/nowhere/fuzz.yaml", schemas, environment);
  if (settings) {
    for (const Section& section : settings->channels) (void)section.settings.dump();
    return 0;
  }
  if (settings.error().empty()) __builtin_trap();
  for (const Problem& problem : settings.error()) {
    if (problem.text().find('\n') != std::string::npos) __builtin_trap();
  }
  return 0;
}
