// So many lines of a log in so long a time: a plugin may be talkative for a moment, but not fill the disk.
//
// A plain value; the time on a monotonic clock is handed in.
#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <string>

namespace patchbay {

class LineLimit {
 public:
  explicit LineLimit(std::uint64_t most_lines) : most_lines_(most_lines) {}
  static constexpr std::uint64_t of_a_plugin = 1000;
  static constexpr Duration round = std::chrono::seconds{10};

  struct Verdict {
    bool writes = true;  // the line
    std::string note;    // to be written before it, where there is one
  };
  [[nodiscard]] Verdict line(Duration now) {
    std::uint64_t left_out = 0;
    if (now - since_ >= round) {
      left_out = lines_ > most_lines_ ? lines_ - most_lines_ : 0;
      since_ = now;
      lines_ = 0;
    }
    ++lines_;
    Verdict verdict{.writes = lines_ <= most_lines_, .note = {}};
    if (left_out != 0)
      verdict.note = "of the plugin's log " + std::to_string(left_out) + " lines were left out";
    else if (lines_ == most_lines_ + 1)
      verdict.note =
          "the plugin logs more than " + std::to_string(most_lines_) + " lines in 10 s; the rest is left out";
    return verdict;
  }

 private:
  std::uint64_t most_lines_;
  Duration since_{};  // when this round began
  std::uint64_t lines_ = 0;
};

}  // namespace patchbay
