#include <CLI/CLI.hpp>

#include "api/views.hpp"
#include "cli/commands.hpp"
#include "cli/listing.hpp"
#include "cli/table.hpp"

namespace patchbay::cli {
namespace {

using nlohmann::json;

struct ListOptions {
  std::string channel, contact;
  store::Page page;
};

void list(Context& context, const ListOptions& options) {
  store::InteractionFilter filter;
  if (!options.channel.empty()) filter.channel = options.channel;
  if (!options.contact.empty()) {
    filter.contact = id_of<store::ContactId>(context, options.contact, "contact");
    if (!filter.contact) return;
  }
  read_store(
      context,
      [&](store::Reader& reader) -> Result<json> {
        return api::page_of(PATCHBAY_TRY(reader.list_interactions(filter, options.page)), options.page);
      },
      [&](const json& found) {
        Table table({"INTERACTION", "WHEN", "CHANNEL", "KIND", "", "CONTACT", "TEXT"});
        for (const json& line : found["items"])
          table.add({text_of(line["id"]), text_of(line["occurred_at"]), text_of(line["channel"]), text_of(line["kind"]),
                     line["direction"] == "inbound" ? "<-" : "->", text_of(line["contact"]),
                     line["deleted"] == true ? "(deleted)" : text_of(line["text"])});
        table.print(context.out, "No interaction was found.");
        print_next(context, found);
      });
}

void print_interaction(Context& context, const json& shown) {
  for (const char* key : {"id", "channel", "account", "kind", "direction", "visibility", "occurred_at", "received_at",
                          "external_id", "contact", "conversation", "in_reply_to", "language", "subject"})
    if (const std::string text = text_of(shown[key]); !text.empty())
      context.out << key << ": " << one_line(text, 500) << "\n";
  for (const char* flag : {"historical", "possible_duplicate", "deleted"})
    if (shown[flag] == true) context.out << flag << "\n";
  for (const json& participant : shown["participants"]) {
    context.out << text_of(participant["role"]) << ": " << text_of(participant["persona"]);
    for (const json& identifier : participant["identifiers"])
      context.out << ", " << one_line(text_of(identifier["kind"]), 100) << " "
                  << one_line(text_of(identifier["value"]), 100);
    context.out << "\n";
  }
  for (const json& attachment : shown["attachments"])
    context.out << "attachment: " << one_line(text_of(attachment["name"]), 100) << " "
                << one_line(text_of(attachment["media_type"]), 100) << " (" << text_of(attachment["state"]) << ")\n";
  for (const json& fact : shown["facts"])
    context.out << text_of(fact["kind"]) << " at " << text_of(fact["occurred_at"]) << ": " << text_of(fact["receipt"])
                << one_line(text_of(fact["text"]), 200) << "\n";
  context.out << "\n" << whole_text(text_of(shown["text"])) << "\n";
  if (!shown["content"].empty()) context.out << whole_text(shown["content"].dump(2)) << "\n";
}

void show(Context& context, const std::string& text) {
  const auto id = id_of<store::InteractionId>(context, text, "interaction");
  if (!id) return;
  read_store(
      context,
      [&](store::Reader& reader) -> Result<json> { return api::view(PATCHBAY_TRY(reader.show_interaction(*id))); },
      [&](const json& shown) { print_interaction(context, shown); });
}

}  // namespace

void add_interaction(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("interaction", "What passed between people and the business");
  command->require_subcommand(1);
  auto options = std::make_shared<ListOptions>();
  CLI::App* all = command->add_subcommand("list", "List interactions, newest first");
  all->add_option("--channel", options->channel, "Only those on this channel");
  all->add_option("--contact", options->contact, "Only those with this contact: its timeline");
  add_page_options(*all, options->page);
  all->callback([&context, options] { list(context, *options); });

  auto id = std::make_shared<std::string>();
  CLI::App* one = command->add_subcommand("show", "Show one interaction: its people, its text, what happened to it");
  one->add_option("ID", *id, "interaction_8")->required();
  one->callback([&context, id] { show(context, *id); });
}

}  // namespace patchbay::cli
