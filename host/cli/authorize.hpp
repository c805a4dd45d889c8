// `authorize NAME` of channels and of destinations.
#pragma once

#include "cli/context.hpp"

namespace CLI {
class App;
}

namespace patchbay::cli {

// `kind` and `collection` as people and as the API say it: "channel", "channels".
void add_authorize(CLI::App& command, Context& context, const char* kind, const char* collection);

}  // namespace patchbay::cli
