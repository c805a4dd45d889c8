#include "segments.hpp"

#include <patchbay/errors.hpp>

#include <gtest/gtest.h>

#include <string>

namespace patchbay::sms {
namespace {

std::string repeated(std::string_view text, std::size_t times) {
  std::string result;
  for (std::size_t i = 0; i < times; ++i) result += text;
  return result;
}

std::vector<Pdu> segments(std::string_view text, const SendingRules& rules = {}) {
  Pdu message;
  message.command = Command::submit_sm;
  return segments_of(message, text, rules, 0x12CC);
}

// What a phone reads.
std::string joined(const std::vector<Pdu>& pdus) {
  std::string text;
  for (const Pdu& pdu : pdus) {
    std::string_view octets = pdu[Text::short_message];
    Alphabet alphabet;
    WithHeader with;
    if ((pdu[Octet::esm_class] & esm_user_data_header) != 0) {
      with = read_header(octets);
      alphabet = alphabet_of(with.header);
      octets = with.content;
    }
    text += text_of(octets, coding_of(pdu[Octet::data_coding], {}), alphabet).value_or("");
  }
  return text;
}

struct Fits {
  std::string text;
  std::size_t parts;
  std::uint8_t data_coding;
};

// 3GPP TS 23.038 and 23.040: 160 septets or 70 UTF-16 units in one message, 153 or 67 beside a header of six octets.
TEST(Segments, AreAsManyAsTheStandardLeavesRoomFor) {
  for (const auto& [text, parts, data_coding] :
       {Fits{"", 1, 0}, Fits{repeated("a", 160), 1, 0}, Fits{repeated("a", 161), 2, 0}, Fits{repeated("a", 306), 2, 0},
        Fits{repeated("a", 307), 3, 0}, Fits{repeated("€", 80), 1, 0}, Fits{repeated("€", 81), 2, 0},
        Fits{repeated("ż", 70), 1, 8}, Fits{repeated("ż", 71), 2, 8}, Fits{repeated("ż", 134), 2, 8},
        Fits{repeated("ż", 135), 3, 8}, Fits{repeated("😀", 35), 1, 8}, Fits{repeated("😀", 36), 2, 8}}) {
    const std::vector<Pdu> pdus = segments(text);
    EXPECT_EQ(pdus.size(), parts) << text.size();
    EXPECT_EQ(pdus.front()[Octet::data_coding], data_coding);
    EXPECT_EQ(joined(pdus), text);
  }
}

TEST(Segments, NeitherAnEscapeNorASurrogateIsTornOff) {
  // The 153rd septet would be the escape, the 67th unit the high surrogate.
  const std::vector<Pdu> with_escape = segments(repeated("a", 152) + "€" + repeated("b", 20));
  ASSERT_EQ(with_escape.size(), 2U);
  EXPECT_EQ(with_escape[0][Text::short_message].size(), 6U + 152U);
  EXPECT_EQ(with_escape[1][Text::short_message].substr(6, 2), "\x1B\x65");
  EXPECT_EQ(joined(with_escape), repeated("a", 152) + "€" + repeated("b", 20));

  const std::vector<Pdu> with_surrogates = segments(repeated("ż", 66) + "😀" + repeated("ó", 20));
  ASSERT_EQ(with_surrogates.size(), 2U);
  EXPECT_EQ(with_surrogates[0][Text::short_message].size(), 6U + 132U);
  EXPECT_EQ(joined(with_surrogates), repeated("ż", 66) + "😀" + repeated("ó", 20));
}

TEST(Segments, TheHeaderTellsThePartsApart) {
  const std::vector<Pdu> pdus = segments(repeated("a", 200));
  ASSERT_EQ(pdus.size(), 2U);
  for (std::uint8_t i = 0; i < 2; ++i) {
    EXPECT_EQ(pdus[i][Octet::esm_class], 0x40);
    EXPECT_EQ(part_of(read_header(pdus[i][Text::short_message]).header),
              (Part{0xCC, 2, static_cast<std::uint8_t>(i + 1)}));
  }
}

// A header of seven octets leaves 152 septets and 66 units.
TEST(Segments, AReferenceOfSixteenBitsCostsOneOctet) {
  const SendingRules rules{.splitting = Splitting::header_16_bits, .alphabets = {}};
  EXPECT_EQ(segments(repeated("a", 304), rules).size(), 2U);
  EXPECT_EQ(segments(repeated("a", 305), rules).size(), 3U);
  EXPECT_EQ(segments(repeated("ż", 132), rules).size(), 2U);
  EXPECT_EQ(segments(repeated("ż", 133), rules).size(), 3U);
  EXPECT_EQ(part_of(read_header(segments(repeated("a", 200), rules)[1][Text::short_message]).header),
            (Part{0x12CC, 2, 2}));
}

TEST(Segments, ParametersTellThePartsApartWhereTheSmscMakesTheHeader) {
  const std::vector<Pdu> pdus = segments(repeated("a", 200), {.splitting = Splitting::sar, .alphabets = {}});
  ASSERT_EQ(pdus.size(), 2U);
  EXPECT_EQ(pdus[0][Octet::esm_class], 0);
  EXPECT_EQ(pdus[0][Text::short_message], repeated("a", 153));
  EXPECT_EQ(pdus[1].number(Tag::sar_msg_ref_num), 0x12CCU);
  EXPECT_EQ(pdus[1].number(Tag::sar_total_segments), 2U);
  EXPECT_EQ(pdus[1].number(Tag::sar_segment_seqnum), 2U);
}

TEST(Segments, OnePduCarriesAllWhereTheSmscSplits) {
  const std::vector<Pdu> pdus = segments(repeated("a", 2000), {.splitting = Splitting::payload, .alphabets = {}});
  ASSERT_EQ(pdus.size(), 1U);
  EXPECT_EQ(pdus[0][Text::short_message], "");
  ASSERT_NE(pdus[0].find(Tag::message_payload), nullptr);
  EXPECT_EQ(*pdus[0].find(Tag::message_payload), repeated("a", 2000));
  // What fits is sent as ever.
  EXPECT_EQ(segments("a", {.splitting = Splitting::payload, .alphabets = {}})[0][Text::short_message], "a");
}

// A single shift table costs a header of four octets: 155 septets are left, and 149 beside a reference.
TEST(Segments, ANationalAlphabetIsUsedWhereTheLinkHasIt) {
  const SendingRules rules{.alphabets = {{Language::none, Language::spanish}, {Language::turkish, Language::turkish}}};
  const std::vector<Pdu> spanish = segments("¿Dónde está?", rules);
  ASSERT_EQ(spanish.size(), 1U);
  EXPECT_EQ(spanish[0][Octet::data_coding], 0);
  EXPECT_EQ(spanish[0][Octet::esm_class], 0x40);
  EXPECT_EQ(joined(spanish), "¿Dónde está?");
  EXPECT_EQ(joined(segments("Işık", rules)), "Işık");
  EXPECT_EQ(segments("¿qué?", rules)[0][Octet::esm_class], 0);  // the default one has it all
  EXPECT_EQ(segments("á" + repeated("a", 153), rules).size(), 1U);
  EXPECT_EQ(segments("á" + repeated("a", 154), rules).size(), 2U);
  EXPECT_EQ(segments("á" + repeated("a", 147) + repeated("b", 149), rules).size(), 2U);
  EXPECT_EQ(segments("á" + repeated("a", 147) + repeated("b", 150), rules).size(), 3U);
  EXPECT_EQ(segments("żó", rules)[0][Octet::data_coding], 8);
}

TEST(Segments, TheSmscsOwnNamesOfTheCodingsAreUsed) {
  const SendingRules rules{.alphabets = {}, .gsm_data_coding = 0x01, .ucs2_data_coding = 0x18};
  EXPECT_EQ(segments("a", rules)[0][Octet::data_coding], 0x01);
  EXPECT_EQ(segments("ż", rules)[0][Octet::data_coding], 0x18);
}

TEST(Segments, MoreThanAReferenceCanTellApartAreRefused) {
  EXPECT_EQ(segments(repeated("a", std::size_t{255} * 153)).size(), 255U);
  EXPECT_THROW(static_cast<void>(segments(repeated("a", std::size_t{255} * 153 + 1))), Failure);
}

TEST(Segments, WhatIsNoUtf8IsSentAsTheReplacementCharacter) { EXPECT_EQ(joined(segments("a\xFFz")), "a\uFFFDz"); }

}  // namespace
}  // namespace patchbay::sms
