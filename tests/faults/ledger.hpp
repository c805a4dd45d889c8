// What was accepted against what was applied: finds what was lost, doubled or out of order.
//
// Fed with the lines of three journals, each in the order in which it was written (README.md has the formats). Plain
// values on one thread. A line that is none of a journal's own throws std::runtime_error; one that was cut off at the
// end of a journal is the reader's to leave out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace patchbay::faults {

// The figures of the last line, and what stands behind them.
struct Verdict {
  std::size_t kills = 0, accepted = 0, delivered = 0, lost = 0, doubled = 0, disorder = 0;
  double recovery_p99_ms = 0;
  std::size_t unanswered_kills = 0;   // those that fell while requests were unanswered
  std::size_t repeated = 0;           // deliveries of an event that had been applied: allowed, and told
  std::vector<std::string> findings;  // in words, the first of each kind

  [[nodiscard]] bool clean() const { return lost == 0 && doubled == 0 && disorder == 0; }
  [[nodiscard]] std::string line() const;
};

class Ledger {
 public:
  void read_accepted(std::string_view line);
  void read_applied(std::string_view line);
  void read_faults(std::string_view line);

  [[nodiscard]] Verdict verdict() const;

 private:
  struct Applied {
    std::string id, type, contact, external_id;
    std::uint64_t sequence = 0;
    std::vector<std::string> merged;
  };

  static Applied parse(const std::vector<std::string_view>& words);
  void count_doubled(Verdict& verdict) const;
  void count_lost(Verdict& verdict) const;
  void count_disorder(Verdict& verdict) const;

  std::unordered_set<std::string> accepted_;
  std::vector<Applied> applied_;
  std::size_t repeated_ = 0, kills_ = 0, unanswered_kills_ = 0;
  std::vector<double> recoveries_ms_;
};

}  // namespace patchbay::faults
