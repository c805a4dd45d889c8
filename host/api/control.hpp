// What the admin API may ask of the running gateway, beside reading its store.
//
// Implemented by the gateway. [any-thread] throughout; nothing here blocks.
#pragma once

#include "api/identity_desk.hpp"
#include "base/oauth2_offer.hpp"
#include "base/result.hpp"
#include "intake/recorder.hpp"
#include "outbound/queue.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace patchbay::api {

struct ChannelStatus {
  std::string name, connector, state, reason;
  std::uint64_t accepted = 0, duplicates = 0, edits = 0, parked = 0, quarantined = 0, refused = 0;  // since the start
  std::uint64_t outbound_waiting = 0, outbound_in_flight = 0;
  std::uint64_t outbound_sent = 0, outbound_retried = 0, outbound_failed = 0, outbound_uncertain = 0,
                outbound_refused = 0;  // since the start
  std::string outbound_rests;          // why nothing is sent now, or empty
};

// How far a person has come with the consent that OAuth2 needs.
struct ConsentStatus {
  enum class State : std::uint8_t { waiting, granted, failed };
  State state = State::waiting;
  OAuth2Flow flow = OAuth2Flow::device;
  // While it waits. device: where to enter which code, and the same in one where the server offers that. browser: what
  // to open. All of it is printable ASCII.
  std::string user_code, verification_url, verification_url_complete, authorization_url;
  TimePoint expires_at{};
  std::string account;         // the channel or destination
  std::optional<Error> error;  // why it failed
};

struct ConsentRequest {
  std::optional<OAuth2Flow> flow;  // else that of the settings
  std::string redirect_url;        // of the browser's answer: a loopback address
};

enum class Side : std::uint8_t { channel, destination };

struct DestinationStatus {
  std::string name, sink;
  // Of the destination itself: sending, probing, paused, resting or disabled; of its sink where that does not run.
  std::string state, reason, remedy;
  std::optional<TimePoint> until;  // where it rests or is paused
  std::uint64_t waiting = 0, in_flight = 0, attempts = 0, delivered = 0, retried = 0, dead = 0;  // since the start
};

struct GatewayStatus {
  std::string version, store_id;
  TimePoint started_at{};
  bool ready = false;
  std::vector<ChannelStatus> channels;
  std::vector<DestinationStatus> destinations;
};

inline constexpr std::size_t most_replayed_events = 500;  // of one request

struct ReplayRequest {
  store::DeliveryFilter filter;
  std::vector<store::EventId> events;  // only these, where any is named
  bool dry_run = false;
};

struct FillRequest {
  std::string destination;
  std::vector<std::string> channels;  // all that its routes name where it is empty
  std::optional<TimePoint> since, until;
};

// What one request opened of a task that may take several.
struct OpenedSoFar {
  std::int64_t opened = 0, total = 0;  // by this request, and by the task since it was started
  TimePoint started_at{};              // an older time: the task was interrupted and goes on
  std::optional<store::EventId> next;  // it goes on behind this event; nothing: it is done
  store::EventId last{};               // and ends with this one
};

class Control {
 public:
  virtual ~Control() = default;
  [[nodiscard]] virtual GatewayStatus status() const = 0;
  // Takes a quarantined original again; `replayed` is called once, from any thread, when what became of it is durable.
  virtual void replay(store::QuarantineId id, std::function<void(Status)> replayed) = 0;
  // Opens deliveries again, or for history: a part of them, durable and on their way when `opened` is called, once,
  // from any thread. The same request again goes on with the next part. Intake goes on meanwhile.
  virtual void replay_deliveries(ReplayRequest request, std::function<void(Result<OpenedSoFar>)> opened) = 0;
  virtual void fill_destination(FillRequest request, std::function<void(Result<OpenedSoFar>)> opened) = 0;
  // What the business sends: accepting, resolving, the suppression list.
  [[nodiscard]] virtual outbound::Queue& queue() = 0;
  // Lets a destination that was disabled be sent to again; `enabled` is called once, from any thread, when that is
  // durable.
  virtual void enable_destination(const std::string& name, std::function<void(Status)> enabled) = 0;
  // Who is who, as an operator says; `corrected` is called once, from any thread, with the contacts that came of it,
  // when they are durable.
  virtual void correct(intake::Correction correction,
                       std::function<void(Result<std::vector<store::ContactId>>)> corrected) = 0;
  [[nodiscard]] virtual IdentityDesk& identities() = 0;
  // Lets a channel finish what it holds and end, until resume_channel(), restarts of the gateway included; `paused` is
  // called once, from any thread, when that is durable.
  virtual void pause_channel(const std::string& name, std::function<void(Status)> paused) = 0;
  // Starts the plugin of a channel or destination now, where it was paused, or left alone since it crashed again and
  // again, or waits for its next start. `resumed` is called once, from any thread.
  virtual void resume_channel(const std::string& name, std::function<void(Status)> resumed) = 0;
  [[nodiscard]] virtual Status resume_destination(const std::string& name) = 0;
  // Begins to ask for consent, and ends what was begun before. `begun` is called once, from any thread, when a person
  // can go on. Where OAuth2 needs no person, it ends with a token, or with why there is none.
  virtual void authorize(Side side, const std::string& name, ConsentRequest request,
                         std::function<void(Result<ConsentStatus>)> begun) = 0;
  // What the browser brought back: the query of the redirect (RFC 6749, section 4.1.2).
  virtual void finish_authorization(Side side, const std::string& name, std::string answer,
                                    std::function<void(Result<ConsentStatus>)> finished) = 0;
  [[nodiscard]] virtual Result<ConsentStatus> authorization(Side side, const std::string& name) const = 0;
  // Prometheus text format 0.0.4.
  [[nodiscard]] virtual std::string metrics() const = 0;
};

}  // namespace patchbay::api
