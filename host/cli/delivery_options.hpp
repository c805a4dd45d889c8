// Which deliveries a command means: the options that `delivery list` and `delivery replay` share.
#pragma once

#include "cli/context.hpp"

#include <string>

namespace CLI {
class App;
}

namespace patchbay::cli {

// As given; empty where it was not.
struct DeliveryOptions {
  std::string destination, state, since, until, reason, contact;
};

void add_delivery_options(CLI::App& command, DeliveryOptions& options);
// `invalid` where a time or an id cannot be read.
[[nodiscard]] Result<store::DeliveryFilter> filter_of(const DeliveryOptions& options);
// The same as a request of the admin API, of what was given.
[[nodiscard]] nlohmann::json request_of(const DeliveryOptions& options);

// `delivery replay` and `delivery fill`.
void add_openings(CLI::App& delivery, Context& context);

}  // namespace patchbay::cli
