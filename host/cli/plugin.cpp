#include <CLI/CLI.hpp>

#include "cli/commands.hpp"
#include "cli/plugin_commands.hpp"
#include "cli/table.hpp"

namespace patchbay::cli {
namespace {

std::string_view name_of(plugin::PluginKind kind) { return kind == plugin::PluginKind::channel ? "channel" : "sink"; }

nlohmann::json view(const plugin::Plugin& plugin) {
  const plugin::Manifest& manifest = plugin.manifest;
  return {{"name", manifest.name},     {"kind", name_of(manifest.kind)},        {"version", manifest.version},
          {"title", manifest.title},   {"summary", manifest.summary},           {"status", manifest.status},
          {"sha256", manifest.sha256}, {"capabilities", manifest.capabilities}, {"folder", plugin.folder.string()}};
}

nlohmann::json view(const OAuth2Offer& offer) {
  nlohmann::json providers = nlohmann::json::object();
  for (const OAuth2Provider& provider : offer.providers)
    providers[provider.name] = {{"flow", name_of(provider.flow)}, {"scopes", provider.scopes}};
  return {{"required", offer.required}, {"providers", std::move(providers)}};
}

// "; providers: google, microsoft"
std::string providers_of(const OAuth2Offer& offer) {
  std::string text;
  for (const OAuth2Provider& provider : offer.providers)
    text += (text.empty() ? "; providers: " : ", ") + provider.name;
  return text;
}

void list(Context& context) {
  const std::shared_ptr<plugin::Catalog> catalog = context.catalog();
  if (context.json) {
    nlohmann::json plugins = nlohmann::json::array(), refused = nlohmann::json::array();
    for (const plugin::Plugin& plugin : catalog->plugins()) plugins.push_back(view(plugin));
    for (const plugin::Refused& one : catalog->refused())
      refused.push_back({{"folder", one.folder.string()}, {"reason", one.error.reason}, {"remedy", one.error.remedy}});
    return context.print({{"plugins", std::move(plugins)}, {"refused", std::move(refused)}});
  }
  Table table({"NAME", "KIND", "VERSION", "STATUS", "TITLE"});
  for (const plugin::Plugin& plugin : catalog->plugins())
    table.add({plugin.manifest.name, std::string(name_of(plugin.manifest.kind)), plugin.manifest.version,
               plugin.manifest.status, plugin.manifest.title});
  table.print(context.out, "No plugin was found.");
  for (const plugin::Refused& one : catalog->refused())
    context.err << "refused " << one.folder.string() << ": " << one.error.text() << "\n";
}

void show(Context& context, const std::string& name) {
  const std::shared_ptr<plugin::Catalog> catalog = context.catalog();
  const plugin::Plugin* plugin = catalog->find(plugin::PluginKind::channel, name);
  if (!plugin) plugin = catalog->find(plugin::PluginKind::sink, name);
  if (!plugin)
    return context.fail({ErrorCode::not_found, "no plugin is called " + name, "`patchbay plugin list` shows them all"});
  if (context.json) {
    nlohmann::json shown = view(*plugin);
    shown["settings"] = plugin->schema;
    shown["oauth2"] = plugin->manifest.oauth2 ? view(*plugin->manifest.oauth2) : nlohmann::json();
    return context.print(shown);
  }
  const plugin::Manifest& manifest = plugin->manifest;
  context.out << manifest.name << " " << manifest.version << " (" << name_of(manifest.kind) << ", " << manifest.status
              << "): " << manifest.title << "\n"
              << manifest.summary << "\n"
              << plugin->folder.string() << "\n";
  Table table({"SETTING", "TYPE", "", "WHAT IT IS"});
  if (const auto& offer = manifest.oauth2)
    table.add(
        {"oauth2", "object", offer->required ? "required" : "", "How access tokens are had" + providers_of(*offer)});
  const nlohmann::json required = plugin->schema.value("required", nlohmann::json::array());
  const nlohmann::json properties = plugin->schema.value("properties", nlohmann::json::object());
  for (const auto& [key, property] : properties.items()) {
    const bool needed = std::find(required.begin(), required.end(), key) != required.end();
    const bool secret = property.value("x-patchbay-secret", false);
    const auto type = property.find("type");
    table.add({key,
               secret                                        ? "secret"
               : type != property.end() && type->is_string() ? type->get<std::string>()
                                                             : "",
               needed ? "required" : "", property.value("description", "")});
  }
  table.print(context.out, "It has no settings.");
}

}  // namespace

void add_plugin(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("plugin", "The connectors and sinks on this machine");
  command->require_subcommand(1);
  command
      ->add_subcommand("list",
                       "List the plugins, and those that were refused with the reason.\n"
                       "No code of a plugin runs for this")
      ->callback([&context] { list(context); });
  auto name = std::make_shared<std::string>();
  CLI::App* one = command->add_subcommand("show", "Show one plugin and the settings that it takes");
  one->add_option("NAME", *name, "As in `patchbay plugin list`")->required();
  one->callback([&context, name] { show(context, *name); });
  add_plugin_new(*command, context);
  add_plugin_check(*command, context);
  add_plugin_dev(*command, context);
}

}  // namespace patchbay::cli
