#include "gateway/gateway.hpp"

#include "api/admin.hpp"
#include "api/hooks.hpp"
#include "base/version.hpp"
#include "gateway/channel.hpp"
#include "gateway/destination.hpp"
#include "gateway/metrics.hpp"
#include "gateway/openings.hpp"
#include "gateway/outbound.hpp"
#include "identity/exact.hpp"
#include "plugin/thread_executor.hpp"
#include "store/sqlite/sqlite_store.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <pthread.h>

#include <condition_variable>
#include <future>
#include <random>
#include <set>
#include <thread>

namespace patchbay::gateway {
namespace {

using namespace std::chrono_literals;

// The largest number of submissions in one commit: enough that a slow disk is shared by many, few enough that nobody
// waits long for the others.
constexpr std::size_t largest_group = 512;
// Meta's webhooks are announced with up to 3 MB; what a plugin finds too large it refuses itself.
constexpr std::size_t largest_webhook = std::size_t{4} << 20U;
constexpr Duration parking_round = 1h;
constexpr std::size_t parking_batch = 1000;
constexpr auto longest_goodbye = 10s;

// Numbers in [0, 1), for one thread.
std::function<double()> chance() {
  return [generator = std::mt19937_64(std::random_device{}())]() mutable {
    return std::uniform_real_distribution<>(0.0, 1.0)(generator);
  };
}

// Outcomes go into the same commits as what comes in.
class CommittedOutcomes final : public delivery::Outcomes {
 public:
  explicit CommittedOutcomes(intake::Committer& committer) : committer_(committer) {}

  void record(std::vector<store::Outcome> outcomes, std::function<void(Status)> committed) override {
    committer_.add({.write = [outcomes = std::move(outcomes)](store::Writer& writer) -> Status {
                      for (const store::Outcome& outcome : outcomes) PATCHBAY_CHECK(writer.record(outcome));
                      return {};
                    },
                    .done = std::move(committed)});
  }

 private:
  intake::Committer& committer_;
};

delivery::DestinationSettings delivery_settings(store::DestinationId id, const config::Section& section) {
  delivery::DestinationSettings settings{.id = id, .name = section.name};
  const config::Sending& sending = section.sending;
  if (sending.parallel) settings.parallel = *sending.parallel;
  settings.attempts = sending.attempts;
  if (sending.per_second)
    settings.rate = delivery::Rate{.per_second = *sending.per_second,
                                   .burst = sending.burst.value_or(std::max(*sending.per_second, 1.0))};
  return settings;
}

// What was told when it changed, as it is by now: time ends a rest and a pause, though nothing may be there to be sent.
delivery::Standing at_present(delivery::Standing standing, TimePoint now) {
  if (standing.until > now) return standing;
  if (standing.state == delivery::GateState::resting) return {};
  if (standing.state == delivery::GateState::paused)
    return {.state = delivery::GateState::probing, .until = {}, .reason = std::move(standing.reason)};
  return standing;
}

// The secret behind the pointer that the manifest names, out of the channel's settings.
Result<api::Verification> verification_of(const plugin::EndpointSignature& declared, const config::Section& section) {
  const auto at = nlohmann::json::json_pointer(declared.secret);
  std::size_t handle = section.secrets.size();
  if (section.settings.contains(at) && section.settings.at(at).contains("$secret"))
    handle = section.settings.at(at).at("$secret").get<std::size_t>();
  if (handle >= section.secrets.size())
    return failure(ErrorCode::invalid,
                   "opening the channel " + section.name + ": no secret stands at " + declared.secret +
                       ", with which its requests are signed",
                   "add it to the settings");
  return api::Verification{declared.scheme,   declared.header,  declared.prefix,
                           declared.encoding, declared.methods, section.secrets[handle]};
}

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

Status Running::start() {
  PATCHBAY_CHECK(open_store());
  client_ = net::HttpClient::start();
  client_->post([] { ::pthread_setname_np(::pthread_self(), "delivery"); });
  shared_.emplace(Shared{clock_, log_, *metrics_, *client_});
  PATCHBAY_CHECK(number_sections());

  recorder_ = std::make_unique<intake::Recorder>(resolver_, routes_, own_, store_->id(), system_random);
  committer_ = std::make_unique<intake::Committer>(store_->writer(), largest_group);
  outcomes_ = std::make_unique<CommittedOutcomes>(*committer_);
  dispatcher_ = delivery::Dispatcher::create(*client_, *client_, clock_, *outcomes_, PATCHBAY_TRY(store_->reader()),
                                             chance(), delivery::standard_webhooks_schedule());
  openings_ = std::make_unique<Openings>(*committer_, *dispatcher_, clock_);
  ledger_ = std::make_unique<CommittedLedger>(*committer_, *recorder_, *dispatcher_, sources_, clock_);
  queue_ = outbound::Queue::create({.executor = *client_,
                                    .clock = clock_,
                                    .ledger = *ledger_,
                                    .reader = PATCHBAY_TRY(store_->reader()),
                                    .store_id = store_->id(),
                                    .region = settings_.business.region,
                                    .random = chance(),
                                    .schedule = outbound::usual_schedule(),
                                    .tell = [this](std::string_view channel, std::string_view what) {
                                      log_.warning(what, {{"channel", channel}});
                                    }});
  inbound_.emplace(Inbound{*committer_, *recorder_, *dispatcher_, hooks_, *queue_, reader_mutex_, *reader_});

  PATCHBAY_CHECK(open_destinations());
  PATCHBAY_CHECK(open_channels());
  dispatcher_->start();
  queue_->start();
  for (const auto& channel : channels_) channel->start();
  PATCHBAY_CHECK(listen());
  collectors_ = collect_metrics(*metrics_, *this, *committer_, *admin_server_, public_server_.get());
  client_->post_after(parking_round, [this] { release_parked(); });
  ready_ = true;
  return {};
}

Status Running::open_store() {
  store::SqliteOptions options;
  options.damaged = [this](const Error& error) { damage_found(error); };
  options.remarked = [this](std::string_view remark) { log_.warning(remark); };
  store_ = PATCHBAY_TRY(store::open_sqlite(settings_.store.sqlite, store::OpenAs::writer, clock_, std::move(options)));
  reader_ = PATCHBAY_TRY(store_->reader());
  return {};
}

// What touches the damage fails, the rest goes on; each damage is told once. [any-thread]
void Running::damage_found(const Error& error) {
  const std::lock_guard lock(damage_mutex_);
  if (damage_.insert(error.reason).second) log_.error("the store is damaged: " + error.text());
}

bool Running::damaged() const {
  const std::lock_guard lock(damage_mutex_);
  return !damage_.empty();
}

// Gives every channel and destination its number, once for ever, and lays the routes between them.
Status Running::number_sections() {
  store::Writer& writer = store_->writer();
  PATCHBAY_CHECK(writer.begin());
  for (const config::Section& section : settings_.channels) {
    channel_ids_[section.name] = PATCHBAY_TRY(writer.channel(section.name, section.plugin));
    sources_.push_back({channel_ids_[section.name], section.name, section.plugin, settings_.business.region});
  }
  for (const config::Section& section : settings_.destinations)
    destination_ids_[section.name] = PATCHBAY_TRY(writer.destination(section.name, section.plugin));
  PATCHBAY_CHECK(writer.commit());

  for (const config::Route& route : settings_.routes)
    for (const auto& [name, id] : channel_ids_)
      if (route.from.empty() || std::find(route.from.begin(), route.from.end(), name) != route.from.end()) {
        std::vector<intake::Target>& targets = routes_[id];
        const intake::Target target{destination_ids_.at(route.to),
                                    route.historical ? intake::Historical::include : intake::Historical::leave_out};
        const auto same = std::find_if(targets.begin(), targets.end(), [&](const intake::Target& other) {
          return other.destination == target.destination;
        });
        if (same == targets.end())
          targets.push_back(target);
        else if (route.historical)
          same->historical = intake::Historical::include;  // one of two routes to the same place wants it
      }
  own_ = PATCHBAY_TRY(intake::OwnAddresses::from(settings_.business.own, settings_.business.region));
  return {};
}

Result<const plugin::Plugin*> Running::plugin_of(plugin::PluginKind kind, const config::Section& section) const {
  const plugin::Plugin* plugin = catalog_.find(kind, section.plugin);
  if (!plugin)
    return failure(ErrorCode::not_found, "opening " + section.name + ": no plugin is called " + section.plugin,
                   "`patchbay plugin list` shows those that can be loaded, and why others cannot");
  return plugin;
}

Status Running::open_destinations() {
  const auto known = PATCHBAY_TRY(reader_->destinations());
  for (const config::Section& section : settings_.destinations) {
    const plugin::Plugin* plugin = PATCHBAY_TRY(plugin_of(plugin::PluginKind::sink, section));
    net::AddressGuard guard = PATCHBAY_TRY(net::AddressGuard::allowing(section.allow_private));
    auto destination = std::make_unique<Destination>(*shared_, section, *plugin, std::move(guard), *dispatcher_);
    if (Status opened = destination->open(catalog_, section, settings_.business.region, *client_); !opened)
      return failure(std::move(opened.error()).while_doing("opening the destination " + section.name));
    delivery::DestinationSettings delivered = delivery_settings(destination_ids_[section.name], section);
    const auto row = std::ranges::find(known, delivered.id, &store::DestinationRow::id);
    if (row != known.end() && row->disabled_at) {
      delivered.disabled_for = row->disabled_for;
      log_.warning("the destination is disabled", {{"destination", section.name},
                                                   {"since", rfc3339(*row->disabled_at)},
                                                   {"reason", row->disabled_for},
                                                   {"remedy", remedy_of_disabled(section.name)}});
    }
    dispatcher_->add_destination(std::move(delivered), *destination);
    std::promise<Status> started;
    destination->instance().start([&started](Status status) { started.set_value(std::move(status)); });
    if (Status status = started.get_future().get(); !status)
      return failure(std::move(status.error()).while_doing("starting the destination " + section.name));
    destinations_.push_back(std::move(destination));
  }
  return {};
}

Status Running::open_channels() {
  for (const config::Section& section : settings_.channels) {
    const plugin::Plugin* plugin = PATCHBAY_TRY(plugin_of(plugin::PluginKind::channel, section));
    net::AddressGuard guard = PATCHBAY_TRY(net::AddressGuard::allowing(section.allow_private));
    auto channel =
        std::make_unique<Channel>(*shared_, *inbound_, section, *plugin, std::move(guard), channel_ids_[section.name]);
    if (Status opened = channel->open(catalog_, section, settings_.business.region); !opened)
      return failure(std::move(opened.error()).while_doing("opening the channel " + section.name));
    if (auto sender = channel->sender()) queue_->add(std::move(*sender), *channel);
    if (plugin->manifest.endpoint) {
      if (!settings_.public_listener)
        return failure(ErrorCode::invalid,
                       "opening the channel " + section.name +
                           ": its connector receives webhooks, and there is no "
                           "public listener",
                       "add listen.public with address and url to the settings");
      std::optional<api::Verification> verification;
      if (const auto& declared = plugin->manifest.signature)
        verification = PATCHBAY_TRY(verification_of(*declared, section));
      hooks_.add(section.name, *channel, std::move(verification));
    }
    channels_.push_back(std::move(channel));
  }
  return {};
}

Status Running::listen() {
  admin_thread_ = std::make_unique<plugin::ThreadExecutor>("admin");
  const std::string token = PATCHBAY_TRY(api::make_local_token(settings_.store.sqlite));
  admin_ = std::make_unique<api::Admin>(*this, PATCHBAY_TRY(store_->reader()), *admin_thread_, token);
  admin_server_ = PATCHBAY_TRY(net::HttpServer::listen(io_, {.address = settings_.admin.address}, *admin_));
  if (const auto& listener = settings_.public_listener) {
    net::Listen listen{.address = listener->address, .trusted_proxies = listener->trust_proxies};
    listen.limits.body_bytes = largest_webhook;
    if (listener->tls)
      listen.tls = std::make_unique<net::TlsFiles>(net::TlsFiles{listener->tls->certificate, listener->tls->key});
    public_server_ = PATCHBAY_TRY(net::HttpServer::listen(io_, listen, hooks_));
  }
  io_thread_ = std::thread([this] {
    ::pthread_setname_np(::pthread_self(), "http");
    const auto work = boost::asio::make_work_guard(io_);
    io_.run();
  });
  return {};
}

void Running::release_parked() {
  auto released = std::make_shared<intake::Recorded>();
  committer_->add({.write = [this, released](store::Writer& writer) -> Status {
                     *released = PATCHBAY_TRY(recorder_->release_parked(writer, sources_, clock_.now(), parking_batch));
                     return {};
                   },
                   .done =
                       [this, released](const Status& status) {
                         if (!status) {
                           log_.error("releasing parked facts: " + status.error().text());
                           return;
                         }
                         enqueue(*dispatcher_, std::move(released->steps));
                       },
                   .durable = [this, released] { join_lanes(*dispatcher_, released->steps); }});
  client_->post_after(parking_round, [this] { release_parked(); });
}

// Waits for `work` to call back, but not for ever: neither a plugin nor a disk may keep the process from ending, and
// what is not finished is still at its source or queued.
void Running::wait_for(std::string_view what, const std::function<void(std::function<void()>)>& work) {
  auto finished = std::make_shared<std::promise<void>>();
  std::future<void> future = finished->get_future();
  work([finished] { finished->set_value(); });
  if (future.wait_for(longest_goodbye) != std::future_status::ready)
    log_.warning("stopping without waiting longer", {{"for", what}});
}

void Running::stop_channels() {
  for (const auto& channel : channels_)
    wait_for(channel->source().name, [&](std::function<void()> stopped) { channel->stop(std::move(stopped)); });
}

void Running::stop() {
  if (std::exchange(stopped_, true)) return;
  ready_ = false;
  // First the doors, so that what is inside can be finished.
  if (public_server_) public_server_->stop_accepting();
  if (admin_server_) admin_server_->stop_accepting();
  const auto until = clock_.monotonic() + Duration{longest_goodbye};
  while (public_server_ && public_server_->unanswered() != 0 && clock_.monotonic() < until)
    std::this_thread::sleep_for(5ms);
  // What is on its way through a channel gets its answer while the channel still lives.
  if (queue_) wait_for("sending", [this](std::function<void()> drained) { queue_->stop(std::move(drained)); });
  stop_channels();

  // The committer goes on until the outcomes of what is under way are durable.
  if (dispatcher_)
    wait_for("deliveries", [this](std::function<void()> drained) { dispatcher_->stop(std::move(drained)); });
  if (committer_) committer_->stop();
  collectors_.clear();
  for (const auto& channel : channels_) channel->close();
  for (const auto& destination : destinations_) destination->instance().close();
  io_.stop();
  if (io_thread_.joinable()) io_thread_.join();
  public_server_.reset();
  admin_server_.reset();
  admin_.reset();
  admin_thread_.reset();
  queue_.reset();
  dispatcher_.reset();
  client_.reset();
}

api::GatewayStatus Running::status() const {
  api::GatewayStatus status{.version = version,
                            .store_id = store_->id(),
                            .started_at = started_at_,
                            .ready = ready_ && !damaged(),
                            .channels = {}};
  for (const auto& channel : channels_) {
    const ChannelCounts counts = channel->counts();
    const intake::Source& source = channel->source();
    const outbound::QueueCounts sending = queue_->counts(source.id);
    status.channels.push_back({.name = source.name,
                               .connector = source.connector,
                               .state = std::string(name_of(channel->state())),
                               .reason = channel->reason(),
                               .accepted = counts.accepted,
                               .duplicates = counts.duplicates,
                               .edits = counts.edits,
                               .parked = counts.parked,
                               .quarantined = counts.quarantined,
                               .refused = hooks_.counts(source.name).refused,
                               .outbound_waiting = sending.in_memory,
                               .outbound_in_flight = sending.in_flight,
                               .outbound_sent = sending.sent,
                               .outbound_retried = sending.retried,
                               .outbound_failed = sending.failed,
                               .outbound_uncertain = sending.uncertain,
                               .outbound_refused = sending.refused,
                               .outbound_rests = sending.rests});
    status.ready = status.ready && channel->state() == ChannelState::ready;
  }
  for (const config::Section& section : settings_.destinations) {
    const delivery::DispatcherCounts counts = dispatcher_->counts(destination_ids_.at(section.name));
    const delivery::Standing standing = at_present(counts.standing, clock_.now());
    const bool disabled = standing.state == delivery::GateState::disabled;
    const bool waits = standing.until != TimePoint{};
    status.destinations.push_back({.name = section.name,
                                   .sink = section.plugin,
                                   .state = std::string(name_of(standing.state)),
                                   .reason = standing.reason,
                                   .remedy = disabled ? remedy_of_disabled(section.name) : std::string(),
                                   .until = waits ? std::optional(standing.until) : std::nullopt,
                                   .waiting = counts.in_memory,
                                   .in_flight = counts.in_flight,
                                   .attempts = counts.attempts,
                                   .delivered = counts.delivered,
                                   .retried = counts.retried,
                                   .dead = counts.dead});
  }
  return status;
}

void Running::replay(store::QuarantineId id, std::function<void(Status)> replayed) {
  Result<store::Quarantine> quarantine = [&]() -> Result<store::Quarantine> {
    const std::lock_guard lock(reader_mutex_);
    return reader_->show_quarantine(id);
  }();
  if (!quarantine) return replayed(failure(quarantine.error()));
  if (quarantine->state == store::QuarantineState::replayed)
    return replayed(failure(ErrorCode::conflict, "replaying: " + store::public_id(id) + " was replayed before",
                            "see `patchbay quarantine show " + store::public_id(id) + "`"));
  for (const auto& channel : channels_)
    if (channel->source().id == quarantine->channel)
      return channel->replay(std::move(*quarantine), std::move(replayed));
  replayed(failure(ErrorCode::not_found, "replaying: its channel " + quarantine->channel_name + " is not configured",
                   "add the channel to the settings again"));
}

Result<store::DestinationId> Running::destination_named(const std::string& name) const {
  const auto found = destination_ids_.find(name);
  if (found != destination_ids_.end()) return found->second;
  return failure(ErrorCode::not_found, "opening deliveries: no destination is called " + name,
                 "`patchbay status` lists those in the settings");
}

void Running::replay_deliveries(api::ReplayRequest request, Openings::Done opened) {
  if (request.filter.destination)
    if (auto known = destination_named(*request.filter.destination); !known) return opened(failure(known.error()));
  openings_->replay(std::move(request), std::move(opened));
}

// What the routes bring to the destination, of the channels that are asked for.
Result<store::Filling> Running::filling_of(const api::FillRequest& request) const {
  store::Filling filling{.destination = PATCHBAY_TRY(destination_named(request.destination)),
                         .channels = {},
                         .since = request.since,
                         .until = request.until};
  const auto& asked = request.channels;
  for (const auto& [name, id] : channel_ids_) {
    const auto route = routes_.find(id);
    if (route == routes_.end()) continue;
    for (const intake::Target& target : route->second)
      if (target.destination == filling.destination &&
          (asked.empty() || std::find(asked.begin(), asked.end(), name) != asked.end()))
        filling.channels.emplace_back(id, target.historical);
  }
  if (filling.channels.size() < std::max<std::size_t>(asked.size(), 1))
    return failure(ErrorCode::not_found,
                   "filling " + request.destination + ": no route leads to it from " +
                       (asked.empty() ? std::string("anywhere") : "all of the channels that were named"),
                   "name channels that the settings route to it");
  return filling;
}

void Running::fill_destination(api::FillRequest request, Openings::Done opened) {
  auto filling = filling_of(request);
  if (!filling) return opened(failure(filling.error()));
  openings_->fill(std::move(*filling), std::move(opened));
}

void Running::enable_destination(const std::string& name, std::function<void(Status)> enabled) {
  const auto found = destination_ids_.find(name);
  if (found == destination_ids_.end())
    return enabled(failure(ErrorCode::not_found, "enabling: no destination is called " + name,
                           "`patchbay destination list` shows them all"));
  committer_->add({.write = [id = found->second](store::Writer& writer) { return writer.enable_destination(id); },
                   .done =
                       [this, id = found->second, enabled = std::move(enabled)](Status status) {
                         if (status) dispatcher_->enable(id);
                         enabled(std::move(status));
                       },
                   .durable = {}});
}

}  // namespace

Result<std::unique_ptr<Gateway>> Gateway::start(const config::Settings& settings, plugin::Catalog& catalog,
                                                telemetry::Log& log, const Clock& clock) {
  auto gateway = std::make_unique<Running>(settings, catalog, log, clock);
  PATCHBAY_CHECK(gateway->start());
  return gateway;
}

}  // namespace patchbay::gateway
