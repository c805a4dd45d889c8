#include "net/address_guard.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace patchbay::net {
namespace {

// IANA IPv4 Special-Purpose Address Registry, what is not globally reachable, plus multicast. The two addresses of
// 192.0.0.0/24 that the registry calls reachable are anycast to the nearest NAT or relay, hence of the inside network.
constexpr const char* special_ipv4[] = {
    "0.0.0.0/8",        // this network; Linux connects 0.0.0.0 to itself
    "10.0.0.0/8",       // private use
    "100.64.0.0/10",    // shared address space of carriers
    "127.0.0.0/8",      // loopback
    "169.254.0.0/16",   // link-local, where clouds serve their metadata
    "172.16.0.0/12",    // private use
    "192.0.0.0/24",     // IETF protocol assignments
    "192.0.2.0/24",     // documentation
    "192.88.99.0/24",   // 6to4 relays, deprecated
    "192.168.0.0/16",   // private use
    "198.18.0.0/15",    // benchmarking
    "198.51.100.0/24",  // documentation
    "203.0.113.0/24",   // documentation
    "224.0.0.0/4",      // multicast
    "240.0.0.0/4",      // reserved, limited broadcast
};

// IANA IPv6 Special-Purpose Address Registry, within 2000::/3; all that is outside is refused by the rule below.
constexpr const char* special_ipv6[] = {
    "2001::/23",      // IETF protocol assignments: Teredo, benchmarking, ORCHID
    "2001:db8::/32",  // documentation
    "2002::/16",      // 6to4
    "3fff::/20",      // documentation
};

// Of 2001::/23, what the registry calls globally reachable.
constexpr const char* reachable_ipv6[] = {
    "2001:1::1/128",    // Port Control Protocol anycast
    "2001:1::2/128",    // TURN anycast
    "2001:1::3/128",    // DNS-SD service registration anycast
    "2001:3::/32",      // AMT
    "2001:4:112::/48",  // AS112
};

template <std::size_t N>
std::vector<AddressRange> ranges(const char* const (&table)[N]) {
  std::vector<AddressRange> all;
  all.reserve(N);
  for (const char* text : table) all.push_back(AddressRange::parse(text).value());
  return all;
}

bool within(const std::vector<AddressRange>& all, const Address& address) {
  return std::any_of(all.begin(), all.end(), [&](const AddressRange& range) { return range.contains(address); });
}

// The IPv4 address that a translator would connect to: RFC 6052, the well-known prefix.
std::optional<Address> translated(const Address& address) {
  static const AddressRange nat64 = AddressRange::parse("64:ff9b::/96").value();
  if (!nat64.contains(address)) return std::nullopt;
  Address ipv4{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  std::copy(address.begin() + 12, address.end(), ipv4.begin() + 12);
  return ipv4;
}

// RFC 5214, 6.1: an interface identifier that names the IPv4 address to tunnel to.
bool is_isatap(const Address& address) {
  return (address[8] == 0x00 || address[8] == 0x02) && address[9] == 0x00 && address[10] == 0x5e && address[11] == 0xfe;
}

bool globally_reachable(const Address& address) {
  static const std::vector<AddressRange> refused_ipv4 = ranges(special_ipv4);
  static const std::vector<AddressRange> refused_ipv6 = ranges(special_ipv6);
  static const std::vector<AddressRange> excepted_ipv6 = ranges(reachable_ipv6);
  static const AddressRange global_unicast = AddressRange::parse("2000::/3").value();

  if (is_ipv4(address)) return !within(refused_ipv4, address);
  if (const auto ipv4 = translated(address)) return !within(refused_ipv4, *ipv4);
  // Loopback, link-local, unique local, site-local, multicast and the IPv4-compatible addresses are all out here, and
  // so is what IANA may yet assign: a new range is closed until it stands in the table.
  if (!global_unicast.contains(address) || is_isatap(address)) return false;
  return !within(refused_ipv6, address) || within(excepted_ipv6, address);
}

Result<std::uint16_t> parse_port(std::string_view entry, std::string_view digits) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size() || port == 0) {
    return failure(ErrorCode::invalid,
                   "reading the allowed address \"" + std::string(entry) +
                       "\": expected a port from 1 to 65535, got \"" + std::string(digits) + "\"",
                   "leave the port away to allow every port");
  }
  return port;
}

// "10.0.0.5/32:443" -> "10.0.0.5/32", "443". A colon within an IPv6 address without brackets and slash is no port.
std::pair<std::string_view, std::optional<std::string_view>> split_port(std::string_view entry) {
  const auto slash = entry.find('/');
  const auto bracket = entry.find(']');
  std::size_t from = 0;
  if (slash != entry.npos) {
    from = slash;
  } else if (bracket != entry.npos) {
    from = bracket;
  } else if (std::count(entry.begin(), entry.end(), ':') > 1) {
    return {entry, std::nullopt};
  }
  const auto colon = entry.find(':', from);
  if (colon == entry.npos) return {entry, std::nullopt};
  return {entry.substr(0, colon), entry.substr(colon + 1)};
}

}  // namespace

Result<AddressGuard> AddressGuard::allowing(const std::vector<std::string>& entries) {
  AddressGuard guard;
  for (const std::string& entry : entries) {
    const auto [cidr, digits] = split_port(entry);
    Opening opening;
    auto range = AddressRange::parse(cidr);
    if (!range) return failure(std::move(range.error()).while_doing("reading the allowed address \"" + entry + "\""));
    opening.range = *range;
    if (digits) opening.port = PATCHBAY_TRY(parse_port(entry, *digits));
    guard.allowed_.push_back(opening);
  }
  return guard;
}

bool AddressGuard::allows(const sockaddr* address) const {
  const auto bytes = address_of(address);
  return bytes && allows(*bytes, port_of(address));
}

bool AddressGuard::allows(std::string_view numeric_address, std::uint16_t port) const {
  const auto bytes = parse_address(numeric_address);
  return bytes && allows(*bytes, port);
}

bool AddressGuard::allows(const Address& address, std::uint16_t port) const {
  if (globally_reachable(address)) return true;
  return std::any_of(allowed_.begin(), allowed_.end(), [&](const Opening& opening) {
    return (opening.port == 0 || opening.port == port) && opening.range.contains(address);
  });
}

}  // namespace patchbay::net
