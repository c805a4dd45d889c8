#include "config/report.hpp"

#include "config/text.hpp"

#include <algorithm>

namespace patchbay::config {

namespace {

// A file of nothing but mistakes is as clear after the first few hundred.
constexpr std::size_t most_mistakes = 500;

}  // namespace

std::string Problem::text() const {
  std::string text = file;
  if (line > 0) text += ":" + std::to_string(line);
  text += ": ";
  if (!path.empty()) text += printable(path) + ": ";
  text += "expected " + expected;
  if (!got.empty()) text += ", got " + got;
  if (!remedy.empty()) text += "; " + remedy;
  return text;
}

void Report::add(Mistake mistake) {
  if (mistakes_.size() < most_mistakes) mistakes_.push_back(std::move(mistake));
}

std::vector<Problem> Report::problems() const {
  std::vector<const Mistake*> sorted;
  for (const Mistake& mistake : mistakes_) sorted.push_back(&mistake);
  std::stable_sort(sorted.begin(), sorted.end(), [](const Mistake* a, const Mistake* b) {
    return std::pair(a->at.line, a->at.column) < std::pair(b->at.line, b->at.column);
  });
  std::vector<Problem> problems;
  for (const Mistake* mistake : sorted) {
    Problem problem{file_, mistake->at.line, mistake->path, mistake->expected, mistake->got, mistake->remedy};
    const bool told = std::any_of(problems.begin(), problems.end(), [&](const Problem& earlier) {
      return earlier.line == problem.line && earlier.text() == problem.text();
    });
    if (!told) problems.push_back(std::move(problem));
  }
  return problems;
}

std::string pointer_to(std::string_view parent, std::string_view key) {
  std::string pointer(parent);
  pointer += '/';
  for (const char c : key) {
    if (c == '~')
      pointer += "~0";
    else if (c == '/')
      pointer += "~1";
    else
      pointer += c;
  }
  return pointer;
}

std::string pointer_to(std::string_view parent, std::size_t index) {
  return std::string(parent) + "/" + std::to_string(index);
}

}  // namespace patchbay::config
