#include "receipt.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace patchbay::sms {
namespace {

using namespace std::string_literals;

struct Told {
  std::string text, message_id;
  MessageState state;
  std::string error;
};

TEST(Receipt, IsReadFromTheTextOfTheSpecificationAndOfThoseWhoDeviate) {
  const std::array<Told, 15> told{{
      // SMPP 3.4, appendix B.
      {"id:0123456789 sub:001 dlvrd:001 submit date:0911240905 done date:0911240906 stat:DELIVRD err:000 text:Hello",
       "0123456789", MessageState::delivered, "000"},
      {"id:7f2a sub:001 dlvrd:000 submit date:0911240905 done date:0911240906 stat:UNDELIV err:21b Text:Hi", "7f2a",
       MessageState::undeliverable, "21b"},
      // Without sub, dlvrd and text.
      {"id:1 submit date:091124090512 done date:091124090613 stat:EXPIRED err:1", "1", MessageState::expired, "1"},
      {"id:a-b-c stat:REJECTD", "a-b-c", MessageState::rejected, ""},
      {"id:1 stat:ACCEPTD err:0000", "1", MessageState::accepted, "0000"},
      {"id:1 stat:ACKED", "1", MessageState::accepted, ""},
      {"id:1 stat:BUFFRED", "1", MessageState::accepted, ""},
      {"id:1 stat:BUFFERD", "1", MessageState::accepted, ""},
      {"id:1 stat:FAILED", "1", MessageState::undeliverable, ""},
      {"id:1 stat:ENROUTE", "1", MessageState::enroute, ""},
      {"id:1 stat:DELETED", "1", MessageState::deleted, ""},
      {"id:1 stat:XYZ", "1", MessageState::unknown, ""},
      {"ID:1 STAT:delivrd ERR:000", "1", MessageState::delivered, "000"},
      {"id:1 stat:DELIVRD\0"s, "1", MessageState::delivered, ""},
      {"id:00000000000000000000000000000000000042 stat:DELIVRD", "00000000000000000000000000000000000042",
       MessageState::delivered, ""},
  }};
  for (const Told& each : told) {
    const auto receipt = receipt_of_text(each.text);
    ASSERT_TRUE(receipt) << each.text;
    EXPECT_EQ(receipt->message_id, each.message_id) << each.text;
    EXPECT_EQ(name_of(receipt->state), name_of(each.state)) << each.text;
    EXPECT_EQ(receipt->error, each.error) << each.text;
  }
}

TEST(Receipt, DatesOfAnyLengthAreKeptAsTheyAreWritten) {
  EXPECT_EQ(receipt_of_text("id:1 done date:0911240906 stat:DELIVRD")->done, "0911240906");
  EXPECT_EQ(receipt_of_text("id:1 done date:20091124090613 stat:DELIVRD")->done, "20091124090613");
}

TEST(Receipt, OtherTextIsNone) {
  for (const std::string_view text : {"", "362d9701 2", "Thank you", "id:1", "stat:DELIVRD", "paid:1 stat:DELIVRD"})
    EXPECT_FALSE(receipt_of_text(text)) << text;
  // What was sent is quoted behind text:, and may look like anything.
  EXPECT_FALSE(receipt_of_text("err:000 text:id:1 stat:DELIVRD"));
  EXPECT_EQ(receipt_of_text("id:1 stat:UNDELIV text:stat:DELIVRD")->state, MessageState::undeliverable);
}

Pdu message(std::uint8_t esm_class) {
  Pdu pdu;
  pdu.command = Command::deliver_sm;
  pdu[Octet::esm_class] = esm_class;
  return pdu;
}

TEST(Receipt, ParametersGoBeforeTheText) {
  Pdu pdu = message(0x04);
  pdu.add(Tag::receipted_message_id, "abc\0"s);
  pdu.add(Tag::message_state, 2, 1);
  pdu.add(Tag::network_error_code, "\x03\x00\x27"s);
  const auto receipt = receipt_of(pdu, "id:other stat:UNDELIV err:001");
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->message_id, "abc");
  EXPECT_EQ(receipt->state, MessageState::delivered);
  EXPECT_EQ(receipt->error, "3:0027");
  EXPECT_FALSE(receipt->is_intermediate);
}

TEST(Receipt, ParametersNeedNoText) {
  Pdu pdu = message(0x20);
  pdu.add(Tag::receipted_message_id, "abc");
  pdu.add(Tag::message_state, 1, 1);
  const auto receipt = receipt_of(pdu, "");
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->state, MessageState::enroute);
  EXPECT_TRUE(receipt->is_intermediate);
  EXPECT_FALSE(receipt_of(message(0x04), "Hello"));
}

TEST(Receipt, IsSaidByTheMessageTypeWhateverElseThereIs) {
  EXPECT_TRUE(says_receipt(0x04));
  EXPECT_TRUE(says_receipt(0x44));  // with a header
  EXPECT_TRUE(says_receipt(0x20));
  EXPECT_FALSE(says_receipt(0x00));
  EXPECT_FALSE(says_receipt(0x40));
  EXPECT_FALSE(says_receipt(0x80));  // reply path
}

TEST(Receipt, IdsAreComparedInTheBasesThatTheSmscUses) {
  EXPECT_EQ(comparable_id("000123ab", IdForm::opaque), "000123ab");
  EXPECT_EQ(comparable_id("0FF", IdForm::hexadecimal), comparable_id("255", IdForm::decimal));
  EXPECT_EQ(comparable_id("00000255", IdForm::decimal), comparable_id("ff", IdForm::hexadecimal));
  EXPECT_EQ(comparable_id("340282366920938463463374607431768211455", IdForm::decimal),
            "ffffffffffffffffffffffffffffffff");
  EXPECT_EQ(comparable_id("0", IdForm::decimal), comparable_id("000", IdForm::hexadecimal));
  // A UUID is no number.
  EXPECT_EQ(comparable_id("6BA7B810-9DAD-11D1", IdForm::hexadecimal), "6BA7B810-9DAD-11D1");
}

TEST(Receipt, FinalStatesAreThoseThatNothingFollows) {
  EXPECT_TRUE(is_final(MessageState::delivered));
  EXPECT_TRUE(is_final(MessageState::rejected));
  EXPECT_FALSE(is_final(MessageState::enroute));
  EXPECT_FALSE(is_final(MessageState::unknown));
}

}  // namespace
}  // namespace patchbay::sms
