#include "identity/text.hpp"

#include <unicode/bytestream.h>
#include <unicode/translit.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <memory>

namespace patchbay::identity {
namespace {

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char letter) { return static_cast<unsigned char>(letter) < 0x80; });
}

// Null where ICU came without its data: other alphabets then fold to nothing.
std::unique_ptr<icu::Transliterator> latin_transliterator() {
  UErrorCode code = U_ZERO_ERROR;
  std::unique_ptr<icu::Transliterator> made(icu::Transliterator::createInstance(
      "Russian-Latin/BGN; Greek-Latin/UNGEGN; Any-Latin; Latin-ASCII", UTRANS_FORWARD, code));
  return U_SUCCESS(code) ? std::move(made) : nullptr;
}

std::string in_ascii(std::string_view utf8) {
  static const std::unique_ptr<const icu::Transliterator> transliterator = latin_transliterator();
  if (!transliterator) return {};
  icu::UnicodeString text =
      icu::UnicodeString::fromUTF8(icu::StringPiece(utf8.data(), static_cast<std::int32_t>(utf8.size())));
  transliterator->transliterate(text);
  std::string ascii;
  text.toUTF8String(ascii);
  return ascii;
}

bool is_apostrophe(char letter) { return letter == '\'' || letter == '`'; }

std::uint64_t stirred(std::uint64_t bits) {
  // The finaliser of MurmurHash3: every bit of the input moves half of the output.
  bits ^= bits >> 33;
  bits *= 0xff51afd7ed558ccdULL;
  bits ^= bits >> 33;
  bits *= 0xc4ceb9fe1a85ec53ULL;
  bits ^= bits >> 33;
  return bits;
}

std::uint64_t run_through(std::uint64_t bits, std::string_view text) {
  for (const char letter : text) {
    bits = (bits ^ static_cast<unsigned char>(letter)) * 0x100000001b3ULL;  // FNV-1a
    bits ^= bits >> 29;
  }
  return bits;
}

}  // namespace

std::string folded(std::string_view utf8) {
  const std::string ascii = is_ascii(utf8) ? std::string(utf8) : in_ascii(utf8);
  std::string out;
  out.reserve(ascii.size());
  bool word_ended = false;
  for (char letter : ascii) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    if ((letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9')) {
      if (word_ended && !out.empty()) out += ' ';
      word_ended = false;
      out += letter;
    } else if (!is_apostrophe(letter) && static_cast<unsigned char>(letter) < 0x80) {
      word_ended = true;
    }
  }
  return out;
}

std::vector<std::string_view> words_of(std::string_view folded_text) {
  std::vector<std::string_view> words;
  while (!folded_text.empty()) {
    const std::size_t end = std::min(folded_text.find(' '), folded_text.size());
    if (end > 0) words.push_back(folded_text.substr(0, end));
    folded_text.remove_prefix(std::min(end + 1, folded_text.size()));
  }
  return words;
}

bool is_placeholder(std::string_view folded_text) {
  static constexpr std::array<std::string_view, 26> nothing{
      "n a",           "na",        "nn",       "none",        "null",    "nil",    "unknown",   "sconosciuto",
      "unbekannt",     "onbekend",  "nieznany", "desconocido", "inconnu", "test",   "asdf",      "not given",
      "not available", "anonymous", "anonimo",  "anonym",      "no name", "noname", "undefined", "guest",
      "user",          "nan"};
  if (std::find(nothing.begin(), nothing.end(), folded_text) != nothing.end()) return true;
  // "-", "0000", "xxx", but not the initial "x".
  const auto all = [folded_text](char letter) {
    return std::all_of(folded_text.begin(), folded_text.end(), [letter](char each) { return each == letter; });
  };
  return folded_text.empty() || all('0') || (folded_text.size() > 1 && (all('x') || all('9')));
}

std::uint64_t fingerprint(std::string_view sort, std::string_view text) {
  std::uint64_t bits = run_through(0xcbf29ce484222325ULL, sort);
  bits = (bits ^ 0xff) * 0x100000001b3ULL;  // a byte that no text holds, so that "ab","c" is not "a","bc"
  return stirred(run_through(bits, text));
}

std::uint64_t joined(std::uint64_t first, std::uint64_t second) { return stirred(first * 31 + second + 7); }

}  // namespace patchbay::identity
