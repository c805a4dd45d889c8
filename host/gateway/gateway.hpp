// The composition root: the one place that knows all parts and wires them.
//
// start() brings everything up in the order in which the parts need each other and returns when the gateway takes
// requests; a mistake in the settings, a store that cannot be opened or an address that is taken is its error. A
// channel that cannot reach its service does not hold up the others: it is listed as failed with the reason.
//
// stop() (also in the destructor) takes no more, finishes what was read, leaves the rest queued, and returns when it is
// durable. The settings, the catalog, the log and the clock outlive the gateway. [any-thread] from start() on.
#pragma once

#include "api/control.hpp"
#include "base/result.hpp"
#include "config/settings.hpp"
#include "plugin/catalog.hpp"
#include "telemetry/log.hpp"

#include <cstdint>
#include <memory>
#include <optional>

namespace patchbay::gateway {

class Gateway {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Gateway>> start(const config::Settings& settings,
                                                              plugin::Catalog& catalog, telemetry::Log& log,
                                                              const Clock& clock);
  virtual ~Gateway() = default;

  virtual void stop() = 0;
  [[nodiscard]] virtual std::uint16_t admin_port() const = 0;
  [[nodiscard]] virtual std::optional<std::uint16_t> public_port() const = 0;
  [[nodiscard]] virtual api::Control& control() = 0;
};

}  // namespace patchbay::gateway
