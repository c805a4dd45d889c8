// One bind to an SMSC, as an ESME speaks SMPP: binding, the window of what was sent and not answered, keeping the
// connection alive, and its end.
//
//   idle -> binding -> bound -> unbinding -> over        over also from all others, with why and what to do next
//
// Sans-IO: bytes and the time go in; bytes to be written and events come out. Times are monotonic. One thread at a
// time. A Link serves one connection; the next one gets a new Link.
//
// What was sent and has no answer when the link is over may have arrived or not: it comes back in Over::unanswered, and
// sending it again may send it twice. What the SMSC sent is answered by answer(), once the caller has it durable; what
// is unanswered then, the SMSC sends again.
#pragma once

#include "pdu.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace patchbay::sms {

using Time = std::chrono::microseconds;

enum class Bind : std::uint8_t { transceiver, transmitter, receiver };

struct LinkSettings {
  Bind bind = Bind::transceiver;
  std::string system_id, password, system_type;
  std::uint8_t interface_version = 0x34;  // 0x33, 0x34, 0x50
  std::uint8_t addr_ton = 0, addr_npi = 0;
  std::string address_range;
  std::size_t window = 10;  // sent and not answered
  double per_second = 0;    // what may be sent, 0 = as much as the window lets
  Time bind_timeout = std::chrono::seconds{30};
  Time response_timeout = std::chrono::seconds{60};
  Time enquire_link_every = std::chrono::seconds{30};  // of silence
  Time pause_when_throttled = std::chrono::seconds{1};
};

struct Bound {
  std::optional<std::uint8_t> version;  // sc_interface_version
};
// deliver_sm or data_sm, maybe with trouble: to be ended with answer().
struct Arrived {
  Pdu pdu;
};
// The end of a submit().
struct Answered {
  std::uint64_t token = 0;
  CommandStatus status = CommandStatus::ok;
  std::string message_id;
};
// alert_notification.
struct Alerted {
  Pdu pdu;
};
struct Over {
  enum class Next : std::uint8_t {
    reconnect,
    stop,  // the SMSC refuses these credentials: trying again would lock the account
    done,  // it was unbind() that ended it
  };
  Next next = Next::reconnect;
  std::string reason;
  std::vector<std::uint64_t> unanswered;  // tokens, in the order of their submit()
};
using LinkEvent = std::variant<Bound, Arrived, Answered, Alerted, Over>;

// Whether sending again later may help (SMPP 3.4, section 5.1.3).
[[nodiscard]] bool is_temporary(CommandStatus status);

class Link {
 public:
  explicit Link(LinkSettings settings) : settings_(std::move(settings)) {}

  void start(Time now);
  void received(std::string_view bytes, Time now);
  void lost(std::string reason);  // the connection
  // What is due at that time. To be called at next_due(), and harmless at any other.
  void tick(Time now);
  [[nodiscard]] std::optional<Time> next_due(Time now) const;

  // Whether submit() may be called: bound for it, room in the window, and neither the rate nor the SMSC against it.
  [[nodiscard]] bool may_submit(Time now);
  // submit_sm or data_sm; its sequence is set here. Throws Failure where it cannot be encoded: nothing was sent then.
  void submit(std::uint64_t token, Pdu pdu, Time now);
  // Ends an Arrived, if the link is not over.
  void answer(const Pdu& arrived, CommandStatus status);
  // Tells the SMSC that we go; what it sends until its answer still arrives.
  void unbind(Time now);

  [[nodiscard]] std::string take_output() { return std::exchange(output_, {}); }
  [[nodiscard]] std::vector<LinkEvent> take_events() { return std::exchange(events_, {}); }
  [[nodiscard]] bool is_bound() const { return state_ == State::bound; }
  [[nodiscard]] bool is_over() const { return state_ == State::over; }
  [[nodiscard]] std::size_t unanswered() const { return submitted_.size(); }

 private:
  enum class State : std::uint8_t { idle, binding, bound, unbinding, over };
  struct Submitted {
    std::uint64_t token = 0;
    Time deadline{};
  };

  [[nodiscard]] Command bind_command() const;
  [[nodiscard]] std::uint32_t next_sequence();
  void write(Command command, CommandStatus status, std::uint32_t sequence);
  void take(Pdu&& pdu, Time now);
  void take_response(const Pdu& pdu, Time now);
  void take_bind_response(const Pdu& pdu);
  void take_answer(const Pdu& pdu, Time now);
  void end(Over::Next next, std::string reason);

  const LinkSettings settings_;
  State state_ = State::idle;
  PduReader reader_;
  std::string output_;
  std::vector<LinkEvent> events_;
  std::uint32_t last_sequence_ = 0;
  std::uint32_t control_ = 0;  // of the bind or unbind that waits for its answer
  Time control_deadline_{};
  std::optional<Time> enquired_;  // when an enquire_link was sent that has no answer
  Time heard_{};                  // when something came last
  std::map<std::uint32_t, Submitted> submitted_;
  std::vector<std::uint32_t> order_;  // of what was submitted; holds answered ones until they are at the front
  Time paused_until_{};
  double allowance_ = 1;  // how much may be sent now, by the rate
  Time allowed_at_{};
};

}  // namespace patchbay::sms
