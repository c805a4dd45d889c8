// The sub-commands of `plugin` that have a file of their own; as in commands.hpp.
#pragma once

#include "cli/context.hpp"

namespace CLI {
class App;
}

namespace patchbay::cli {

void add_plugin_new(CLI::App& plugin, Context& context);
// And, hidden, the command by which it runs each check in a process of its own.
void add_plugin_check(CLI::App& plugin, Context& context);

void add_plugin_dev(CLI::App& plugin, Context& context);

}  // namespace patchbay::cli
