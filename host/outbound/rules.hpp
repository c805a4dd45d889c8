// May this be sent to that person, now? The suppression list, consent, and the channel's window.
//
// [the committer's thread] Asked inside the transaction that acts on the answer: when a message is accepted, and again
// before it is handed to the channel, since both an opt-out and the end of a window may come while it waits.
//
//   consent   what the person themselves allowed or forbade on this channel, by category; "all" covers each. The latest
//             word counts. An objection to marketing holds whatever the operator says (GDPR Article 21 (3)); any other
//             withdrawal may be overridden.
//   list      the operator's own, by identifier, on every channel; may be overridden.
//   window    counted from the person's last inbound interaction on the account; nobody overrides a provider's rule.
#pragma once

#include "store/store.hpp"

#include <optional>
#include <string>

namespace patchbay::outbound {

// Whether a provider takes the same message once when it is handed over again under the same id.
enum class Repeats : std::uint8_t { counted_twice, told_apart };

// What the host knows of a channel that sends.
struct Sender {
  store::ChannelId id{};
  std::string name;
  std::string region;  // where numbers in national form are read
  Duration window{0};  // 0 = always open
  std::string window_remedy;
  Repeats repeats = Repeats::counted_twice;
  std::size_t parallel = 8;       // handed to the channel at once
  std::size_t in_memory = 1'000;  // waiting; what is beyond stays in the store
};

struct Refusal {
  std::string reason, remedy;
};

// Nothing where it may. Fills in `outbound.conversation` from what the person wrote last, where none is known.
[[nodiscard]] Result<std::optional<Refusal>> judge(store::Writer& writer, const Sender& sender,
                                                   store::Outbound& outbound, TimePoint now);

}  // namespace patchbay::outbound
