// A process of its own for code that may crash, hang or do worse: this program again, with other parameters.
//
// It has no terminal, limits on memory, files and time, and a process group that is ended with it. Blocks; one at a
// time; main thread.
#pragma once

#include "base/result.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace patchbay::cli {

struct Ended {
  enum class How : std::uint8_t { by_itself, by_signal, by_timeout };
  How how = How::by_itself;
  int number = 0;  // exit status, or signal
  std::chrono::milliseconds took{0};
};

// Standard output and error go to the file `output`.
[[nodiscard]] Result<Ended> run_apart(const std::vector<std::string>& parameters, const std::string& output,
                                      std::chrono::seconds limit);

// In that process, before code that is not trusted: limits on what it may take. Best effort.
void limit_resources(std::chrono::seconds processor_time);

}  // namespace patchbay::cli
