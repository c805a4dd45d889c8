// The routes of the admin API about who is who.
//
//   GET  /api/v1/identity/review?after=&limit=   what is open, and why
//   GET  /api/v1/identity/review/ITEM            the explanation of one; ITEM is persona_3-persona_9
//   POST /api/v1/identity/review/ITEM/accept     the two are one, and /reject: they are two; as contacts/merge answers
//   GET  /api/v1/identity/explain?left=&right=   why two contacts or personas are, or are not, one
//   GET  /api/v1/contacts/ID/relations
//   POST /api/v1/identity/model                  {"learned": {...}}, or null for the weights that ship
//
// Called on the HTTP thread for a caller who showed the token; answers later, from any thread.
#pragma once

#include "api/control.hpp"
#include "net/http_server.hpp"

#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

namespace patchbay::api {

// False where the request is none of these; `respond` is then left as it was. `steps` is the path behind /api/v1/.
[[nodiscard]] bool ask_identities(Control& control, const net::ServerRequest& request,
                                  const std::vector<std::string_view>& steps, net::Respond& respond);

[[nodiscard]] nlohmann::json view(const QuestionPage& page);
// The millibits of `evidence` add up to `score`.
[[nodiscard]] nlohmann::json view(const identity::Explained& explained);
[[nodiscard]] nlohmann::json view(const std::vector<identity::RelatedTo>& related);

}  // namespace patchbay::api
