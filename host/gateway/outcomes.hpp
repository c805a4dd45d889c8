// Outcomes of deliveries on their way to the disk. [any-thread]
#pragma once

#include "delivery/dispatcher.hpp"
#include "intake/committer.hpp"

#include <functional>
#include <vector>

namespace patchbay::gateway {

// Outcomes go into the same commits as what comes in.
class CommittedOutcomes final : public delivery::Outcomes {
 public:
  explicit CommittedOutcomes(intake::Committer& committer) : committer_(committer) {}

  void record(std::vector<store::Outcome> outcomes, std::function<void(Status)> committed) override;

 private:
  intake::Committer& committer_;
};

}  // namespace patchbay::gateway
