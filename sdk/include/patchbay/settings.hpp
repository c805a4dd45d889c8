// The settings of one channel or destination, as the host hands them over: checked against the plugin's JSON Schema
// already, defaults filled in, secrets replaced by handles.
//
// Owned by the caller. Reads throw a Failure that names the JSON pointer, so that a constructor may just read on.
// Any thread.
#pragma once

#include <patchbay/errors.hpp>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace patchbay {

class Settings {
 public:
  explicit Settings(nlohmann::json values) : values_(std::move(values)) {}

  [[nodiscard]] const nlohmann::json& all() const noexcept { return values_; }

  // The value at an RFC 6901 pointer, or null when there is none.
  [[nodiscard]] const nlohmann::json& at(std::string_view pointer) const {
    static const nlohmann::json none;
    const nlohmann::json::json_pointer path{std::string(pointer)};
    return values_.contains(path) ? values_.at(path) : none;
  }

  [[nodiscard]] std::string text(std::string_view pointer) const {
    const nlohmann::json& value = at(pointer);
    if (!value.is_string()) throw missing(pointer, "text");
    return value.get<std::string>();
  }
  [[nodiscard]] std::string text(std::string_view pointer, std::string_view otherwise) const {
    return at(pointer).is_null() ? std::string(otherwise) : text(pointer);
  }
  [[nodiscard]] std::int64_t number(std::string_view pointer, std::int64_t otherwise) const {
    const nlohmann::json& value = at(pointer);
    if (value.is_null()) return otherwise;
    if (!value.is_number_integer()) throw missing(pointer, "a whole number");
    return value.get<std::int64_t>();
  }

  [[nodiscard]] pb_secret secret(std::string_view pointer) const {
    const std::optional<pb_secret> handle = secret_if_any(pointer);
    if (!handle) throw missing(pointer, "a secret");
    return *handle;
  }
  [[nodiscard]] std::optional<pb_secret> secret_if_any(std::string_view pointer) const {
    const nlohmann::json& value = at(pointer);
    if (!value.is_object() || !value.contains("$secret")) return std::nullopt;
    return value.at("$secret").get<pb_secret>();
  }

 private:
  [[nodiscard]] static Failure missing(std::string_view pointer, std::string_view expected) {
    return invalid_settings(
        std::string(pointer),
        "reading " + std::string(pointer) + ": expected " + std::string(expected) + ", which is not there",
        "add it to the settings");
  }

  nlohmann::json values_;
};

}  // namespace patchbay
