// The gate: decides whether the plugin in a folder may be loaded, before any code of it runs.
//
// The manifest, the settings schema and the library are read and judged from their bytes; loading a library would
// already run its constructors. The library's bytes are kept in sealed memory, and those same bytes are what the loader
// takes. Any thread; no state.
#pragma once

#include "base/result.hpp"
#include "plugin/catalog.hpp"
#include "plugin/elf.hpp"
#include "plugin/sealed_file.hpp"

#include <filesystem>
#include <span>
#include <string_view>

namespace patchbay::plugin {

struct Admitted {
  Plugin plugin;
  Descriptor library;  // sealed
};

[[nodiscard]] Result<Admitted> pass_gate(const std::filesystem::path& folder);

// What a host offers to plugins.
struct HostAbi {
  std::uint32_t major, oldest_minor, minor;
  std::span<const std::string_view> extensions;
};

// This host's.
[[nodiscard]] HostAbi host_abi();

// The judgement on a library's exports and note alone.
[[nodiscard]] Status judge_library(const Library& library, const HostAbi& host);

}  // namespace patchbay::plugin
