// Consent over the admin API, for channels and destinations alike:
//   POST /api/v1/channels/NAME/authorize {"flow", "redirect_uri"}   begins; both may be left out
//   GET  /api/v1/channels/NAME/authorization                        how far it is
//   POST /api/v1/channels/NAME/authorization {"answer"}             what the browser brought back
#pragma once

#include "api/control.hpp"
#include "net/http_server.hpp"

#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

namespace patchbay::api {

[[nodiscard]] nlohmann::json view(const ConsentStatus& status);

// Of a path "channels/NAME/..." or "destinations/NAME/...".
[[nodiscard]] std::optional<Side> side_of(std::string_view collection);

// Whether the request was one of these; then it is answered.
[[nodiscard]] bool change_authorization(Control& control, const net::ServerRequest& request,
                                        const std::vector<std::string_view>& steps, net::Respond& respond);

}  // namespace patchbay::api
