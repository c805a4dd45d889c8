#include <CLI/CLI.hpp>

#include "api/views.hpp"
#include "cli/commands.hpp"
#include "cli/listing.hpp"
#include "cli/table.hpp"

namespace patchbay::cli {
namespace {

using nlohmann::json;

std::string identifiers_of(const json& holder) {
  std::string all;
  for (const json& identifier : holder["identifiers"]) {
    if (identifier["kind"] == "name") continue;
    if (!all.empty()) all += ", ";
    all += text_of(identifier["kind"]) + " " + text_of(identifier["value"]);
    if (identifier["trust"] == "claimed") all += " (claimed)";
  }
  return all;
}

void find(Context& context, const std::string& text, store::Page page) {
  read_store(
      context,
      [&](store::Reader& reader) -> Result<json> {
        return api::page_of(PATCHBAY_TRY(reader.find_contacts(text, page)), page);
      },
      [&](const json& found) {
        Table table({"CONTACT", "NAME", "REACHED BY", "UPDATED"});
        for (const json& contact : found["items"])
          table.add({text_of(contact["id"]), text_of(contact["name"]), identifiers_of(contact),
                     text_of(contact["updated_at"])});
        table.print(context.out, "No contact was found.");
        print_next(context, found);
      });
}

void print_contact(Context& context, const json& contact, const json& timeline) {
  context.out << text_of(contact["id"]) << "  "
              << (contact["name"].is_null() ? "(no name)" : one_line(text_of(contact["name"]), 200)) << "\n";
  for (const json& identifier : contact["identifiers"])
    context.out << "  " << one_line(text_of(identifier["kind"]), 100) << ": "
                << one_line(text_of(identifier["value"]), 200) << (identifier["trust"] == "claimed" ? " (claimed)" : "")
                << "\n";
  for (const json& alias : contact["aliases"]) context.out << "  once " << text_of(alias) << "\n";
  for (const json& persona : contact["personas"])
    for (const json& link : persona["evidence"])
      context.out << "  " << text_of(persona["id"]) << " joined by " << text_of(link["field"]) << " "
                  << one_line(text_of(link["value"]), 100) << " (" << text_of(link["level"]) << ", with "
                  << text_of(link["persona"]) << ")\n";
  context.out << "\n";
  Table table({"WHEN", "CHANNEL", "", "TEXT"});
  for (const json& line : timeline["items"])
    table.add({text_of(line["occurred_at"]), text_of(line["channel"]), line["direction"] == "inbound" ? "<-" : "->",
               line["deleted"] == true ? "(deleted)" : text_of(line["text"])});
  table.print(context.out, "Nothing was said yet.");
}

void show(Context& context, const std::string& text) {
  const auto id = id_of<store::ContactId>(context, text, "contact");
  if (!id) return;
  read_store(
      context,
      [&](store::Reader& reader) -> Result<json> {
        constexpr store::Page whole{.limit = 1000};
        json shown = api::view(PATCHBAY_TRY(reader.show_contact(*id)));
        shown["timeline"] =
            api::page_of(PATCHBAY_TRY(reader.list_interactions({.contact = *id, .channel = {}}, whole)), whole);
        return shown;
      },
      [&](const json& shown) { print_contact(context, shown, shown["timeline"]); });
}

}  // namespace

void add_contact(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("contact", "The people and organisations behind the messages");
  command->require_subcommand(1);
  auto text = std::make_shared<std::string>();
  auto page = std::make_shared<store::Page>();
  CLI::App* search = command->add_subcommand(
      "find", "List the contacts whose name, e-mail address, number or other identifier holds TEXT");
  search->add_option("TEXT", *text, "What to look for; all contacts without it");
  add_page_options(*search, *page);
  search->callback([&context, text, page] { find(context, *text, *page); });

  auto id = std::make_shared<std::string>();
  CLI::App* one = command->add_subcommand("show", "Show a contact: who it is, why, and its whole timeline");
  one->add_option("ID", *id, "contact_17, also an id from before a merge")->required();
  one->callback([&context, id] { show(context, *id); });
}

}  // namespace patchbay::cli
