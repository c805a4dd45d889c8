#include "identity/country.hpp"

#include <unicode/locid.h>
#include <unicode/unistr.h>

#include <array>
#include <unordered_map>

#include "identity/text.hpp"

namespace patchbay::identity {
namespace {

using Codes = std::unordered_map<std::string, std::string>;

Codes read_codes() {
  constexpr std::array languages{"en", "it", "pl", "es", "nl", "de", "fr"};
  Codes codes;
  for (const char* const* country = icu::Locale::getISOCountries(); *country != nullptr; ++country) {
    const icu::Locale place("", *country);
    const std::string code = folded(*country);
    codes.insert_or_assign(code, code);
    const char* alpha_3 = place.getISO3Country();
    if (*alpha_3 != '\0') codes.try_emplace(folded(alpha_3), code);
    for (const char* language : languages) {
      icu::UnicodeString name;
      place.getDisplayCountry(icu::Locale(language), name);
      std::string utf8;
      name.toUTF8String(utf8);
      codes.try_emplace(folded(utf8), code);
    }
  }
  // What people write and no table of names has.
  for (const auto& [text, code] : {std::pair{"uk", "gb"},
                                   {"england", "gb"},
                                   {"scotland", "gb"},
                                   {"wales", "gb"},
                                   {"great britain", "gb"},
                                   {"usa", "us"},
                                   {"united states of america", "us"},
                                   {"holland", "nl"}})
    codes.try_emplace(text, code);
  return codes;
}

}  // namespace

std::string country_code(std::string_view text) {
  static const Codes codes = read_codes();
  const auto found = codes.find(folded(text));
  return found == codes.end() ? std::string{} : found->second;
}

}  // namespace patchbay::identity
