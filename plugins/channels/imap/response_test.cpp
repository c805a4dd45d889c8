#include "response.hpp"

#include <gtest/gtest.h>

#include <string>

namespace patchbay::imap {
namespace {

std::optional<Response> only(std::string_view bytes) {
  ResponseReader reader;
  reader.add(bytes);
  auto response = reader.take();
  EXPECT_EQ(reader.error(), "") << bytes;
  EXPECT_FALSE(reader.take()) << bytes;
  return response;
}

std::string why(std::string_view bytes, Limits limits = {}) {
  ResponseReader reader(limits);
  reader.add(bytes);
  while (reader.take()) continue;
  return reader.error();
}

// The examples are those of RFC 3501, section 7.
TEST(ImapResponse, ReadsStatusWithItsCode) {
  const auto alert = only("* OK [ALERT] System shutdown in 10 minutes\r\n");
  EXPECT_EQ(alert->kind, Response::Kind::untagged);
  EXPECT_EQ(alert->name, "OK");
  EXPECT_EQ(alert->code, "ALERT");
  EXPECT_EQ(alert->text, "System shutdown in 10 minutes");

  const auto tagged = only("A222 NO COPY failed: disk is full\r\n");
  EXPECT_EQ(tagged->kind, Response::Kind::tagged);
  EXPECT_EQ(tagged->tag, "A222");
  EXPECT_EQ(tagged->name, "NO");
  EXPECT_EQ(tagged->text, "COPY failed: disk is full");

  const auto validity = only("* OK [UIDVALIDITY 3857529045] UIDs valid\r\n");
  EXPECT_EQ(validity->code, "UIDVALIDITY");
  ASSERT_EQ(validity->code_values.size(), 1U);
  EXPECT_EQ(validity->code_values[0].text, "3857529045");

  const auto flags = only("* OK [PERMANENTFLAGS (\\Deleted \\Seen \\*)] Limited\r\n");
  ASSERT_EQ(flags->code_values.size(), 1U);
  ASSERT_EQ(flags->code_values[0].items.size(), 3U);
  EXPECT_EQ(flags->code_values[0].items[2].text, "\\*");
  EXPECT_EQ(only("* bye Autologout; idle for too long\r\n")->name, "BYE");
}

TEST(ImapResponse, ReadsDataWithNumbersAndLists) {
  const auto exists = only("* 23 EXISTS\r\n");
  EXPECT_EQ(exists->name, "EXISTS");
  EXPECT_EQ(exists->number, 23U);

  const auto list = only("* LIST (\\Noselect) \"/\" ~/Mail/foo\r\n");
  ASSERT_EQ(list->values.size(), 3U);
  EXPECT_TRUE(list->values[0].items.at(0).is("\\noselect"));
  EXPECT_EQ(list->values[1].text, "/");
  EXPECT_EQ(list->values[2].text, "~/Mail/foo");

  const auto root = only("* LIST (\\Noselect) NIL \"\"\r\n");
  EXPECT_EQ(root->values.at(1).type, Value::Type::nil);
  EXPECT_EQ(root->values.at(2).type, Value::Type::string);

  const auto status = only("* STATUS blurdybloop (MESSAGES 231 UIDNEXT 44292)\r\n");
  EXPECT_EQ(status->values.at(1).items.at(3).text, "44292");
  EXPECT_EQ(only("+ Ready for additional command text\r\n")->text, "Ready for additional command text");
  EXPECT_EQ(only("+\r\n")->kind, Response::Kind::continuation);
}

TEST(ImapResponse, ReadsLiteralsWhateverIsInThem) {
  const auto fetch = only("* 12 FETCH (UID 7 BODY[] {14}\r\nA: \"(\r\n\r\n{3}\r\n RFC822.SIZE 14)\r\n");
  ASSERT_EQ(fetch->values.size(), 1U);
  const auto& items = fetch->values[0].items;
  ASSERT_EQ(items.size(), 6U);
  EXPECT_EQ(items[2].text, "BODY[]");
  EXPECT_EQ(items[3].text, "A: \"(\r\n\r\n{3}\r\n");
  EXPECT_EQ(items[5].text, "14");
}

TEST(ImapResponse, TakesSectionsInBracketsForOneAtom) {
  const auto fetch = only("* 2 FETCH (BODY[HEADER.FIELDS (DATE FROM)]<0> NIL UID 9)\r\n");
  const auto& items = fetch->values.at(0).items;
  ASSERT_EQ(items.size(), 4U);
  EXPECT_EQ(items[0].text, "BODY[HEADER.FIELDS (DATE FROM)]<0>");
  EXPECT_EQ(items[3].text, "9");
}

TEST(ImapResponse, IsTheSameInWhateverPiecesItComes) {
  const std::string bytes =
      "* OK [CAPABILITY IMAP4rev1 IDLE] ready\r\n* 1 FETCH (UID 3 BODY[] {5}\r\nab\r\nc X {2+}\r\nyz)\r\na1 OK "
      "done\r\n";
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    ResponseReader reader;
    std::string names;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      reader.add(std::string_view(bytes).substr(at, piece));
      while (const auto response = reader.take()) {
        names += response->name + " ";
        if (response->name != "FETCH") continue;
        const auto& items = response->values.at(0).items;
        EXPECT_EQ(items.at(3).text, "ab\r\nc");
        EXPECT_EQ(items.at(5).text, "yz");
      }
    }
    EXPECT_EQ(names, "OK FETCH OK ") << piece;
    EXPECT_TRUE(reader.is_between());
  }
}

TEST(ImapResponse, ForgivesHarmlessJunk) {
  EXPECT_EQ(only("* LIST () \"/\" \"C:\\temp\"\r\n")->values.at(2).text, "C:\\temp");
  EXPECT_EQ(only("* LIST () \"\\\\\" \"a\\\"b\"\r\n")->values.at(2).text, "a\"b");
  EXPECT_EQ(only("\r\n* 1 EXISTS\n")->number, 1U);
  EXPECT_EQ(only("* OK [this is no code) go on {7}\r\n")->text, "[this is no code) go on {7}");
  EXPECT_EQ(only("* 5 EXISTS   \r\n")->number, 5U);
}

TEST(ImapResponse, EndsAtWhatIsNoResponse) {
  struct Case {
    const char* bytes;
    const char* contains;
  };
  for (const Case& c :
       {Case{"nonsense\r\n", "expected a space behind the tag"}, Case{"* LIST (a b\r\n", "expected the end of a list"},
        Case{"* LIST \"a\r\n", "expected the end of a quoted string"}, Case{"* 1 FETCH )\r\n", "expected a value"},
        Case{"* 7\r\n", "behind its number"},
        Case{"* LIST {99999999999999999999999}\r\n", "expected literals of at most"}}) {
    EXPECT_NE(why(c.bytes).find(c.contains), std::string::npos) << c.bytes << why(c.bytes);
  }
}

TEST(ImapResponse, KeepsWithinItsLimits) {
  const Limits small{.line = 100, .literal = 50, .depth = 4, .values = 10};
  EXPECT_NE(why("* X " + std::string(200, 'a'), small).find("a line of at most 100 bytes"), std::string::npos);
  EXPECT_NE(why("* X {51}\r\n", small).find("literals of at most 50"), std::string::npos);
  EXPECT_NE(why("* X {30}\r\n" + std::string(30, 'a') + " {30}\r\n", small).find("at most 50"), std::string::npos);
  EXPECT_NE(why("* X (((((a)))))\r\n", small).find("at most 4 deep"), std::string::npos);
  EXPECT_EQ(why("* X ((((a))))\r\n", small), "");
  EXPECT_NE(why("* X a a a a a a a a a a a\r\n", small).find("at most 10 values"), std::string::npos);
}

TEST(ImapResponse, KeepsNothingOfWhatWasTaken) {
  ResponseReader reader;
  for (int i = 0; i < 50; ++i) {
    reader.add("* 1 FETCH (BODY[] {100000}\r\n" + std::string(100'000, 'x') + ")\r\n");
    EXPECT_EQ(reader.take()->values.at(0).items.at(1).text.size(), 100'000U);
  }
  EXPECT_LT(reader.held(), 200'000U);
}

}  // namespace
}  // namespace patchbay::imap
