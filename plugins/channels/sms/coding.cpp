#include "coding.hpp"

#include <patchbay/unicode.hpp>

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <utility>

namespace patchbay::sms {

namespace {

struct Named {
  Coding coding;
  std::string_view name;
  const char* set;  // as iconv(3) calls it; null for what is read here
};

constexpr std::array<Named, 12> codings{{
    {Coding::gsm, "gsm", nullptr},
    {Coding::packed_gsm, "packed-gsm", nullptr},
    {Coding::ascii, "ascii", "ASCII"},
    {Coding::latin_1, "latin-1", "ISO-8859-1"},
    {Coding::cyrillic, "iso-8859-5", "ISO-8859-5"},
    {Coding::hebrew, "iso-8859-8", "ISO-8859-8"},
    {Coding::shift_jis, "shift-jis", "SHIFT_JIS"},
    {Coding::iso_2022_jp, "iso-2022-jp", "ISO-2022-JP"},
    {Coding::euc_kr, "euc-kr", "EUC-KR"},
    {Coding::ucs2, "ucs2", "UTF-16BE"},
    {Coding::utf8, "utf-8", "UTF-8"},
    {Coding::binary, "binary", nullptr},
}};

const Named& entry(Coding coding) { return codings.at(static_cast<std::size_t>(coding)); }

class Converter {
 public:
  Converter(const char* to, const char* from) : converter_(::iconv_open(to, from)) {}
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;
  ~Converter() {
    if (is_open()) ::iconv_close(converter_);
  }
  [[nodiscard]] bool is_open() const { return converter_ != reinterpret_cast<iconv_t>(-1); }

  // `missing` is called for each octet that cannot be read, or begins a character that cannot be written; false from it
  // ends the conversion with nothing.
  template <class Missing>
  [[nodiscard]] std::optional<std::string> convert(std::string_view octets, Missing&& missing) {
    std::string input(octets), to;
    std::array<char, 1024> part;
    char* from = input.data();
    std::size_t left = input.size();
    for (bool is_flushed = false; !is_flushed;) {
      char* at = part.data();
      std::size_t room = part.size();
      is_flushed = left == 0;  // what a set with shifts ends with
      const std::size_t went = is_flushed ? ::iconv(converter_, nullptr, nullptr, &at, &room)
                                          : ::iconv(converter_, &from, &left, &at, &room);
      const int problem = errno;
      to.append(part.data(), part.size() - room);
      if (went != static_cast<std::size_t>(-1) || problem == E2BIG) continue;
      if (!missing(to)) return std::nullopt;
      if (problem == EINVAL) left = 0;  // it ends within a character
      if (left > 0) {
        ++from;
        --left;
      }
    }
    return to;
  }

 private:
  iconv_t converter_;
};

// UCS-2 is sent, and UTF-16 is meant: phones write emoji as pairs of surrogates.
std::string text_of_ucs2(std::string_view octets) {
  const bool is_little = octets.starts_with("\xFF\xFE");
  if (is_little || octets.starts_with("\xFE\xFF")) octets.remove_prefix(2);
  const auto unit = [&](std::size_t at) -> char32_t {
    if (at + 1 >= octets.size()) return replacement_character;  // half of one
    const auto first = static_cast<unsigned char>(octets[at]), second = static_cast<unsigned char>(octets[at + 1]);
    return is_little ? static_cast<char32_t>(second << 8U | first) : static_cast<char32_t>(first << 8U | second);
  };
  const auto is_high = [](char32_t one) { return one >= 0xD800 && one < 0xDC00; };
  const auto is_low = [](char32_t one) { return one >= 0xDC00 && one < 0xE000; };
  std::string text;
  for (std::size_t at = 0; at < octets.size(); at += 2) {
    const char32_t one = unit(at);
    if (is_high(one) && at + 2 < octets.size() && is_low(unit(at + 2))) {
      append_utf8(text, 0x10000 + ((one - 0xD800) << 10U) + (unit(at + 2) - 0xDC00));
      at += 2;
    } else {
      append_utf8(text, is_high(one) || is_low(one) ? replacement_character : one);
    }
  }
  return text;
}

// Seven septets leave seven bits over, which look like an eighth: an @, which nobody can tell from one that was meant.
std::string text_of_packed(std::string_view octets, Alphabet alphabet) {
  std::string septets = unpack(octets);
  if (!septets.empty() && septets.size() % 8 == 0 && septets.back() == '\0') septets.pop_back();
  return text_of_septets(septets, alphabet);
}

Coding gsm_group(std::uint8_t data_coding) {
  switch (data_coding & 0x0CU) {
    case 0x00:
      return Coding::gsm;
    case 0x08:
      return Coding::ucs2;
    default:
      return Coding::binary;
  }
}

}  // namespace

std::string_view name_of(Coding coding) { return entry(coding).name; }

std::optional<Coding> coding_called(std::string_view name) {
  const auto* const found =
      std::find_if(codings.begin(), codings.end(), [&](const Named& each) { return each.name == name; });
  return found == codings.end() ? std::nullopt : std::optional(found->coding);
}

Coding coding_of(std::uint8_t data_coding, const Codings& of_link) {
  if (const auto own = of_link.find(data_coding); own != of_link.end()) return own->second;
  switch (data_coding) {
    case 0x00:
      return Coding::gsm;
    case 0x01:
      return Coding::ascii;
    case 0x03:
      return Coding::latin_1;
    case 0x05:
      return Coding::shift_jis;
    case 0x06:
      return Coding::cyrillic;
    case 0x07:
      return Coding::hebrew;
    case 0x08:
      return Coding::ucs2;
    case 0x0A:
      return Coding::iso_2022_jp;
    case 0x0E:
      return Coding::euc_kr;
    default:
      break;
  }
  // Beyond the values of SMPP: those of 3GPP TS 23.038, section 4.
  const unsigned group = data_coding >> 4U;
  if (group == 0x0) return Coding::binary;  // 0x02, 0x04, and reserved ones
  if (group <= 0x7) return (data_coding & 0x20U) != 0 ? Coding::binary : gsm_group(data_coding);  // bit 5: compressed
  if (group == 0xC || group == 0xD) return Coding::gsm;                                           // a message waits
  if (group == 0xE) return Coding::ucs2;
  if (group == 0xF) return (data_coding & 0x04U) != 0 ? Coding::binary : Coding::gsm;  // with a message class
  return Coding::binary;
}

std::optional<std::string> text_of(std::string_view octets, Coding coding, Alphabet alphabet) {
  switch (coding) {
    case Coding::gsm:
      return text_of_septets(octets, alphabet);
    case Coding::packed_gsm:
      return text_of_packed(octets, alphabet);
    case Coding::ucs2:
      return text_of_ucs2(octets);
    case Coding::binary:
      return std::nullopt;
    default:
      break;
  }
  Converter converter("UTF-8", entry(coding).set);
  if (!converter.is_open()) return std::nullopt;
  return converter.convert(octets, [](std::string& to) {
    append_utf8(to, replacement_character);
    return true;
  });
}

std::optional<std::string> octets_of(std::string_view text, Coding coding, Alphabet alphabet) {
  switch (coding) {
    case Coding::gsm:
      return septets_of(text, alphabet);
    case Coding::packed_gsm: {
      const auto septets = septets_of(text, alphabet);
      return septets ? std::optional(pack(*septets)) : std::nullopt;
    }
    case Coding::binary:
      return std::nullopt;
    default:
      break;
  }
  Converter converter(entry(coding).set, "UTF-8");
  if (!converter.is_open()) return std::nullopt;
  return converter.convert(text, [](std::string&) { return false; });
}

std::string pack(std::string_view septets, unsigned fill) {
  std::string octets;
  unsigned held = 0, bits = fill;
  for (const char septet : septets) {
    held |= (static_cast<unsigned char>(septet) & 0x7FU) << bits;
    bits += 7;
    for (; bits >= 8; bits -= 8, held >>= 8U) octets += static_cast<char>(held);
  }
  if (bits > 0) octets += static_cast<char>(held);
  return octets;
}

std::string unpack(std::string_view octets, unsigned fill) {
  std::string septets;
  unsigned held = 0, bits = 0, skip = fill;
  for (const char octet : octets) {
    held |= static_cast<unsigned>(static_cast<unsigned char>(octet)) << bits;
    bits += 8;
    if (skip > 0) {
      held >>= skip;
      bits -= std::exchange(skip, 0);
    }
    for (; bits >= 7; bits -= 7, held >>= 7U) septets += static_cast<char>(held & 0x7FU);
  }
  return septets;
}

}  // namespace patchbay::sms
