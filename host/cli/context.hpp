// What every command shares: the streams, the options that all have, and how they end.
//
// One per process, on its main thread.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "config/settings.hpp"
#include "plugin/catalog.hpp"
#include "store/store.hpp"

#include <nlohmann/json.hpp>

#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::cli {

// Exit statuses; docs/cli.md lists them.
enum class Exit : int {
  ok = 0,
  failed = 1,
  usage = 2,      // the command line
  settings = 3,   // mistakes in the settings file
  not_found = 4,  // no such contact, interaction, ...
  not_running = 5,
  damaged = 6,  // the store, or a backup
};

enum class Output : std::uint8_t { text, json };

struct Context {
  std::ostream& out;
  std::ostream& err;
  const Clock& clock;
  config::Environment environment;
  std::string program_folder;  // where this program lies: the plugins lie beside it
  std::string settings_file;
  std::vector<std::string> plugin_folders;
  bool json = false;
  Exit exit = Exit::ok;
  bool terminal = false;  // somebody watches `err`

  // Says what went wrong on `err` and sets the exit status that fits.
  void fail(const Error& error);
  void fail(const std::vector<config::Problem>& problems);
  // One JSON document on `out`.
  void print(const nlohmann::json& document);

  // What `earlier` has loaded is not loaded again.
  [[nodiscard]] std::shared_ptr<plugin::Catalog> catalog(const plugin::Catalog* earlier = nullptr) const;
  // Of the catalog's plugins, for as long as it lives.
  [[nodiscard]] static config::Schemas schemas_of(const plugin::Catalog& catalog);
  // Loads the settings; on mistakes it has told them and returns nothing.
  [[nodiscard]] std::optional<config::Settings> settings(const plugin::Catalog& catalog);
  // The store that they name, to read from, whether or not a gateway runs; nothing after it told why not.
  [[nodiscard]] std::unique_ptr<store::Store> store_to_read(const config::Settings& settings);
};

}  // namespace patchbay::cli
