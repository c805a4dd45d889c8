// The schemes of patchbay.secrets/1, computed with OpenSSL as a host does.
//
// Pure functions, any thread. No value = the secret is no key of that scheme; an unknown scheme is told apart before.
// HMAC as in RFC 2104, Ed25519 as in RFC 8032, the text forms as in Standard Webhooks 1.0.0: a key is "whsec_" or
// "whsk_" and base64, a signature "v1," or "v1a," and base64.
#pragma once

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace patchbay::testkit {

enum class Scheme : std::uint8_t { hmac_sha256, hmac_sha1, standard_webhooks, equal };

[[nodiscard]] inline std::optional<Scheme> scheme_of(std::string_view name) {
  if (name == "hmac-sha256") return Scheme::hmac_sha256;
  if (name == "hmac-sha1") return Scheme::hmac_sha1;
  if (name == "standard-webhooks") return Scheme::standard_webhooks;
  if (name == "equal") return Scheme::equal;
  return std::nullopt;
}

namespace detail {

[[nodiscard]] inline const unsigned char* raw(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

[[nodiscard]] inline std::string hmac(const EVP_MD* digest, std::string_view key, std::string_view message) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  HMAC(digest, key.empty() ? "" : key.data(), static_cast<int>(key.size()), raw(message), message.size(), out, &length);
  return {reinterpret_cast<const char*>(out), length};
}

[[nodiscard]] inline std::string base64(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), raw(bytes), static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(length));
  return out;
}

[[nodiscard]] inline std::optional<std::string> unbase64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return std::nullopt;
  std::string out(text.size() / 4 * 3, '\0');
  if (EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()), raw(text), static_cast<int>(text.size())) < 0)
    return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  out.resize(out.size() - padding);
  return out;
}

[[nodiscard]] inline std::optional<std::string> ed25519(std::string_view seed, std::string_view message) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, raw(seed), seed.size()), EVP_PKEY_free);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  std::string signature(64, '\0');
  std::size_t length = signature.size();
  if (!key || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &length, raw(message),
                     message.size()) != 1)
    return std::nullopt;
  return signature;
}

[[nodiscard]] inline std::optional<std::string> standard_webhooks(std::string_view secret, std::string_view message) {
  if (secret.starts_with("whsec_")) {
    const std::optional<std::string> key = unbase64(secret.substr(6));
    if (!key) return std::nullopt;
    return "v1," + base64(hmac(EVP_sha256(), *key, message));
  }
  if (!secret.starts_with("whsk_")) return std::nullopt;
  // A private key is the seed alone, or the seed followed by the public key.
  const std::optional<std::string> key = unbase64(secret.substr(5));
  if (!key || (key->size() != 32 && key->size() != 64)) return std::nullopt;
  const std::optional<std::string> signature = ed25519(std::string_view(*key).substr(0, 32), message);
  if (!signature) return std::nullopt;
  return "v1a," + base64(*signature);
}

[[nodiscard]] inline bool equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace detail

// `equal` signs nothing.
[[nodiscard]] inline std::optional<std::string> sign(Scheme scheme, std::string_view secret, std::string_view message) {
  switch (scheme) {
    case Scheme::hmac_sha256:
      return detail::hmac(EVP_sha256(), secret, message);
    case Scheme::hmac_sha1:
      return detail::hmac(EVP_sha1(), secret, message);
    case Scheme::standard_webhooks:
      return detail::standard_webhooks(secret, message);
    case Scheme::equal:
      break;
  }
  return std::nullopt;
}

// Both signatures of Standard Webhooks are deterministic, so comparing with our own is verifying.
[[nodiscard]] inline std::optional<bool> verify(Scheme scheme, std::string_view secret, std::string_view message,
                                                std::string_view signature) {
  if (scheme == Scheme::equal) return detail::equal(secret, signature);
  const std::optional<std::string> expected = sign(scheme, secret, message);
  if (!expected) return std::nullopt;
  return detail::equal(*expected, signature);
}

}  // namespace patchbay::testkit
