// One destination: the dispatcher on one side, a sink plugin on the other.
//
// SinkPort's functions come on the dispatcher's executor, the Services' ones from any thread. Made, opened and ended by
// the gateway; the dispatcher and the shared parts outlive it.
#pragma once

#include "config/settings.hpp"
#include "delivery/dispatcher.hpp"
#include "gateway/common_services.hpp"
#include "plugin/catalog.hpp"

#include <memory>
#include <mutex>
#include <unordered_map>

namespace patchbay::gateway {

// What an operator does about a destination that is disabled.
[[nodiscard]] std::string remedy_of_disabled(std::string_view name);

class Destination final : public CommonServices, public delivery::SinkPort {
 public:
  Destination(Shared& shared, const config::Section& section, const plugin::Plugin& plugin, net::AddressGuard guard,
              delivery::Dispatcher& dispatcher);

  // Loads and opens the sink: on the dispatcher's executor, or on a thread of its own if it offers run/1. Mistakes in
  // the settings are the plugin's own words.
  Status open(plugin::Catalog& catalog, const config::Section& section, std::string_view region, Executor& executor);
  [[nodiscard]] plugin::Instance& instance() { return *instance_; }

  void render(const delivery::Attempt& attempt) override;
  void judge(const delivery::Attempt& attempt, net::ClientResponse response) override;
  void stands(const delivery::Standing& standing) override;

  void rendered(const pb_rendered& rendered) override;
  void judged(const pb_judged& judged) override;
  void lost(const Error& why) override;

 private:
  static constexpr std::uint32_t credit = 64;  // sinks submit nothing

  [[nodiscard]] static plugin::Event event_of(const delivery::Attempt& attempt);

  const plugin::Plugin& plugin_;
  delivery::Dispatcher& dispatcher_;
  std::unique_ptr<plugin::Instance> instance_;
  bool delivers_ = false;  // the sink brings events there by itself: no request, and its verdict ends the attempt
  std::mutex mutex_;
  std::unordered_map<pb_token, std::shared_ptr<const std::string>> rendering_;  // payloads of what is being rendered
};

}  // namespace patchbay::gateway
