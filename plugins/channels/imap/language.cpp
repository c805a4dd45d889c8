#include "language.hpp"

#include "utf8.hpp"

#include <cld2/public/compact_lang_det.h>

#include <array>

namespace patchbay::imap {

namespace {

constexpr std::size_t much = std::size_t{16} << 10U;  // more of it tells no more
constexpr int least_bytes = 24;                       // of letters: below that it is guessed
constexpr int least_share = 60;                       // of the first language, in percent

}  // namespace

std::string language_of(std::string_view text) {
  text = cut_utf8(text, much);
  if (!is_utf8(text)) return {};  // the library reads beyond its end of what is none
  std::array<CLD2::Language, 3> languages{};
  std::array<int, 3> percent{};
  int bytes = 0;
  bool is_reliable = false;
  CLD2::ExtDetectLanguageSummary(text.data(), static_cast<int>(text.size()), true, languages.data(), percent.data(),
                                 &bytes, &is_reliable);
  if (!is_reliable || bytes < least_bytes || percent[0] < least_share || languages[0] == CLD2::UNKNOWN_LANGUAGE)
    return {};
  return CLD2::LanguageCode(languages[0]);
}

}  // namespace patchbay::imap
