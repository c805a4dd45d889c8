// Keeps a spreadsheet from taking what a stranger wrote for a formula.
//
// A cell may be evaluated when it begins with = + - @ or their wide forms, also behind white space, quotes or
// characters that nobody sees. And a program may cut a row elsewhere than the writer meant: where a semicolon is the
// separator, one inside of a cell begins a new cell, and so does a line break. So every part of a cell between , ; |
// TAB CR LF is looked at like a cell, and gets an apostrophe in front where it could be a formula; a cell that begins
// with TAB, CR or LF gets one, too. U+0000, which breaks readers of CSV, becomes U+FFFD.
//
// Nothing else changes, and the apostrophes can be taken away again: docs/sinks/file.md has the rule. After the page
// "CSV Injection" of the OWASP Foundation. Pure, any thread; `text` is valid UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace patchbay::file {

[[nodiscard]] std::string guarded(std::string_view text);

}  // namespace patchbay::file
