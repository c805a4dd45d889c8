// What the host's own keys may hold. Each check says what would be right, or nothing where all is well.
// Any thread. Only time_zone() looks outside: at the zone files of the system.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace patchbay::config {

struct Wish {
  std::string expected;
  std::string remedy;
};
using Check = std::optional<Wish> (*)(const std::string&);

[[nodiscard]] std::optional<Wish> plugin_section_name(const std::string& name);  // ^[a-z][a-z0-9_-]{0,62}$
[[nodiscard]] std::optional<Wish> region(const std::string& code);               // ISO 3166-1 alpha-2
[[nodiscard]] std::optional<Wish> time_zone(const std::string& name);            // IANA, as far as this machine knows
[[nodiscard]] std::optional<Wish> listen_address(const std::string& address);    // HOST:PORT, [IPv6]:PORT
[[nodiscard]] std::optional<Wish> public_url(const std::string& url);            // RFC 3986; http on loopback only
[[nodiscard]] std::optional<Wish> token_url(const std::string& url);             // the same, and a query is allowed
[[nodiscard]] std::optional<Wish> proxy_address(const std::string& address);     // an address, or CIDR
[[nodiscard]] std::optional<Wish> stream_proxy(const std::string& url);          // socks5:// or http://, host and port
[[nodiscard]] std::optional<Wish> private_range(const std::string& range);       // CIDR[:PORT], [IPv6]/N:PORT

}  // namespace patchbay::config
