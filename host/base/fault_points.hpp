// What the fault harness (tests/faults) needs inside the gateway: places to crash at, and mistakes that it must catch.
//
// In the gateway that ships both are nothing, neither code nor data. Its test builds compile single sources again:
// with PATCHBAY_CRASH_POINTS a crash point kills the process when it is passed for the nth time, as the environment
// says (PATCHBAY_CRASH_AT=name:n; `list` prints all); with PATCHBAY_MUTANT=name the mistake of that name is in force.
// [any-thread]
#pragma once

#include <cstdint>

#ifdef PATCHBAY_CRASH_POINTS
namespace patchbay {
void pass_crash_point(const char* name);
}
// The section gathers the names, so that the program can list them. Not for inline functions.
#define PATCHBAY_CRASH_POINT(name)                                                                    \
  do {                                                                                                \
    [[gnu::section("patchbay_crash_points"), gnu::used]] static const char* const crash_point = name; \
    ::patchbay::pass_crash_point(crash_point);                                                        \
  } while (false)
#else
#define PATCHBAY_CRASH_POINT(name) static_cast<void>(0)
#endif

#ifndef PATCHBAY_MUTANT
#define PATCHBAY_MUTANT none
#endif

namespace patchbay {

enum class Mutant : std::uint8_t {
  none,
  acknowledges_before_commit,
  marks_delivered_before_answer,
  ignores_lane_order,
};

constexpr Mutant mutant = Mutant::PATCHBAY_MUTANT;

}  // namespace patchbay
