// The user data header of 3GPP TS 23.040, section 9.2.3.24: what stands before the text of a message that has the UDHI
// bit in its esm_class.
//
// Pure; any thread. Elements that nobody reads here are kept as they came.
#pragma once

#include "gsm.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::sms {

// The bits of esm_class (SMPP 3.4, section 5.2.12).
inline constexpr std::uint8_t esm_user_data_header = 0x40;

struct HeaderElement {
  std::uint8_t id = 0;
  std::string value;
  friend bool operator==(const HeaderElement&, const HeaderElement&) = default;
};
using UserDataHeader = std::vector<HeaderElement>;

// Which part of a longer message one is: from the header (concatenation, 9.2.3.24.1 and 9.2.3.24.8) or the parameters
// sar_* (SMPP 3.4, section 5.3.2.22).
struct Part {
  std::uint16_t reference = 0;
  std::uint8_t total = 1;
  std::uint8_t number = 1;  // from 1 on
  friend bool operator==(const Part&, const Part&) = default;
};

struct WithHeader {
  UserDataHeader header;
  std::string_view content;  // what is behind it
};

// Throws Failure (PB_PERMANENT) where the header reaches beyond the message: ESME_RINVESMCLASS.
[[nodiscard]] WithHeader read_header(std::string_view message);
[[nodiscard]] std::string write_header(const UserDataHeader& header);

[[nodiscard]] bool is_concatenation(const HeaderElement& element);  // of either width
// Nothing where the header names none, or one that cannot be: part 0, or 3 of 2. Where it names two, the last counts.
[[nodiscard]] std::optional<Part> part_of(const UserDataHeader& header);
[[nodiscard]] Alphabet alphabet_of(const UserDataHeader& header);  // 9.2.3.24.15 and 9.2.3.24.16

enum class ReferenceWidth : std::uint8_t { eight_bits, sixteen_bits };
[[nodiscard]] HeaderElement element_of(const Part& part, ReferenceWidth width);
// None for the default alphabet.
[[nodiscard]] UserDataHeader elements_of(Alphabet alphabet);

}  // namespace patchbay::sms
