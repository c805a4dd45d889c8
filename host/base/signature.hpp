// Signatures with a shared or private key: what abi.h calls the schemes of patchbay.secrets/1.
//
// Pure but for OpenSSL; any thread. Comparisons take the same time whatever the secret. Standards: RFC 2104 (HMAC),
// RFC 8032 (Ed25519), Standard Webhooks 1.0.0.
#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace patchbay {

// Schemes: hmac-sha256, hmac-sha1 (raw digest), standard-webhooks ("v1,BASE64" with a whsec_ key, "v1a,BASE64" with a
// whsk_ one). Fails with `invalid` where the scheme is unknown or the secret is no key of it; the secret is never in
// the reason.
[[nodiscard]] Result<std::string> sign(std::string_view secret, std::string_view scheme, std::string_view message);

// As sign, and `equal`: whether `signature` is the secret itself.
[[nodiscard]] bool verifies(std::string_view secret, std::string_view scheme, std::string_view message,
                            std::string_view signature);

[[nodiscard]] std::string base64(std::string_view bytes);
// RFC 4648 with padding; fails with `invalid` on anything else.
[[nodiscard]] Result<std::string> from_base64(std::string_view text);
// Lower or upper case; fails with `invalid` on anything else.
[[nodiscard]] Result<std::string> from_hex(std::string_view text);

}  // namespace patchbay
