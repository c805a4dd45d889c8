#include "net/http_url.hpp"

#include "net/address_range.hpp"

#include <algorithm>
#include <charconv>

namespace patchbay::net {
namespace {

tl::unexpected<Error> refused(std::string what, std::string remedy) {
  return failure(ErrorCode::invalid, "reading the URL: " + std::move(what), std::move(remedy));
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lowered(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}

bool is_of_a_name(char c) {
  const char folded = lower(c);
  return (folded >= 'a' && folded <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

bool is_beyond_ascii(char c) { return static_cast<unsigned char>(c) >= 0x80; }

// What may break a request line, or is read as a slash by some and not by others.
bool is_misleading(char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7f || c == '\\'; }

Result<std::string> read_host(std::string_view text) {
  if (text.starts_with('[')) {
    if (!text.ends_with(']') || text.find(':') == text.npos || !parse_address(text))
      return refused("there is no IPv6 address between the brackets", "write it like https://[2001:db8::1]:8443/");
    return lowered(text);
  }
  if (text.empty()) return refused("it names no host", "write it like https://desk.example/in");
  if (text.find('%') != text.npos)
    return refused("its host holds a percent sign", "write the host's name as it is, without percent-encoding");
  if (std::any_of(text.begin(), text.end(), is_beyond_ascii))
    return refused("its host is an international name", "write it as the DNS knows it: it begins with xn--");
  if (!std::all_of(text.begin(), text.end(), is_of_a_name))
    return refused("its host holds a character that no host name has", "write it like https://desk.example/in");
  return lowered(text);
}

// Without one, or with nothing behind the colon, the scheme's own.
Result<std::uint16_t> read_port(std::string_view digits, HttpScheme scheme) {
  if (digits.empty()) return static_cast<std::uint16_t>(scheme == HttpScheme::https ? 443 : 80);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size() || port == 0)
    return refused("behind the colon of its host stands no port from 1 to 65535",
                   "leave the port away for the usual one of http or https");
  return port;
}

}  // namespace

Result<HttpUrl> HttpUrl::parse(std::string_view url) {
  HttpUrl parsed;
  const std::string start = lowered(url.substr(0, 8));
  if (start == "https://")
    parsed.scheme = HttpScheme::https;
  else if (!start.starts_with("http://"))
    return refused("it begins with neither http:// nor https://", "write it like https://desk.example/in");
  if (std::any_of(url.begin(), url.end(), is_misleading))
    return refused("it holds white space, a control character or a backslash", "percent-encode what belongs to it");

  std::string_view authority = url.substr(parsed.scheme == HttpScheme::https ? 8 : 7);
  authority = authority.substr(0, authority.find_first_of("/?#"));
  if (authority.find('@') != authority.npos)
    return refused("it holds a user name or an @ before its path", "send credentials in a header");

  const auto bracket = authority.find(']');
  const auto colon = authority.find(':', bracket == authority.npos ? 0 : bracket);
  parsed.host = PATCHBAY_TRY(read_host(authority.substr(0, colon)));
  parsed.port = PATCHBAY_TRY(
      read_port(colon == authority.npos ? std::string_view() : authority.substr(colon + 1), parsed.scheme));
  return parsed;
}

}  // namespace patchbay::net
