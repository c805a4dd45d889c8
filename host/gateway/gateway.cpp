// Start and stop: the parts come up in the order in which they need each other, and end so that nothing is lost.
#include "gateway/gateway.hpp"

#include "gateway/metrics.hpp"
#include "gateway/running.hpp"
#include "store/sqlite/sqlite_store.hpp"

#include <boost/asio/executor_work_guard.hpp>

#include <pthread.h>

#include <future>
#include <random>

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

}  // namespace

Status Running::start() {
  PATCHBAY_CHECK(open_store());
  client_ = net::HttpClient::start();
  client_->post([] { ::pthread_setname_np(::pthread_self(), "delivery"); });
  supervision_ = std::make_unique<plugin::ThreadExecutor>("supervision");
  shared_.emplace(Shared{clock_, log_, *metrics_, *client_, catalog_, *supervision_});
  PATCHBAY_CHECK(number_sections());

  recorder_ = std::make_unique<intake::Recorder>(identities_.directory(), layout_.routes, layout_.own, store_->id(),
                                                 system_random);
  committer_ = std::make_unique<intake::Committer>(store_->writer(), largest_group, &identities_);
  grants_ = std::make_unique<Grants>(*client_, clock_, log_, *committer_);
  PATCHBAY_CHECK(grants_->unlock(settings_.store));
  outcomes_ = std::make_unique<CommittedOutcomes>(*committer_);
  dispatcher_ = delivery::Dispatcher::create(*client_, *client_, clock_, *outcomes_, PATCHBAY_TRY(store_->reader()),
                                             chance(), delivery::standard_webhooks_schedule());
  // Before anything else is committed: who comes meanwhile waits behind it.
  identities_.start(*committer_, *recorder_, *dispatcher_, PATCHBAY_TRY(store_->reader()), *client_);
  desk_ = std::make_unique<Desk>(*committer_, identities_.directory(), PATCHBAY_TRY(store_->reader()), clock_);
  openings_ = std::make_unique<Openings>(*committer_, *dispatcher_, clock_);
  ledger_ = std::make_unique<CommittedLedger>(*committer_, *recorder_, *dispatcher_, layout_.sources, clock_);
  auto outbound_reader = PATCHBAY_TRY(store_->reader());
  queue_ = outbound::Queue::create({.executor = *client_,
                                    .clock = clock_,
                                    .ledger = *ledger_,
                                    .reader = std::move(outbound_reader),
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
  for (const auto& channel : channels_) {
    // Who comes before the channel is ready waits for it, or is told to come again when it cannot start.
    hooks_.hold(channel->name(), [] {});
    channel->start([this, name = channel->name()](const Status&) { hooks_.release(name); });
  }
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
                     *released =
                         PATCHBAY_TRY(recorder_->release_parked(writer, layout_.sources, clock_.now(), parking_batch));
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
bool Running::wait_for(std::string_view what, const std::function<void(std::function<void()>)>& work) {
  auto finished = std::make_shared<std::promise<void>>();
  std::future<void> future = finished->get_future();
  work([finished] { finished->set_value(); });
  if (future.wait_for(longest_goodbye) == std::future_status::ready) return true;
  log_.warning("stopping without waiting longer", {{"for", what}});
  return false;
}

void Running::stop_channels() {
  for (const auto& channel : channels_)
    wait_for(channel->source().name, [&](std::function<void()> stopped) { channel->stop(std::move(stopped)); });
}

void Running::stop() {
  if (std::exchange(stopped_, true)) return;
  ready_ = false;
  identities_.stop();
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
  for (const auto& destination : destinations_)
    wait_for(destination->name(), [&](std::function<void()> stopped) { destination->stop(std::move(stopped)); });
  if (grants_) grants_->end();
  if (committer_) committer_->stop();
  collectors_.clear();
  supervision_.reset();
  for (const auto& channel : channels_) channel->close();
  for (const auto& destination : destinations_) destination->close();
  for (const auto& channel : former_channels_) channel->close();
  for (const auto& destination : former_destinations_) destination->close();
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

Result<std::unique_ptr<Gateway>> Gateway::start(config::Settings settings, std::shared_ptr<plugin::Catalog> catalog,
                                                telemetry::Log& log, const Clock& clock) {
  auto gateway = std::make_unique<Running>(std::move(settings), std::move(catalog), log, clock);
  PATCHBAY_CHECK(gateway->start());
  return gateway;
}

}  // namespace patchbay::gateway
