// What `plugin check` reads of a plugin's folder without running its code: gate, manifest, schema, secrets,
// compatibility.
//
// Blocks on files; any thread; no state.
#pragma once

#include "conformance/check.hpp"

#include <filesystem>
#include <span>
#include <vector>

namespace patchbay::cli {

struct FolderCheck {
  const char* name;
  const char* clauses;
  const char* what;
  // `previous` is the folder of an earlier release, or empty.
  std::vector<conformance::Finding> (*run)(const std::filesystem::path& folder, const std::filesystem::path& previous);
};

// The first is the gate's, without which nothing else can be judged.
[[nodiscard]] std::span<const FolderCheck> folder_checks();

// What the settings of an earlier release could say and those of a later one cannot: clause M5. Pure.
[[nodiscard]] std::vector<conformance::Finding> incompatible_settings(const nlohmann::json& earlier,
                                                                      const nlohmann::json& later);
// Properties that sound like secrets and are not marked as such: clause M3. Pure; their JSON pointers within the
// schema.
[[nodiscard]] std::vector<std::string> unmarked_secrets(const nlohmann::json& schema);

}  // namespace patchbay::cli
