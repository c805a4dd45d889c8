#include "gateway/secrets.hpp"

#include <patchbay/bytes.hpp>

#include "base/signature.hpp"

namespace patchbay::gateway {

const std::string* SecretBox::find(pb_secret secret) const {
  return secret < secrets_.size() ? &secrets_[secret] : nullptr;
}

pb_code SecretBox::sign(pb_secret secret, std::string_view scheme, std::string_view message,
                        const pb_writer& out) const {
  const std::string* key = find(secret);
  if (!key) return PB_NOT_FOUND;
  const Result<std::string> signature = patchbay::sign(*key, scheme, message);
  if (!signature) return PB_INVALID_SETTINGS;
  out.write(out.self, bytes(*signature));
  return PB_OK;
}

pb_code SecretBox::verify(pb_secret secret, std::string_view scheme, std::string_view message,
                          std::string_view signature) const {
  const std::string* key = find(secret);
  if (!key) return PB_NOT_FOUND;
  return verifies(*key, scheme, message, signature) ? PB_OK : PB_AUTH_FAILED;
}

}  // namespace patchbay::gateway
