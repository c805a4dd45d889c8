// JSON Schema draft-07 as plugins use it for their settings: defaults, secrets, and mistakes that a person understands.
//
// valijson decides what is valid; explain() says why something is not, in the words of the settings file. Pure; any
// thread; nothing throws. A schema must have passed valid_schema() first.
//
// On top of draft-07: a string schema with "x-patchbay-secret": true is a secret; an object schema that lists its
// properties and says nothing of others is closed (in draft-07 it would be open), so that a slip of the pen is found.
#pragma once

#include "base/result.hpp"

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

namespace patchbay::config {

// Whether a plugin's settings.schema.json is one: draft-07, no references out of the file, none that go in circles,
// patterns that compile, secrets that are strings.
[[nodiscard]] Status valid_schema(const nlohmann::json& schema);

// The schema with the closing rule written out.
[[nodiscard]] nlohmann::json closed(nlohmann::json schema);

// Adds what the settings leave out and the schema gives a "default" for; depth first, also inside lists.
void fill_defaults(const nlohmann::json& schema, nlohmann::json& settings);

// JSON pointers of all scalars that some part of the schema calls secret, whichever part turns out to apply.
[[nodiscard]] std::set<std::string> secret_places(const nlohmann::json& schema, const nlohmann::json& settings);

enum class Found : std::uint8_t {
  value,    // the value at the place is wrong
  nothing,  // the place is empty and must not be
  key,      // the place must not be there
};

struct Finding {
  std::string path;  // JSON pointer within the settings
  std::string expected;
  Found found = Found::value;
  std::string remedy;
};

// Everything that is wrong; empty where the settings are valid. A discarded value counts as there, and as right.
[[nodiscard]] std::vector<Finding> explain(const nlohmann::json& schema, const nlohmann::json& settings);

// For the files behind this header: where a local $ref leads ("#", "#/definitions/x"); the schema itself where it has
// none, null where it leads nowhere.
[[nodiscard]] const nlohmann::json* resolved(const nlohmann::json& root, const nlohmann::json* schema);
// The member of an object, or null.
[[nodiscard]] const nlohmann::json* member(const nlohmann::json& object, const char* key);

}  // namespace patchbay::config
