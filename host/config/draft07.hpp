// valijson, kept in one file: what is a schema, what is valid. Its exceptions end here. Pure; any thread.
#pragma once

#include "base/result.hpp"

#include <nlohmann/json.hpp>

namespace patchbay::config {

[[nodiscard]] Status accepts_schema(const nlohmann::json& schema);

// The error's reason says in valijson's words what is not valid; it holds no value of the settings.
[[nodiscard]] Status validate(const nlohmann::json& schema, const nlohmann::json& settings);

}  // namespace patchbay::config
