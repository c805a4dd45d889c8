// What a plain (unquoted) YAML scalar means: YAML 1.2.2, section 10.3.2, the core schema. Pure; any thread.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

namespace patchbay::config {

// Null, true or false, a number, or text. Discarded (is_discarded()) where it is a number that JSON does not know:
// .inf and .nan, and what no double holds.
[[nodiscard]] nlohmann::json plain_scalar(std::string_view text);

}  // namespace patchbay::config
