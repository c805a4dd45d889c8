#include <patchbay/abi.h>

#include <CLI/CLI.hpp>

#include "base/version.hpp"
#include "cli/commands.hpp"

namespace patchbay::cli {

void add_version(CLI::App& app, Context& context) {
  app.add_subcommand("version", "Print the versions of Patchbay and of its plugin ABI")->callback([&context] {
    const std::string abi = std::to_string(PATCHBAY_ABI_MAJOR) + "." + std::to_string(PATCHBAY_ABI_MINOR);
    if (context.json)
      context.print({{"version", version}, {"abi", abi}});
    else
      context.out << "patchbay " << version << ", plugin ABI " << abi << "\n";
  });
}

}  // namespace patchbay::cli
