// The channels and destinations of a settings file: what the host reads itself, and what the plugin's schema checks.
// Borrows all it is given; one thread. Mistakes go to the report.
#pragma once

#include "config/mapping_reader.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace patchbay::config {

enum class SectionKind : std::uint8_t { channel, destination };

struct PluginKindWords {
  std::string key;  // "connector"
  std::string one;  // "a connector"
  SectionKind kind = SectionKind::channel;
};

struct KnownPlugins {
  const std::function<const nlohmann::json*(std::string_view)>& schema;
  const std::vector<std::string>& names;
  const std::function<const OAuth2Offer*(std::string_view)>& oauth2;
};

// One section and where its key stands, for what is said about it later.
struct PlacedSection {
  Section section;
  Position at;
};

// In the file's order; those with mistakes too, as far as they could be read, so that routes to them are right.
[[nodiscard]] std::vector<PlacedSection> read_plugin_sections(const MappingReader& sections,
                                                              const PluginKindWords& words, const KnownPlugins& plugins,
                                                              const std::filesystem::path& folder, Report& report);

}  // namespace patchbay::config
