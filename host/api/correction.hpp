// The routes of the admin API by which an operator says who is who.
//
//   POST /api/v1/contacts/merge   {"contacts": ["contact_1", "contact_5"]}
//   POST /api/v1/contacts/split   {"personas": ["persona_7"]}: apart from the others of their contact
//   POST /api/v1/contacts/undo    {"personas": ["persona_7"]}: all that was decided about them
// answered with {"contacts": [...]}, those that came of it.
//
// Called on the HTTP thread for a caller who showed the token; answers later, from any thread.
#pragma once

#include "api/control.hpp"
#include "net/http_server.hpp"

#include <string_view>
#include <vector>

namespace patchbay::api {

// False where the request is none of these; `respond` is then left as it was. `steps` is the path behind /api/v1/.
[[nodiscard]] bool correct_contacts(Control& control, const net::ServerRequest& request,
                                    const std::vector<std::string_view>& steps, net::Respond& respond);

}  // namespace patchbay::api
