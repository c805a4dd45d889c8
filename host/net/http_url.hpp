// The URL of an HTTP request, taken apart: whose host is it?
//
// RFC 3986 and RFC 9110, 4.2, and stricter than both: what two readers could take for two hosts is refused. libcurl
// reads the URL after us, and what was checked must be what it connects to: no user names, no backslashes, no
// percent-encoded hosts, no international names but in their ASCII form, one host behind exactly two slashes. Numeric
// hosts in decimal, octal or hexadecimal pass as names: what they stand for is judged by the AddressGuard. Pure; any
// thread.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace patchbay::net {

enum class HttpScheme : std::uint8_t { http, https };

struct HttpUrl {
  HttpScheme scheme = HttpScheme::http;
  std::string host;  // ASCII in lower case; an IPv6 address in its brackets
  std::uint16_t port = 0;

  // The errors show nothing of the URL, which may hold a secret.
  [[nodiscard]] static Result<HttpUrl> parse(std::string_view url);
};

}  // namespace patchbay::net
