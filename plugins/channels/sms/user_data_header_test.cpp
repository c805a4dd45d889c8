#include "user_data_header.hpp"

#include <patchbay/errors.hpp>

#include <gtest/gtest.h>

#include <string>

namespace patchbay::sms {
namespace {

using namespace std::string_literals;

TEST(UserDataHeader, IsReadAndLeavesTheText) {
  const std::string message = "\x05\x00\x03\xCC\x02\x01Hello"s;
  const auto [header, content] = read_header(message);
  EXPECT_EQ(header, (UserDataHeader{{0x00, "\xCC\x02\x01"s}}));
  EXPECT_EQ(content, "Hello");
  EXPECT_EQ(part_of(header), (Part{0xCC, 2, 1}));
}

TEST(UserDataHeader, OtherElementsMayComeFirst) {
  // Application ports (0x05), then a reference of sixteen bits (0x08), then a single shift table (0x24).
  const std::string message = "\x0F\x05\x04\x0B\x84\x23\xF0\x08\x04\x12\x34\x03\x02\x24\x01\x02x"s;
  const auto [header, content] = read_header(message);
  EXPECT_EQ(header.size(), 3U);
  EXPECT_EQ(part_of(header), (Part{0x1234, 3, 2}));
  EXPECT_EQ(alphabet_of(header), (Alphabet{Language::none, Language::spanish}));
  EXPECT_EQ(content, "x");
}

TEST(UserDataHeader, PartsThatCannotBeAreNone) {
  EXPECT_EQ(part_of(read_header("\x05\x00\x03\xCC\x02\x00"s).header), std::nullopt);  // part 0
  EXPECT_EQ(part_of(read_header("\x05\x00\x03\xCC\x02\x03"s).header), std::nullopt);  // 3 of 2
  EXPECT_EQ(part_of(read_header("\x04\x00\x02\xCC\x02"s).header), std::nullopt);      // too short
  EXPECT_EQ(part_of({}), std::nullopt);
}

// 3GPP TS 23.040, section 9.2.3.24: where elements contradict each other, the last counts.
TEST(UserDataHeader, TheLastOfTwoPartsCounts) {
  EXPECT_EQ(part_of({{0x00, "\x01\x02\x01"s}, {0x08, "\x00\x07\x03\x03"s}}), (Part{7, 3, 3}));
}

TEST(UserDataHeader, UnknownLanguagesAreTheDefaultOne) {
  EXPECT_EQ(alphabet_of({{0x24, "\x0E"s}, {0x25, "\x63"s}}), Alphabet());
  EXPECT_EQ(alphabet_of({{0x24, "\x0D"s}, {0x25, "\x01"s}}), (Alphabet{Language::turkish, Language::urdu}));
}

TEST(UserDataHeader, ReachingBeyondTheMessageIsRefused) {
  for (const std::string& message : {""s, "\x05\x00\x03"s, "\x03\x00\x05\x01"s, "\xFF"s})
    EXPECT_THROW(static_cast<void>(read_header(message)), Failure);
  // A lone octet is filling.
  EXPECT_EQ(read_header("\x01\x00x"s).content, "x");
}

TEST(UserDataHeader, IsWrittenAsItIsRead) {
  const UserDataHeader header{element_of({0x1234, 3, 2}, ReferenceWidth::sixteen_bits), {0x24, "\x01"}};
  const std::string written = write_header(header);
  EXPECT_EQ(written, "\x09\x08\x04\x12\x34\x03\x02\x24\x01\x01"s);
  EXPECT_EQ(read_header(written).header, header);
  EXPECT_EQ(element_of({0x1234, 3, 2}, ReferenceWidth::eight_bits), (HeaderElement{0x00, "\x34\x03\x02"}));
  EXPECT_EQ(elements_of({Language::urdu, Language::turkish}), (UserDataHeader{{0x24, "\x01"}, {0x25, "\x0D"}}));
}

}  // namespace
}  // namespace patchbay::sms
