// A new plugin's folder out of the SDK's template: files copied, the plugin's name filled in.
//
// The template is a plugin called `newcomer` in layers: what all plugins have, what those of its kind have, what those
// of its kind and language have. Its name becomes the plugin's in contents and file names; `Newcomer` becomes the
// class's name in code, and the title in what people read; `newcomer.cpp` is the source, whatever its language. Any
// thread; no state.
#pragma once

#include "base/result.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::cli {

// `invalid` unless the manifest would take it as a plugin's name.
[[nodiscard]] Status valid_plugin_name(std::string_view name);

// "trip_advisor" as a class, TripAdvisor, and as a title, Trip advisor.
[[nodiscard]] std::string class_name(std::string_view name);
[[nodiscard]] std::string title_of(std::string_view name);

struct Template {
  std::vector<std::filesystem::path> layers;  // folders; one that is not there has nothing to add
  std::string_view source = ".cpp";           // how the file with the code ends
};

// Makes the folder `to`, whose parent is made where it is not there. A `to` that is there already is a `conflict`, and
// stays as it is; after any other failure `to` is gone again.
[[nodiscard]] Status scaffold(const Template& from, std::string_view name, const std::filesystem::path& to);

}  // namespace patchbay::cli
