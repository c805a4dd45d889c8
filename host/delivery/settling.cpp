#include "delivery/settling.hpp"

#include "delivery/retry_after.hpp"

#include <algorithm>
#include <utility>

namespace patchbay::delivery {
namespace {

constexpr std::size_t longest_reason = 1024;  // kept with a delivery

std::string bounded(std::string text) {
  if (text.size() <= longest_reason) return text;
  std::size_t end = longest_reason;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;  // not inside a character
  text.resize(end);
  return text;
}

// What it said of the destination, whatever it said of the event.
Reply reply_of(const Flight& flight, Verdict verdict, TimePoint now) {
  if (verdict == Verdict::gone) return Reply::gone;
  if (verdict == Verdict::untried) return Reply::rest;
  if (verdict != Verdict::transient) return Reply::answered;
  const bool asks = (flight.status == 429 || flight.status == 503) && flight.retry_after && *flight.retry_after > now;
  return asks ? Reply::rest : Reply::failed;
}

}  // namespace

Settling settle_flight(Flight flight, const Outcome& given, std::string reason, Now now, double random) {
  Settling settling;
  settling.reply = reply_of(flight, given.verdict, now.wall);
  const Schedule& schedule = flight.destination->schedule();
  if (settling.reply == Reply::rest) {
    const TimePoint until = flight.retry_after.value_or(given.not_before.value_or(now.wall));
    settling.rest_until = now.monotonic + std::min<Duration>(until - now.wall, schedule.longest_wait);
  }

  // Both the answer itself and the sink may ask for patience; the longer one holds.
  Outcome outcome = given;
  if (flight.retry_after)
    outcome.not_before = std::max(*flight.retry_after, outcome.not_before.value_or(*flight.retry_after));

  Item& item = flight.item;
  std::optional<TimePoint> due;
  if (outcome.verdict == Verdict::gone || outcome.verdict == Verdict::untried) {
    due = now.wall;  // the event has no part in it: it waits for its destination, and loses no attempt
  } else {
    ++item.attempts;
    due = next_attempt(schedule, item.attempts, outcome, now.wall, random);
  }
  if (due) item.not_before = now.monotonic + (*due - now.wall);

  auto state = store::DeliveryState::dead;
  if (outcome.verdict == Verdict::delivered) state = store::DeliveryState::delivered;
  if (due) state = store::DeliveryState::open;
  store::Outcome row{.destination = flight.destination->settings().id,
                     .event = item.event,
                     .state = state,
                     .attempts = item.attempts,
                     .due = due.value_or(now.wall),
                     .status = flight.status,
                     .reason = bounded(reason.empty() ? std::move(flight.failure) : std::move(reason)),
                     .disabled_at = {}};
  if (outcome.verdict == Verdict::gone) row.disabled_at = now.wall;
  settling.settled = {flight.destination, std::move(item), std::move(row)};
  return settling;
}

std::optional<TimePoint> retry_after_of(const net::ClientResponse& response, TimePoint now) {
  for (const auto& [name, value] : response.headers)
    if (name == "retry-after") return parse_retry_after(value, now);
  return std::nullopt;
}

}  // namespace patchbay::delivery
