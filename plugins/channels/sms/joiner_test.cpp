#include "joiner.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace patchbay::sms {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

constexpr TimePoint noon{std::chrono::hours{500'000}};

Fragment said(std::string octets, TimePoint arrived = noon) { return {std::move(octets), Coding::gsm, {}, arrived}; }

Part part(std::uint8_t number, std::uint8_t total) { return {7, total, number}; }

TEST(Joiner, PartsComeInAnyOrder) {
  std::vector<std::uint8_t> order{1, 2, 3, 4};
  do {
    Joiner joiner;
    for (std::size_t i = 0; i < order.size(); ++i)
      EXPECT_EQ(joiner.add("k", part(order[i], 4), said("part "s + static_cast<char>('0' + order[i]) + ";")),
                i + 1 == order.size() ? Joiner::Added::whole : Joiner::Added::kept);
    EXPECT_EQ(joiner.take("k").text(), "part 1;part 2;part 3;part 4;");
    EXPECT_EQ(joiner.size(), 0U);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(Joiner, APartThatComesTwiceCountsOnce) {
  Joiner joiner;
  EXPECT_EQ(joiner.add("k", part(1, 2), said("a")), Joiner::Added::kept);
  EXPECT_EQ(joiner.add("k", part(1, 2), said("a")), Joiner::Added::known);
  EXPECT_EQ(joiner.add("k", part(2, 2), said("b")), Joiner::Added::whole);
  EXPECT_EQ(joiner.take("k").text(), "ab");
}

TEST(Joiner, MessagesInterleave) {
  Joiner joiner;
  static_cast<void>(joiner.add("k", part(1, 2), said("a")));
  static_cast<void>(joiner.add("l", part(2, 2), said("d")));
  EXPECT_EQ(joiner.add("l", part(1, 2), said("c")), Joiner::Added::whole);
  EXPECT_EQ(joiner.add("k", part(2, 2), said("b")), Joiner::Added::whole);
  EXPECT_EQ(joiner.take("k").text(), "ab");
  EXPECT_EQ(joiner.take("l").text(), "cd");
}

TEST(Joiner, KeysTellApartWhatIsNotOneMessage) {
  const UserDataHeader header{element_of(part(1, 2), ReferenceWidth::eight_bits)};
  const std::string key = key_of("+48", "55", part(1, 2), header);
  EXPECT_EQ(key_of("+48", "55", part(2, 2), {element_of(part(2, 2), ReferenceWidth::eight_bits)}), key);
  EXPECT_NE(key_of("+49", "55", part(1, 2), header), key);
  EXPECT_NE(key_of("+48", "56", part(1, 2), header), key);
  EXPECT_NE(key_of("+48", "55", part(1, 3), header), key);
  EXPECT_NE(key_of("+48", "55", {8, 2, 1}, header), key);
  // Of an application's port.
  EXPECT_NE(key_of("+48", "55", part(1, 2), {header[0], {0x05, "\x0B\x84\x23\xF0"}}), key);
}

TEST(Joiner, WhatStaysAwayIsNotWaitedForForEver) {
  Joiner joiner(30min);
  EXPECT_EQ(joiner.next_overdue(), std::nullopt);
  static_cast<void>(joiner.add("k", part(1, 4), said("a", noon)));
  static_cast<void>(joiner.add("k", part(4, 4), said("d", noon + 10min)));
  // Each part begins the wait anew.
  EXPECT_EQ(joiner.next_overdue(), noon + 40min);
  EXPECT_TRUE(joiner.overdue(noon + 39min).empty());
  ASSERT_EQ(joiner.overdue(noon + 40min), std::vector<std::string>{"k"});
  const Joined joined = joiner.take("k");
  EXPECT_FALSE(joined.is_complete());
  EXPECT_EQ(joined.text(), "a [...] d");
}

TEST(Joiner, WhatIsStoredComesBack) {
  Joiner joiner;
  const Alphabet turkish{Language::turkish, Language::turkish};
  static_cast<void>(joiner.add("k", part(2, 3), {"\x04\xFF\x00"s, Coding::gsm, turkish, noon}));
  Joiner next;
  next.restore("k", joiner.stored("k"));
  EXPECT_EQ(next.stored("k"), joiner.stored("k"));
  EXPECT_EQ(next.add("k", part(2, 3), said("x")), Joiner::Added::known);
  EXPECT_EQ(next.take("k").fragments.at(2).octets, "\x04\xFF\x00"s);
  EXPECT_THROW(next.restore("k", "{}"), Failure);
  EXPECT_THROW(next.restore("k", "no JSON"), Failure);
}

TEST(Joiner, WhatASenderToreApartIsReadAsOne) {
  Joiner joiner;
  static_cast<void>(joiner.add("k", part(1, 2), {"\x00\x41\xD8\x3D"s, Coding::ucs2, {}, noon}));
  static_cast<void>(joiner.add("k", part(2, 2), {"\xDE\x00\x00\x42"s, Coding::ucs2, {}, noon}));
  EXPECT_EQ(joiner.take("k").text(), "A😀B");
  static_cast<void>(joiner.add("k", part(1, 2), said("10 \x1B")));
  static_cast<void>(joiner.add("k", part(2, 2), said("\x65")));
  EXPECT_EQ(joiner.take("k").text(), "10 €");
}

TEST(Joiner, PartsMayDifferInTheirCoding) {
  Joiner joiner;
  static_cast<void>(joiner.add("k", part(1, 2), said("Cze")));
  static_cast<void>(joiner.add("k", part(2, 2), {"\x01\x5B\x01\x07"s, Coding::ucs2, {}, noon}));
  EXPECT_EQ(joiner.take("k").text(), "Cześć");
  static_cast<void>(joiner.add("k", part(1, 1), {"\x01", Coding::binary, {}, noon}));
  EXPECT_EQ(joiner.take("k").text(), std::nullopt);
}

TEST(Joiner, ALongestMessageHas255Parts) {
  Joiner joiner;
  for (unsigned number = 1; number <= 255; ++number)
    EXPECT_EQ(joiner.add("k", part(static_cast<std::uint8_t>(number), 255), said("x")),
              number == 255 ? Joiner::Added::whole : Joiner::Added::kept);
  EXPECT_EQ(joiner.take("k").text(), std::string(255, 'x'));
}

}  // namespace
}  // namespace patchbay::sms
