#include <gtest/gtest.h>

#include "intake/submission.hpp"

namespace patchbay::intake {
namespace {

std::string every_byte() {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
  return bytes;
}

IncomingFact full() {
  IncomingFact fact;
  fact.fact.kind = store::FactKind::receipt;
  fact.fact.receipt = store::Receipt::failed;
  fact.fact.precision = store::Precision::day;
  fact.fact.occurred_at = TimePoint{Duration{-7}};
  fact.fact.received_at = TimePoint{Duration{1'767'225'600'000'001}};
  fact.fact.dedupe = digest_of({"dedupe"});
  fact.fact.text = every_byte() + "1";
  fact.fact.content = every_byte() + "2";
  fact.fact.original = store::Original{every_byte() + "3", every_byte() + "4"};
  fact.account = every_byte() + "5";
  fact.region = every_byte() + "6";
  fact.target = every_byte() + "7";
  fact.external_id = every_byte() + "8";
  fact.participants = {
      {store::Role::agent,
       Party::business,
       {{every_byte(), "value", "scope", store::Trust::claimed, {}}, {"", every_byte(), every_byte(), {}, {}}}},
      {store::Role::author, Party::person, {}}};
  return fact;
}

TEST(ParkedFact, ComesBackAsItWasWhateverItsBytes) {
  const IncomingFact given = full();
  const Result<IncomingFact> back = decode_parked(encode_parked(given));
  ASSERT_TRUE(back) << back.error().text();
  EXPECT_EQ(back->fact.kind, given.fact.kind);
  EXPECT_EQ(back->fact.receipt, given.fact.receipt);
  EXPECT_EQ(back->fact.precision, given.fact.precision);
  EXPECT_EQ(back->fact.occurred_at, given.fact.occurred_at);
  EXPECT_EQ(back->fact.received_at, given.fact.received_at);
  EXPECT_EQ(back->fact.dedupe, given.fact.dedupe);
  EXPECT_EQ(back->fact.text, given.fact.text);
  EXPECT_EQ(back->fact.content, given.fact.content);
  ASSERT_TRUE(back->fact.original);
  EXPECT_EQ(back->fact.original->bytes, given.fact.original->bytes);
  EXPECT_EQ(back->fact.original->media_type, given.fact.original->media_type);
  EXPECT_EQ(back->account, given.account);
  EXPECT_EQ(back->region, given.region);
  EXPECT_EQ(back->target, given.target);
  EXPECT_EQ(back->external_id, given.external_id);
  ASSERT_EQ(back->participants.size(), 2U);
  EXPECT_EQ(back->participants[0].role, store::Role::agent);
  EXPECT_EQ(back->participants[0].party, Party::business);
  ASSERT_EQ(back->participants[0].identifiers.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    const store::Identifier& was = given.participants[0].identifiers[i];
    const store::Identifier& is = back->participants[0].identifiers[i];
    EXPECT_EQ(is.kind, was.kind);
    EXPECT_EQ(is.value, was.value);
    EXPECT_EQ(is.scope, was.scope);
    EXPECT_EQ(is.trust, was.trust);
  }
  EXPECT_EQ(back->participants[1].role, store::Role::author);
}

TEST(ParkedFact, WithoutAnOriginalHasNone) {
  IncomingFact fact = full();
  fact.fact.original.reset();
  fact.participants.clear();
  const Result<IncomingFact> back = decode_parked(encode_parked(fact));
  ASSERT_TRUE(back);
  EXPECT_FALSE(back->fact.original);
  EXPECT_TRUE(back->participants.empty());
}

TEST(ParkedFact, CutShortIsCorruptAtEveryLength) {
  const std::string whole = encode_parked(full());
  for (std::size_t length = 0; length < whole.size(); length += length < 64 ? 1 : 37) {
    const Result<IncomingFact> back = decode_parked(std::string_view(whole).substr(0, length));
    ASSERT_FALSE(back) << length;
    EXPECT_EQ(back.error().code, ErrorCode::corrupt);
  }
}

TEST(ParkedFact, OtherCborIsCorrupt) {
  for (const std::string_view other : {"\xA0", "\x80", "\xF6", "\xA1\x64kind\x01", "\xA1\x64kind\x61x"})
    EXPECT_FALSE(decode_parked(other)) << other;
}

}  // namespace
}  // namespace patchbay::intake
