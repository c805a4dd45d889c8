// One channel: a connector plugin on one side, intake and the public listener on the other.
//
// The Services' functions come from any thread, receive() on the HTTP thread. Made, started and ended by the gateway;
// the shared parts outlive it.
#pragma once

#include "api/hooks.hpp"
#include "config/settings.hpp"
#include "delivery/dispatcher.hpp"
#include "gateway/common_services.hpp"
#include "gateway/supervisor.hpp"
#include "gateway/suspects.hpp"
#include "intake/committer.hpp"
#include "intake/recorder.hpp"
#include "outbound/queue.hpp"
#include "plugin/catalog.hpp"
#include "plugin/stream_rules.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

namespace patchbay::gateway {

// The inbound side that all channels share; it outlives them.
struct Inbound {
  intake::Committer& committer;
  intake::Recorder& recorder;
  delivery::Dispatcher& dispatcher;
  api::Hooks& hooks;
  outbound::Queue& queue;
  std::mutex& reader_mutex;
  store::Reader& reader;  // under reader_mutex
};

struct ChannelCounts {
  std::uint64_t accepted = 0, duplicates = 0, edits = 0, parked = 0, quarantined = 0, busy = 0;
};

// What the dispatcher is told once a submission is durable. Lanes are joined before anything of the same commit is
// enqueued: the store has moved open deliveries to the joined lane already.
void join_lanes(delivery::Dispatcher& dispatcher, const std::vector<intake::Step>& steps);
void enqueue(delivery::Dispatcher& dispatcher, std::vector<intake::Step> steps);

class Channel final : public CommonServices, public api::HookChannel, public outbound::SendPort {
 public:
  Channel(Shared& shared, Inbound& inbound, const config::Section& section, const plugin::Plugin& plugin,
          net::AddressGuard guard, intake::Source source, Authorisation authorisation);

  // A mistake in its settings is an error; what is only missing now is tried again.
  Status open() { return supervisor_.open(); }
  // `started` is told how the first start went, where there was one.
  void start(std::function<void(const Status&)> started = {}) { supervisor_.start(std::move(started)); }
  bool resume() { return supervisor_.resume(); }  // false where it runs, or starts
  // Ends its connector until resume(), without loss: what it has taken is durable, and answered, when `paused` is
  // called.
  void pause(std::string reason, std::function<void()> paused);
  // Calls back also where the channel never started.
  void stop(std::function<void()> stopped);
  void close();
  // Asks the plugin to take a quarantined original again. `replayed` is called once, with what came of it.
  void replay(store::Quarantine quarantine, std::function<void(Status)> replayed);

  [[nodiscard]] const intake::Source& source() const { return source_; }
  [[nodiscard]] const plugin::Plugin& plugin() const { return plugin_; }
  [[nodiscard]] LifeStanding standing() const { return supervisor_.standing(); }
  using CommonServices::unauthorised;
  [[nodiscard]] ChannelCounts counts() const;
  // How many submissions may be on their way at once.
  static constexpr std::uint32_t credit = 256;

  void receive(plugin::HttpRequest request) override;
  void send(const outbound::Message& message) override;
  // How its connector sends; nothing where it does not. One that could not be opened yet tells the queue when it is.
  [[nodiscard]] std::optional<outbound::Sender> sender();

  pb_code submit(const pb_batch& batch) override;
  pb_code state(std::string_view key, const pb_writer& out) override;
  pb_code http_call(const pb_http_call& call) override;
  pb_code access(const pb_access_call& call) override;
  pb_code connect(const pb_stream_call& call) override;
  void respond(const pb_http_response& response) override;
  void sent(const pb_sent& sent) override;
  void lost(const Error& why) override;

 private:
  struct Submitted;
  struct Replay {
    store::QuarantineId quarantine{};
    std::function<void(Status)> done;
  };

  void stands(const LifeStanding& standing);
  void put_aside(const plugin::HttpRequest& request);
  void give_up_replays(const char* why);
  void add(std::shared_ptr<Submitted> submitted);
  Status shelve(intake::Submission& submission);
  void committed(Submitted& submitted, Status status);
  void keep_as_attachment(plugin::HttpResult& result);
  void count(const intake::Counts& counts);
  void connected(std::uint64_t life, pb_token token, net::StreamResponse response);

  Inbound& inbound_;
  const plugin::Plugin& plugin_;
  intake::Source source_;
  std::set<std::string, std::less<>> hosts_;  // that its connector may call
  const plugin::StreamRules stream_rules_;
  const std::string stream_proxy_;
  std::atomic<std::uint32_t> connecting_{0};
  Supervisor supervisor_;
  std::optional<Suspects> suspects_;     // where the gateway outlives a crash
  std::atomic<bool> is_unknown_{false};  // whether it sends: there was no instance when that was asked
  std::atomic<std::uint32_t> in_flight_{0};
  std::atomic<std::uint64_t> accepted_{0}, duplicates_{0}, edits_{0}, parked_{0}, quarantined_{0}, busy_{0};
  std::mutex mutex_;
  std::unordered_map<pb_token, Replay> replays_;
  pb_token last_replay_ = pb_token{1} << 63;  // apart from the tokens that connectors count from 1
};

}  // namespace patchbay::gateway
