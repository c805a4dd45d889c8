// What a plugin's manifest offers about OAuth2: plugin/ reads it, config/ completes it with what the operator wrote.
// Plain values; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace patchbay {

// How the first access token is had: RFC 8628, RFC 6749 4.1 with RFC 7636, RFC 6749 4.4.
enum class OAuth2Flow : std::uint8_t { device, browser, client_credentials };

[[nodiscard]] constexpr std::string_view name_of(OAuth2Flow flow) {
  switch (flow) {
    case OAuth2Flow::device:
      return "device";
    case OAuth2Flow::browser:
      return "browser";
    case OAuth2Flow::client_credentials:
      break;
  }
  return "client_credentials";
}

using OAuth2Parameters = std::vector<std::pair<std::string, std::string>>;

// An authorisation server that the plugin's author knows. `{tenant}` in an address stands for the setting of that name.
struct OAuth2Provider {
  std::string name;  // "google"
  OAuth2Flow flow = OAuth2Flow::browser;
  std::string device_url, authorization_url, token_url;
  std::string tenant;  // where the settings name none; empty: they have to
  std::vector<std::string> scopes;
  OAuth2Parameters parameters;  // that it wants in the browser's address beside the standard's
};

struct OAuth2Offer {
  bool required = false;  // the plugin cannot do without
  std::vector<OAuth2Provider> providers;
};

}  // namespace patchbay
