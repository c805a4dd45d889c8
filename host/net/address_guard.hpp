// Which addresses an outgoing connection may reach: the guard against sinks turned against the inside network (SSRF).
//
// The decision is made on the address that is about to be connected to, never on a name. Refused unless allowed: all
// that the IANA special-purpose registries (RFC 6890 and successors) do not call globally reachable, and what embeds
// such an IPv4 address (IPv4-mapped, NAT64). 6to4, Teredo and ISATAP, which embed one too, are refused altogether, as
// nobody serves there. Pure; any thread.
#pragma once

#include "base/result.hpp"
#include "net/address_range.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

struct sockaddr;

namespace patchbay::net {

class AddressGuard {
 public:
  // Each entry is CIDR[:PORT], as in `allow_private`: "10.0.0.5/32:443", "fd00::/8", "[fd00::5]/128:443".
  [[nodiscard]] static Result<AddressGuard> allowing(const std::vector<std::string>& entries);
  AddressGuard() = default;  // allows no private address

  [[nodiscard]] bool allows(const sockaddr* address) const;
  [[nodiscard]] bool allows(std::string_view numeric_address, std::uint16_t port) const;

 private:
  struct Opening {
    AddressRange range;
    std::uint16_t port = 0;  // 0 = any
  };
  [[nodiscard]] bool allows(const Address& address, std::uint16_t port) const;

  std::vector<Opening> allowed_;
};

}  // namespace patchbay::net
