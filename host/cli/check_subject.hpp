// A plugin's folder as the conformance checks and `plugin dev` see it: through the gate, with settings that fit
// together.
//
// The settings are those of `settings_file` (JSON, secrets in clear), else those of check.json in the folder, else the
// schema's own examples and defaults with made-up secrets. Blocks on files; any thread.
#pragma once

#include "base/result.hpp"
#include "config/settings.hpp"
#include "plugin/gate.hpp"

#include "conformance/check.hpp"

#include <filesystem>
#include <string>

namespace patchbay::cli {

struct CheckedPlugin {
  plugin::Admitted admitted;  // keeps the library that the subject names
  conformance::Subject subject;
};

// `work` is an empty folder, for the plugin.
[[nodiscard]] Result<CheckedPlugin> checked_plugin(const std::filesystem::path& folder,
                                                   const std::string& settings_file, const std::string& work);

// One setting after the other from the schema's examples, else its defaults; required ones without either by type.
[[nodiscard]] nlohmann::json settings_of_examples(const nlohmann::json& schema);

// The settings as a plugin gets them: each of the secrets, JSON pointers into them, becomes {"$secret": N} with N an
// index into what is returned.
[[nodiscard]] config::Secrets take_secrets(nlohmann::json& settings, const std::set<std::string>& places);

}  // namespace patchbay::cli
