// The crash points of a test build: chosen by the environment before main, passed by whichever thread comes along.
#include "base/fault_points.hpp"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string_view>

// The linker gives the ends of a section these names.
extern "C" {
extern const char* const __start_patchbay_crash_points[];
extern const char* const __stop_patchbay_crash_points[];
}

namespace patchbay {
namespace {

std::string_view chosen;         // written before main
std::atomic<long> passings{-1};  // left until the crash

std::span<const char* const> all_points() { return {__start_patchbay_crash_points, __stop_patchbay_crash_points}; }

[[noreturn]] void end(int status) {
  std::fflush(stdout);
  ::_exit(status);
}

// name:n, or "list".
[[gnu::constructor]] void choose() {
  const char* const value = std::getenv("PATCHBAY_CRASH_AT");
  if (value == nullptr) return;
  const std::string_view words = value;
  if (words == "list") {
    for (const char* const point : all_points()) std::puts(point);
    end(0);
  }
  const std::size_t colon = words.find(':');
  const long number = colon == words.npos ? 0 : std::strtol(value + colon + 1, nullptr, 10);
  for (const char* const point : all_points())
    if (words.substr(0, colon) == point) chosen = point;
  if (chosen.empty() || number < 1) {
    std::fprintf(stderr, "PATCHBAY_CRASH_AT: expected NAME:N with a name of `PATCHBAY_CRASH_AT=list`, got %s\n", value);
    end(2);
  }
  passings = number;
}

}  // namespace

void pass_crash_point(const char* name) {
  if (chosen != name || passings.fetch_sub(1) != 1) return;
  static_cast<void>(::kill(::getpid(), SIGKILL));
  for (;;) ::pause();  // nothing is done after the point, by this thread
}

}  // namespace patchbay
