#include "net/address_range.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace patchbay::net {
namespace {

constexpr std::array<std::uint8_t, 12> mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned mapped_bits = 96;

Address mapped(const void* ipv4) {
  Address address{};
  std::copy(mapped_prefix.begin(), mapped_prefix.end(), address.begin());
  std::memcpy(address.data() + mapped_prefix.size(), ipv4, 4);
  return address;
}

bool same_bits(const Address& left, const Address& right, unsigned bits) {
  const unsigned whole = bits / 8;
  if (!std::equal(left.begin(), left.begin() + whole, right.begin())) return false;
  if (bits % 8 == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xff << (8 - bits % 8));
  return (left[whole] & mask) == (right[whole] & mask);
}

bool zero_beyond(const Address& address, unsigned bits) {
  Address first{};
  const unsigned whole = bits / 8;
  std::copy(address.begin(), address.begin() + whole, first.begin());
  if (bits % 8 != 0) first[whole] = static_cast<std::uint8_t>(address[whole] & (0xff << (8 - bits % 8)));
  return first == address;
}

}  // namespace

std::optional<Address> parse_address(std::string_view text) {
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
  if (text.find(':') != text.npos) text = text.substr(0, text.find('%'));
  const std::string terminated(text);
  if (terminated.find('\0') != terminated.npos) return std::nullopt;
  std::uint8_t ipv4[4];
  if (inet_pton(AF_INET, terminated.c_str(), ipv4) == 1) return mapped(ipv4);
  Address ipv6{};
  if (inet_pton(AF_INET6, terminated.c_str(), ipv6.data()) == 1) return ipv6;
  return std::nullopt;
}

std::optional<Address> address_of(const sockaddr* address) {
  if (address == nullptr) return std::nullopt;
  if (address->sa_family == AF_INET) {
    sockaddr_in ipv4{};
    std::memcpy(&ipv4, address, sizeof ipv4);
    return mapped(&ipv4.sin_addr);
  }
  if (address->sa_family == AF_INET6) {
    sockaddr_in6 ipv6{};
    std::memcpy(&ipv6, address, sizeof ipv6);
    Address bytes{};
    std::memcpy(bytes.data(), &ipv6.sin6_addr, bytes.size());
    return bytes;
  }
  return std::nullopt;
}

std::uint16_t port_of(const sockaddr* address) {
  if (address == nullptr) return 0;
  if (address->sa_family == AF_INET) {
    sockaddr_in ipv4{};
    std::memcpy(&ipv4, address, sizeof ipv4);
    return ntohs(ipv4.sin_port);
  }
  if (address->sa_family == AF_INET6) {
    sockaddr_in6 ipv6{};
    std::memcpy(&ipv6, address, sizeof ipv6);
    return ntohs(ipv6.sin6_port);
  }
  return 0;
}

std::string to_text(const Address& address) {
  char text[INET6_ADDRSTRLEN] = {};
  if (is_ipv4(address)) {
    inet_ntop(AF_INET, address.data() + mapped_prefix.size(), text, sizeof text);
  } else {
    inet_ntop(AF_INET6, address.data(), text, sizeof text);
  }
  return text;
}

bool is_ipv4(const Address& address) { return std::equal(mapped_prefix.begin(), mapped_prefix.end(), address.begin()); }

Result<AddressRange> AddressRange::parse(std::string_view text) {
  const std::string shown = "reading the address range \"" + std::string(text) + "\": ";
  const auto slash = text.find('/');
  const std::string_view written = text.substr(0, slash);
  if (written.find('%') != written.npos) {
    return failure(ErrorCode::invalid, shown + "expected no zone, a range holds on every interface",
                   "leave away what follows the percent sign");
  }
  const auto address = parse_address(written);
  if (!address) {
    return failure(ErrorCode::invalid, shown + "expected a numeric address before the slash",
                   "write it like 10.0.0.0/8 or fd00::/8, names are not looked up");
  }
  const bool ipv4 = written.find(':') == written.npos;
  const unsigned most = ipv4 ? 32 : 128;
  unsigned prefix = most;
  if (slash != text.npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
    if (error != std::errc{} || end != digits.data() + digits.size() || prefix > most) {
      return failure(ErrorCode::invalid, shown + "expected a prefix length from 0 to " + std::to_string(most),
                     "one address has /" + std::to_string(most));
    }
  }
  const unsigned bits = ipv4 ? prefix + mapped_bits : prefix;
  if (!zero_beyond(*address, bits)) {
    return failure(ErrorCode::invalid, shown + "the address has bits set beyond its prefix",
                   "write the first address of the range, or /" + std::to_string(most) + " for this one alone");
  }
  return AddressRange{*address, static_cast<std::uint8_t>(bits)};
}

bool AddressRange::contains(const Address& address) const {
  if (is_ipv4(address) && prefix < mapped_bits) return false;
  return same_bits(first, address, prefix);
}

}  // namespace patchbay::net
