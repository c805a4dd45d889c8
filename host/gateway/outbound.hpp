// What the outbound queue needs of the rest of the gateway: commits that record interactions, and the words of the ABI.
//
// [any-thread]; what it refers to outlives it.
#pragma once

#include "delivery/dispatcher.hpp"
#include "intake/committer.hpp"
#include "intake/recorder.hpp"
#include "outbound/queue.hpp"
#include "plugin/messages.hpp"

#include <vector>

namespace patchbay::gateway {

// What is sent becomes an interaction in the same commits as what comes in, and its events go to the dispatcher.
class CommittedLedger final : public outbound::Ledger {
 public:
  CommittedLedger(intake::Committer& committer, intake::Recorder& recorder, delivery::Dispatcher& dispatcher,
                  const std::vector<intake::Source>& sources, const Clock& clock)
      : committer_(committer), recorder_(recorder), dispatcher_(dispatcher), sources_(sources), clock_(clock) {}

  void commit(std::function<Status(Transaction&)> write, std::function<void(Status)> done) override;

 private:
  class Recording;

  intake::Committer& committer_;
  intake::Recorder& recorder_;
  delivery::Dispatcher& dispatcher_;
  const std::vector<intake::Source>& sources_;
  const Clock& clock_;
};

[[nodiscard]] plugin::Outbound to_plugin(const outbound::Message& message);
[[nodiscard]] outbound::Sent from_plugin(const pb_sent& sent);

}  // namespace patchbay::gateway
