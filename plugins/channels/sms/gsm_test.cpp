#include "gsm.hpp"

#include <patchbay/unicode.hpp>

#include <gtest/gtest.h>

#include <array>
#include <set>

namespace patchbay::sms {
namespace {

std::string utf8(char32_t point) {
  std::string text;
  append_utf8(text, point);
  return text;
}

std::string septets_to(unsigned end) {
  std::string all;
  for (unsigned septet = 0; septet < end; ++septet)
    if (septet != escape) all += static_cast<char>(septet);
  return all;
}

// 3GPP TS 23.038, 6.2.1, line by line of the table's columns.
TEST(GsmAlphabet, TheDefaultOneIsThatOfTheStandard) {
  EXPECT_EQ(text_of_septets(septets_to(128)),
            "@£$¥èéùìòÇ\nØø\rÅå"
            "Δ_ΦΓΛΩΠΨΣΘΞÆæßÉ"
            " !\"#¤%&'()*+,-./"
            "0123456789:;<=>?"
            "¡ABCDEFGHIJKLMNO"
            "PQRSTUVWXYZÄÖÑÜ§"
            "¿abcdefghijklmno"
            "pqrstuvwxyzäöñüà");
}

TEST(GsmAlphabet, TheDefaultExtensionIsThatOfTheStandard) {
  const std::array<std::pair<char, std::string_view>, 10> extension{{{0x0A, "\f"},
                                                                     {0x14, "^"},
                                                                     {0x28, "{"},
                                                                     {0x29, "}"},
                                                                     {0x2F, "\\"},
                                                                     {0x3C, "["},
                                                                     {0x3D, "~"},
                                                                     {0x3E, "]"},
                                                                     {0x40, "|"},
                                                                     {0x65, "€"}}};
  for (const auto& [septet, character] : extension) {
    EXPECT_EQ(text_of_septets(std::string{escape, septet}), character);
    EXPECT_EQ(septets_of(character), (std::string{escape, septet}));
  }
}

enum class Shift : std::uint8_t { locking, single };

struct Placed {
  Language language;
  Shift shift;
  unsigned char septet;
  char32_t character;
};

// Annex A of 3GPP TS 23.038, from each table some places in which it differs from its neighbours.
constexpr std::array<Placed, 62> placed{{
    {Language::turkish, Shift::locking, 0x04, U'€'},        {Language::turkish, Shift::locking, 0x07, U'ı'},
    {Language::turkish, Shift::locking, 0x0B, U'Ğ'},        {Language::turkish, Shift::locking, 0x40, U'İ'},
    {Language::turkish, Shift::locking, 0x60, U'ç'},        {Language::turkish, Shift::single, 0x53, U'Ş'},
    {Language::turkish, Shift::single, 0x69, U'ı'},         {Language::spanish, Shift::single, 0x09, U'ç'},
    {Language::spanish, Shift::single, 0x41, U'Á'},         {Language::spanish, Shift::single, 0x75, U'ú'},
    {Language::portuguese, Shift::locking, 0x15, U'∞'},     {Language::portuguese, Shift::locking, 0x17, U'\\'},
    {Language::portuguese, Shift::locking, 0x24, U'º'},     {Language::portuguese, Shift::locking, 0x7D, U'`'},
    {Language::portuguese, Shift::single, 0x1F, U'Ê'},      {Language::portuguese, Shift::single, 0x5B, U'Ã'},
    {Language::portuguese, Shift::single, 0x7F, U'â'},      {Language::bengali, Shift::locking, 0x00, U'\u0981'},
    {Language::bengali, Shift::locking, 0x46, U'\u09B2'},   {Language::bengali, Shift::locking, 0x7F, U'\u09F1'},
    {Language::bengali, Shift::single, 0x19, U'\u09E6'},    {Language::bengali, Shift::single, 0x2A, U'\u09E3'},
    {Language::gujarati, Shift::locking, 0x11, U'\u0A91'},  {Language::gujarati, Shift::locking, 0x57, U'\u0AC5'},
    {Language::gujarati, Shift::single, 0x1C, U'\u0AE6'},   {Language::hindi, Shift::locking, 0x0E, U'\u090E'},
    {Language::hindi, Shift::locking, 0x3C, U'\u0929'},     {Language::hindi, Shift::locking, 0x7B, U'\u0972'},
    {Language::hindi, Shift::single, 0x26, U'\u0951'},      {Language::hindi, Shift::single, 0x39, U'\u0970'},
    {Language::kannada, Shift::locking, 0x01, U'\u0C82'},   {Language::kannada, Shift::locking, 0x24, U'\u0CA1'},
    {Language::kannada, Shift::locking, 0x58, U'\u0CC6'},   {Language::kannada, Shift::single, 0x27, U'\u0CF1'},
    {Language::malayalam, Shift::locking, 0x48, U'\u0D34'}, {Language::malayalam, Shift::locking, 0x4F, U'\u0D3D'},
    {Language::malayalam, Shift::single, 0x2E, U'\u0D7A'},  {Language::malayalam, Shift::single, 0x34, U'\u0D7F'},
    {Language::oriya, Shift::locking, 0x1A, U'\u0B1A'},     {Language::oriya, Shift::locking, 0x60, U'\u0B56'},
    {Language::oriya, Shift::single, 0x2C, U'\u0B71'},      {Language::punjabi, Shift::locking, 0x4C, U'\u0A38'},
    {Language::punjabi, Shift::locking, 0x59, U'\u0A47'},   {Language::punjabi, Shift::locking, 0x7F, U'\u0A74'},
    {Language::punjabi, Shift::single, 0x2D, U'\u0A75'},    {Language::tamil, Shift::locking, 0x15, U'\u0B95'},
    {Language::tamil, Shift::locking, 0x26, U'\u0BA3'},     {Language::tamil, Shift::locking, 0x3C, U'\u0BA9'},
    {Language::tamil, Shift::locking, 0x42, U'\u0BAE'},     {Language::tamil, Shift::single, 0x2E, U'\u0BFA'},
    {Language::telugu, Shift::locking, 0x45, U'\u0C31'},    {Language::telugu, Shift::locking, 0x7B, U'\u0C56'},
    {Language::telugu, Shift::single, 0x2A, U'\u0C78'},     {Language::telugu, Shift::single, 0x32, U'\u0C7F'},
    {Language::urdu, Shift::locking, 0x06, U'\u06A6'},      {Language::urdu, Shift::locking, 0x2A, U'\u0699'},
    {Language::urdu, Shift::locking, 0x5B, U'\u06D2'},      {Language::urdu, Shift::locking, 0x7F, U'\u0670'},
    {Language::urdu, Shift::single, 0x19, U'\u0600'},       {Language::urdu, Shift::single, 0x23, U'\u06F7'},
    {Language::urdu, Shift::single, 0x3B, U'\u06CD'},       {Language::urdu, Shift::single, 0x3F, U'\u06D4'},
}};

TEST(GsmAlphabet, NationalTablesHaveTheirCharactersWhereTheStandardPutsThem) {
  for (const auto& [language, shift, septet, character] : placed) {
    const Alphabet alphabet =
        shift == Shift::locking ? Alphabet{language, Language::none} : Alphabet{Language::none, language};
    std::string septets{static_cast<char>(septet)};
    if (shift == Shift::single) septets.insert(septets.begin(), escape);
    EXPECT_EQ(text_of_septets(septets, alphabet), utf8(character))
        << "language " << int(language) << ", septet " << int(septet);
  }
}

TEST(GsmAlphabet, EveryCharacterOfEveryTableComesBackFromItsSeptets) {
  for (std::uint8_t locking = 0; locking < languages; ++locking)
    for (std::uint8_t single = 0; single < languages; ++single) {
      const Alphabet alphabet{static_cast<Language>(locking), static_cast<Language>(single)};
      std::set<std::string> seen;
      for (unsigned septet = 0; septet < 128; ++septet) {
        if (septet == escape) continue;
        seen.insert(text_of_septets(std::string{static_cast<char>(septet)}, alphabet));
        seen.insert(text_of_septets(std::string{escape, static_cast<char>(septet)}, alphabet));
      }
      for (const std::string& character : seen) {
        const auto septets = septets_of(character, alphabet);
        ASSERT_TRUE(septets) << character << " of " << int(locking) << " and " << int(single);
        EXPECT_EQ(text_of_septets(*septets, alphabet), character);
      }
    }
}

TEST(GsmAlphabet, WhatTheExtensionDoesNotHaveIsReadFromTheOtherTable) {
  EXPECT_EQ(text_of_septets("\x1B"
                            "A"),
            "A");
  EXPECT_EQ(text_of_septets("\x1B\x1B"), " ");
  EXPECT_EQ(text_of_septets("a\x1B"), "a ");
}

TEST(GsmAlphabet, BytesThatAreNoSeptetsAreReplaced) { EXPECT_EQ(text_of_septets("a\xE9z"), "a\uFFFDz"); }

TEST(GsmAlphabet, OneCharacterThatIsMissingIsReported) {
  EXPECT_EQ(septets_of("zażółć"), std::nullopt);
  EXPECT_EQ(septets_of("naïve"), std::nullopt);
  EXPECT_EQ(septets_of("😀"), std::nullopt);
  EXPECT_EQ(septets_of(""), "");
}

}  // namespace
}  // namespace patchbay::sms
