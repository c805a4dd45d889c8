#include "base/signature.hpp"

#include "base/digest.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>
#include <cstdint>
#include <memory>

namespace patchbay {
namespace {

constexpr std::string_view symmetric_prefix = "whsec_";
constexpr std::string_view private_prefix = "whsk_";
// Standard Webhooks, "Signature scheme": 24 to 64 bytes of randomness.
constexpr std::size_t shortest_key = 24;
constexpr std::size_t longest_key = 64;
constexpr std::size_t ed25519_seed = 32;

const unsigned char* octets(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

enum class Hash : std::uint8_t { sha1, sha256 };

using MacContext = std::unique_ptr<EVP_MAC_CTX, void (*)(EVP_MAC_CTX*)>;

// OpenSSL's HMAC() looks two algorithms up and makes a context at each call, which costs as much as the HMAC of a
// webhook itself. A context of each thread keeps the algorithms and takes in another key every time.
MacContext hmac_context(const char* digest) {
  const std::unique_ptr<EVP_MAC, void (*)(EVP_MAC*)> kind(EVP_MAC_fetch(nullptr, "HMAC", nullptr), EVP_MAC_free);
  MacContext context(EVP_MAC_CTX_new(kind.get()), EVP_MAC_CTX_free);
  std::string name(digest);
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name.data(), 0),
                                   OSSL_PARAM_construct_end()};
  EVP_MAC_CTX_set_params(context.get(), parameters);
  return context;
}

Result<std::string> hmac(Hash hash, std::string_view key, std::string_view message) {
  thread_local const MacContext with_sha1 = hmac_context("SHA1");
  thread_local const MacContext with_sha256 = hmac_context("SHA256");
  EVP_MAC_CTX* const context = (hash == Hash::sha1 ? with_sha1 : with_sha256).get();
  std::array<unsigned char, EVP_MAX_MD_SIZE> code{};
  std::size_t length = 0;
  // An empty key is a key, too; a null pointer would mean the one before.
  if (EVP_MAC_init(context, key.empty() ? code.data() : octets(key), key.size(), nullptr) != 1 ||
      EVP_MAC_update(context, octets(message), message.size()) != 1 ||
      EVP_MAC_final(context, code.data(), &length, code.size()) != 1)
    return failure(ErrorCode::internal, "signing with HMAC: OpenSSL refused");
  return std::string(reinterpret_cast<const char*>(code.data()), length);
}

tl::unexpected<Error> bad_key(std::string_view what) {
  return failure(
      ErrorCode::invalid, "reading a signing key: " + std::string(what),
      "give whsec_ followed by 24 to 64 random bytes in base64, or whsk_ followed by an Ed25519 private key");
}

Result<std::string> ed25519(std::string_view key, std::string_view message) {
  // 32 bytes of seed, or 64: the seed and its public key.
  if (key.size() != ed25519_seed && key.size() != 2 * ed25519_seed)
    return bad_key("expected 32 or 64 bytes after whsk_, got " + std::to_string(key.size()));
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> signer(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, octets(key), ed25519_seed), EVP_PKEY_free);
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  std::array<unsigned char, 64> signature{};
  std::size_t length = signature.size();
  if (!signer || !context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, signer.get()) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &length, octets(message), message.size()) != 1)
    return failure(ErrorCode::internal, "signing with Ed25519: OpenSSL refused");
  return std::string(reinterpret_cast<const char*>(signature.data()), length);
}

Result<std::string> standard_webhooks(std::string_view secret, std::string_view message) {
  if (secret.starts_with(symmetric_prefix)) {
    const auto key = from_base64(secret.substr(symmetric_prefix.size()));
    if (!key) return bad_key("expected base64 after whsec_");
    if (key->size() < shortest_key || key->size() > longest_key)
      return bad_key("expected 24 to 64 bytes after whsec_, got " + std::to_string(key->size()));
    return "v1," + base64(PATCHBAY_TRY(hmac(Hash::sha256, *key, message)));
  }
  if (secret.starts_with(private_prefix)) {
    const auto key = from_base64(secret.substr(private_prefix.size()));
    if (!key) return bad_key("expected base64 after whsk_");
    return "v1a," + base64(PATCHBAY_TRY(ed25519(*key, message)));
  }
  return bad_key("expected it to begin with whsec_ or whsk_");
}

bool equal(std::string_view left, std::string_view right) {
  // Digests first, so that not even the length of the secret shows in the time it takes.
  const Digest32 one = sha256(left), other = sha256(right);
  return CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

}  // namespace

Result<std::string> sign(std::string_view secret, std::string_view scheme, std::string_view message) {
  if (scheme == "hmac-sha256") return hmac(Hash::sha256, secret, message);
  if (scheme == "hmac-sha1") return hmac(Hash::sha1, secret, message);
  if (scheme == "standard-webhooks") return standard_webhooks(secret, message);
  return failure(ErrorCode::invalid, "signing: no scheme is called \"" + std::string(scheme) + "\"",
                 "use hmac-sha256, hmac-sha1 or standard-webhooks");
}

bool verifies(std::string_view secret, std::string_view scheme, std::string_view message, std::string_view signature) {
  if (scheme == "equal") return equal(secret, signature);
  const Result<std::string> expected = sign(secret, scheme, message);
  return expected && equal(*expected, signature);
}

std::string base64(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3), '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), octets(bytes), static_cast<int>(bytes.size()));
  return text;
}

Result<std::string> from_base64(std::string_view text) {
  const auto refuse = [] { return failure(ErrorCode::invalid, "reading base64: expected RFC 4648 with padding"); };
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  if (text.size() % 4 != 0) return refuse();
  if (text.substr(0, text.size() - padding).find_first_not_of(alphabet) != std::string_view::npos) return refuse();
  std::string bytes(text.size() / 4 * 3, '\0');
  if (EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()), octets(text), static_cast<int>(text.size())) < 0)
    return refuse();
  bytes.resize(bytes.size() - padding);
  return bytes;
}

Result<std::string> from_hex(std::string_view text) {
  const auto digit = [](char letter) {
    if (letter >= '0' && letter <= '9') return letter - '0';
    if (letter >= 'a' && letter <= 'f') return letter - 'a' + 10;
    if (letter >= 'A' && letter <= 'F') return letter - 'A' + 10;
    return -1;
  };
  std::string bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    const int high = digit(text[i]), low = digit(text[i + 1]);
    if (high < 0 || low < 0) break;
    bytes.push_back(static_cast<char>(high * 16 + low));
  }
  if (bytes.size() * 2 != text.size())
    return failure(ErrorCode::invalid, "reading hexadecimal: expected pairs of 0-9 and a-f");
  return bytes;
}

}  // namespace patchbay
