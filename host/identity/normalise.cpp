#include "identity/normalise.hpp"

#include <idn2.h>
#include <phonenumbers/phonenumberutil.h>

#include <algorithm>
#include <array>
#include <memory>

namespace patchbay::identity {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view white = " \t\r\n\f\v";
  const std::size_t first = text.find_first_not_of(white);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(white) - first + 1);
}

std::string lower_ascii(std::string_view text) {
  std::string lower(text);
  for (char& letter : lower)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  return lower;
}

// RFC 5321, 4.5.3.1: what may stand on either side of the @.
constexpr std::size_t longest_local_part = 64;
constexpr std::size_t longest_domain = 255;

std::optional<std::string> normal_email(std::string_view value) {
  const std::size_t at = value.rfind('@');
  if (at == std::string_view::npos || at == 0 || at + 1 == value.size()) return std::nullopt;
  const std::string_view local = value.substr(0, at);
  if (local.size() > longest_local_part || local.find_first_of(" \t\r\n<>@") != std::string_view::npos)
    return std::nullopt;

  char* ascii = nullptr;
  const std::string domain(value.substr(at + 1));
  // IDNA 2008 with the mapping of UTS 46, so that upper case and full-width letters are read as people mean them.
  if (idn2_to_ascii_8z(domain.c_str(), &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK) return std::nullopt;
  const std::unique_ptr<char, void (*)(void*)> owner(ascii, idn2_free);
  const std::string_view name(ascii);
  if (name.size() > longest_domain || name.find('.') == std::string_view::npos) return std::nullopt;
  if (name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") !=
      std::string_view::npos)
    return std::nullopt;
  return lower_ascii(local) + "@" + lower_ascii(name);
}

std::optional<std::string> normal_phone(std::string_view value, std::string_view region) {
  using i18n::phonenumbers::PhoneNumber;
  using i18n::phonenumbers::PhoneNumberUtil;
  const PhoneNumberUtil& util = *PhoneNumberUtil::GetInstance();
  PhoneNumber number;
  const std::string read_in = region.empty() ? "ZZ" : std::string(region);  // ZZ: international form only
  if (util.Parse(std::string(value), read_in, &number) != PhoneNumberUtil::NO_PARSING_ERROR) return std::nullopt;
  if (!util.IsPossibleNumber(number)) return std::nullopt;
  // An extension tells people behind one switchboard apart, and E.164 cannot say it: such a number identifies nobody.
  if (number.has_extension()) return std::nullopt;
  std::string e164;
  util.Format(number, PhoneNumberUtil::E164, &e164);
  return e164;
}

}  // namespace

std::optional<std::string> normal_form(std::string_view kind, std::string_view value, std::string_view region) {
  const std::string_view text = trimmed(value);
  if (text.empty()) return std::nullopt;
  if (kind == "email") return normal_email(text);
  if (kind == "phone") return normal_phone(text, region);
  // Words about a person, which many share.
  constexpr std::array<std::string_view, 9> none_alone{"name",       "given_name", "family_name",
                                                       "username",   "birth_date", "birth_place",
                                                       "occupation", "language",   "postal_address"};
  if (std::find(none_alone.begin(), none_alone.end(), kind) != none_alone.end()) return std::nullopt;
  return std::string(text);
}

}  // namespace patchbay::identity
