#include "delivery/gate.hpp"

#include <algorithm>
#include <cmath>

namespace patchbay::delivery {
namespace {

constexpr std::size_t first_limit = 8;  // at once, before a destination has shown what it can take
constexpr double jitter = 0.1;          // of a pause, to either side

}  // namespace

Gate::Gate(GateSettings settings) : settings_(settings) {
  settings_.parallel = std::max<std::size_t>(settings_.parallel, 1);
  settings_.failures = std::max<std::uint32_t>(settings_.failures, 1);
  limit_ = std::min(first_limit, settings_.parallel);
  if (settings_.rate && settings_.rate->per_second > 0) {
    const double microseconds = 1e6 / settings_.rate->per_second;
    interval_ = Duration(static_cast<Duration::rep>(std::ceil(microseconds)));
    slack_ = Duration(static_cast<Duration::rep>(microseconds * std::max(settings_.rate->burst - 1, 0.0)));
  }
}

bool Gate::may_send(Duration now, std::size_t in_flight) const {
  if (disabled_ || now < rest_until_ || next_ - slack_ > now) return false;
  switch (breaker_) {
    case Breaker::closed:
      return in_flight < limit_;
    case Breaker::open:
      return now >= paused_until_;
    case Breaker::probing:
      return false;
  }
  return false;
}

std::optional<Duration> Gate::opens_at(Duration now) const {
  if (disabled_ || breaker_ == Breaker::probing) return std::nullopt;
  Duration at = std::max(rest_until_, next_ - slack_);
  if (breaker_ == Breaker::open) at = std::max(at, paused_until_);
  if (at <= now) return std::nullopt;
  return at;
}

Errand Gate::departed(Duration now) {
  next_ = std::max(next_, now) + interval_;
  if (breaker_ == Breaker::closed) return Errand::ordinary;
  breaker_ = Breaker::probing;
  return Errand::probe;
}

void Gate::ended(Errand errand, Reply reply, Duration now, Duration rest_until, double random) {
  switch (reply) {
    case Reply::answered:
      return succeed();
    case Reply::rest:
      // It speaks, so it is not down; it is asked gently when it has rested.
      succeed();
      rest_until_ = std::max(rest_until_, rest_until);
      limit_ = 1;
      return;
    case Reply::gone:
      succeed();
      return disable();
    case Reply::failed:
      ++failures_;
      limit_ = std::max<std::size_t>(limit_ / 2, 1);
      if (errand == Errand::probe || (breaker_ == Breaker::closed && failures_ >= settings_.failures))
        pause(now, random);
      return;
  }
}

void Gate::succeed() {
  failures_ = 0;
  pause_ = {};
  if (breaker_ != Breaker::closed) limit_ = 0;
  breaker_ = Breaker::closed;
  limit_ = std::min(limit_ + 1, settings_.parallel);
}

void Gate::pause(Duration now, double random) {
  breaker_ = Breaker::open;
  pause_ = pause_ == Duration::zero() ? settings_.first_pause : std::min(pause_ * 2, settings_.longest_pause);
  const double share = 1 + jitter * (2 * random - 1);
  paused_until_ = now + Duration(static_cast<Duration::rep>(static_cast<double>(pause_.count()) * share));
}

void Gate::enable(Duration now) {
  disabled_ = false;
  breaker_ = Breaker::open;  // what it says to one comes first
  pause_ = {};
  failures_ = 0;
  paused_until_ = rest_until_ = now;
}

GateState Gate::state(Duration now) const {
  if (disabled_) return GateState::disabled;
  if (now < rest_until_) return GateState::resting;
  switch (breaker_) {
    case Breaker::closed:
      return GateState::sending;
    case Breaker::open:
      return now < paused_until_ ? GateState::paused : GateState::probing;
    case Breaker::probing:
      return GateState::probing;
  }
  return GateState::sending;
}

std::string_view name_of(GateState state) {
  switch (state) {
    case GateState::sending:
      return "sending";
    case GateState::probing:
      return "probing";
    case GateState::paused:
      return "paused";
    case GateState::resting:
      return "resting";
    case GateState::disabled:
      return "disabled";
  }
  return "sending";
}

Duration Gate::until() const { return breaker_ == Breaker::open ? std::max(paused_until_, rest_until_) : rest_until_; }

}  // namespace patchbay::delivery
