// ${env:NAME} and ${file:PATH} in values: how secrets stay out of the settings file.
//
// What they stand for is text, whatever it looks like, and is marked so that no message shows it. "$${" is a plain
// "${". Reads files, changes none; one thread. Each mistake goes to the report.
#pragma once

#include "config/document.hpp"

#include <filesystem>
#include <string_view>

namespace patchbay::config {

// `folder` is what relative paths start from.
void resolve_references(Node& root, const std::filesystem::path& folder, const Environment& environment,
                        Report& report);

}  // namespace patchbay::config
