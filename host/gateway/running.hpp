// The gateway that runs: all parts, in the order in which they need each other. What they do together is told by
// folder: gateway.cpp starts and stops them, sections.cpp opens what the settings name, control.cpp answers the
// administrator.
#pragma once

#include "api/admin.hpp"
#include "api/hooks.hpp"
#include "gateway/channel.hpp"
#include "gateway/destination.hpp"
#include "gateway/gateway.hpp"
#include "gateway/openings.hpp"
#include "gateway/outbound.hpp"
#include "gateway/outcomes.hpp"
#include "identity/exact.hpp"
#include "plugin/thread_executor.hpp"
#include "telemetry/metrics.hpp"

#include <boost/asio/io_context.hpp>

#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <thread>

namespace patchbay::gateway {

class Running final : public Gateway, public api::Control {
 public:
  Running(const config::Settings& settings, plugin::Catalog& catalog, telemetry::Log& log, const Clock& clock)
      : settings_(settings),
        catalog_(catalog),
        log_(log),
        clock_(clock),
        metrics_(telemetry::Metrics::make()),
        hooks_(clock),
        started_at_(clock.now()) {}
  ~Running() override { stop(); }

  Status start();
  void stop() override;

  [[nodiscard]] std::uint16_t admin_port() const override { return admin_server_->port(); }
  [[nodiscard]] std::optional<std::uint16_t> public_port() const override {
    return public_server_ ? std::optional(public_server_->port()) : std::nullopt;
  }
  [[nodiscard]] api::Control& control() override { return *this; }

  [[nodiscard]] api::GatewayStatus status() const override;
  void replay(store::QuarantineId id, std::function<void(Status)> replayed) override;
  void replay_deliveries(api::ReplayRequest request, Openings::Done opened) override;
  void fill_destination(api::FillRequest request, Openings::Done opened) override;
  [[nodiscard]] outbound::Queue& queue() override { return *queue_; }
  void enable_destination(const std::string& name, std::function<void(Status)> enabled) override;
  Status resume_channel(const std::string& name) override;
  Status resume_destination(const std::string& name) override;
  [[nodiscard]] std::string metrics() const override { return metrics_->expose(); }

 private:
  Status open_store();
  void damage_found(const Error& error);
  [[nodiscard]] bool damaged() const;
  Status number_sections();
  Status open_destinations();
  Status open_channels();
  Status listen();
  void release_parked();
  void stop_channels();
  void wait_for(std::string_view what, const std::function<void(std::function<void()>)>& work);
  [[nodiscard]] Result<store::DestinationId> destination_named(const std::string& name) const;
  [[nodiscard]] Result<store::Filling> filling_of(const api::FillRequest& request) const;
  [[nodiscard]] Result<const plugin::Plugin*> plugin_of(plugin::PluginKind kind, const config::Section& section) const;

  const config::Settings& settings_;
  plugin::Catalog& catalog_;
  telemetry::Log& log_;
  const Clock& clock_;

  // In the order in which they are made; they end in the opposite one, but for what stop() ends before.
  std::unique_ptr<telemetry::Metrics> metrics_;
  mutable std::mutex damage_mutex_;
  std::set<std::string> damage_;  // what was found in the store
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<store::Reader> reader_;
  std::mutex reader_mutex_;
  identity::ExactResolver resolver_{system_random};
  intake::Routes routes_;
  intake::OwnAddresses own_;
  std::map<std::string, store::ChannelId> channel_ids_;
  std::map<std::string, store::DestinationId> destination_ids_;
  std::vector<intake::Source> sources_;
  std::unique_ptr<intake::Recorder> recorder_;
  std::unique_ptr<intake::Committer> committer_;
  std::unique_ptr<CommittedOutcomes> outcomes_;
  std::unique_ptr<CommittedLedger> ledger_;
  api::Hooks hooks_;
  std::unique_ptr<plugin::ThreadExecutor> supervision_;
  std::optional<Shared> shared_;
  std::optional<Inbound> inbound_;
  std::vector<std::unique_ptr<Channel>> channels_;
  std::vector<std::unique_ptr<Destination>> destinations_;
  std::unique_ptr<net::HttpClient> client_;
  std::unique_ptr<delivery::Dispatcher> dispatcher_;
  std::unique_ptr<Openings> openings_;
  std::unique_ptr<outbound::Queue> queue_;
  std::unique_ptr<plugin::ThreadExecutor> admin_thread_;
  std::unique_ptr<api::Admin> admin_;
  boost::asio::io_context io_{1};
  std::unique_ptr<net::HttpServer> admin_server_, public_server_;
  std::thread io_thread_;
  std::vector<std::shared_ptr<void>> collectors_;
  TimePoint started_at_;
  std::atomic<bool> ready_{false};
  bool stopped_ = false;
};

}  // namespace patchbay::gateway
