#include "command.hpp"

#include <gtest/gtest.h>

#include <array>

namespace patchbay::imap {
namespace {

using Pieces = std::deque<std::string>;

Pieces login(std::string_view user, std::string_view password, Literals literals) {
  return std::move(Command("a1", "LOGIN", literals).text(user).text(password)).pieces();
}

TEST(ImapCommand, QuotesWhatCanBeQuoted) {
  EXPECT_EQ(login("SMITH", "SES\"A\\ME", Literals::synchronising), Pieces{"a1 LOGIN \"SMITH\" \"SES\\\"A\\\\ME\"\r\n"});
}

// RFC 3501, section 7.5, and RFC 7888, section 4: the same command in the two ways.
TEST(ImapCommand, WaitsBeforeALiteralUnlessTheServerNeedsNoWaiting) {
  const std::string password = "h\xC3\xB6hle";
  EXPECT_EQ(login("a", password, Literals::synchronising), (Pieces{"a1 LOGIN \"a\" {6}\r\n", password + "\r\n"}));
  EXPECT_EQ(login("a", password, Literals::all), Pieces{"a1 LOGIN \"a\" {6+}\r\n" + password + "\r\n"});
  const std::string longer(5000, '\xC3');
  EXPECT_EQ(login("a", longer, Literals::small), (Pieces{"a1 LOGIN \"a\" {5000}\r\n", longer + "\r\n"}));
  EXPECT_EQ(login("a", longer, Literals::all).size(), 1U);
}

TEST(ImapCommand, LetsNoTextBeginACommandOfItsOwn) {
  EXPECT_EQ(login("a", "x\r\na2 DELETE INBOX", Literals::synchronising),
            (Pieces{"a1 LOGIN \"a\" {18}\r\n", "x\r\na2 DELETE INBOX\r\n"}));
}

TEST(ImapCommand, WritesMailboxNamesInModifiedUtf7) {
  struct Case {
    const char* name;
    const char* written;
  };
  // The second is the example of RFC 3501, section 5.1.3.
  for (const Case& c :
       {Case{"INBOX", "INBOX"}, Case{"~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"},
        Case{"Entwürfe", "Entw&APw-rfe"}, Case{"A & B", "A &- B"}, Case{"😀", "&2D3eAA-"}, Case{"", ""}}) {
    EXPECT_EQ(encode_mailbox(c.name), c.written);
    EXPECT_EQ(decode_mailbox(c.written), c.name);
  }
  EXPECT_EQ(decode_mailbox("no &*- such"), "no &*- such");
  EXPECT_EQ(decode_mailbox("&2D0-"), "&2D0-");  // half a surrogate pair
  EXPECT_EQ(encode_mailbox("\xFF"), "&,,0-");   // U+FFFD
}

// RFC 6855, section 3
TEST(ImapCommand, WritesMailboxNamesInUtf8WhereThatWasAgreed) {
  const auto select = [](std::string_view name) {
    return std::move(Command("a", "SELECT", Literals::synchronising, Names::utf8).mailbox(name)).pieces();
  };
  EXPECT_EQ(select("Entwürfe \"x\""), Pieces{"a SELECT \"Entwürfe \\\"x\\\"\"\r\n"});
  EXPECT_EQ(select("A & B"), Pieces{"a SELECT \"A & B\"\r\n"});
  EXPECT_EQ(select("a\r\nb DELETE c").size(), 1U);
  EXPECT_EQ(select("a\r\nb DELETE c")[0].find('\r'), select("a\r\nb DELETE c")[0].size() - 2);
}

TEST(ImapCommand, WritesNumbersAsASet) {
  EXPECT_EQ(set_of(std::array<std::uint32_t, 6>{1, 2, 3, 7, 9, 10}), "1:3,7,9:10");
  EXPECT_EQ(set_of(std::array<std::uint32_t, 1>{4294967295}), "4294967295");
}

}  // namespace
}  // namespace patchbay::imap
