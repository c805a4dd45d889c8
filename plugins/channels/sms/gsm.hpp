// The 7 bit alphabets of 3GPP TS 23.038: the default one with its extension (6.2.1), and the national single and
// locking shift tables (annex A), one septet to a byte, as SMPP carries them.
//
// Pure; any thread. Text is UTF-8. Reading never fails: what no table has is read as the standard says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace patchbay::sms {

// The national language identifiers of 6.2.1.2.4. Spanish has no locking shift table of its own, and uses the default.
enum class Language : std::uint8_t {
  none,
  turkish,
  spanish,
  portuguese,
  bengali,
  gujarati,
  hindi,
  kannada,
  malayalam,
  oriya,
  punjabi,
  tamil,
  telugu,
  urdu,
};
inline constexpr std::uint8_t languages = 14;

// Which table stands for single septets, and which for those behind an escape.
struct Alphabet {
  Language locking = Language::none;
  Language single = Language::none;
  friend bool operator==(const Alphabet&, const Alphabet&) = default;
};

// An escape that leads to nothing in the single shift table is read as the septet behind it in the other table, two
// escapes as a space (6.2.1.1), a byte beyond 127 as U+FFFD.
[[nodiscard]] std::string text_of_septets(std::string_view septets, Alphabet alphabet = {});

// Nothing where the alphabet does not have one of the characters.
[[nodiscard]] std::optional<std::string> septets_of(std::string_view text, Alphabet alphabet = {});

// The septets of one character: one, two with an escape, or none.
[[nodiscard]] std::string septets_of(char32_t character, Alphabet alphabet = {});

inline constexpr char escape = 0x1B;

}  // namespace patchbay::sms
