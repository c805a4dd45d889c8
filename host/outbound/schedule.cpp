// What goes when: taking up what is in the store, lanes, rests, alarms.
#include "outbound/core.hpp"

#include <algorithm>
#include <set>

namespace patchbay::outbound {

using namespace std::chrono_literals;
using store::OutboundState;

namespace {

constexpr std::size_t page = 100;
constexpr Duration longest_rest = 1min;
constexpr Duration rest_of_the_refused = 5min;  // until credentials are tried again
constexpr Duration longest_limit = 24h;

}  // namespace

// What was under way when the process ended.
void Core::settle_what_a_crash_left() {
  auto left = parts_.reader->list_outbound({.channel = {}, .state = OutboundState::sending}, {.limit = page});
  if (!left) return post_after(store_rest, [](Core& core) { core.settle_what_a_crash_left(); });
  if (left->empty()) {
    started_ = true;
    return;
  }
  std::set<store::ChannelId> told_apart;
  for (const auto& [id, channel] : channels_)
    if (channel.sender.repeats == Repeats::told_apart) told_apart.insert(id);
  commit(
      [this, rows = std::move(*left), told_apart = std::move(told_apart)](Ledger::Transaction& transaction) -> Status {
        for (store::Outbound row : rows) {
          const bool again = told_apart.contains(row.channel);
          apply(row,
                {.state = again ? OutboundState::queued : OutboundState::uncertain,
                 .due = {},
                 .external_id = {},
                 .reason = "the gateway ended while the channel was sending it",
                 .remedy = again ? "" : doubt_remedy,
                 .occurred_at = {}},
                now());
          PATCHBAY_CHECK(transaction.writer().put_outbound(row));
        }
        return {};
      },
      [weak = weak_from_this()](const Status& status) {
        const auto core = weak.lock();
        if (!core) return;
        const Duration delay = status ? Duration::zero() : store_rest;
        core->post_after(delay, [](Core& again) { again.settle_what_a_crash_left(); });
      });
}

void Core::enqueue(Channel& channel, const store::Outbound& outbound) {
  if (!started_ || stopping_) return;             // it is in the store
  if (outbound.id <= channel.read_up_to) return;  // read from the store between its commit and now
  if (!channel.read_all) return;                  // its turn to be read comes
  if (channel.lanes.size() >= channel.sender.in_memory) {
    channel.read_all = false;
    return;
  }
  channel.read_up_to = outbound.id;
  put(channel, outbound);
}

// One that was read before, or is yet to be.
void Core::put_back(Channel& channel, const store::Outbound& outbound) {
  if (started_ && !stopping_ && outbound.id <= channel.read_up_to) put(channel, outbound);
}

void Core::put(Channel& channel, const store::Outbound& outbound) {
  channel.lanes.put({outbound.id, outbound.lane, parts_.clock.monotonic() + (outbound.due - now())});
}

void Core::turn() {
  if (started_ && !stopping_) {
    const Duration monotonic = parts_.clock.monotonic();
    for (auto& [id, channel] : channels_) {
      read(channel);
      const std::size_t parallel = channel.rests == 0 ? channel.sender.parallel : 1;
      while (!channel.held && channel.in_flight < parallel && channel.rests_until <= monotonic) {
        const auto next = channel.lanes.take(monotonic);
        if (!next) break;
        begin(channel, *next);
      }
      channel.in_memory = channel.lanes.size();
      channel.flying = channel.in_flight;
    }
  }
  give_up_waiting();
  set_alarm();
  report_held();
  if (stopping_ && flights_.empty())
    for (const auto& drained : std::exchange(waiting_for_drain_, {})) drained();
}

void Core::read(Channel& channel) {
  while (!channel.read_all && channel.lanes.size() < channel.sender.in_memory / 2 + 1 &&
         reads_again_at_ <= parts_.clock.monotonic()) {
    const std::size_t limit = std::min(page, channel.sender.in_memory - channel.lanes.size());
    const auto rows = parts_.reader->queued_outbound(channel.sender.id, channel.read_up_to, limit);
    if (!rows) {
      reads_again_at_ = parts_.clock.monotonic() + store_rest;
      return;
    }
    for (const store::Outbound& row : *rows) {
      put(channel, row);
      channel.read_up_to = row.id;
    }
    channel.read_all = rows->size() < limit;
  }
}

void Core::set_alarm() {
  std::optional<Duration> next;
  const auto at = [&next](Duration when) {
    if (!next || when < *next) next = when;
  };
  const Duration monotonic = parts_.clock.monotonic();
  if (started_ && !stopping_) {
    for (const auto& [id, channel] : channels_) {
      if (!channel.read_all && reads_again_at_ > monotonic) at(reads_again_at_);
      if (channel.held) continue;
      const std::size_t parallel = channel.rests == 0 ? channel.sender.parallel : 1;
      if (channel.in_flight >= parallel) continue;  // an answer comes first
      if (const auto due = channel.lanes.next_due()) at(std::max(*due, channel.rests_until));
    }
  }
  for (const auto& [token, flight] : flights_)
    if (flight.stage == Stage::sending) at(flight.asked_at + answer_deadline);
  if (!next || (alarm_ && *alarm_ <= *next)) return;
  alarm_ = next;
  post_after(std::max(*next - monotonic, Duration::zero()), [when = *next](Core& core) {
    if (core.alarm_ == when) core.alarm_.reset();
  });
}

void Core::report_held() {
  std::vector<std::function<void()>> held;
  std::erase_if(holding_, [&](auto& holding) {
    const auto found = channels_.find(holding.first);
    if (found != channels_.end() && found->second.in_flight != 0) return false;
    held.push_back(std::move(holding.second));
    return true;
  });
  for (const auto& report : held) report();
}

// The part of a settlement that does not depend on how often it was tried; see settle() for the rest.
Settlement Core::settlement_of(Channel& channel, const Sent& sent) {
  Settlement settlement{.due = {},
                        .external_id = sent.external_id,
                        .reason = sent.reason,
                        .remedy = sent.remedy,
                        .occurred_at = sent.occurred_at};
  // Whatever the provider said of the message itself, it was there to say it.
  if (!sent.trouble || *sent.trouble == Trouble::transient || *sent.trouble == Trouble::permanent) wake(channel);
  if (!sent.trouble) {
    settlement.state = OutboundState::sent;
    settlement.reason.clear();
    return settlement;
  }
  switch (*sent.trouble) {
    case Trouble::permanent:
      settlement.state = OutboundState::failed;
      break;
    case Trouble::unknown:
      settlement.doubtful = true;
      settlement.remedy = doubt_remedy;
      if (channel.sender.repeats == Repeats::counted_twice) settlement.state = OutboundState::uncertain;
      break;
    case Trouble::rate_limited:
      settlement.due = std::clamp(sent.until.value_or(now()), now() + 1s, now() + longest_limit);
      settlement.costs_an_attempt = false;
      break;
    case Trouble::not_connected:
    case Trouble::auth_failed:
      settlement.costs_an_attempt = false;
      break;
    case Trouble::transient:
      break;
  }
  const bool rests = !settlement.costs_an_attempt;
  if (rests) {
    Duration time = rest_of_the_refused;
    if (settlement.due) time = *settlement.due - now();
    if (*sent.trouble == Trouble::not_connected)
      time = std::min<Duration>(longest_rest, 1s * (std::int64_t{2} << std::min<std::uint32_t>(channel.rests, 10)));
    rest(channel, time, sent.reason);
  }
  return settlement;
}

void Core::rest(Channel& channel, Duration time, std::string why) {
  const Duration monotonic = parts_.clock.monotonic();
  // Several that were under way together meet the same closed door: that is one rest.
  if (channel.rests_until <= monotonic && ++channel.rests == 1)
    parts_.tell(channel.sender.name, "sending rests: " + why);
  channel.rests_until = std::max(channel.rests_until, monotonic + time);
  const std::lock_guard lock(mutex_);
  channel.rests_for = std::move(why);
}

void Core::wake(Channel& channel) {
  if (channel.rests == 0) return;
  channel.rests = 0;
  const std::lock_guard lock(mutex_);
  channel.rests_for.clear();
}

}  // namespace patchbay::outbound
