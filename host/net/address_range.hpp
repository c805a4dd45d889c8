// Numeric IP addresses and ranges of them, IPv4 as IPv4-mapped IPv6, so that one comparison serves both.
//
// Pure values; any thread. Names are never resolved here.
#pragma once

#include "base/result.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

struct sockaddr;

namespace patchbay::net {

using Address = std::array<std::uint8_t, 16>;  // in network order

// "10.0.0.5", "fd00::5", also in brackets or with a zone ("fe80::1%eth0", which is dropped). Nothing else: no octal, no
// hexadecimal, no short forms.
[[nodiscard]] std::optional<Address> parse_address(std::string_view text);
[[nodiscard]] std::optional<Address> address_of(const sockaddr* address);  // nothing unless it is IPv4 or IPv6
[[nodiscard]] std::uint16_t port_of(const sockaddr* address);              // 0 unless it is IPv4 or IPv6
[[nodiscard]] std::string to_text(const Address& address);

[[nodiscard]] bool is_ipv4(const Address& address);

struct AddressRange {
  Address first{};
  std::uint8_t prefix = 128;  // bits of 128 that count

  // "10.0.0.0/8", "fd00::/8", or one address, without zone. Bits beyond the prefix must be zero: a typing error else.
  [[nodiscard]] static Result<AddressRange> parse(std::string_view text);
  // An IPv6 range that merely encloses the mapped addresses ("::/0") holds no IPv4 address: nobody meant it.
  [[nodiscard]] bool contains(const Address& address) const;
};

}  // namespace patchbay::net
