// Keeps one instance of a plugin alive: opens it, starts it, and when it ends by itself or cannot start, opens another
// a while later.
//
//   starting -> ready -> draining                 as long as all goes well
//   starting, ready -> backoff -> starting        2 s after it failed, and twice as long each further time, up to 60 s
//   ... -> quarantined                            after ten crashes in a row: it is left alone until someone resumes it
//   ... -> pausing -> paused                      pause() lets it finish what it holds and closes it, until a resume()
//
// An instance that was ready for as long as the longest wait has proved itself, and its failures are forgotten: a
// stranger who makes a good connector crash now and then must not be able to keep it away (Dovecot's master does the
// same, service-process.c). A failed start that is no crash, such as a service that cannot be reached, is tried again
// for ever.
//
// What is asked of an instance that has ended ends at once (instance.hpp), so that instance() may be used in any state.
// `stands` is called on whatever thread the change came from, never under a lock. [any-thread] but for open(), start()
// and close(), which are the owner's; the executor has ended, or runs none of its tasks any more, when close() is
// called.
#pragma once

#include "base/executor.hpp"
#include "base/result.hpp"
#include "plugin/catalog.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::gateway {

enum class LifeState : std::uint8_t { starting, ready, backoff, quarantined, pausing, paused, draining };
[[nodiscard]] std::string_view name_of(LifeState state);

struct LifeStanding {
  LifeState state = LifeState::starting;
  std::string reason;  // why it is not ready, or not to be
  Duration wait{};     // until the next start, in backoff
};

class Supervisor final {
 public:
  using Open = std::function<Result<std::unique_ptr<plugin::Instance>>(plugin::Trust trust)>;
  using Stands = std::function<void(const LifeStanding&)>;

  // The executor is where instances are opened and closed after the first, which may take long.
  Supervisor(Executor& executor, const Clock& clock, Open open, Stands stands);

  // Opens the first instance. A mistake in its settings is found here; what is only missing now
  // (ErrorCode::unavailable) is tried again.
  Status open();
  // Starts it, and keeps it alive from then on. `first` is told how the first start went, where there was one.
  void start(std::function<void(const Status&)> first = {});
  // The instance has ended by itself. Only for the present one: it comes from its services.
  void lost(const Error& why);
  // Lets it finish what it holds, waits for `settle` to call back too, and closes it: nothing of it runs any more when
  // `paused` is called, nor later, until resume(). What it had asked for until then is answered.
  using Settle = std::function<void(std::function<void()> settled)>;
  void pause(std::string reason, const Settle& settle, std::function<void()> paused);
  // Starts a quarantined one, a paused one, and one in backoff at once; one that is pausing, when it is paused. False
  // where there was nothing to do.
  bool resume();
  // Stops it for good. Calls back once it has stopped, also where it does not run.
  void stop(plugin::Done stopped);
  void close();

  [[nodiscard]] std::shared_ptr<plugin::Instance> instance() const;  // not null once one was opened
  // Grows with each life: what one life asked for must not be answered to another.
  [[nodiscard]] std::uint64_t life() const;
  [[nodiscard]] LifeStanding standing() const;
  [[nodiscard]] LifeState state() const;

 private:
  void begin(std::uint64_t life, std::function<void(const Status&)> first = {});
  void started(std::uint64_t life, const Status& status);
  void fail(std::uint64_t life, const Error& why);
  void open_again(std::uint64_t life);
  void rest();

  Executor& executor_;
  const Clock& clock_;
  const Open open_;
  const Stands stands_;
  mutable std::mutex mutex_;
  std::shared_ptr<plugin::Instance> instance_;
  bool waits_for_start_ = false;  // the owner's: open() has opened it
  LifeStanding standing_;
  std::uint64_t life_ = 1;
  unsigned failures_ = 0, crashes_ = 0;         // in a row
  Duration ready_since_{};                      // monotonic
  std::vector<std::function<void()>> pausers_;  // who waits for it to be paused
  bool resumes_ = false;                        // when it is
};

}  // namespace patchbay::gateway
