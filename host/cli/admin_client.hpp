// Asks the running gateway through its admin API. Blocks; for a command's main thread.
//
// `body` is sent as JSON, where there is one. A gateway that cannot be reached is `unavailable`; an answer that is an
// error comes back as that error.
#pragma once

#include "base/result.hpp"
#include "cli/context.hpp"
#include "config/settings.hpp"

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace patchbay::cli {

// What goes with a request, where it changes something.
struct Asked {
  std::string idempotency_key;
  nlohmann::json body;
};

[[nodiscard]] Result<nlohmann::json> ask(const config::Settings& settings, const std::string& method,
                                         const std::string& path, const Asked& asked = {});
// The gateway of the context's settings; nothing after it told why not.
[[nodiscard]] std::optional<nlohmann::json> ask(Context& context, const std::string& method, const std::string& path,
                                                const nlohmann::json& body = {});

}  // namespace patchbay::cli
