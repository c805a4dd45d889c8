// A plugin under development: a gateway of its own, started anew after each change of the plugin, and its news for the
// person who watches.
//
// Its channel or destination is called `dev`; a sink has a second plugin beside it, the channel `from`, that brings it
// events. Settings come from a file or from the plugin's own examples, as in `plugin check`. The store lasts over
// restarts, and lies with all else in `work`.
//
// For the main thread alone. Nothing here ends the session: what does not start is told, and the next restart tries
// again.
#pragma once

#include "cli/context.hpp"
#include "gateway/gateway.hpp"
#include "telemetry/log.hpp"

#include <map>
#include <memory>
#include <set>
#include <string>

namespace patchbay::cli {

struct DevOptions {
  std::string folder;
  std::string settings;  // a JSON file, secrets in clear; empty = examples
  std::string from;      // the folder of a channel, where the plugin is a sink
  std::string listen = "127.0.0.1:8443";
  std::string region = "IT";
  config::Isolation isolation = config::Isolation::worker;
};

class DevSession {
 public:
  DevSession(Context& context, DevOptions options, std::string work, telemetry::Log& log);
  DevSession(const DevSession&) = delete;
  DevSession& operator=(const DevSession&) = delete;
  ~DevSession();

  // Ends what runs, if there is something that can take its place.
  void restart();
  void tell_news();
  void stop();

 private:
  struct Life;

  [[nodiscard]] Result<std::unique_ptr<Life>> prepared() const;
  [[nodiscard]] Result<config::Section> section_of(const std::string& folder, plugin::PluginKind& kind) const;
  [[nodiscard]] Status begin();
  void tell_ready();
  void tell(const nlohmann::json& interaction);
  [[nodiscard]] Status tell_interactions();
  [[nodiscard]] Status tell_deliveries();
  void tell_counts();

  Context& context_;
  DevOptions options_;
  const std::string work_;
  telemetry::Log& log_;
  std::unique_ptr<Life> life_;

  std::int64_t last_interaction_ = 0;
  std::set<std::string> contacts_;                  // that have been told
  std::map<std::int64_t, std::string> deliveries_;  // what was told last of an event's
};

}  // namespace patchbay::cli
