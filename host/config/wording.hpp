// How a schema's wishes are put into words. Pure; any thread.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace patchbay::config {

// Draft-07's "type": one or a list.
[[nodiscard]] bool has_type(const nlohmann::json& value, const nlohmann::json& type);

// "text", "a whole number", "a list"; for a schema with a choice of words "one of imap or smtp".
[[nodiscard]] std::string kind_wanted(const nlohmann::json& schema);

// One alternative of several: its title, else the keys it needs, else its kind.
[[nodiscard]] std::string summary(const nlohmann::json& schema);

[[nodiscard]] std::string one_of(const nlohmann::json& choices);

// A value of the schema's own (never of the settings).
[[nodiscard]] std::string shown(const nlohmann::json& value);

// "1 item", "2 items", "2 entries"
[[nodiscard]] std::string count_of(std::size_t count, std::string_view noun);

// What the schema tells people: its description, else its first example, else nothing.
[[nodiscard]] std::string hint(const nlohmann::json& schema);

}  // namespace patchbay::config
