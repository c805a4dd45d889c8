#include <CLI/CLI.hpp>

#include "cli/commands.hpp"
#include "cli/progress.hpp"
#include "intake/own_addresses.hpp"
#include "net/address_guard.hpp"
#include "store/sqlite/check.hpp"

namespace patchbay::cli {
namespace {

std::string count(std::size_t number, const char* word) {
  return std::to_string(number) + " " + word + (number == 1 ? "" : "s");
}

// What only the parts themselves can judge, beside what the schemas say.
Status check_parts(const config::Settings& settings) {
  PATCHBAY_CHECK(intake::OwnAddresses::from(settings.business.own, settings.business.region));
  for (const auto* sections : {&settings.channels, &settings.destinations})
    for (const config::Section& section : *sections)
      if (auto guard = net::AddressGuard::allowing(section.allow_private); !guard)
        return failure(std::move(guard.error()).while_doing("reading allow_private of " + section.name));
  return {};
}

void check(Context& context) {
  const std::shared_ptr<plugin::Catalog> catalog = context.catalog();
  const std::optional<config::Settings> settings = context.settings(*catalog);
  if (!settings) return;
  if (const Status parts = check_parts(*settings); !parts) {
    context.fail(parts.error());
    context.exit = Exit::settings;
    return;
  }
  for (const config::Problem& warning : settings->warnings)
    if (!context.json) context.err << warning.text() << "\n";
  const std::size_t channels = settings->channels.size(), destinations = settings->destinations.size(),
                    routes = settings->routes.size();
  if (context.json)
    context.print({{"channels", channels}, {"destinations", destinations}, {"routes", routes}});
  else
    context.out << count(channels, "channel") << ", " << count(destinations, "destination") << ", "
                << count(routes, "route") << ": ok\n";
}

// The whole store, page by page and file by file.
void check_store(Context& context) {
  const std::shared_ptr<plugin::Catalog> catalog = context.catalog();
  const std::optional<config::Settings> settings = context.settings(*catalog);
  if (!settings) return;
  const auto check = store::check_sqlite(settings->store.sqlite, progress_on(context, "checking the store"));
  if (!check) {
    context.fail(check.error());
    if (context.exit == Exit::not_running) context.exit = Exit::failed;  // it is the disk that cannot be read
    return;
  }
  if (!check->damage.empty()) context.exit = Exit::damaged;
  if (context.json) return context.print({{"pages", check->pages}, {"files", check->blobs}, {"damage", check->damage}});
  for (const std::string& line : check->damage) context.err << line << "\n";
  if (check->damage.empty())
    context.out << count(check->pages, "page") << ", " << count(check->blobs, "file") << " of large content: ok\n";
  else
    context.err << "patchbay: the store is damaged; stop the gateway, keep the files as they are, and restore the last "
                   "backup: `patchbay restore FOLDER --replace`\n";
}

}  // namespace

void add_check(CLI::App& app, Context& context) {
  auto whole_store = std::make_shared<bool>(false);
  CLI::App* command =
      app.add_subcommand("check",
                         "Check the settings, plugins included, without starting anything.\n"
                         "Tells every mistake at once, with file and line; exit status 3 when there is one");
  command->add_flag(
      "--store", *whole_store,
      "Read all of the store instead, beside a gateway or without one: every page, every reference, every "
      "file; exit status 6 when it is damaged");
  command->callback([&context, whole_store] { *whole_store ? check_store(context) : check(context); });
}

}  // namespace patchbay::cli
