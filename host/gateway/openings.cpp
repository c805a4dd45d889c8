#include "gateway/openings.hpp"

#include <utility>

namespace patchbay::gateway {
namespace {

// Of one request: it is answered within a second or so, also where the disk is slow.
constexpr int most_steps = 20;

}  // namespace

// One request from its first step to its answer.
struct Openings::Run {
  std::function<Result<delivery::OpeningStep>(store::Writer&)> step;
  Done done;
  delivery::OpeningStep last{};  // of the transaction that is being made, or was made last
  int steps = 0;
  api::OpenedSoFar so_far{};
};

Openings::Openings(intake::Committer& committer, delivery::Dispatcher& dispatcher, const Clock& clock)
    : committer_(committer), dispatcher_(dispatcher), clock_(clock) {}

void Openings::replay(api::ReplayRequest request, Done done) {
  start(
      [this, request = std::move(request)](store::Writer& writer) {
        return request.events.empty() ? delivery::replay_step(writer, request.filter, clock_.now())
                                      : delivery::replay_events(writer, request.filter, request.events, clock_.now());
      },
      std::move(done));
}

void Openings::fill(store::Filling filling, Done done) {
  start([this, filling = std::move(filling)](
            store::Writer& writer) { return delivery::fill_step(writer, filling, clock_.now()); },
        std::move(done));
}

void Openings::start(std::function<Result<delivery::OpeningStep>(store::Writer&)> step, Done done) {
  auto run = std::make_shared<Run>();
  run->step = std::move(step);
  run->done = std::move(done);
  take_step(run);
}

void Openings::take_step(const std::shared_ptr<Run>& run) {
  committer_.add({.write = [run](store::Writer& writer) -> Status {
                    run->last = PATCHBAY_TRY(run->step(writer));
                    return {};
                  },
                  .done =
                      [this, run](const Status& status) {
                        if (!status) return run->done(failure(status.error()));
                        stepped(run);
                      },
                  .durable = {}});
}

void Openings::stepped(const std::shared_ptr<Run>& run) {
  for (const auto& [destination, from] : run->last.opened.first) dispatcher_.read_again(destination, from);
  const store::Progress& progress = run->last.progress;
  run->so_far.opened += run->last.opened.deliveries;
  run->so_far.total = progress.deliveries;
  run->so_far.started_at = progress.started_at;
  run->so_far.last = progress.last;
  if (!run->last.finished && ++run->steps < most_steps) return take_step(run);
  if (!run->last.finished) run->so_far.next = progress.after;
  run->done(run->so_far);
}

}  // namespace patchbay::gateway
