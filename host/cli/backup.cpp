#include <CLI/CLI.hpp>

#include <iomanip>
#include <sstream>

#include "cli/commands.hpp"
#include "cli/progress.hpp"
#include "store/sqlite/backup.hpp"
#include "store/sqlite/restore.hpp"

namespace patchbay::cli {
namespace {

nlohmann::json view(const store::Manifest& manifest) {
  const store::Counts& counts = manifest.counts;
  return {
      {"made_at", rfc3339(manifest.made_at)}, {"store", manifest.store_id}, {"contacts", counts.contacts},
      {"interactions", counts.interactions},  {"events", counts.events},    {"deliveries_open", counts.deliveries_open},
      {"files", manifest.files.size()},       {"bytes", manifest.bytes()}};
}

std::string summary(const store::Manifest& manifest) {
  constexpr double megabyte = 1e6;
  std::ostringstream text;
  text << manifest.counts.interactions << " interactions, " << manifest.counts.contacts << " contacts, "
       << manifest.counts.events << " events (" << manifest.counts.deliveries_open << " deliveries open); "
       << std::fixed << std::setprecision(1) << static_cast<double>(manifest.bytes()) / megabyte << " MB";
  return text.str();
}

// Nobody needs a running gateway here: what cannot be reached is a disk.
void fail(Context& context, const Error& error) {
  context.fail(error);
  if (context.exit == Exit::not_running) context.exit = Exit::failed;
}

std::optional<config::Settings> settings_of(Context& context) {
  const std::shared_ptr<plugin::Catalog> catalog = context.catalog();
  return context.settings(*catalog);
}

void back_up(Context& context, const std::string& target) {
  const std::optional<config::Settings> settings = settings_of(context);
  if (!settings) return;
  const auto made = store::back_up(settings->store.sqlite, target, context.clock, progress_on(context, "backing up"));
  if (!made) return fail(context, made.error());
  nlohmann::json shown = view(*made);
  shown["folder"] = target;
  if (context.json)
    context.print(shown);
  else
    context.out << target << ": " << summary(*made) << "\n";
}

struct RestoreOptions {
  std::string backup;
  bool replace = false;
};

void restore(Context& context, const RestoreOptions& options) {
  const std::optional<config::Settings> settings = settings_of(context);
  if (!settings) return;
  const auto done = store::restore(options.backup, settings->store.sqlite,
                                   options.replace ? store::Existing::replace : store::Existing::refuse, context.clock,
                                   progress_on(context, "restoring"));
  if (!done) return fail(context, done.error());
  nlohmann::json shown = view(done->manifest);
  shown["replaced"] = done->replaced.empty() ? nlohmann::json() : nlohmann::json(done->replaced.string());
  if (context.json) return context.print(shown);
  context.out << "restored as of " << rfc3339(done->manifest.made_at) << ": " << summary(done->manifest) << "\n";
  if (!done->replaced.empty())
    context.out << "the old database is in " << done->replaced.string()
                << "; remove it when nobody needs it any more\n";
}

}  // namespace

void add_backup(CLI::App& app, Context& context) {
  auto target = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("backup",
                                         "Copy the store to a new folder, whether or not the gateway runs.\n"
                                         "The copy is examined before it gets its name");
  command->add_option("FOLDER", *target, "The folder to make; its parent exists")->required();
  command->callback([&context, target] { back_up(context, *target); });
}

void add_restore(CLI::App& app, Context& context) {
  auto options = std::make_shared<RestoreOptions>();
  CLI::App* command = app.add_subcommand("restore",
                                         "Put a backup in the place of the store, while no gateway runs.\n"
                                         "The backup is examined before anything is touched");
  command->add_option("FOLDER", options->backup, "What `patchbay backup` made")->required();
  command->add_flag("--replace", options->replace,
                    "Though there is a store already; its database is kept beside the new one");
  command->callback([&context, options] { restore(context, *options); });
}

}  // namespace patchbay::cli
