#include <CLI/CLI.hpp>

#include "cli/commands.hpp"
#include "intake/own_addresses.hpp"
#include "net/address_guard.hpp"

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
  const std::unique_ptr<plugin::Catalog> catalog = context.catalog();
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

}  // namespace

void add_check(CLI::App& app, Context& context) {
  app.add_subcommand("check",
                     "Check the settings, plugins included, without starting anything.\n"
                     "Tells every mistake at once, with file and line; exit status 3 when there is one")
      ->callback([&context] { check(context); });
}

}  // namespace patchbay::cli
