// Sending with an access token: the part of an HttpClient that is the same for all of them.
#pragma once

#include "net/http_client.hpp"

namespace patchbay::net {

// Gets the token, sends, and after a 401 once more with another one where the request may be repeated: a server that
// answers so has not done what it was asked (RFC 9110, section 15.5.2). `completed` runs on the client's thread. The
// client outlives what `request.bearer` still calls back.
void send_with_bearer(HttpClient& client, ClientRequest request, HttpClient::Completed completed);

}  // namespace patchbay::net
