// Any text as a URL, an address or entries of allow_private: what passes is what libcurl will take it for, and opens
// what it says and no more.
#include "net/address_guard.hpp"
#include "net/http_url.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using namespace patchbay::net;

void require(bool holds) {
  if (!holds) std::abort();
}

void require_advice(const patchbay::Error& error) { require(!error.reason.empty() && !error.remedy.empty()); }

// What libcurl reads in the URL; empty where it finds no such part.
std::string part_of(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, CURLU_DEFAULT_PORT) != CURLUE_OK) return {};
  std::string copy = text;
  curl_free(text);
  return copy;
}

bool is_numeric(const std::string& host) {
  return std::all_of(host.begin(), host.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == 'x' || c == '.'; });
}

void try_url(const std::string& text) {
  const auto parsed = HttpUrl::parse(text);
  if (!parsed) return require_advice(parsed.error());
  require(text.find('\0') == std::string::npos);
  CURLU* const url = curl_url();
  if (curl_url_set(url, CURLUPART_URL, text.c_str(), CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK) {
    require(part_of(url, CURLUPART_USER).empty() && part_of(url, CURLUPART_PASSWORD).empty());
    require(part_of(url, CURLUPART_SCHEME) == (parsed->scheme == HttpScheme::https ? "https" : "http"));
    require(part_of(url, CURLUPART_PORT) == std::to_string(parsed->port));
    std::string host = part_of(url, CURLUPART_HOST);
    std::transform(host.begin(), host.end(), host.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    const auto read = parse_address(host);
    const bool same_address = read && read == parse_address(parsed->host);
    const bool respelt = read && is_numeric(parsed->host);  // 0x7f.1 comes back as 127.0.0.1
    require(host == parsed->host || same_address || respelt);
  }
  curl_url_cleanup(url);
}

void try_address(const std::string& text) {
  const auto address = parse_address(text);
  if (!address) return;
  require(parse_address(to_text(*address)) == address);
  require(AddressGuard().allows(text, 443) == AddressGuard().allows(to_text(*address), 443));
}

// Lines are entries. Together they open what each opens alone, and nothing is closed by opening more.
void try_entries(const std::string& text) {
  std::vector<std::string> entries;
  for (std::size_t from = 0; from <= text.size() && entries.size() < 8;) {
    const auto end = std::min(text.find('\n', from), text.size());
    entries.push_back(text.substr(from, end - from));
    from = end + 1;
  }
  const auto together = AddressGuard::allowing(entries);
  if (!together) return require_advice(together.error());
  for (const char* address : {"8.8.8.8", "10.0.0.5", "127.0.0.1", "169.254.169.254", "255.255.255.255", "::", "::1",
                              "fd00:ec2::254", "fe80::1", "64:ff9b::a00:5", "2001:db8::1"}) {
    for (const std::uint16_t port : {std::uint16_t{1}, std::uint16_t{443}, std::uint16_t{65535}}) {
      bool alone = AddressGuard().allows(address, port);
      for (const std::string& entry : entries) alone = alone || AddressGuard::allowing({entry})->allows(address, port);
      require(together->allows(address, port) == alone);
    }
  }
}

}  // namespace

// The first byte chooses what the rest is.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 3) {
    case 0:
      try_url(text);
      break;
    case 1:
      try_address(text);
      break;
    default:
      try_entries(text);
  }
  return 0;
}
