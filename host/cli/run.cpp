#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <csignal>

#include "cli/commands.hpp"
#include "gateway/gateway.hpp"
#include "telemetry/log.hpp"

#include <algorithm>

namespace patchbay::cli {
namespace {

struct RunOptions {
  std::string log_format = "text";
  std::string log_level = "info";
};

telemetry::Level level_of(const std::string& name) {
  if (name == "debug") return telemetry::Level::debug;
  if (name == "warning") return telemetry::Level::warning;
  return name == "error" ? telemetry::Level::error : telemetry::Level::info;
}

// Blocked before any thread is made, so that all threads leave them to wait_for_signal.
sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return signals;
}

// Every exchange with a destination holds one, as does every caller; dead destinations must not take those of the
// others. The usual soft limit of 1,024 is there for the sake of programs that use select(2).
void raise_descriptor_limit() {
  constexpr rlim_t enough = 65'536;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = std::max(limit.rlim_cur, std::min(limit.rlim_max, enough));
  setrlimit(RLIMIT_NOFILE, &limit);  // where it fails, the limit stays what it was
}

void tell_refused(const plugin::Catalog& catalog, telemetry::Log& log) {
  for (const plugin::Refused& refused : catalog.refused())
    log.warning("plugin refused: " + refused.error.text(), {{"folder", refused.folder.string()}});
}

// Brings the gateway to what the settings file and the plugins' folders hold now, or leaves it as it is.
void reload(const Context& context, gateway::Gateway& gateway, std::shared_ptr<plugin::Catalog>& catalog,
            telemetry::Log& log) {
  std::shared_ptr<plugin::Catalog> next = context.catalog(catalog.get());
  tell_refused(*next, log);
  auto settings = config::load(context.settings_file, context.schemas_of(*next), context.environment);
  if (!settings) {
    for (const config::Problem& problem : settings.error()) log.error(problem.text());
    return log.error("nothing has been reloaded: mend the settings, and send the signal again");
  }
  for (const config::Problem& warning : settings->warnings) log.warning(warning.text());
  const auto done = gateway.reload(std::move(*settings), next);
  if (!done) {
    log.error("reloading: " + done.error().text());
    return log.error("nothing has been reloaded; all goes on as before");
  }
  catalog = std::move(next);
  for (const std::string& line : *done) log.info("reloaded: " + line);
}

void run(Context& context, const RunOptions& options) {
  raise_descriptor_limit();
  const sigset_t signals = block_signals();
  const auto format = options.log_format == "json" ? telemetry::LogFormat::json : telemetry::LogFormat::text;
  const std::unique_ptr<telemetry::Log> log = telemetry::Log::to_stderr(format, level_of(options.log_level));

  std::shared_ptr<plugin::Catalog> catalog = context.catalog();
  tell_refused(*catalog, *log);
  std::optional<config::Settings> settings = context.settings(*catalog);
  if (!settings) return;
  for (const config::Problem& warning : settings->warnings) log->warning(warning.text());

  auto gateway = gateway::Gateway::start(std::move(*settings), catalog, *log, context.clock);
  if (!gateway) return context.fail(std::move(gateway.error()).while_doing("starting"));
  const std::int64_t admin = (*gateway)->admin_port();
  const std::int64_t open_port = (*gateway)->public_port().value_or(0);
  log->info("ready", {{"admin_port", admin}, {"public_port", open_port}});

  int signal = 0;
  while (sigwait(&signals, &signal) == 0 && signal == SIGHUP) reload(context, **gateway, catalog, *log);
  log->info("stopping", {{"signal", signal}});
  (*gateway)->stop();
  log->info("stopped");
}

}  // namespace

void add_run(CLI::App& app, Context& context) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command = app.add_subcommand(
      "run",
      "Run the gateway until SIGTERM or SIGINT.\n"
      "Then it takes no more, finishes what was read, and leaves the rest queued for the next start.\n"
      "On SIGHUP it reads the settings and the plugins again, restarts only what has changed, and logs what it did");
  command->add_option("--log-format", options->log_format, "How the log is written to standard error")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  command->add_option("--log-level", options->log_level, "The least important lines to write")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}))
      ->capture_default_str();
  command->callback([&context, options] { run(context, *options); });
}

}  // namespace patchbay::cli
