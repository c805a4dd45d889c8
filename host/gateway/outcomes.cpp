#include "gateway/outcomes.hpp"

namespace patchbay::gateway {

void CommittedOutcomes::record(std::vector<store::Outcome> outcomes, std::function<void(Status)> committed) {
  committer_.add({.write = [outcomes = std::move(outcomes)](store::Writer& writer) -> Status {
                    for (const store::Outcome& outcome : outcomes) PATCHBAY_CHECK(writer.record(outcome));
                    return {};
                  },
                  .done = std::move(committed)});
}

}  // namespace patchbay::gateway
