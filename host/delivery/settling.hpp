// What an attempt that has ended means: the row of its delivery, and what it says of the destination as a whole.
//
// Pure: time and chance are handed in. Any thread.
#pragma once

#include "delivery/flights.hpp"
#include "delivery/ledger.hpp"
#include "net/http_client.hpp"

#include <optional>
#include <string>

namespace patchbay::delivery {

struct Settling {
  Settled settled;
  Reply reply = Reply::answered;
  Duration rest_until{};  // on the monotonic clock, with Reply::rest
};

// `reason` is the sink's; where it gave none, the client's. `random` is uniform in [0, 1).
[[nodiscard]] Settling settle_flight(Flight flight, const Outcome& outcome, std::string reason, Now now, double random);

// Until when the answer's Retry-After asks for patience.
[[nodiscard]] std::optional<TimePoint> retry_after_of(const net::ClientResponse& response, TimePoint now);

}  // namespace patchbay::delivery
