#include "oauth2/sealing.hpp"

#include "base/random.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>

namespace patchbay::oauth2 {
namespace {

// version, id of the key, nonce | ciphertext | tag
constexpr char version = 1;
constexpr std::size_t id_size = 8, nonce_size = 12, tag_size = 16;
constexpr std::size_t head_size = 1 + id_size + nonce_size;
constexpr const char* doing = "opening the stored OAuth2 grant";

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* what) const {
    Free(what);
  }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, Freed<EVP_CIPHER_CTX_free>>;

const unsigned char* raw(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

// RFC 5869. The info tells the purposes apart.
Status derive(std::string_view from, std::string_view info, std::span<std::uint8_t> to) {
  const std::unique_ptr<EVP_KDF, Freed<EVP_KDF_free>> kdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
  const std::unique_ptr<EVP_KDF_CTX, Freed<EVP_KDF_CTX_free>> context(EVP_KDF_CTX_new(kdf.get()));
  std::string digest = "SHA256", secret(from), purpose(info);
  const std::array<OSSL_PARAM, 4> parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, secret.data(), secret.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, purpose.data(), purpose.size()), OSSL_PARAM_END};
  const bool is_done = context && EVP_KDF_derive(context.get(), to.data(), to.size(), parameters.data()) == 1;
  OPENSSL_cleanse(secret.data(), secret.size());
  if (is_done) return {};
  return failure(ErrorCode::internal, "deriving a key from store.key: OpenSSL has no HKDF");
}

// Runs one message through the cipher. False where it does not authenticate.
enum class Way : int { open = 0, seal = 1 };
bool run(Way way, std::span<const std::uint8_t> key, std::string_view nonce, std::string_view bound,
         std::string_view from, std::string& to, std::span<std::uint8_t, tag_size> tag) {
  const Cipher cipher(EVP_CIPHER_CTX_new());
  to.resize(from.size());
  int length = 0, last = 0;
  auto* const out = reinterpret_cast<unsigned char*>(to.data());
  unsigned char nothing = 0;
  if (!cipher ||
      EVP_CipherInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key.data(), raw(nonce), static_cast<int>(way)) != 1 ||
      EVP_CipherUpdate(cipher.get(), nullptr, &length, raw(bound), static_cast<int>(bound.size())) != 1 ||
      (!from.empty() && EVP_CipherUpdate(cipher.get(), out, &length, raw(from), static_cast<int>(from.size())) != 1))
    return false;
  if (way == Way::open && EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, tag_size, tag.data()) != 1)
    return false;
  if (EVP_CipherFinal_ex(cipher.get(), &nothing, &last) != 1) return false;
  return way == Way::open || EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, tag_size, tag.data()) == 1;
}

std::string bound_to(std::string_view head, std::string_view place) {
  return std::string(head.substr(0, 1 + id_size)).append(place);
}

tl::unexpected<Error> damaged() {
  return failure(ErrorCode::corrupt, std::string(doing) + ": it is damaged, or belongs elsewhere", "consent anew");
}

}  // namespace

Sealing::~Sealing() {
  for (Key& key : keys_) OPENSSL_cleanse(key.bytes.data(), key.bytes.size());
}

Result<Sealing::Key> Sealing::derived(std::string_view from) {
  if (from.size() < least_key)
    return failure(ErrorCode::invalid,
                   "reading store.key: expected at least " + std::to_string(least_key) + " characters, got " +
                       std::to_string(from.size()),
                   "make one with `openssl rand -base64 32`");
  Key key;
  PATCHBAY_CHECK(derive(from, "patchbay oauth2 grant key v1", key.bytes));
  PATCHBAY_CHECK(derive(from, "patchbay oauth2 grant key id v1", key.id));
  return key;
}

Result<Sealing> Sealing::with(std::string_view key, const std::vector<std::string>& former) {
  std::vector<Key> keys;
  keys.reserve(1 + former.size());  // so that none is left behind in memory by growing
  keys.push_back(PATCHBAY_TRY(derived(key)));
  for (const std::string& one : former) keys.push_back(PATCHBAY_TRY(derived(one)));
  return Sealing(std::move(keys));
}

std::string Sealing::seal(std::string_view content, std::string_view place) const {
  const Key& key = keys_.front();
  std::string sealed(1, version);
  sealed.append(reinterpret_cast<const char*>(key.id.data()), key.id.size());
  std::array<std::uint8_t, nonce_size> nonce{};
  system_random(nonce);
  sealed.append(reinterpret_cast<const char*>(nonce.data()), nonce.size());
  std::string hidden;
  std::array<std::uint8_t, tag_size> tag{};
  // Nothing that a caller can do makes it fail; without it a token would go to the disk as it is.
  if (!run(Way::seal, key.bytes, std::string_view(sealed).substr(1 + id_size), bound_to(sealed, place), content, hidden,
           tag))
    std::abort();
  sealed += hidden;
  return sealed.append(reinterpret_cast<const char*>(tag.data()), tag.size());
}

Result<Opened> Sealing::open(std::string_view sealed, std::string_view place) const {
  if (sealed.size() < head_size + tag_size) return damaged();
  if (sealed.front() != version)
    return failure(ErrorCode::denied, std::string(doing) + ": it has a form that this version does not know",
                   "run the version that wrote it, or consent anew");
  const auto key = std::find_if(keys_.begin(), keys_.end(), [&](const Key& one) {
    return std::memcmp(one.id.data(), sealed.data() + 1, one.id.size()) == 0;
  });
  if (key == keys_.end())
    return failure(ErrorCode::denied, std::string(doing) + ": it was encrypted with another key than store.key",
                   "put the former key into store.former_keys, or consent anew");
  std::array<std::uint8_t, tag_size> tag{};
  std::memcpy(tag.data(), sealed.data() + sealed.size() - tag_size, tag_size);
  Opened opened;
  if (!run(Way::open, key->bytes, sealed.substr(1 + id_size, nonce_size), bound_to(sealed, place),
           sealed.substr(head_size, sealed.size() - head_size - tag_size), opened.content, tag))
    return damaged();
  opened.is_under_former_key = key != keys_.begin();
  return opened;
}

}  // namespace patchbay::oauth2
