#include "delivery/flights.hpp"

#include <algorithm>
#include <utility>

namespace patchbay::delivery {

Flight& Flights::begin(Destination& destination, Departure departure, Now now) {
  const std::uint64_t token = ++last_token_;
  Flight& flight = flights_[token];
  flight.destination = &destination;
  flight.item = std::move(departure.item);
  flight.errand = departure.errand;
  flight.attempt = {.token = token,
                    .number = flight.item.attempts + 1,
                    .at = now.wall,
                    .event = flight.item.event,
                    .type = flight.item.type,
                    .contact = flight.item.contact,
                    .payload = flight.item.payload};
  flight.asked_at = now.monotonic;
  return flight;
}

Flight* Flights::find(std::uint64_t token, Stage stage) {
  const auto found = flights_.find(token);
  return found == flights_.end() || found->second.stage != stage ? nullptr : &found->second;
}

Flight Flights::end(std::uint64_t token) { return std::move(flights_.extract(token).mapped()); }

Flights::Overdue Flights::overdue(Duration now) const {
  Overdue found;
  for (const auto& [token, flight] : flights_) {
    if (flight.stage == Stage::sending) continue;
    const Duration deadline = flight.asked_at + sink_deadline;
    if (deadline <= now) {
      found.tokens.push_back(token);
    } else {
      found.next = std::min(deadline, found.next.value_or(deadline));
    }
  }
  return found;
}

}  // namespace patchbay::delivery
