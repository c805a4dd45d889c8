#include "base/digest.hpp"

#include <openssl/sha.h>
#include <algorithm>

namespace patchbay {

Digest32 sha256(std::string_view bytes) {
  Digest32 digest{};
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
  return digest;
}

Digest16 digest_of(std::initializer_list<std::string_view> parts) {
  std::string joined;
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
