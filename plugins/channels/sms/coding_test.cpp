#include "coding.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace patchbay::sms {
namespace {

using namespace std::string_literals;

struct Meant {
  std::uint8_t data_coding;
  Coding coding;
};

TEST(Coding, DataCodingMeansWhatTheStandardsSay) {
  // SMPP 3.4, section 5.2.19, and 3GPP TS 23.038, section 4, for the values beyond.
  constexpr std::array<Meant, 28> meant{{
      {0x00, Coding::gsm},    {0x01, Coding::ascii},       {0x02, Coding::binary},   {0x03, Coding::latin_1},
      {0x04, Coding::binary}, {0x05, Coding::shift_jis},   {0x06, Coding::cyrillic}, {0x07, Coding::hebrew},
      {0x08, Coding::ucs2},   {0x0A, Coding::iso_2022_jp}, {0x0E, Coding::euc_kr},   {0x10, Coding::gsm},
      {0x11, Coding::gsm},    {0x15, Coding::binary},      {0x18, Coding::ucs2},     {0x20, Coding::binary},
      {0x38, Coding::binary}, {0x48, Coding::ucs2},        {0x80, Coding::binary},   {0xB0, Coding::binary},
      {0xC0, Coding::gsm},    {0xC8, Coding::gsm},         {0xD1, Coding::gsm},      {0xE0, Coding::ucs2},
      {0xEA, Coding::ucs2},   {0xF0, Coding::gsm},         {0xF3, Coding::gsm},      {0xF5, Coding::binary},
  }};
  for (const auto& [data_coding, coding] : meant)
    EXPECT_EQ(name_of(coding_of(data_coding, {})), name_of(coding)) << int(data_coding);
}

TEST(Coding, ALinkMayMeanSomethingElse) {
  const Codings of_link{{0x00, Coding::latin_1}, {0x01, Coding::gsm}};
  EXPECT_EQ(coding_of(0x00, of_link), Coding::latin_1);
  EXPECT_EQ(coding_of(0x01, of_link), Coding::gsm);
  EXPECT_EQ(coding_of(0x08, of_link), Coding::ucs2);
}

struct Written {
  Coding coding;
  std::string octets;
  std::string_view text;
};

TEST(Coding, EachSetIsReadAndWritten) {
  const std::array<Written, 10> written{{
      {Coding::gsm, "Ciao \x05 \x1B\x65", "Ciao é €"},
      {Coding::ascii, "Hello", "Hello"},
      {Coding::latin_1, "perch\xE9", "perché"},
      {Coding::cyrillic, "\xBF\xE0\xD8\xD2\xD5\xE2", "Привет"},
      {Coding::hebrew, "\xF9\xEC\xE5\xED", "שלום"},
      {Coding::shift_jis, "\x82\xB1\x82\xF1", "こん"},
      {Coding::iso_2022_jp, "\x1B$B$3$s\x1B(B", "こん"},
      {Coding::euc_kr, "\xBE\xC8\xB3\xE7", "안녕"},
      {Coding::ucs2, "\x01\x7C\x00\xF3\xD8\x3D\xDE\x00"s, "żó😀"},
      {Coding::utf8, "ż😀", "ż😀"},
  }};
  for (const Written& each : written) {
    EXPECT_EQ(text_of(each.octets, each.coding), each.text) << name_of(each.coding);
    EXPECT_EQ(octets_of(each.text, each.coding), each.octets) << name_of(each.coding);
    EXPECT_EQ(coding_called(name_of(each.coding)), each.coding);
  }
}

TEST(Coding, EveryCodePointOfUcs2ComesBack) {
  for (char32_t point = 1; point < 0x110000; point += point < 0x3000 ? 1 : 97) {
    if (point >= 0xD800 && point < 0xE000) continue;
    std::string octets;
    const auto put = [&](char32_t unit) {
      octets += static_cast<char>(unit >> 8U);
      octets += static_cast<char>(unit);
    };
    if (point < 0x10000) {
      put(point);
    } else {
      put(0xD800 + ((point - 0x10000) >> 10U));
      put(0xDC00 + ((point - 0x10000) & 0x3FFU));
    }
    // A byte order mark is none of the text.
    if (point == 0xFEFF) continue;
    const auto text = text_of(octets, Coding::ucs2);
    ASSERT_TRUE(text);
    ASSERT_EQ(octets_of(*text, Coding::ucs2), octets) << std::hex << std::uint32_t(point);
  }
}

TEST(Coding, SurrogatesWithoutTheirOtherHalfAreReplacedOneByOne) {
  EXPECT_EQ(text_of("\xD8\x3D\x00\x41"s, Coding::ucs2), "\uFFFDA");
  EXPECT_EQ(text_of("\xDE\x00\x00\x41"s, Coding::ucs2), "\uFFFDA");
  EXPECT_EQ(text_of("\xD8\x3D"s, Coding::ucs2), "\uFFFD");
  EXPECT_EQ(text_of("\x00\x41\x00"s, Coding::ucs2), "A\uFFFD");
}

TEST(Coding, AByteOrderMarkCounts) {
  EXPECT_EQ(text_of("\xFE\xFF\x00\x41"s, Coding::ucs2), "A");
  EXPECT_EQ(text_of("\xFF\xFE\x41\x00"s, Coding::ucs2), "A");
}

TEST(Coding, WhatASetDoesNotHaveIsReplacedOrRefused) {
  EXPECT_EQ(text_of("a\xC3\xA9", Coding::ascii), "a\uFFFD\uFFFD");
  EXPECT_EQ(octets_of("é", Coding::ascii), std::nullopt);
  EXPECT_EQ(octets_of("ż", Coding::latin_1), std::nullopt);
  EXPECT_EQ(text_of("\x00\x01", Coding::binary), std::nullopt);
}

// 3GPP TS 23.038, section 6.1.2.1.1: eight septets in seven octets. "hellohello" is the example known everywhere.
TEST(Coding, SeptetsArePacked) {
  EXPECT_EQ(pack("hellohello"), "\xE8\x32\x9B\xFD\x46\x97\xD9\xEC\x37");
  EXPECT_EQ(unpack("\xE8\x32\x9B\xFD\x46\x97\xD9\xEC\x37"), "hellohello");
  EXPECT_EQ(text_of("\xE8\x32\x9B\xFD\x46\x97\xD9\xEC\x37", Coding::packed_gsm), "hellohello");
  // Seven septets leave seven bits.
  EXPECT_EQ(text_of(pack("1234567"), Coding::packed_gsm), "1234567");
  EXPECT_EQ(text_of(pack("12345678"), Coding::packed_gsm), "12345678");
}

// A header of six octets is filled up to seven septets (3GPP TS 23.040, section 9.2.3.24): one bit.
TEST(Coding, FillBitsStandBeforeTheFirstSeptet) {
  EXPECT_EQ(pack("A", 1), "\x82");
  EXPECT_EQ(unpack("\x82", 1).substr(0, 1), "A");
}

}  // namespace
}  // namespace patchbay::sms
