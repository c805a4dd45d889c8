// The checker: journals in, one line out.
//
// faults_check --accepted FILE --applied FILE [--faults FILE]
//
// What it found goes to standard error, the line to standard output; README.md says what stands in both. A last line
// without its end, cut off with its writer, is left out. Exit status 0 where nothing is lost, doubled or out of order,
// else 1; 2 where a journal cannot be read.
#include "bench/measuring.hpp"
#include "faults/ledger.hpp"

#include <cstdio>
#include <exception>
#include <fstream>

namespace patchbay::faults {
namespace {

template <class Take>
void each_line(const std::string& file, const Take& take) {
  std::ifstream journal(file, std::ios::binary);
  if (!journal) throw std::runtime_error("opening " + file + ": it cannot be read");
  for (std::string line; std::getline(journal, line);) {
    if (journal.eof()) return;  // without an end
    take(line);
  }
}

int check(const bench::Words& words) {
  Ledger ledger;
  each_line(words.text("accepted"), [&](const std::string& line) { ledger.read_accepted(line); });
  each_line(words.text("applied"), [&](const std::string& line) { ledger.read_applied(line); });
  if (!words.text("faults").empty())
    each_line(words.text("faults"), [&](const std::string& line) { ledger.read_faults(line); });
  const Verdict verdict = ledger.verdict();
  for (const std::string& finding : verdict.findings) std::fprintf(stderr, "%s\n", finding.c_str());
  std::fprintf(stderr, "%zu of %zu kills fell while requests were unanswered; %zu events were delivered again\n",
               verdict.unanswered_kills, verdict.kills, verdict.repeated);
  std::printf("%s\n", verdict.line().c_str());
  return verdict.clean() ? 0 : 1;
}

}  // namespace
}  // namespace patchbay::faults

int main(int count, char** words) {
  try {
    return patchbay::faults::check({count, words, {{"accepted", ""}, {"applied", ""}, {"faults", ""}}});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "faults_check: %s\n", error.what());
    return 2;
  }
}
