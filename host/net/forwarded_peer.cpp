#include "net/forwarded_peer.hpp"

#include <algorithm>
#include <string_view>

namespace patchbay::net {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Some proxies add the port: "192.0.2.7:4711", "[2001:db8::7]:4711".
std::optional<Address> parse_hop(std::string_view text) {
  if (const auto address = parse_address(text)) return address;
  const auto colon = text.rfind(':');
  if (colon == text.npos) return std::nullopt;
  const bool bracketed = text.front() == '[' && text[colon - 1] == ']';
  const bool ipv4 = text.find(':') == colon;
  return bracketed || ipv4 ? parse_address(text.substr(0, colon)) : std::nullopt;
}

bool is_trusted(const Address& address, const std::vector<AddressRange>& trusted) {
  return std::any_of(trusted.begin(), trusted.end(),
                     [&](const AddressRange& range) { return range.contains(address); });
}

}  // namespace

Result<std::vector<AddressRange>> parse_proxies(const std::vector<std::string>& entries) {
  std::vector<AddressRange> ranges;
  for (const std::string& entry : entries) {
    auto range = AddressRange::parse(entry);
    if (!range) return failure(std::move(range.error()).while_doing("reading the trusted proxies"));
    ranges.push_back(*range);
  }
  return ranges;
}

std::string forwarded_peer(const Address& connected, const Headers& headers, const std::vector<AddressRange>& trusted) {
  Address peer = connected;
  for (auto header = headers.rbegin(); header != headers.rend(); ++header) {
    if (header->first != "x-forwarded-for") continue;
    std::string_view rest = header->second;
    while (!rest.empty()) {
      if (!is_trusted(peer, trusted)) return to_text(peer);
      const auto comma = rest.rfind(',');
      const std::string_view hop = trimmed(comma == rest.npos ? rest : rest.substr(comma + 1));
      rest = comma == rest.npos ? std::string_view{} : rest.substr(0, comma);
      if (hop.empty()) continue;
      const auto address = parse_hop(hop);
      if (!address) return to_text(peer);  // "unknown", or nonsense: the proxy that says so is the last one known
      peer = *address;
    }
  }
  return to_text(peer);
}

}  // namespace patchbay::net
