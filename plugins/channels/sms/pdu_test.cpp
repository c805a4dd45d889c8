#include "pdu.hpp"

#include <patchbay/errors.hpp>

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace patchbay::sms {
namespace {

using namespace std::string_literals;

// "000A ff" as octets.
std::string octets(std::string_view hexadecimal) {
  std::string bytes, digits;
  for (const char c : hexadecimal)
    if (c != ' ') digits += c;
  for (std::size_t at = 0; at + 1 < digits.size(); at += 2)
    bytes += static_cast<char>(std::stoi(digits.substr(at, 2), nullptr, 16));
  return bytes;
}

// The sample of SMPP 3.4, section 3.2.4.
const std::string sample_bind = octets(
    "0000002F 00000002 00000000 00000001"
    "534D50503354455354 00 7365637265743038 00 5355424D495431 00 00 01 01 00");

TEST(Pdu, TheSampleOfTheSpecificationIsRead) {
  const Pdu pdu = decode(sample_bind);
  EXPECT_EQ(pdu.trouble, "");
  EXPECT_EQ(pdu.command, Command::bind_transmitter);
  EXPECT_EQ(pdu.sequence, 1U);
  EXPECT_EQ(pdu[Text::system_id], "SMPP3TEST");
  EXPECT_EQ(pdu[Text::password], "secret08");
  EXPECT_EQ(pdu[Text::system_type], "SUBMIT1");
  EXPECT_EQ(pdu[Octet::interface_version], 0);
  EXPECT_EQ(pdu[Octet::addr_ton], 1);
  EXPECT_EQ(pdu[Octet::addr_npi], 1);
  EXPECT_EQ(pdu[Text::address_range], "");
}

TEST(Pdu, TheSampleOfTheSpecificationIsWritten) {
  Pdu pdu;
  pdu.command = Command::bind_transmitter;
  pdu.sequence = 1;
  pdu[Text::system_id] = "SMPP3TEST";
  pdu[Text::password] = "secret08";
  pdu[Text::system_type] = "SUBMIT1";
  pdu[Octet::addr_ton] = 1;
  pdu[Octet::addr_npi] = 1;
  EXPECT_EQ(encode(pdu), sample_bind);
}

// The fields of section 4.6.1, in their order.
const std::string sample_message = octets(
    "00000055 00000005 00000000 0000002A"
    "434D5400"                  // service_type
    "01 01 343837393500"        // source: TON, NPI, "48795"
    "05 00 506174636800"        // destination: TON, NPI, "Patch"
    "40 7F 03"                  // esm_class, protocol_id, priority_flag
    "00 00"                     // schedule_delivery_time, validity_period
    "01 00 08 00"               // registered_delivery, replace_if_present_flag, data_coding, sm_default_msg_id
    "0A 050003CC0201 00480069"  // sm_length, short_message
    "0204 0002 1234"            // user_message_reference
    "1454 0003 010203"          // what nobody knows
    "0424 0000"                 // an empty message_payload
    "020C 0002 00CC 020E 0001 02 020F 0001 01");

TEST(Pdu, AMessageIsReadWithAllItsParameters) {
  std::string bytes = sample_message;
  bytes[3] = static_cast<char>(bytes.size());
  const Pdu pdu = decode(bytes);
  EXPECT_EQ(pdu.trouble, "");
  EXPECT_EQ(pdu.sequence, 42U);
  EXPECT_EQ(pdu[Text::service_type], "CMT");
  EXPECT_EQ(pdu[Octet::source_addr_ton], 1);
  EXPECT_EQ(pdu[Text::source_addr], "48795");
  EXPECT_EQ(pdu[Octet::dest_addr_ton], 5);
  EXPECT_EQ(pdu[Text::destination_addr], "Patch");
  EXPECT_EQ(pdu[Octet::esm_class], 0x40);
  EXPECT_EQ(pdu[Octet::protocol_id], 0x7F);
  EXPECT_EQ(pdu[Octet::priority_flag], 3);
  EXPECT_EQ(pdu[Octet::registered_delivery], 1);
  EXPECT_EQ(pdu[Octet::data_coding], 8);
  EXPECT_EQ(pdu[Text::short_message], octets("050003CC0201 00480069"));
  EXPECT_EQ(pdu.number(Tag::user_message_reference), 0x1234U);
  EXPECT_EQ(pdu.number(Tag::sar_total_segments), 2U);
  ASSERT_EQ(pdu.parameters.size(), 6U);
  EXPECT_EQ(pdu.parameters[1].tag, 0x1454);
  EXPECT_EQ(pdu.parameters[1].value, "\x01\x02\x03");
  ASSERT_NE(pdu.find(Tag::message_payload), nullptr);
  EXPECT_EQ(pdu.number(Tag::message_payload), std::nullopt);
  EXPECT_EQ(encode(pdu), bytes);
}

// A body for each command, by the tables of sections 4.1 to 4.12 (5.0: 4.4): the lengths of fields tell the order
// apart.
TEST(Pdu, EveryCommandComesBackAsItWasWritten) {
  for (const std::uint32_t command :
       {0x1U,        0x2U,        0x3U,        0x4U,        0x5U,        0x6U,        0x7U,        0x8U,
        0x9U,        0xBU,        0x15U,       0x102U,      0x103U,      0x111U,      0x112U,      0x113U,
        0x80000000U, 0x80000001U, 0x80000003U, 0x80000004U, 0x80000005U, 0x80000006U, 0x80000007U, 0x80000008U,
        0x80000015U, 0x80000103U, 0x80000111U, 0x80000112U, 0x80000113U}) {
    Pdu pdu;
    pdu.command = static_cast<Command>(command);
    pdu.sequence = 0xFFFFFFFF;
    const auto fields = fields_of(pdu.command);
    ASSERT_TRUE(fields) << name_of(pdu.command);
    std::uint8_t value = 1;
    for (const Field& field : *fields) {
      if (field.kind == Field::Kind::octet)
        pdu[static_cast<Octet>(field.which)] = value++;
      else
        pdu[static_cast<Text>(field.which)] = std::string(value++ % field.most, 'x');
    }
    const Pdu read = decode(encode(pdu));
    EXPECT_EQ(read.trouble, "") << name_of(pdu.command);
    EXPECT_EQ(read.sequence, 0xFFFFFFFFU);
    for (const Field& field : *fields) {
      if (field.kind == Field::Kind::octet)
        EXPECT_EQ(read[static_cast<Octet>(field.which)], pdu[static_cast<Octet>(field.which)]) << field.name;
      else
        EXPECT_EQ(read[static_cast<Text>(field.which)], pdu[static_cast<Text>(field.which)]) << field.name;
    }
  }
}

TEST(Pdu, DestinationsAndFailuresOfManyAreKeptAsTheyAreWritten) {
  const std::string destinations = octets("02 01 01 01 343800 02 6C697374 00");
  Pdu pdu;
  pdu.command = Command::submit_multi;
  pdu[Text::destinations] = destinations;
  pdu[Text::short_message] = "hi";
  EXPECT_EQ(decode(encode(pdu))[Text::destinations], destinations);
  EXPECT_EQ(decode(encode(pdu))[Text::short_message], "hi");

  const std::string failures = octets("01 01 01 343800 0000000B");
  Pdu answer;
  answer.command = response_to(Command::submit_multi);
  answer[Text::message_id] = "7";
  answer[Text::failures] = failures;
  EXPECT_EQ(decode(encode(answer))[Text::failures], failures);
}

TEST(Pdu, WhatCarelessPeersAnswerIsRead) {
  // Without a body, though all went well.
  EXPECT_EQ(decode(octets("00000010 80000004 00000000 00000007")).trouble, "");
  // The id without its NUL.
  EXPECT_EQ(decode(octets("00000013 80000004 00000000 00000007 616263"))[Text::message_id], "abc");
  // A status of its own.
  const Pdu refused = decode(octets("00000010 80000004 00000440 80000001"));
  EXPECT_EQ(refused.status, 0x440U);
  EXPECT_EQ(refused.sequence, 0x80000001U);
}

TEST(Pdu, ABrokenBodySaysWhichFieldAndKeepsWhatStandsBefore) {
  // sm_length says ten octets, and two are there.
  const Pdu cut =
      decode(octets("00000026 00000005 00000000 00000009 00 00 00 343800 00 00 353500 00 00 00 00 00 00 00 00 "
                    "00 0A 6869"));
  EXPECT_EQ(cut.trouble, "decoding deliver_sm: short_message: expected 10 octets, got 2");
  EXPECT_EQ(cut.sequence, 9U);
  EXPECT_EQ(cut[Text::source_addr], "48");

  const Pdu endless = decode(octets("00000013 00000005 00000000 00000009 434D54"));
  EXPECT_EQ(endless.trouble, "decoding deliver_sm: service_type: expected a NUL behind it, got the end of the PDU");

  Pdu with_half_a_parameter;
  with_half_a_parameter.command = Command::enquire_link;
  const Pdu read = decode(encode(with_half_a_parameter) + octets("0204 0005 12"));
  EXPECT_EQ(read.trouble, "decoding enquire_link: an optional parameter: expected 5 octets, got 1");
  EXPECT_EQ(read.rest, octets("0204 0005 12"));
}

TEST(Pdu, AnUnknownCommandIsKept) {
  const Pdu pdu = decode(octets("00000013 00010201 00000000 00000001 010203"));
  EXPECT_EQ(name_of(pdu.command), "0x00010201");
  EXPECT_EQ(pdu.rest, "\x01\x02\x03");
  EXPECT_EQ(pdu.trouble, "");
}

TEST(Pdu, WhatDoesNotFitIsRefusedByName) {
  Pdu pdu;
  pdu.command = Command::submit_sm;
  pdu[Text::destination_addr] = "+48795123456789012345678";
  try {
    static_cast<void>(encode(pdu));
    FAIL();
  } catch (const Failure& failure) {
    EXPECT_STREQ(failure.what(), "encoding submit_sm: destination_addr has 24 octets, and 20 fit");
    EXPECT_EQ(failure.code(), PB_PERMANENT);
  }
  pdu[Text::destination_addr] = "48\0"s;
  EXPECT_THROW(static_cast<void>(encode(pdu)), Failure);
  pdu[Text::destination_addr] = "48";
  pdu[Text::short_message] = std::string(255, 'x');
  EXPECT_THROW(static_cast<void>(encode(pdu)), Failure);
}

TEST(Pdu, NamesAreThoseOfTheSpecification) {
  EXPECT_EQ(name_of(response_to(Command::submit_sm)), "submit_sm_resp");
  EXPECT_EQ(name_of(Command::generic_nack), "generic_nack");
  EXPECT_EQ(name_of(CommandStatus::throttled), "ESME_RTHROTTLED");
  EXPECT_EQ(name_of(static_cast<CommandStatus>(0x440)), "0x00000440");
}

TEST(PduReader, PdusComeWholeInWhateverPieces) {
  const std::string two = sample_bind + octets("00000010 00000015 00000000 00000002");
  for (std::size_t piece = 1; piece <= two.size(); ++piece) {
    PduReader reader;
    std::vector<Command> seen;
    for (std::size_t at = 0; at < two.size(); at += piece) {
      reader.add(std::string_view(two).substr(at, piece));
      while (const auto pdu = reader.take()) seen.push_back(pdu->command);
    }
    EXPECT_EQ(seen, (std::vector{Command::bind_transmitter, Command::enquire_link})) << piece;
    EXPECT_TRUE(reader.is_between());
  }
}

TEST(PduReader, ALengthThatCannotBeEndsIt) {
  for (const std::string_view length : {"00000004", "0000000F", "FFFFFFFF"}) {
    PduReader reader;
    reader.add(octets(length));
    EXPECT_FALSE(reader.take());
    EXPECT_TRUE(reader.error().starts_with("reading a PDU: expected a length of 16 to 131072 octets, got "));
    reader.add(sample_bind);
    EXPECT_FALSE(reader.take());
  }
}

}  // namespace
}  // namespace patchbay::sms
