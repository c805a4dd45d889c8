// Replays and fillings on their way through the committer: step by step, so that what comes in is never held up by
// more than one step, and each step's deliveries handed to the dispatcher when they are durable.
//
// [any-thread] Made by the gateway; ends after the committer has stopped, and before the dispatcher.
#pragma once

#include "api/control.hpp"
#include "base/time.hpp"
#include "delivery/dispatcher.hpp"
#include "delivery/opening.hpp"
#include "intake/committer.hpp"

#include <functional>
#include <memory>

namespace patchbay::gateway {

class Openings {
 public:
  using Done = std::function<void(Result<api::OpenedSoFar>)>;

  Openings(intake::Committer& committer, delivery::Dispatcher& dispatcher, const Clock& clock);

  void replay(api::ReplayRequest request, Done done);
  void fill(store::Filling filling, Done done);

 private:
  struct Run;

  void start(std::function<Result<delivery::OpeningStep>(store::Writer&)> step, Done done);
  void take_step(const std::shared_ptr<Run>& run);
  void stepped(const std::shared_ptr<Run>& run);

  intake::Committer& committer_;
  delivery::Dispatcher& dispatcher_;
  const Clock& clock_;
};

}  // namespace patchbay::gateway
