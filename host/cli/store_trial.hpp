// A trial of `identity evaluate` on the way of live traffic: each row is an interaction that a recorder writes, by way
// of the directory and the rules of contacts, into a durable store of its own, in a transaction of its own.
//
// One thread. The store lies in a folder below the one for temporary files and is gone with the trial, also when the
// process is asked to end (SIGINT, SIGTERM): the next row then fails. Fails as the store does.
#pragma once

#include <memory>

#include "base/time.hpp"
#include "identity/evaluation.hpp"

namespace patchbay::cli {

// The clock outlives the trial.
[[nodiscard]] Result<std::unique_ptr<identity::Trial>> trial_in_store(const identity::Model& model, const Clock& clock);

}  // namespace patchbay::cli
