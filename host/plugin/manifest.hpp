// manifest.json: what a plugin says of itself, read without running it.
//
//   {"name": "whatsapp", "kind": "channel", "version": "0.1.0", "title": "WhatsApp", "summary": "one sentence",
//    "status": "experimental", "library": "whatsapp.so", "sha256": "...", "capabilities": ["secrets.reveal"],
//    "endpoint": {"signature": {"scheme": "hmac-sha256", "header": "x-hub-signature-256", "prefix": "sha256=",
//                               "encoding": "hex", "secret": "/app_secret", "methods": ["POST"]}}}
//
// `library` and `sha256` are written by patchbay_add_plugin. `capabilities` and `endpoint` may be absent; the latter
// may be `true` for an endpoint without a signature. A channel may have
//   "sending": {"window": {"seconds": 86400, "remedy": "one sentence"}, "idempotent": false}
// of which each part may be absent. For its worker process any plugin may have
//   "limits": {"memory_mb": 512, "cpu_seconds": 3600, "call_seconds": 30}, "strict": true
// the latter where it must not run unless the kernel confines it wholly. A sink has `idempotency` ("A" to "D") and no
// endpoint. Pure. Any thread. Every mistake is told, each with its place.
#pragma once

#include "base/result.hpp"
#include "plugin/catalog.hpp"

#include <string_view>

namespace patchbay::plugin {

[[nodiscard]] Result<Manifest> parse_manifest(std::string_view text);

// settings.schema.json, as far as it can be judged without a validator: JSON, and the schema of an object.
[[nodiscard]] Result<nlohmann::json> parse_schema(std::string_view text);

[[nodiscard]] std::string_view name_of(PluginKind kind);  // "channel", "sink"

}  // namespace patchbay::plugin
