// What a request asks to be opened again or for history: the bodies of POST /api/v1/deliveries/replay and .../fill.
//
// Pure; any thread. A body is a JSON object; a key that no one knows, or a value that is not what its key takes, is
// `invalid`, so that a slip of the pen never replays more than was meant.
#pragma once

#include "api/control.hpp"

#include <nlohmann/json.hpp>
#include <string_view>

namespace patchbay::api {

// {"destination", "state", "since", "until", "reason", "contact", "events": [...], "all", "dry_run"}: something must be
// named, be it "all": true. `state` is dead where it is not given.
[[nodiscard]] Result<ReplayRequest> replay_request_of(std::string_view body);
// {"destination", "since", "until", "channels": [...]}
[[nodiscard]] Result<FillRequest> fill_request_of(std::string_view body);

[[nodiscard]] nlohmann::json view(const OpenedSoFar& opened);

}  // namespace patchbay::api
