#include "gateway/supervisor.hpp"

#include <algorithm>
#include <utility>

namespace patchbay::gateway {
namespace {

using namespace std::chrono_literals;

constexpr Duration first_wait = 2s, longest_wait = 60s;
constexpr unsigned most_crashes = 10;

Duration wait_after(unsigned failures) {
  constexpr unsigned most_doublings = 5;  // reaches the longest
  return std::min(first_wait * (1U << std::min(failures - 1, most_doublings)), longest_wait);
}

// What happens to it then is no failure: it is on its way out.
bool ends(LifeState state) {
  return state == LifeState::pausing || state == LifeState::paused || state == LifeState::draining;
}

}  // namespace

std::string_view name_of(LifeState state) {
  switch (state) {
    case LifeState::starting:
      return "starting";
    case LifeState::ready:
      return "ready";
    case LifeState::backoff:
      return "backoff";
    case LifeState::quarantined:
      return "quarantined";
    case LifeState::pausing:
    case LifeState::paused:
      return "paused";
    case LifeState::draining:
      break;
  }
  return "draining";
}

Supervisor::Supervisor(Executor& executor, const Clock& clock, Open open, Stands stands)
    : executor_(executor), clock_(clock), open_(std::move(open)), stands_(std::move(stands)) {}

Status Supervisor::open() {
  auto opened = open_(plugin::Trust::usual);
  if (opened) {
    instance_ = std::move(*opened);
    waits_for_start_ = true;
  } else if (opened.error().code != ErrorCode::unavailable) {
    return failure(std::move(opened.error()));
  } else {
    fail(life_, opened.error());
  }
  return {};
}

void Supervisor::start(std::function<void(const Status&)> first) {
  // One that could not be opened at first may be there by now, and is started by itself.
  if (std::exchange(waits_for_start_, false) && state() == LifeState::starting)
    begin(life(), std::move(first));
  else if (first)
    first({});
}

void Supervisor::begin(std::uint64_t life, std::function<void(const Status&)> first) {
  instance()->start([this, life, first = std::move(first)](const Status& status) {
    started(life, status);
    if (first) first(status);
  });
}

void Supervisor::started(std::uint64_t life, const Status& status) {
  if (!status) return fail(life, status.error());
  {
    const std::lock_guard lock(mutex_);
    if (life != life_ || standing_.state != LifeState::starting) return;
    standing_ = {.state = LifeState::ready, .reason = {}};
    ready_since_ = clock_.monotonic();
  }
  stands_({.state = LifeState::ready, .reason = {}});
}

void Supervisor::lost(const Error& why) { fail(life(), why); }

void Supervisor::fail(std::uint64_t life, const Error& why) {
  LifeStanding standing;
  {
    const std::lock_guard lock(mutex_);
    if (life != life_ || ends(standing_.state)) return;
    if (standing_.state == LifeState::ready && clock_.monotonic() - ready_since_ >= longest_wait)
      failures_ = crashes_ = 0;
    ++failures_;
    crashes_ = why.code == ErrorCode::internal ? crashes_ + 1 : 0;
    life = ++life_;
    if (crashes_ >= most_crashes)
      standing_ = {.state = LifeState::quarantined, .reason = why.text()};
    else
      standing_ = {.state = LifeState::backoff, .reason = why.text(), .wait = wait_after(failures_)};
    standing = standing_;
  }
  stands_(standing);
  // What is left of it is closed at once, so that it holds no connection for which the next one would have to wait.
  executor_.post([instance = instance()] {
    if (instance != nullptr) instance->close();
  });
  if (standing.state == LifeState::backoff) executor_.post_after(standing.wait, [this, life] { open_again(life); });
}

void Supervisor::open_again(std::uint64_t life) {
  plugin::Trust trust = plugin::Trust::usual;
  {
    const std::lock_guard lock(mutex_);
    if (life != life_ || standing_.state != LifeState::backoff) return;
    standing_ = {.state = LifeState::starting, .reason = standing_.reason};
    if (crashes_ != 0) trust = plugin::Trust::on_probation;
  }
  auto opened = open_(trust);
  if (!opened) return fail(life, opened.error());
  {
    const std::lock_guard lock(mutex_);
    if (life != life_ || standing_.state != LifeState::starting) return;  // stopped meanwhile: it closes here
    instance_ = std::move(*opened);
  }
  begin(life);
}

void Supervisor::pause(std::string reason, const Settle& settle, std::function<void()> paused) {
  std::shared_ptr<plugin::Instance> instance;
  {
    const std::lock_guard lock(mutex_);
    if (standing_.state == LifeState::pausing) {
      resumes_ = false;
      return pausers_.push_back(std::move(paused));
    }
    if (standing_.state != LifeState::paused && standing_.state != LifeState::draining) {
      standing_ = {.state = LifeState::pausing, .reason = std::move(reason)};
      pausers_.push_back(std::exchange(paused, {}));
      instance = instance_;
    }
  }
  if (paused) return paused();  // it was before
  const auto settled = [this] { executor_.post([this] { rest(); }); };
  if (instance == nullptr) return settled();
  instance->stop([settle, settled](const Status&) { settle(settled); });
}

void Supervisor::rest() {
  if (const auto instance = this->instance()) instance->close();
  LifeStanding standing;
  std::vector<std::function<void()>> pausers;
  bool resumes = false;
  {
    const std::lock_guard lock(mutex_);
    if (standing_.state != LifeState::pausing) return;
    ++life_;
    standing_.state = LifeState::paused;
    standing = standing_;
    pausers.swap(pausers_);
    resumes = std::exchange(resumes_, false);
  }
  stands_(standing);
  for (const auto& paused : pausers) paused();
  if (resumes) resume();
}

bool Supervisor::resume() {
  std::uint64_t life = 0;
  {
    const std::lock_guard lock(mutex_);
    if (standing_.state == LifeState::pausing) return resumes_ = true;
    if (standing_.state != LifeState::quarantined && standing_.state != LifeState::backoff &&
        standing_.state != LifeState::paused)
      return false;
    failures_ = crashes_ = 0;
    life = ++life_;  // the start that waits is void
    standing_ = {.state = LifeState::backoff, .reason = standing_.reason};
  }
  executor_.post([this, life] { open_again(life); });
  return true;
}

void Supervisor::stop(plugin::Done stopped) {
  {
    const std::lock_guard lock(mutex_);
    standing_ = {.state = LifeState::draining, .reason = {}};
  }
  stands_({.state = LifeState::draining, .reason = {}});
  const auto instance = this->instance();
  if (instance == nullptr) return stopped({});
  instance->stop(std::move(stopped));
}

void Supervisor::close() {
  if (const auto instance = this->instance()) instance->close();
}

std::shared_ptr<plugin::Instance> Supervisor::instance() const {
  const std::lock_guard lock(mutex_);
  return instance_;
}

std::uint64_t Supervisor::life() const {
  const std::lock_guard lock(mutex_);
  return life_;
}

LifeStanding Supervisor::standing() const {
  const std::lock_guard lock(mutex_);
  return standing_;
}

LifeState Supervisor::state() const {
  const std::lock_guard lock(mutex_);
  return standing_.state;
}

}  // namespace patchbay::gateway
