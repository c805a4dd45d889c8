// The routes of the admin API that change what the business sends; its lists are read like all others (admin.cpp).
//
//   POST   /api/v1/outbound                  {"in_reply_to" or "channel", "account", "to"; "text", ...}, with an
//                                            Idempotency-Key: 202 accepted, 422 refused, 409 the key is another's
//   POST   /api/v1/outbound/ID/resolve       {"decision": "sent", "failed" or "again", "external_id"}
//   POST   /api/v1/suppressions              {"kind", "value", "scope", "reason"}
//   DELETE /api/v1/suppressions?kind=&value=&scope=
//
// Called on the HTTP thread for a caller who showed the token; answers later, from any thread.
#pragma once

#include "api/control.hpp"
#include "net/http_server.hpp"

#include <string_view>
#include <vector>

namespace patchbay::api {

// False where the request is none of these; `respond` is then left as it was. `steps` is the path behind /api/v1/.
[[nodiscard]] bool change_outbound(Control& control, const net::ServerRequest& request,
                                   const std::vector<std::string_view>& steps, net::Respond& respond);

}  // namespace patchbay::api
