// One destination: the dispatcher on one side, a sink plugin on the other.
//
// SinkPort's functions come on the dispatcher's executor, the Services' ones from any thread. Made, opened and ended by
// the gateway; the dispatcher and the shared parts outlive it.
#pragma once

#include "config/settings.hpp"
#include "delivery/dispatcher.hpp"
#include "gateway/common_services.hpp"
#include "gateway/supervisor.hpp"
#include "gateway/suspects.hpp"
#include "plugin/catalog.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

namespace patchbay::gateway {

// What an operator does about a destination that is disabled.
[[nodiscard]] std::string remedy_of_disabled(std::string_view name);

class Destination final : public CommonServices, public delivery::SinkPort {
 public:
  // In this process the sink lives on `executor`, the dispatcher's, or on a thread of its own if it offers run/1.
  Destination(Shared& shared, const config::Section& section, const plugin::Plugin& plugin, net::AddressGuard guard,
              delivery::Dispatcher& dispatcher, std::string_view region, Executor& executor,
              Authorisation authorisation);

  // Mistakes in the settings are the plugin's own words.
  Status open() { return supervisor_.open(); }
  void start(std::function<void(const Status&)> started) { supervisor_.start(std::move(started)); }
  // False where it runs, or starts.
  bool resume() { return supervisor_.resume(); }
  // Ends its sink until resume(); its events wait meanwhile.
  void pause(std::string reason, std::function<void()> paused) {
    supervisor_.pause(
        std::move(reason), [](const std::function<void()>& settled) { settled(); }, std::move(paused));
  }
  // Calls back also where it never started.
  void stop(std::function<void()> stopped) { supervisor_.stop(told_of_stop(std::move(stopped))); }
  void close() { supervisor_.close(); }
  [[nodiscard]] LifeStanding standing() const { return supervisor_.standing(); }
  using CommonServices::unauthorised;
  [[nodiscard]] const plugin::Plugin& plugin() const { return plugin_; }

  void render(const delivery::Attempt& attempt) override;
  void judge(const delivery::Attempt& attempt, net::ClientResponse response) override;
  void stands(const delivery::Standing& standing) override;

  void rendered(const pb_rendered& rendered) override;
  void judged(const pb_judged& judged) override;
  void lost(const Error& why) override;

 private:
  static constexpr std::uint32_t credit = 64;  // sinks submit nothing

  [[nodiscard]] static plugin::Event event_of(const delivery::Attempt& attempt);
  void stands(const LifeStanding& standing);
  [[nodiscard]] std::optional<delivery::Outcome> sink_away() const;
  [[nodiscard]] delivery::Outcome without_token() const;
  // Whether it brings events there by itself: no request, and its verdict ends the attempt.
  [[nodiscard]] bool delivers() const;
  template <class Give>
  void offer(std::uint64_t token, const std::string& input, Give give);

  const plugin::Plugin& plugin_;
  delivery::Dispatcher& dispatcher_;
  Supervisor supervisor_;
  std::optional<Suspects> suspects_;  // where the gateway outlives a crash
  std::mutex mutex_;
  std::unordered_map<pb_token, std::shared_ptr<const std::string>> rendering_;  // payloads of what is being rendered
};

}  // namespace patchbay::gateway
