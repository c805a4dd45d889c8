#include "cli/context.hpp"

#include "api/views.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace patchbay::cli {
namespace {

Exit exit_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::not_found:
      return Exit::not_found;
    case ErrorCode::unavailable:
      return Exit::not_running;
    case ErrorCode::corrupt:
      return Exit::damaged;
    default:
      return Exit::failed;
  }
}

}  // namespace

config::Schemas Context::schemas_of(const plugin::Catalog& catalog) {
  const auto lookup = [&catalog](plugin::PluginKind kind) {
    return [&catalog, kind](std::string_view name) -> const nlohmann::json* {
      const plugin::Plugin* plugin = catalog.find(kind, name);
      return plugin ? &plugin->schema : nullptr;
    };
  };
  config::Schemas schemas{.connector = lookup(plugin::PluginKind::channel), .sink = lookup(plugin::PluginKind::sink)};
  const auto offers = [&catalog](plugin::PluginKind kind) {
    return [&catalog, kind](std::string_view name) -> const OAuth2Offer* {
      const plugin::Plugin* plugin = catalog.find(kind, name);
      return plugin && plugin->manifest.oauth2 ? &*plugin->manifest.oauth2 : nullptr;
    };
  };
  schemas.connector_oauth2 = offers(plugin::PluginKind::channel);
  schemas.sink_oauth2 = offers(plugin::PluginKind::sink);
  for (const plugin::Plugin& plugin : catalog.plugins())
    (plugin.manifest.kind == plugin::PluginKind::channel ? schemas.connector_names : schemas.sink_names)
        .push_back(plugin.manifest.name);
  return schemas;
}

void Context::fail(const Error& error) {
  exit = exit_of(error.code);
  if (json)
    print(api::view(error));
  else
    err << "patchbay: " << error.text() << "\n";
}

void Context::fail(const std::vector<config::Problem>& problems) {
  exit = Exit::settings;
  if (!json) {
    for (const config::Problem& problem : problems) err << problem.text() << "\n";
    err << "patchbay: " << problems.size() << (problems.size() == 1 ? " mistake" : " mistakes") << " in the settings\n";
    return;
  }
  nlohmann::json all = nlohmann::json::array();
  for (const config::Problem& problem : problems)
    all.push_back({{"file", problem.file},
                   {"line", problem.line},
                   {"path", problem.path},
                   {"expected", problem.expected},
                   {"got", problem.got},
                   {"remedy", problem.remedy}});
  print({{"problems", std::move(all)}});
}

void Context::print(const nlohmann::json& document) {
  out << document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
}

std::shared_ptr<plugin::Catalog> Context::catalog(const plugin::Catalog* earlier) const {
  std::vector<std::filesystem::path> roots(plugin_folders.begin(), plugin_folders.end());
  roots.push_back((std::filesystem::path(program_folder) / "../lib/patchbay/plugins").lexically_normal());
  return plugin::Catalog::scan(roots, earlier);
}

std::optional<config::Settings> Context::settings(const plugin::Catalog& catalog) {
  auto loaded = config::load(settings_file, schemas_of(catalog), environment);
  if (loaded) return std::move(*loaded);
  // A plugin that was refused looks like one that is not there.
  if (!json)
    for (const plugin::Refused& refused : catalog.refused())
      err << "refused the plugin in " << refused.folder.string() << ": " << refused.error.text() << "\n";
  fail(loaded.error());
  return std::nullopt;
}

std::unique_ptr<store::Store> Context::store_to_read(const config::Settings& settings) {
  auto store = store::open_sqlite(settings.store.sqlite, store::OpenAs::reader_only, clock);
  if (store) return std::move(*store);
  fail(std::move(store.error()).while_doing("opening the store"));
  return nullptr;
}

}  // namespace patchbay::cli
