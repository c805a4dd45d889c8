// An identifier as the command line writes it: "phone:+48601234567". Pure; any thread.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace patchbay::cli {

// CLI11's validator: nothing where it is one, else what is wrong.
[[nodiscard]] inline std::string is_identifier(const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon != std::string::npos && colon != 0 && colon + 1 < text.size()) return {};
  return "expected KIND:VALUE, such as phone:+48601234567, got " + text;
}

[[nodiscard]] inline nlohmann::json identifier_of(std::string_view text, const std::string& scope) {
  const std::size_t colon = text.find(':');
  return {{"kind", text.substr(0, colon)}, {"value", text.substr(colon + 1)}, {"scope", scope}};
}

}  // namespace patchbay::cli
