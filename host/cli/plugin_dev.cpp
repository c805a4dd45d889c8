#include <poll.h>
#include <sys/signalfd.h>
#include <CLI/CLI.hpp>
#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>

#include "cli/dev_session.hpp"
#include "cli/folder_watch.hpp"
#include "cli/plugin_commands.hpp"
#include "cli/work_folder.hpp"

namespace patchbay::cli {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr auto look_every = 100ms;
constexpr auto stable = 400ms;  // a build writes the library, then the manifest

// Blocked before any thread is made, so that they come to this descriptor only.
plugin::Descriptor signals_to_end() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return plugin::Descriptor(::signalfd(-1, &signals, SFD_CLOEXEC));
}

void develop(Context& context, DevOptions options) {
  const plugin::Descriptor signals = signals_to_end();
  std::vector<fs::path> folders;
  for (std::string* path : {&options.folder, &options.from, &options.settings}) {
    if (path->empty()) continue;
    // Without the slash at its end, which would make it its own parent.
    *path = (fs::absolute(*path).lexically_normal() / "").parent_path().string();
    if (path != &options.settings) folders.emplace_back(*path);
  }
  std::vector<fs::path> files;
  if (!options.settings.empty()) files.emplace_back(options.settings);
  const WorkFolder work("dev");
  if (work.path().empty())
    return context.fail({ErrorCode::unavailable, "making a folder for temporary files failed",
                         "set TMPDIR to a folder that can be written to"});
  const auto log = telemetry::Log::to_stderr(telemetry::LogFormat::text, telemetry::Level::debug);
  FolderWatch watch(folders, files);
  DevSession session(context, std::move(options), work.path(), *log);
  session.restart();

  std::optional<std::chrono::steady_clock::time_point> changed;
  for (;;) {
    std::array<pollfd, 2> waited{{{signals.number(), POLLIN, 0}, {watch.descriptor(), POLLIN, 0}}};
    ::poll(waited.data(), waited.size(), static_cast<int>(std::chrono::milliseconds(look_every).count()));
    if ((waited[0].revents & POLLIN) != 0) return;
    if (watch.changed()) changed = std::chrono::steady_clock::now();
    session.tell_news();
    if (!changed || std::chrono::steady_clock::now() - *changed < stable) continue;
    changed.reset();
    session.restart();
  }
}

}  // namespace

void add_plugin_dev(CLI::App& plugin, Context& context) {
  auto options = std::make_shared<DevOptions>();
  CLI::App* command = plugin.add_subcommand(
      "dev",
      "Run a plugin while it is written: against a store that is thrown away, started again after each build.\n"
      "Prints each interaction once it is resolved, and the log. Ends with Ctrl-C");
  command->add_option("FOLDER", options->folder, "The plugin's folder, as it is built")->required();
  command->add_option(
      "--settings", options->settings,
      "A JSON file with its settings, secrets in clear, instead of check.json and the schema's examples");
  command->add_option("--from", options->from, "For a sink: the folder of a channel that brings it events");
  command->add_option("--listen", options->listen, "Where webhooks come in")->capture_default_str();
  command->add_option("--region", options->region, "Where the business is: how numbers in national form are read")
      ->capture_default_str();
  command->add_flag_callback(
      "--in-process", [options] { options->isolation = config::Isolation::in_process; },
      "In this process instead of a worker, for a debugger; a crash ends it");
  command->callback([&context, options] { develop(context, *options); });
}

}  // namespace patchbay::cli
