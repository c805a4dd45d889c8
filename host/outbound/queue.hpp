// What the business sends, from its acceptance to the provider's answer.
//
// Lives on an Executor, where all its work happens; its functions are [any-thread] unless they say otherwise.
//
// Acceptance writes a row under the caller's idempotency key: the same key and the same request give the same answer
// for ever, another request under that key is a `conflict`. What may not be sent is accepted as `refused`, with the
// reason.
//
// Messages of one channel to one recipient go in the order of their acceptance, one at a time; other recipients are not
// held up. The recipient is the first identifier of the persona that the provider vouches for, one of a scope before
// one of the whole world. Each attempt is durable as `sending` before the channel is asked, and its outcome before
// the next message goes. After a crash in between nobody knows whether the provider took it: where the provider tells
// repeats apart it goes out again under the same id, else it is `uncertain` until the operator decides, and is never
// sent again by itself. The messages behind it go on.
//
// A channel that cannot be reached, or is refused, rests as a whole: that costs no message an attempt, and one alone
// tries the way first when the rest is over. What a message waits for is in its row.
#pragma once

#include "base/executor.hpp"
#include "delivery/retry.hpp"
#include "outbound/request.hpp"
#include "outbound/rules.hpp"
#include "store/store.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::outbound {

// What a channel is asked to send.
struct Message {
  std::uint64_t token = 0;
  std::string id;  // the same at every attempt, and nobody else's in the world: the provider's idempotency key
  std::string account, in_reply_to, conversation;
  std::vector<store::Identifier> recipient;
  std::string subject, text, content;
};

enum class Trouble : std::uint8_t {
  transient,      // not taken; later
  rate_limited,   // not taken; not before `until`
  not_connected,  // it never got there
  auth_failed,    // not taken: the channel's credentials or settings are wrong
  permanent,      // not taken, and never will be
  unknown,        // nobody knows whether it was taken
};

struct Sent {
  std::uint64_t token = 0;
  std::optional<Trouble> trouble;  // nothing = the provider took it
  std::string external_id;
  std::optional<TimePoint> occurred_at;
  std::optional<TimePoint> until;
  std::string reason, remedy;
};

// The channel behind a Sender. Called on the queue's executor; answers through Queue::sent with the same token, from
// any thread. No answer within two minutes counts as `unknown`; one that comes later still settles it, if it is good.
class SendPort {
 public:
  virtual ~SendPort() = default;
  virtual void send(const Message& message) = 0;
};

// Where the queue writes. `write` runs inside a transaction, perhaps more than once, on the committer's thread; `done`
// is called once, from any thread, when it is durable or with the reason why not.
class Ledger {
 public:
  class Transaction {
   public:
    virtual ~Transaction() = default;
    [[nodiscard]] virtual store::Writer& writer() = 0;
    // Makes an interaction of what was sent, with its events.
    [[nodiscard]] virtual Result<store::InteractionId> record_sent(const store::Outbound& outbound,
                                                                   const std::string& external_id,
                                                                   TimePoint occurred_at) = 0;
  };
  virtual ~Ledger() = default;
  virtual void commit(std::function<Status(Transaction&)> write, std::function<void(Status)> done) = 0;
};

enum class Decision : std::uint8_t {
  sent,    // the provider took it
  failed,  // it did not, and nothing is to be sent
  again,   // it did not, and is to be sent
};

struct Resolution {
  Decision decision = Decision::failed;
  std::string external_id;  // with `sent`, where it is known
};

struct QueueCounts {
  std::uint64_t in_memory = 0, in_flight = 0, attempts = 0, sent = 0, retried = 0, failed = 0, uncertain = 0,
                refused = 0;
  std::string rests;  // why nothing goes out now, or empty
};

using Accepted = std::function<void(Result<store::Outbound>)>;
// News for the operator's log.
using Tell = std::function<void(std::string_view channel, std::string_view what)>;

// 5 s, 30 s, 2 min, 10 min, 30 min, 1 h, 2 h, 4 h: a word that comes a day late helps nobody.
[[nodiscard]] delivery::Schedule usual_schedule();

class Queue {
 public:
  struct Parts {
    Executor& executor;
    const Clock& clock;
    Ledger& ledger;
    std::unique_ptr<store::Reader> reader;  // used on the executor only
    std::string store_id;
    std::string region;              // of the business: where numbers in national form are read
    std::function<double()> random;  // in [0, 1)
    delivery::Schedule schedule;
    Tell tell;
  };
  // Ends on any thread after `drained`, or when the executor has ended.
  [[nodiscard]] static std::unique_ptr<Queue> create(Parts parts);
  virtual ~Queue() = default;

  // Adds a channel, or gives the one of that number these rules and this port and ends its hold.
  virtual void add(Sender sender, SendPort& port) = 0;
  // Starts no more attempts on it until it is added again; `held` is called on the executor when none is under way.
  // What is accepted for it waits.
  virtual void hold(store::ChannelId channel, std::function<void()> held) = 0;
  // The same for ever, and nothing more is accepted for it: it is not in the settings any more.
  virtual void remove(store::ChannelId channel) = 0;
  // Settles what a crash left open, then takes up what is queued, oldest first.
  virtual void start() = 0;
  // Calls back with the row under the request's key, as it stands: a new one is `queued` or `refused`.
  virtual void accept(Request request, Accepted accepted) = 0;
  // The operator's word on what is uncertain, on what failed (again), and on what still waits (failed).
  virtual void resolve(store::OutboundId id, Resolution resolution, std::function<void(Status)> resolved) = 0;
  virtual void sent(Sent sent) = 0;
  // The operator's suppression list. What cannot be read as its kind is `invalid`; allow() of what is not on it is
  // `not_found`.
  virtual void suppress(store::Suppression suppression, std::function<void(Status)> done) = 0;
  virtual void allow(store::Identifier identifier, std::function<void(Status)> done) = 0;
  // Starts no more attempts; `drained` is called on the executor when none is under way and outcomes are durable.
  virtual void stop(std::function<void()> drained) = 0;
  [[nodiscard]] virtual QueueCounts counts(store::ChannelId channel) const = 0;
};

}  // namespace patchbay::outbound
