#include "config/checks.hpp"

#include "config/text.hpp"

#include <arpa/inet.h>
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <vector>

namespace patchbay::config {

namespace {

// ISO 3166-1 alpha-2, officially assigned.
constexpr std::string_view regions =
    " AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ "
    "CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO "
    "FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE "
    "JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO "
    "MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW "
    "PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM "
    "TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW ";

constexpr const char* zone_folder = "/usr/share/zoneinfo";

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) { return is_lower(c) || is_upper(c) || is_digit(c); }

bool is_region(std::string_view code) {
  return code.size() == 2 && regions.find(" " + std::string(code) + " ") != std::string_view::npos;
}

template <class Number>
std::optional<Number> number(std::string_view digits, Number most) {
  Number value{};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size() || value > most) return std::nullopt;
  return value;
}

bool is_port(std::string_view text) { return number<std::uint32_t>(text, 65535).has_value(); }

enum class Family : std::uint8_t { none, ipv4, ipv6 };

Family family_of(const std::string& address) {
  unsigned char bytes[16];
  if (inet_pton(AF_INET, address.c_str(), bytes) == 1) return Family::ipv4;
  if (inet_pton(AF_INET6, address.c_str(), bytes) == 1) return Family::ipv6;
  return Family::none;
}

bool is_prefix(std::string_view text, Family family) {
  return number<std::uint32_t>(text, family == Family::ipv4 ? 32 : 128).has_value();
}

bool is_host_name(std::string_view name) {
  if (name.empty() || name.size() > 253 || name.front() == '.' || name.front() == '-') return false;
  if (name.find("..") != std::string_view::npos) return false;
  return std::all_of(name.begin(), name.end(), [](char c) { return is_word(c) || c == '-' || c == '.'; });
}

// Digits and dots only: meant as an IPv4 address, so it must be one.
bool looks_like_ipv4(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](char c) { return is_digit(c) || c == '.'; });
}

struct HostPort {
  std::string host;  // without brackets
  std::optional<std::string_view> port;
};

// RFC 3986's host [":" port].
std::optional<HostPort> split_authority(std::string_view text) {
  HostPort parts;
  std::string_view rest;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    parts.host = text.substr(1, end - 1);
    rest = text.substr(end + 1);
    if (family_of(parts.host) != Family::ipv6) return std::nullopt;
  } else {
    const std::size_t end = std::min(text.find(':'), text.size());
    parts.host = text.substr(0, end);
    rest = text.substr(end);
    if (!is_host_name(parts.host)) return std::nullopt;
    if (looks_like_ipv4(parts.host) && family_of(parts.host) != Family::ipv4) return std::nullopt;
  }
  if (rest.empty()) return parts;
  if (rest.front() != ':' || !is_port(rest.substr(1))) return std::nullopt;
  parts.port = rest.substr(1);
  return parts;
}

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || (family_of(host) == Family::ipv4 && host.starts_with("127."));
}

bool is_zone_file(const std::string& name) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(std::filesystem::path(zone_folder) / name, ignored);
}

// Zones stand one to three folders deep: "UTC", "Europe/Rome", "America/Argentina/Salta".
std::vector<std::string> known_zones() {
  std::vector<std::string> names;
  std::error_code error;
  std::filesystem::recursive_directory_iterator each(zone_folder, error), end;
  for (; !error && each != end; each.increment(error)) {
    const std::string name = each->path().lexically_relative(zone_folder).string();
    if (is_upper(name.front()) && each->is_regular_file(error)) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

std::optional<Wish> plugin_section_name(const std::string& name) {
  const bool right =
      !name.empty() && name.size() <= 63 && is_lower(name[0]) &&
      std::all_of(name.begin(), name.end(), [](char c) { return is_lower(c) || is_digit(c) || c == '_' || c == '-'; });
  if (right) return std::nullopt;
  return Wish{"a name of lower-case letters, digits, - and _ that begins with a letter, at most 63 long",
              "write it like support or web-shop"};
}

std::optional<Wish> region(const std::string& code) {
  if (is_region(code)) return std::nullopt;
  Wish wish{"a country code of ISO 3166-1 in two capital letters", "write it like IT or NL"};
  std::string upper = code;
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return is_lower(c) ? static_cast<char>(c - 'a' + 'A') : c; });
  if (is_region(upper)) wish.remedy = "write " + upper;
  if (upper == "UK") wish.remedy = "write GB";
  if (upper == "EL") wish.remedy = "write GR";
  return wish;
}

std::optional<Wish> time_zone(const std::string& name) {
  Wish wish{"a time zone of the IANA database", "write it like Europe/Rome"};
  const bool shaped = !name.empty() && name.size() < 64 && is_upper(name.front()) && name.back() != '/' &&
                      name.find("//") == std::string::npos && std::all_of(name.begin(), name.end(), [](char c) {
                        return is_word(c) || c == '/' || c == '_' || c == '-' || c == '+';
                      });
  std::error_code ignored;
  if (!std::filesystem::is_directory(zone_folder, ignored)) return shaped ? std::nullopt : std::optional(wish);
  if (shaped && is_zone_file(name)) return std::nullopt;
  if (const auto best = meant(name, known_zones())) wish.remedy = "did you mean " + *best + "?";
  return wish;
}

std::optional<Wish> listen_address(const std::string& address) {
  const auto parts = split_authority(address);
  if (parts && parts->port) return std::nullopt;
  return Wish{"an address with a port", "write it like 127.0.0.1:8080 or [::]:8443"};
}

std::optional<Wish> public_url(const std::string& url) {
  const std::string example = "write it like https://hooks.example.com";
  const std::size_t colon = url.find("://");
  if (colon == std::string::npos) return Wish{"a URL that begins with https://", example};
  const std::string scheme = url.substr(0, colon);
  if (scheme != "https" && scheme != "http") return Wish{"a URL that begins with https://", example};
  const std::string_view rest = std::string_view(url).substr(colon + 3);
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  if (authority.find('@') != std::string_view::npos) return Wish{"a URL without a user name", example};
  if (rest.find_first_of("?#") != std::string_view::npos) return Wish{"a URL without ? and #", example};
  if (rest.find_first_of(" \t\r\n\"<>\\") != std::string_view::npos) return Wish{"a URL without blanks", example};
  const auto parts = split_authority(authority);
  if (!parts) return Wish{"a URL with a host name", example};
  if (scheme == "http" && !is_loopback(parts->host))
    return Wish{"a URL that begins with https://", "providers only call https; http is for a loopback address"};
  return std::nullopt;
}

std::optional<Wish> token_url(const std::string& url) {
  if (url.find('#') != std::string::npos) return Wish{"a URL without #", "RFC 6749 allows none there"};
  auto wish = public_url(url.substr(0, url.find('?')));
  if (wish && wish->remedy.starts_with("providers only"))
    wish->remedy = "secrets go there: http is for a loopback address";
  return wish;
}

std::optional<Wish> proxy_address(const std::string& address) {
  const std::size_t slash = address.find('/');
  const Family family = family_of(address.substr(0, slash));
  const bool right = family != Family::none &&
                     (slash == std::string::npos || is_prefix(std::string_view(address).substr(slash + 1), family));
  if (right) return std::nullopt;
  return Wish{"an IP address or a range", "write it like 10.0.0.2 or 10.0.0.0/24"};
}

std::optional<Wish> stream_proxy(const std::string& url) {
  const Wish wish{"the URL of a SOCKS5 or HTTP proxy",
                  "write it like socks5://proxy.example.com:1080 or http://USER:PASSWORD@proxy.example.com:3128"};
  for (const std::string_view scheme : {"socks5://", "http://"}) {
    if (!url.starts_with(scheme)) continue;
    std::string_view authority = std::string_view(url).substr(scheme.size());
    if (authority.find_first_of("/?# \t\r\n\"<>\\") != std::string_view::npos) return wish;
    if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) authority.remove_prefix(at + 1);
    const auto parts = split_authority(authority);
    return parts && parts->port ? std::nullopt : std::optional(wish);
  }
  return wish;
}

std::optional<Wish> private_range(const std::string& range) {
  const Wish wish{"an address range CIDR[:PORT]", "write it like 10.0.0.5/32:443, fd00::/8 or [fd00::5]/128:443"};
  const bool bracketed = range.starts_with('[');
  const std::size_t slash = range.find('/');
  if (slash == std::string::npos) {
    const Family family = family_of(range);
    if (family == Family::none) return wish;
    return Wish{wish.expected, "write " + range + (family == Family::ipv4 ? "/32" : "/128")};
  }
  std::string address = range.substr(0, slash);
  if (bracketed) {
    if (!address.ends_with(']')) return wish;
    address = address.substr(1, address.size() - 2);
  }
  const Family family = family_of(address);
  if (family == Family::none || (bracketed && family != Family::ipv6)) return wish;
  const std::string_view tail = std::string_view(range).substr(slash + 1);
  const std::size_t colon = tail.find(':');
  if (!is_prefix(tail.substr(0, colon), family)) return wish;
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view port = tail.substr(colon + 1);
  return is_port(port) && port != "0" ? std::nullopt : std::optional(wish);
}

}  // namespace patchbay::config
