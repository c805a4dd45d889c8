#include "ids.hpp"

#include "gmime.hpp"

#include <openssl/sha.h>

#include <array>

namespace patchbay::imap {

std::string hex_digest(std::string_view bytes, std::size_t length) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> sum{};
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), sum.data());
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string to;
  for (std::size_t i = 0; i < length; ++i) {
    to += digits[sum.at(i) >> 4U];
    to += digits[sum.at(i) & 15U];
  }
  return to;
}

std::string external_id_of_own(std::string_view message_id) { return std::string(message_id) + "/own"; }

std::string external_id_of(GMimeMessage* message, WrittenBy by, std::string_view bytes) {
  GMimeObject* const object = GMIME_OBJECT(message);
  const std::vector<std::string> ids = message_ids(header(object, "Message-ID"));
  if (ids.empty()) return bytes.empty() ? std::string{} : "sha256:" + hex_digest(bytes, 16);
  if (by == WrittenBy::business) return external_id_of_own(ids.front());
  std::string told_by;
  for (const char* const name : {"From", "Date", "Subject"}) told_by.append(header(object, name)).append(1, '\0');
  return ids.front() + "/" + hex_digest(told_by, 6);
}

}  // namespace patchbay::imap
