// `oauth2` in a manifest: that the plugin uses OAuth2, and which authorisation servers its author knows.
//
//   {"required": true, "providers": {"google": {"flow": "browser", "authorization_url": "https://...",
//    "device_url": "https://...", "token_url": "https://...", "tenant": "common", "scopes": ["..."],
//    "parameters": {"access_type": "offline"}}}}
//
// All parts may be absent, but for the token_url of a provider. Pure; any thread.
#pragma once

#include "base/oauth2_offer.hpp"
#include "plugin/mistakes.hpp"

#include <nlohmann/json.hpp>
#include <vector>

namespace patchbay::plugin {

[[nodiscard]] OAuth2Offer read_oauth2_offer(const nlohmann::json& value, std::vector<Mistake>& mistakes);

}  // namespace patchbay::plugin
