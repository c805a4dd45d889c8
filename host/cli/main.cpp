#include <unistd.h>
#include <CLI/CLI.hpp>

#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "base/version.hpp"
#include "cli/commands.hpp"

namespace patchbay::cli {
namespace {

constexpr const char* about =
    "Patchbay brings what customers write on any channel to the CRM, as one contact with one history.\n";
constexpr const char* footer =
    "\nExit status: 0 done, 1 failed, 2 wrong command line, 3 mistakes in the settings, 4 not found, 5 no gateway "
    "runs, 6 the store is damaged.\nThe settings are read from --settings, else from PATCHBAY_SETTINGS, else from "
    "/etc/patchbay/patchbay.yaml.";
constexpr const char* usual_settings = "/etc/patchbay/patchbay.yaml";

std::optional<std::string> environment(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  return value ? std::optional<std::string>(value) : std::nullopt;
}

std::string program_folder() {
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? "." : program.parent_path().string();
}

}  // namespace

int main(int argc, char** argv) {
  const SystemClock clock;
  Context context{.out = std::cout,
                  .err = std::cerr,
                  .clock = clock,
                  .environment = environment,
                  .program_folder = program_folder(),
                  .settings_file = environment("PATCHBAY_SETTINGS").value_or(usual_settings),
                  .plugin_folders = {},
                  .terminal = ::isatty(STDERR_FILENO) == 1};
  CLI::App app(about, "patchbay");
  app.footer(footer);
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option("-s,--settings", context.settings_file, "The settings file")->capture_default_str();
  app.add_option("--plugins", context.plugin_folders,
                 "A folder of plugins to look into before the ones installed with Patchbay; may be repeated");
  app.add_flag("--json", context.json, "Print JSON for programs instead of text for people");

  add_run(app, context);
  add_check(app, context);
  add_status(app, context);
  add_channel(app, context);
  add_destination(app, context);
  add_plugin(app, context);
  add_contact(app, context);
  add_identity(app, context);
  add_interaction(app, context);
  add_delivery(app, context);
  add_quarantine(app, context);
  add_backup(app, context);
  add_restore(app, context);
  add_send(app, context);
  add_outbound(app, context);
  add_version(app, context);

  try {
    app.parse(argc, argv);
  } catch (const CLI::RequiredError& error) {
    const std::vector<std::string> rest = app.remaining();
    if (rest.empty()) {
      static_cast<void>(app.exit(error, std::cout, std::cerr));
    } else {
      std::cerr << "patchbay: no command is called " << rest.front() << "; `patchbay --help` lists them\n";
    }
    return static_cast<int>(Exit::usage);
  } catch (const CLI::ParseError& error) {
    const int status = app.exit(error, std::cout, std::cerr);
    return status == 0 ? 0 : static_cast<int>(Exit::usage);
  }
  return static_cast<int>(context.exit);
}

}  // namespace patchbay::cli
