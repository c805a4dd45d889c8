// The progress of long work, for a person who watches: a line on standard error that changes in place. Nothing where
// standard error is no terminal, or where the output is JSON.
#pragma once

#include "cli/context.hpp"

#include <functional>
#include <string>

namespace patchbay::cli {

// Told which share is done (0 to 1); at 1 the line goes away. The context outlives it.
[[nodiscard]] std::function<void(double)> progress_on(Context& context, std::string what);

}  // namespace patchbay::cli
