// What the admin API may ask of the running gateway, beside reading its store.
//
// Implemented by the gateway. [any-thread] throughout; nothing here blocks.
#pragma once

#include "base/result.hpp"
#include "store/records.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace patchbay::api {

struct ChannelStatus {
  std::string name, connector, state, reason;
  std::uint64_t accepted = 0, duplicates = 0, edits = 0, parked = 0, quarantined = 0, refused = 0;  // since the start
};

struct DestinationStatus {
  std::string name, sink;
  std::uint64_t waiting = 0, in_flight = 0, attempts = 0, delivered = 0, retried = 0, dead = 0;  // since the start
};

struct GatewayStatus {
  std::string version, store_id;
  TimePoint started_at{};
  bool ready = false;
  std::vector<ChannelStatus> channels;
  std::vector<DestinationStatus> destinations;
};

class Control {
 public:
  virtual ~Control() = default;
  [[nodiscard]] virtual GatewayStatus status() const = 0;
  // Takes a quarantined original again; `replayed` is called once, from any thread, when what became of it is durable.
  virtual void replay(store::QuarantineId id, std::function<void(Status)> replayed) = 0;
  // Prometheus text format 0.0.4.
  [[nodiscard]] virtual std::string metrics() const = 0;
};

}  // namespace patchbay::api
