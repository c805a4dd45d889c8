#include "gateway/identities.hpp"

#include "gateway/channel.hpp"
#include "identity/learned.hpp"

#include <chrono>
#include <utility>

namespace patchbay::gateway {
namespace {

constexpr Duration next_try = std::chrono::seconds{5};

}  // namespace

Identities::Identities(telemetry::Log& log, const Clock& clock)
    : log_(log), clock_(clock), directory_(identity::Model(identity::shipped_parameters())) {}

void Identities::start(intake::Committer& committer, intake::Recorder& recorder, delivery::Dispatcher& dispatcher,
                       std::unique_ptr<store::Reader> reader, Executor& timers) {
  committer_ = &committer;
  recorder_ = &recorder;
  dispatcher_ = &dispatcher;
  reader_ = std::move(reader);
  timers_ = &timers;
  load();
}

void Identities::load() {
  committer_->add({.write = [this](store::Writer&) -> Status {
                     // A second time where a work of the same group failed.
                     if (ready()) return {};
                     PATCHBAY_CHECK(take_model());
                     return directory_.load(*reader_, [this] { return !stopping_; });
                   },
                   .done =
                       [this](const Status& status) {
                         if (status || stopping_) return;
                         log_.error("rebuilding the identities: " + status.error().text());
                         timers_->post_after(next_try, [this] { load(); });
                       },
                   .durable = {}});
}

Status Identities::take_model() {
  const auto stored = PATCHBAY_TRY(reader_->model());
  const identity::StoredModel found = PATCHBAY_TRY(identity::stored_model(stored));
  identity::Model model(found.parameters);
  const std::string version = identity::version_text(model);
  if (!found.written_as.empty()) log_.info("deciding who is who by learned weights", {{"model", version}});
  if (!found.written_as.empty() && found.written_as != version)
    log_.warning(
        "this version of Patchbay reads the learned weights otherwise than the one that wrote them: "
        "`patchbay identity train` shows what new ones would change",
        {{"written", found.written_as}, {"read", version}});
  directory_.use(std::move(model));
  return {};
}

void Identities::committed() {
  directory_.committed();
  if (directory_.state() == identity::DirectoryState::behind) catch_up();
}

void Identities::rolled_back() { directory_.rolled_back(); }

void Identities::catch_up() {
  if (std::exchange(catching_up_, true) || stopping_) return;
  auto recorded = std::make_shared<intake::Recorded>();
  committer_->add({.write = [this, recorded](store::Writer& writer) -> Status {
                     // The next commit, this one's too, asks for more.
                     catching_up_ = false;
                     *recorded = PATCHBAY_TRY(recorder_->catch_up(writer, clock_.now()));
                     return {};
                   },
                   .done =
                       [this, recorded](const Status& status) {
                         if (status) return enqueue(*dispatcher_, std::move(recorded->steps));
                         catching_up_ = false;
                         if (!stopping_) log_.error("writing what became of contacts: " + status.error().text());
                       },
                   .durable = [this, recorded] { join_lanes(*dispatcher_, recorded->steps); }});
}

}  // namespace patchbay::gateway
