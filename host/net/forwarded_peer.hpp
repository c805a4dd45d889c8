// Who really sent a request that may have come through proxies.
//
// Pure; any thread. X-Forwarded-For can be written by anybody; each proxy appends the address that it saw. Only the
// part that trusted proxies wrote is believed: read from the right, the first address that is no trusted proxy is the
// peer.
#pragma once

#include "net/address_range.hpp"
#include "net/http_server.hpp"

#include <string>
#include <vector>

namespace patchbay::net {

// The addresses or ranges of Listen::trusted_proxies.
[[nodiscard]] Result<std::vector<AddressRange>> parse_proxies(const std::vector<std::string>& entries);

// `connected` is the address on the other side of the connection.
[[nodiscard]] std::string forwarded_peer(const Address& connected, const Headers& headers,
                                         const std::vector<AddressRange>& trusted);

}  // namespace patchbay::net
