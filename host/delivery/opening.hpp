// Opening deliveries again (replay) or for history (filling), in steps that are small enough to share a transaction
// with what comes in.
//
// [the committer's thread] A step runs inside a transaction. How far its task has come is part of it, so that a task
// that ended in the middle, however hard, goes on where it was with the next step of the same task. Pure but for the
// writer; an error means that the transaction must be rolled back.
//
// Order: a delivery that was opened goes before younger ones of its lane that are still open, since lanes go by event;
// those that were delivered meanwhile came before it.
#pragma once

#include "base/result.hpp"
#include "store/store.hpp"

#include <span>

namespace patchbay::delivery {

// Deliveries that one step looks at: some milliseconds of the committer's time.
inline constexpr std::size_t step_size = 500;

struct OpeningStep {
  store::Opened opened;      // by this step
  store::Progress progress;  // of the task, this step included
  bool finished = false;
};

// The task is told by the filter: the same filter is the same task until it has finished. What the events behind the
// last one at its beginning bring is not part of it.
[[nodiscard]] Result<OpeningStep> replay_step(store::Writer& writer, const store::DeliveryFilter& filter,
                                              TimePoint now);
[[nodiscard]] Result<OpeningStep> fill_step(store::Writer& writer, const store::Filling& filling, TimePoint now);

// Those of these events that the filter lets through; all at once, so at most `step_size`.
[[nodiscard]] Result<OpeningStep> replay_events(store::Writer& writer, store::DeliveryFilter filter,
                                                std::span<const store::EventId> events, TimePoint now);

}  // namespace patchbay::delivery
