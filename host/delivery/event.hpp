// What a sink receives: CloudEvents 1.0 in structured JSON, built once at commit and frozen.
//
// Pure; any thread. The JSON Schemas of `data` stand in docs/schemas.
#pragma once

#include "store/records.hpp"

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace patchbay::delivery {

// CloudEvents 1.0.2 structured mode: specversion, id ("event_12"), source ("/patchbay/STORE"), type, subject (the
// contact, or the channel), time, datacontenttype, dataschema, data, and the extension `sequence`.
[[nodiscard]] std::string cloud_event(std::string_view store_id, store::EventId id, store::EventType type,
                                      std::string_view subject, TimePoint at, const nlohmann::json& data);
// The same where the data is JSON text already.
[[nodiscard]] std::string cloud_event(std::string_view store_id, store::EventId id, store::EventType type,
                                      std::string_view subject, TimePoint at, std::string_view data);

}  // namespace patchbay::delivery
