// The queue behind queue.hpp: its state, and what it does with it.
//
// Everything happens on the queue's executor, but for what is handed to the ledger, which runs on the committer's
// thread and is given what it needs. queue.cpp accepts and resolves, schedule.cpp decides
// what goes when, attempt.cpp brings one message through the channel.
#pragma once

#include "identity/normalise.hpp"
#include "outbound/lanes.hpp"
#include "outbound/queue.hpp"

#include <atomic>
#include <map>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace patchbay::outbound {

inline constexpr Duration store_rest = std::chrono::seconds{1};  // after the store could not read or write
inline constexpr Duration answer_deadline = std::chrono::minutes{2};
inline constexpr const char* doubt_remedy =
    "look whether it arrived, then `patchbay outbound resolve ID --sent`, --again or --failed";

// A channel and what waits on it.
struct Channel {
  Sender sender;
  SendPort* port = nullptr;
  bool held = false, removed = false;
  Lanes lanes;
  store::OutboundId read_up_to{};  // what is behind it is in the store alone
  bool read_all = false;           // nothing is
  std::size_t in_flight = 0;
  Duration rests_until{};
  std::uint32_t rests = 0;  // since the way was last open
  std::string rests_for;    // under the core's mutex
  std::atomic<std::uint64_t> in_memory{0}, flying{0}, attempts{0}, sent{0}, retried{0}, failed{0}, uncertain{0},
      refused{0};
};

enum class Stage : std::uint8_t { claiming, sending, settling };

// An attempt under way.
struct Flight {
  Channel* channel = nullptr;
  store::OutboundId id{};
  Digest16 lane{};
  Stage stage = Stage::claiming;
  Duration asked_at{};
};

// What an attempt's end means for its row; made on the executor, written on the committer's thread.
struct Settlement {
  store::OutboundState state = store::OutboundState::queued;
  bool costs_an_attempt = true;
  bool doubtful = false;  // it may have been taken
  std::optional<TimePoint> due;
  std::string external_id, reason, remedy;
  std::optional<TimePoint> occurred_at;
};

// Brings a row to its state after an attempt, or after the operator's word.
void apply(store::Outbound& row, const Settlement& settlement, TimePoint now);

// Everything behind the queue. Tasks and completions hold it weakly: those that come after its end do nothing.
class Core : public std::enable_shared_from_this<Core> {
 public:
  explicit Core(Queue::Parts parts) : parts_(std::move(parts)) {}

  void add(Sender sender, SendPort& port) {
    const std::lock_guard lock(mutex_);
    Channel& channel = channels_[sender.id];
    channel.sender = std::move(sender);
    channel.port = &port;
    channel.held = channel.removed = false;
  }
  void hold(store::ChannelId id, std::function<void()> held) {
    if (const auto found = channels_.find(id); found != channels_.end()) found->second.held = true;
    holding_.emplace_back(id, std::move(held));
  }
  void remove(store::ChannelId id) {
    if (const auto found = channels_.find(id); found != channels_.end())
      found->second.held = found->second.removed = true;
  }

  // [any-thread]
  template <class Act>
  void post(Act act) {
    parts_.executor.post([weak = weak_from_this(), act = std::move(act)]() mutable {
      if (const auto core = weak.lock()) {
        act(*core);
        core->turn();
      }
    });
  }
  template <class Act>
  void post_after(Duration delay, Act act) {
    parts_.executor.post_after(delay, [weak = weak_from_this(), act = std::move(act)]() mutable {
      if (const auto core = weak.lock()) {
        act(*core);
        core->turn();
      }
    });
  }

  void start() { settle_what_a_crash_left(); }

  void accept(Request request, Accepted accepted);
  void resolve(store::OutboundId id, Resolution resolution, std::function<void(Status)> resolved);
  void sent(const Sent& sent);
  void stop(std::function<void()> drained) {
    stopping_ = true;
    waiting_for_drain_.push_back(std::move(drained));
  }

  void commit(std::function<Status(Ledger::Transaction&)> write, std::function<void(Status)> done) {
    parts_.ledger.commit(std::move(write), std::move(done));
  }
  [[nodiscard]] TimePoint now() const { return parts_.clock.now(); }
  [[nodiscard]] Status normalise(store::Identifier& identifier) const {
    auto normal = identity::normal_form(identifier.kind, identifier.value, parts_.region);
    if (!normal)
      return failure(ErrorCode::invalid,
                     "reading an identifier: " + identifier.value + " is no " + identifier.kind + " that can be read",
                     "write a phone number as +48601234567, an e-mail address as name@example.org");
    identifier.normal = std::move(*normal);
    return {};
  }

  [[nodiscard]] QueueCounts counts(store::ChannelId id) const {
    const std::lock_guard lock(mutex_);
    const auto found = channels_.find(id);
    if (found == channels_.end()) return {};
    const Channel& channel = found->second;
    return {channel.in_memory, channel.flying,    channel.attempts, channel.sent,     channel.retried,
            channel.failed,    channel.uncertain, channel.refused,  channel.rests_for};
  }

 private:
  void settle_what_a_crash_left();
  void turn();
  void read(Channel& channel);
  void enqueue(Channel& channel, const store::Outbound& outbound);
  void put_back(Channel& channel, const store::Outbound& outbound);
  void put(Channel& channel, const store::Outbound& outbound);
  void begin(Channel& channel, const Waiting& waiting);
  void claimed(std::uint64_t token, const Status& status, std::optional<store::Outbound> row);
  void ask(std::uint64_t token, const store::Outbound& row);
  void settle(std::uint64_t token, const Settlement& settlement);
  void settled(std::uint64_t token, const Status& status, const Settlement& settlement, const store::Outbound& row);
  void settle_late(store::OutboundId id, const Sent& sent);
  void end(std::uint64_t token);
  void rest(Channel& channel, Duration time, std::string why);
  void wake(Channel& channel);
  void give_up_waiting();
  void set_alarm();
  void report_held();
  [[nodiscard]] Settlement settlement_of(Channel& channel, const Sent& sent);

  Queue::Parts parts_;
  // Grows on the executor, under the mutex too, so that others may look something up; it never shrinks.
  std::map<store::ChannelId, Channel> channels_;
  std::unordered_map<std::uint64_t, Flight> flights_;
  std::map<std::uint64_t, store::OutboundId> overdue_;  // whose answer would still be good news
  std::uint64_t last_token_ = 0;
  bool started_ = false, stopping_ = false;
  Duration reads_again_at_{};
  std::optional<Duration> alarm_;
  std::vector<std::function<void()>> waiting_for_drain_;
  std::vector<std::pair<store::ChannelId, std::function<void()>>> holding_;  // that are not held yet
  mutable std::mutex mutex_;
};

}  // namespace patchbay::outbound
