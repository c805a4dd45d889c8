// The status line and header fields of an answer, RFC 9112.
//
// Pure; any thread. The server alone writes what frames a message (Content-Length, Connection, Transfer-Encoding):
// fields of these names in an answer are left out. An answer that is no HTTP (a line break in a field, a status out of
// range) is replaced by a 500 without body: a handler must not be able to split a response.
#pragma once

#include "net/http_server.hpp"

#include <cstdint>
#include <string>

namespace patchbay::net {

enum class Persistence : std::uint8_t { keep, keep_1_0, close };

void make_sendable(ServerResponse& response);  // replaces what is no HTTP
[[nodiscard]] bool has_no_body(std::uint32_t status);
[[nodiscard]] std::string response_head(const ServerResponse& response, Persistence persistence);

}  // namespace patchbay::net
