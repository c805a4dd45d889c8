#include "uid_set.hpp"

#include <gtest/gtest.h>

#include <initializer_list>

namespace patchbay::imap {
namespace {

UidSet set(std::string_view text) {
  const auto read = UidSet::read(text);
  EXPECT_TRUE(read.has_value()) << text;
  return read.value_or(UidSet());
}

TEST(ImapUidSet, ReadsWhatServersSayAndWritesItShortly) {
  // RFC 3501, section 9, at seq-range: 2:4 and 4:2 are the same; the others are from examples of RFC 4731 and RFC 7162.
  for (const auto& [said, written] : std::initializer_list<std::pair<const char*, const char*>>{
           {"2:4", "2:4"},
           {"4:2", "2:4"},
           {"2,10:11", "2,10:11"},
           {"41,43:116,118,120:211,214:540", "41,43:116,118,120:211,214:540"},
           {"3,1,2", "1:3"},
           {"1:4294967295", "1:4294967295"},
           {"5:9,1:7,20", "1:9,20"},
           {"", ""}})
    EXPECT_EQ(set(said).text(), written);
}

TEST(ImapUidSet, TakesNothingElseForASet) {
  for (const char* const text : {"*", "1:*", "0", "1,", ",1", "a", "1:", ":1", "1:2:3", "4294967296", "1 2", "-1"})
    EXPECT_FALSE(UidSet::read(text)) << text;
  EXPECT_FALSE(UidSet::read("1,3,5", 2));
}

TEST(ImapUidSet, TellsWhatIsInIt) {
  const UidSet some = set("2,10:11");
  for (const std::uint32_t uid : {2U, 10U, 11U}) EXPECT_TRUE(some.contains(uid)) << uid;
  for (const std::uint32_t uid : {1U, 3U, 9U, 12U}) EXPECT_FALSE(some.contains(uid)) << uid;
  EXPECT_EQ(some.count(), 3U);
  EXPECT_EQ(some.last(), 11U);
  EXPECT_EQ(set("1:4294967295").count(), 4'294'967'295U);
}

TEST(ImapUidSet, RemovesFromTheMiddleOfARange) {
  UidSet some = set("1:10,20:30,40");
  some.remove(set("3:4,10:25,40:50"));
  EXPECT_EQ(some.text(), "1:2,5:9,26:30");
  some.remove(set("1:4294967295"));
  EXPECT_TRUE(some.is_empty());
  some = set("1:4294967295");
  some.remove(set("4294967295,1"));
  EXPECT_EQ(some.text(), "2:4294967294");
}

TEST(ImapUidSet, IsCutWhereACommandWouldBecomeTooLong) {
  const UidSet some = set("1,3,5,7:9");
  EXPECT_EQ(some.beginning(5).text(), "1,3,5");
  EXPECT_EQ(some.beginning(4).text(), "1,3");
  EXPECT_EQ(some.beginning(0).text(), "1");
  EXPECT_EQ(some.beginning(100), some);
}

}  // namespace
}  // namespace patchbay::imap
