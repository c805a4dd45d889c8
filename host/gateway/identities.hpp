// The directory of the gateway that runs: rebuilt at the start, told how each transaction ends, and brought up to date
// when nothing else waits for it.
//
// The weights are those that the store holds, where others than those that ship were adopted; they hold from here to
// the next start, so that the partition never is half of one model and half of another. What they decide otherwise than
// the last ones is overdue after the rebuilding, and is written and told like everything else.
//
// start() gives the rebuilding to the committer as its first work, so that whatever comes meanwhile waits behind it;
// where it fails, it is tried again, and until then all that names a person is refused as `unavailable`. What the
// directory could not decide in one transaction is written in later ones, a part each, between those of others.
//
// [any-thread] ready() and stop(); start() once; the rest on the committer's thread.
#pragma once

#include "base/executor.hpp"
#include "delivery/dispatcher.hpp"
#include "identity/directory.hpp"
#include "intake/committer.hpp"
#include "intake/recorder.hpp"
#include "telemetry/log.hpp"

#include <atomic>
#include <memory>

namespace patchbay::gateway {

class Identities final : public intake::Companion {
 public:
  Identities(telemetry::Log& log, const Clock& clock);

  [[nodiscard]] identity::Directory& directory() { return directory_; }
  // All of them outlive the committer.
  void start(intake::Committer& committer, intake::Recorder& recorder, delivery::Dispatcher& dispatcher,
             std::unique_ptr<store::Reader> reader, Executor& timers);
  // Rebuilding ends as soon as it can, and nothing more is caught up with.
  void stop() { stopping_ = true; }
  [[nodiscard]] bool ready() const { return directory_.state() != identity::DirectoryState::loading; }

  void committed() override;
  void rolled_back() override;

 private:
  void load();
  Status take_model();
  void catch_up();

  telemetry::Log& log_;
  const Clock& clock_;
  identity::Directory directory_;
  intake::Committer* committer_ = nullptr;
  intake::Recorder* recorder_ = nullptr;
  delivery::Dispatcher* dispatcher_ = nullptr;
  Executor* timers_ = nullptr;
  std::unique_ptr<store::Reader> reader_;
  std::atomic<bool> stopping_ = false;
  bool catching_up_ = false;
};

}  // namespace patchbay::gateway
