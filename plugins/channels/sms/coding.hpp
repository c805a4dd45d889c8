// What the octets of a message mean: data_coding (SMPP 3.4, section 5.2.19; 3GPP TS 23.038, section 4) and the
// character sets behind it.
//
// Pure; any thread. Text is UTF-8.
#pragma once

#include "gsm.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace patchbay::sms {

enum class Coding : std::uint8_t {
  gsm,         // 7 bit, a septet to an octet
  packed_gsm,  // 7 bit, eight septets in seven octets
  ascii,
  latin_1,
  cyrillic,  // ISO-8859-5
  hebrew,    // ISO-8859-8
  shift_jis,
  iso_2022_jp,
  euc_kr,  // KS C 5601
  ucs2,    // UTF-16, big-endian, or what its byte order mark says
  utf8,
  binary,
};
[[nodiscard]] std::string_view name_of(Coding coding);  // "latin-1"
[[nodiscard]] std::optional<Coding> coding_called(std::string_view name);

// What an SMSC means by some values of data_coding, where it is not what the standards say.
using Codings = std::map<std::uint8_t, Coding>;

[[nodiscard]] Coding coding_of(std::uint8_t data_coding, const Codings& of_link);

// Nothing for binary. What the set does not have becomes U+FFFD.
[[nodiscard]] std::optional<std::string> text_of(std::string_view octets, Coding coding, Alphabet alphabet = {});

// Nothing where the set lacks one of the characters, and for binary.
[[nodiscard]] std::optional<std::string> octets_of(std::string_view text, Coding coding, Alphabet alphabet = {});

// Eight septets in seven octets (3GPP TS 23.038, section 6.1.2.1), behind `fill` bits of padding.
[[nodiscard]] std::string pack(std::string_view septets, unsigned fill = 0);
[[nodiscard]] std::string unpack(std::string_view octets, unsigned fill = 0);

}  // namespace patchbay::sms
