// What the gateway counts, as Prometheus sees it: read lazily at each scrape, so that nothing is counted twice.
//
// The handles returned keep the collectors alive; they go before what they read.
#pragma once

#include "api/control.hpp"
#include "intake/committer.hpp"
#include "net/http_server.hpp"
#include "telemetry/metrics.hpp"

#include <memory>
#include <vector>

namespace patchbay::gateway {

[[nodiscard]] std::vector<std::shared_ptr<void>> collect_metrics(telemetry::Metrics& metrics,
                                                                 const api::Control& control,
                                                                 const intake::Committer& committer,
                                                                 const net::HttpServer& admin,
                                                                 const net::HttpServer* public_server);

}  // namespace patchbay::gateway
