#include "cli/table.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace patchbay::cli {
namespace {

TEST(OneLine, NothingThatATerminalObeysComesThrough) {
  struct Case {
    const char* what;
    std::string text;
    const char* line;
  };
  const Case cases[] = {
      {"plain text", "Gdzie jest paczka?", "Gdzie jest paczka?"},
      {"letters beyond ASCII", "Żółć, größer, naïve", "Żółć, größer, naïve"},
      {"line breaks", "one\r\ntwo\nthree", "one  two three"},
      {"a tab", "a\tb", "a b"},
      {"a zero", std::string("a\0b", 3), "a b"},
      {"an escape sequence (ECMA-48, CSI)", "\x1b[31mred\x1b[0m", " [31mred [0m"},
      {"a title (OSC)", "\x1b]0;owned\x07", " ]0;owned "},
      {"delete and backspace", "a\x7f\x08", "a  "},
      {"CSI as a C1 control",
       "a\xC2\x9B"
       "31mb",
       "a 31mb"},
      {"the first and last C1 controls", "\xC2\x80\xC2\x9F", "  "},
      {"what comes after C1", "\xC2\xA0", "\xC2\xA0"},
      {"C1 as a stray byte",
       "a\x9b"
       "31mb",
       "a 31mb"},
      {"half a character", "a\xC3", "a "},
      {"right-to-left override", "exe.\xE2\x80\xAEgnp", "exe.gnp"},
      {"embeddings and their end",
       "\xE2\x80\xAA"
       "a\xE2\x80\xAB"
       "b\xE2\x80\xAC"
       "c\xE2\x80\xAD"
       "d",
       "abcd"},
      {"isolates and their end",
       "\xE2\x81\xA6"
       "a\xE2\x81\xA7"
       "b\xE2\x81\xA8"
       "c\xE2\x81\xA9"
       "d",
       "abcd"},
      {"directional marks",
       "\xE2\x80\x8E"
       "a\xE2\x80\x8F"
       "b\xD8\x9C"
       "c",
       "abc"},
      {"line and paragraph separators",
       "a\xE2\x80\xA8"
       "b\xE2\x80\xA9"
       "c",
       "abc"},
      {"tags",
       "a\xF3\xA0\x81\x81"
       "b",
       "ab"},
      {"Hebrew itself", "שלום", "שלום"},
      {"a family of emoji keeps its joiners", "👨‍👩‍👧", "👨‍👩‍👧"},
  };
  for (const Case& c : cases) EXPECT_EQ(one_line(c.text, 80), c.line) << c.what;
}

TEST(OneLine, IsCutByColumnsAndNeverInsideACharacter) {
  EXPECT_EQ(one_line("abcdef", 6), "abcdef");
  EXPECT_EQ(one_line("abcdefg", 6), "abcdef…");
  EXPECT_EQ(one_line("żółćżółć", 4), "żółć…");
  EXPECT_EQ(one_line("東京都", 6), "東京都") << "two columns each";
  EXPECT_EQ(one_line("東京都", 5), "東京…");
  EXPECT_EQ(one_line("e\xCC\x81"
                     "e\xCC\x81",
                     2),
            "e\xCC\x81"
            "e\xCC\x81")
      << "a combining accent takes none";
  EXPECT_EQ(one_line("", 0), "");
}

TEST(WholeText, KeepsItsLinesAndNothingElseThatATerminalObeys) {
  EXPECT_EQ(whole_text("Dzień dobry,\n\tgdzie?\r\n\x1b[2J\xE2\x80\xAE"
                       "end\x9b"),
            "Dzień dobry,\n\tgdzie? \n [2Jend ");
  EXPECT_EQ(whole_text(std::string(100'000, 'a')).size(), 100'000U);
}

std::string printed(const Table& table) {
  std::ostringstream out;
  table.print(out, "nothing yet");
  return out.str();
}

TEST(Table, ColumnsAreAsWideAsTheirWidestCellOnAScreen) {
  Table table({"NAME", "TEXT"});
  table.add({"Kasia", "a"});
  table.add({"Żółć", "b"});
  table.add({"東京都", "c"});
  table.add({"e\xCC\x81", "d"});
  EXPECT_EQ(printed(table),
            "NAME    TEXT\n"
            "Kasia   a\n"
            "Żółć    b\n"
            "東京都  c\n"
            "e\xCC\x81       d\n");
}

TEST(Table, SaysSoWhereThereIsNothing) { EXPECT_EQ(printed(Table({"NAME"})), "nothing yet\n"); }

TEST(Table, AStrangersCellStaysInItsPlace) {
  Table table({"TEXT", "FROM"});
  table.add({"one\ntwo\x1b[2J\xE2\x80\xAE", "x"});
  table.add({std::string(100, 'a'), "y"});
  EXPECT_EQ(printed(table), "TEXT" + std::string(59, ' ') + "FROM\n" + "one two [2J" + std::string(52, ' ') + "x\n" +
                                std::string(60, 'a') + "…  y\n");
}

}  // namespace
}  // namespace patchbay::cli
