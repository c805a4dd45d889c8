// The check `parity`, clause W1: one script played in this process, in a worker and in one that others may share, and
// what the plugin said compared.
//
// Not when and in which order it said it, since a worker has another pace. In this process the script is played twice,
// before and after: what differs between those two (a time, a random id) is the plugin's own variety, and not held
// against it. Blocks; for a process of its own, as the checks in conformance/check.hpp.
#pragma once

#include "cli/check_recorder.hpp"
#include "cli/check_subject.hpp"

#include <vector>

namespace patchbay::cli {

[[nodiscard]] std::vector<conformance::Finding> check_parity(const CheckedPlugin& checked);

// The judgement alone. Pure.
[[nodiscard]] std::vector<conformance::Finding> unlike_in_worker(const Told& before, const Told& worker,
                                                                 const Told& after);

}  // namespace patchbay::cli
