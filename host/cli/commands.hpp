// The commands, one file each. add_X registers X and its sub-commands; what it does runs while the command line is
// parsed and leaves the exit status in the context, which must outlive the application.
#pragma once

#include "cli/context.hpp"

namespace CLI {
class App;
}

namespace patchbay::cli {

void add_run(CLI::App& app, Context& context);
void add_check(CLI::App& app, Context& context);
void add_status(CLI::App& app, Context& context);
void add_channel(CLI::App& app, Context& context);
void add_plugin(CLI::App& app, Context& context);
void add_contact(CLI::App& app, Context& context);
void add_interaction(CLI::App& app, Context& context);
void add_delivery(CLI::App& app, Context& context);
void add_quarantine(CLI::App& app, Context& context);
void add_backup(CLI::App& app, Context& context);
void add_restore(CLI::App& app, Context& context);
void add_send(CLI::App& app, Context& context);
void add_outbound(CLI::App& app, Context& context);
void add_destination(CLI::App& app, Context& context);
void add_identity(CLI::App& app, Context& context);
void add_version(CLI::App& app, Context& context);

// Reads the command line and does what it says.
[[nodiscard]] int main(int argc, char** argv);

}  // namespace patchbay::cli
