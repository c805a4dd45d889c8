// The gateway that runs: all parts, in the order in which they need each other. What they do together is told by
// folder: gateway.cpp starts and stops them, sections.cpp opens what the settings name, reload.cpp follows when the
// settings change, control.cpp answers the administrator.
#pragma once

#include "api/admin.hpp"
#include "api/hooks.hpp"
#include "gateway/channel.hpp"
#include "gateway/desk.hpp"
#include "gateway/destination.hpp"
#include "gateway/gateway.hpp"
#include "gateway/grants.hpp"
#include "gateway/identities.hpp"
#include "gateway/openings.hpp"
#include "gateway/outbound.hpp"
#include "gateway/outcomes.hpp"
#include "plugin/thread_executor.hpp"
#include "telemetry/metrics.hpp"

#include <boost/asio/io_context.hpp>

#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <thread>

namespace patchbay::gateway {

// How the dispatcher sends to the destination behind a section.
[[nodiscard]] delivery::DestinationSettings delivery_settings(store::DestinationId id, const config::Section& section);

class Running final : public Gateway, public api::Control {
 public:
  Running(config::Settings settings, std::shared_ptr<plugin::Catalog> catalog, telemetry::Log& log, const Clock& clock)
      : settings_(std::move(settings)),
        catalog_(std::move(catalog)),
        log_(log),
        clock_(clock),
        metrics_(telemetry::Metrics::make()),
        identities_(log, clock),
        hooks_(clock),
        started_at_(clock.now()) {}
  ~Running() override { stop(); }

  Status start();
  Result<std::vector<std::string>> reload(config::Settings settings, std::shared_ptr<plugin::Catalog> catalog) override;
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
  void correct(intake::Correction correction,
               std::function<void(Result<std::vector<store::ContactId>>)> corrected) override;
  [[nodiscard]] api::IdentityDesk& identities() override { return *desk_; }
  void pause_channel(const std::string& name, std::function<void(Status)> paused) override;
  void resume_channel(const std::string& name, std::function<void(Status)> resumed) override;
  Status resume_destination(const std::string& name) override;
  void authorize(api::Side side, const std::string& name, api::ConsentRequest request,
                 std::function<void(Result<api::ConsentStatus>)> begun) override {
    grants_->authorize(side, name, std::move(request), std::move(begun));
  }
  void finish_authorization(api::Side side, const std::string& name, std::string answer,
                            std::function<void(Result<api::ConsentStatus>)> finished) override {
    grants_->finish(side, name, std::move(answer), std::move(finished));
  }
  [[nodiscard]] Result<api::ConsentStatus> authorization(api::Side side, const std::string& name) const override {
    return grants_->consent(side, name);
  }
  [[nodiscard]] std::string metrics() const override { return metrics_->expose(); }

 private:
  Status open_store();
  void damage_found(const Error& error);
  [[nodiscard]] bool damaged() const;
  // What the settings lead to beside instances. Changed on the committer's thread, under composition_.
  struct Layout {
    std::map<std::string, store::ChannelId> channels;
    std::map<std::string, store::DestinationId> destinations;
    std::vector<intake::Source> sources;
    intake::Routes routes;
    intake::OwnAddresses own;
  };
  [[nodiscard]] static Result<Layout> lay_out(const config::Settings& settings, store::Writer& writer);

  Status number_sections();
  Status open_destinations();
  Status open_channels();
  Status listen();
  [[nodiscard]] Result<std::unique_ptr<Destination>> open_destination(const config::Section& section,
                                                                      const Layout& layout);
  [[nodiscard]] Result<Authorisation> authorisation_of(api::Side side, const config::Section& section,
                                                       const store::GrantOwner& owner);
  Status add_destination(const config::Section& section, const Layout& layout, Destination& destination,
                         std::optional<std::string> disabled);
  [[nodiscard]] Result<std::unique_ptr<Channel>> open_channel(const config::Section& section, const Layout& layout);
  Status add_channel(const config::Section& section, Channel& channel);
  [[nodiscard]] static std::string reason_of_pause(const std::string& name, TimePoint since);

  class Reload;  // reload.cpp
  void release_parked();
  void stop_channels();
  bool wait_for(std::string_view what, const std::function<void(std::function<void()>)>& work);
  Status start_again(const std::string& name);
  [[nodiscard]] std::optional<store::ChannelId> channel_named(const std::string& name) const;
  [[nodiscard]] Result<store::DestinationId> destination_named(const std::string& name) const;
  [[nodiscard]] Result<store::Filling> filling_of(const api::FillRequest& request) const;
  [[nodiscard]] Result<const plugin::Plugin*> plugin_of(plugin::PluginKind kind, const config::Section& section) const;

  // The settings, the layout, and who stands for what: read by many threads, changed by reload() alone.
  mutable std::shared_mutex composition_;
  config::Settings settings_;
  std::shared_ptr<plugin::Catalog> catalog_;
  telemetry::Log& log_;
  const Clock& clock_;

  // In the order in which they are made; they end in the opposite one, but for what stop() ends before.
  std::unique_ptr<telemetry::Metrics> metrics_;
  mutable std::mutex damage_mutex_;
  std::set<std::string> damage_;  // what was found in the store
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<store::Reader> reader_;
  std::mutex reader_mutex_;
  Identities identities_;
  Layout layout_;
  std::unique_ptr<intake::Recorder> recorder_;
  std::unique_ptr<intake::Committer> committer_;
  std::unique_ptr<Desk> desk_;
  std::unique_ptr<CommittedOutcomes> outcomes_;
  std::unique_ptr<CommittedLedger> ledger_;
  api::Hooks hooks_;
  std::unique_ptr<plugin::ThreadExecutor> supervision_;
  std::optional<Shared> shared_;
  std::optional<Inbound> inbound_;
  std::vector<std::unique_ptr<Channel>> channels_;
  std::vector<std::unique_ptr<Destination>> destinations_;
  // Those that others took the place of: answers to what they asked for may still come.
  std::vector<std::unique_ptr<Channel>> former_channels_;
  std::vector<std::unique_ptr<Destination>> former_destinations_;
  std::unique_ptr<net::HttpClient> client_;
  std::unique_ptr<Grants> grants_;
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
