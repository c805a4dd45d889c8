#include "base/csv.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace patchbay {
namespace {

using Rows = std::vector<std::vector<std::string>>;

// All rows, or the text of the error.
struct Outcome {
  Rows rows;
  std::string error;
};

Outcome read(const std::string& text) {
  std::istringstream in(text);
  CsvReader reader(in);
  Outcome outcome;
  for (;;) {
    auto row = reader.next();
    if (!row) {
      outcome.error = row.error().text();
      return outcome;
    }
    if (!*row) return outcome;
    outcome.rows.push_back(std::move(**row));
  }
}

TEST(Csv, ReadsWhatRfc4180Writes) {
  struct Case {
    const char* what;
    const char* text;
    Rows rows;
  };
  for (const Case& c : {
           Case{"lines with CR LF", "aaa,bbb\r\nzzz,yyy\r\n", {{"aaa", "bbb"}, {"zzz", "yyy"}}},
           Case{"no line end after the last", "aaa,bbb\r\nzzz,yyy", {{"aaa", "bbb"}, {"zzz", "yyy"}}},
           Case{"LF alone", "a,b\nc,d\n", {{"a", "b"}, {"c", "d"}}},
           Case{"quotes", "\"aaa\",\"bbb\"\r\nzzz,yyy", {{"aaa", "bbb"}, {"zzz", "yyy"}}},
           Case{"a line end and a comma within quotes", "\"aa\r\na\",\"b,b\"", {{"aa\r\na", "b,b"}}},
           Case{"a doubled quote", "\"b\"\"bb\",c", {{"b\"bb", "c"}}},
           Case{"empty cells", ",\n\"\",\n", {{"", ""}, {"", ""}}},
           Case{"spaces are part of a cell", " a ,b", {{" a ", "b"}}},
           Case{"empty lines are no rows", "\r\na,b\r\n\r\n", {{"a", "b"}}},
           Case{"a byte order mark",
                "\xef\xbb\xbf"
                "a,b",
                {{"a", "b"}}},
       }) {
    const Outcome outcome = read(c.text);
    EXPECT_EQ(outcome.rows, c.rows) << c.what;
    EXPECT_EQ(outcome.error, "") << c.what;
  }
}

TEST(Csv, SaysWhereAMistakeStands) {
  EXPECT_EQ(read("a,b\n\"c").error,
            "reading CSV at line 2: a quote is not closed; close it, and double quotes within a cell");
  EXPECT_EQ(read("a,b\nc,\"d\"e\n").error,
            "reading CSV at line 2: text follows a closing quote; double the quotes within a cell");
  EXPECT_EQ(read("a,b\"c\n").error,
            "reading CSV at line 1: a quote stands within a cell that does not begin with one; put the cell in quotes");
}

TEST(Csv, WritesWhatItReads) {
  const std::vector<std::string> row{"a", "", "b,c", "d\"e", "f\r\ng", " h "};
  EXPECT_EQ(csv_row(row), "a,,\"b,c\",\"d\"\"e\",\"f\r\ng\", h \r\n");
  EXPECT_EQ(read(csv_row(row)).rows, Rows{row});
}

}  // namespace
}  // namespace patchbay
