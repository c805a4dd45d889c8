// Values that were right, made wrong: JSON by its structure, bytes by their bits. Pure; any thread.
#pragma once

#include "conformance/random.hpp"

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::conformance {

// JSON pointers of all values in it but itself, objects and lists included.
[[nodiscard]] std::vector<std::string> places_in(const nlohmann::json& value);
// One value of each JSON type.
[[nodiscard]] const std::vector<nlohmann::json>& one_of_each_type();
// One place changed: another type, another text or number, gone, twice, or something that nobody asked for.
[[nodiscard]] nlohmann::json mutated(nlohmann::json value, Random& random);
// Some bytes changed, gone, or more of them.
[[nodiscard]] std::string mutated_bytes(std::string bytes, Random& random);

}  // namespace patchbay::conformance
