// The composition root: the one place that knows all parts and wires them.
//
// start() brings everything up in the order in which the parts need each other and returns when the gateway takes
// requests; a mistake in the settings, a store that cannot be opened or an address that is taken is its error. A
// channel that cannot reach its service does not hold up the others: it is listed as failed with the reason.
//
// reload() brings it to other settings while it runs: only what changed is restarted. A mistake, also one that only a
// plugin finds, changes nothing.
//
// stop() (also in the destructor) takes no more, finishes what was read, leaves the rest queued, and returns when it is
// durable. The log and the clock outlive the gateway. [any-thread] from start() on, but for reload() and stop(), which
// are its owner's.
#pragma once

#include "api/control.hpp"
#include "base/result.hpp"
#include "config/settings.hpp"
#include "plugin/catalog.hpp"
#include "telemetry/log.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace patchbay::gateway {

class Gateway {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Gateway>> start(config::Settings settings,
                                                              std::shared_ptr<plugin::Catalog> catalog,
                                                              telemetry::Log& log, const Clock& clock);
  virtual ~Gateway() = default;

  // What it did, a line each, for the operator. May take as long as the slowest plugin takes to stop.
  [[nodiscard]] virtual Result<std::vector<std::string>> reload(config::Settings settings,
                                                                std::shared_ptr<plugin::Catalog> catalog) = 0;
  virtual void stop() = 0;
  [[nodiscard]] virtual std::uint16_t admin_port() const = 0;
  [[nodiscard]] virtual std::optional<std::uint16_t> public_port() const = 0;
  [[nodiscard]] virtual api::Control& control() = 0;
};

}  // namespace patchbay::gateway
