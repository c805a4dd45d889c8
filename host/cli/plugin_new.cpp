#include <CLI/CLI.hpp>

#include "cli/plugin_commands.hpp"
#include "cli/scaffold.hpp"

namespace patchbay::cli {
namespace {

namespace fs = std::filesystem;

struct NewOptions {
  std::string kind, name, folder, language = "c++";
};

// Beside the program, as it is installed and as it is built.
Template template_of(const Context& context, const NewOptions& options) {
  const fs::path all = (fs::path(context.program_folder) / "../share/patchbay/template").lexically_normal();
  const std::string language = options.language == "c" ? "c" : "cpp";
  return {.layers = {all / "any", all / options.kind, all / (options.kind + "_" + language)},
          .source = options.language == "c" ? ".c" : ".cpp"};
}

void make(Context& context, const NewOptions& options) {
  if (const Status valid = valid_plugin_name(options.name); !valid) {
    context.fail(valid.error());
    context.exit = Exit::usage;
    return;
  }
  const fs::path folder = options.folder.empty() ? fs::path(options.name) : fs::path(options.folder);
  if (const Status made = scaffold(template_of(context, options), options.name, folder); !made)
    return context.fail(made.error());
  if (context.json) return context.print({{"name", options.name}, {"kind", options.kind}, {"folder", folder.string()}});
  context.out << "The " << options.kind << " " << options.name << " lies in " << folder.string()
              << "; its README.md says how to build, test and run it\n";
}

}  // namespace

void add_plugin_new(CLI::App& plugin, Context& context) {
  auto options = std::make_shared<NewOptions>();
  CLI::App* command = plugin.add_subcommand(
      "new",
      "Make the folder of a new plugin, which builds against the installed SDK. What is there is not overwritten");
  command->add_option("KIND", options->kind, "channel: brings interactions in; sink: carries events out")
      ->required()
      ->check(CLI::IsMember({"channel", "sink"}));
  command->add_option("NAME", options->name, "By which settings will refer to it: a-z, 0-9 and _")->required();
  command->add_option("FOLDER", options->folder, "The folder to make; NAME where it is not given");
  command->add_option("--language", options->language, "What it is written in")
      ->check(CLI::IsMember({"c++", "c"}))
      ->capture_default_str();
  command->callback([&context, options] { make(context, *options); });
}

}  // namespace patchbay::cli
