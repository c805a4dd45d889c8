// What Meta asks by GET when a webhook is set up: hub.mode, hub.verify_token and hub.challenge. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace patchbay::whatsapp {

struct Verification {
  std::string mode;
  std::string token;
  std::string challenge;
};

// Of a query without its question mark, still encoded. What is missing, encoded wrongly or too long is empty.
[[nodiscard]] Verification read_verification(std::string_view query);

}  // namespace patchbay::whatsapp
