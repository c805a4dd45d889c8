// HMAC-SHA256 with one key for many messages: the key is taken in once. One thread at a time. Throws where OpenSSL
// refuses.
#pragma once

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace patchbay::bench {

class Hmac {
 public:
  using Code = std::array<unsigned char, 32>;

  explicit Hmac(std::string_view key) {
    char digest[] = "SHA256";
    const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                     OSSL_PARAM_construct_end()};
    const std::unique_ptr<EVP_MAC, void (*)(EVP_MAC*)> kind(EVP_MAC_fetch(nullptr, "HMAC", nullptr), EVP_MAC_free);
    context_.reset(EVP_MAC_CTX_new(kind.get()));
    check(context_ ? EVP_MAC_init(context_.get(), octets(key), key.size(), parameters) : 0);
  }

  Code operator()(std::initializer_list<std::string_view> parts) {
    Code code{};
    std::size_t length = 0;
    check(EVP_MAC_init(context_.get(), nullptr, 0, nullptr));
    for (const std::string_view part : parts) check(EVP_MAC_update(context_.get(), octets(part), part.size()));
    check(EVP_MAC_final(context_.get(), code.data(), &length, code.size()));
    return code;
  }

 private:
  static const unsigned char* octets(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
  }
  static void check(int done) {
    if (done != 1) throw std::runtime_error("computing an HMAC: OpenSSL refused");
  }

  std::unique_ptr<EVP_MAC_CTX, void (*)(EVP_MAC_CTX*)> context_{nullptr, EVP_MAC_CTX_free};
};

inline std::string hex(const Hmac::Code& code) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : code) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

inline std::string base64(const Hmac::Code& code) {
  std::array<unsigned char, 45> text{};  // 44 letters and the zero behind them
  const int length = EVP_EncodeBlock(text.data(), code.data(), static_cast<int>(code.size()));
  return {reinterpret_cast<const char*>(text.data()), static_cast<std::size_t>(length)};
}

// The bytes behind "whsec_" of a symmetric key of Standard Webhooks; empty where it is none.
inline std::string key_of(std::string_view whsec) {
  constexpr std::string_view prefix = "whsec_";
  if (!whsec.starts_with(prefix)) return {};
  const std::string_view text = whsec.substr(prefix.size());
  std::string key(text.size() / 4 * 3, '\0');
  const int length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(key.data()), reinterpret_cast<const unsigned char*>(text.data()),
                      static_cast<int>(text.size()));
  if (length < 0 || text.size() % 4 != 0) return {};
  key.resize(key.size() - static_cast<std::size_t>(text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0));
  return key;
}

}  // namespace patchbay::bench
