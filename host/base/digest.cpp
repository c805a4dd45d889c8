#include "base/digest.hpp"

#include <openssl/evp.h>
#include <algorithm>
#include <memory>

namespace patchbay {

namespace {

// Fetched once: OpenSSL's one-call functions look the algorithm up every time, which costs more than a short digest.
const EVP_MD* fetched_sha256() {
  static const EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return fetched;
}

}  // namespace

Digest32 sha256(std::string_view bytes) {
  // Kept by each thread, since making one costs more than a short digest, too.
  static thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(),
                                                                                            &EVP_MD_CTX_free};
  Digest32 digest{};
  EVP_DigestInit_ex2(context.get(), fetched_sha256(), nullptr);
  EVP_DigestUpdate(context.get(), bytes.data(), bytes.size());
  EVP_DigestFinal_ex(context.get(), digest.data(), nullptr);
  return digest;
}

Digest16 digest_of(std::initializer_list<std::string_view> parts) {
  std::size_t size = 0;
  for (const std::string_view part : parts) size += sizeof(std::uint64_t) + part.size();
  std::string joined;
  joined.reserve(size);
  for (const std::string_view part : parts) {
    const std::uint64_t length = part.size();
    for (int shift = 0; shift < 64; shift += 8) joined.push_back(static_cast<char>((length >> shift) & 0xff));
    joined.append(part);
  }
  const Digest32 whole = sha256(joined);
  Digest16 half{};
  std::copy_n(whole.begin(), half.size(), half.begin());
  return half;
}

std::string hex(std::string_view bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char byte : bytes) {
    text.push_back(digits[(static_cast<unsigned char>(byte) >> 4) & 15]);
    text.push_back(digits[static_cast<unsigned char>(byte) & 15]);
  }
  return text;
}

}  // namespace patchbay
