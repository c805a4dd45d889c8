#include <CLI/CLI.hpp>

#include "api/views.hpp"
#include "cli/admin_client.hpp"
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

void print_relation(Context& context, const json& relation) {
  std::string shared;
  for (const json& what : relation["shares"]) shared += (shared.empty() ? "" : ", ") + text_of(what);
  context.out << "  related to " << text_of(relation["contact"]["id"]) << " "
              << one_line(text_of(relation["contact"]["name"]), 200) << " (shared: " << shared << ")\n";
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
      context.out << "  " << text_of(persona["id"]) << " and " << text_of(link["persona"]) << ": "
                  << text_of(link["field"]) << " " << one_line(link.value("value", ""), 100) << " ("
                  << text_of(link["level"]) << ", " << link.value("millibits", 0) / 1000.0 << " bits)\n";
  for (const json& relation : contact["relations"]) print_relation(context, relation);
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
      [&](store::Reader& reader, const config::Settings& settings) -> Result<json> {
        constexpr store::Page whole{.limit = 1000};
        json shown = api::view(PATCHBAY_TRY(reader.show_contact(*id)));
        shown["timeline"] =
            api::page_of(PATCHBAY_TRY(reader.list_interactions({.contact = *id, .channel = {}}, whole)), whole);
        // The gateway that runs knows them, and nobody else.
        const auto related = ask(settings, "GET", "/api/v1/contacts/" + store::public_id(*id) + "/relations");
        shown["relations"] = related ? (*related)["items"] : json();
        return shown;
      },
      [&](const json& shown) { print_contact(context, shown, shown["timeline"]); });
}

// Ids as the API writes them, of whatever the command line had.
template <class Id>
std::optional<json> ids_of(Context& context, const std::vector<std::string>& texts, std::string_view word) {
  json ids = json::array();
  for (const std::string& text : texts) {
    const auto id = id_of<Id>(context, text, word);
    if (!id) return std::nullopt;
    ids.push_back(store::public_id(*id));
  }
  return ids;
}

// Asks the gateway that runs: it alone decides who is who.
void correct(Context& context, const std::string& what, const json& body) {
  const std::optional<json> corrected = ask(context, "POST", "/api/v1/contacts/" + what, body);
  if (!corrected) return;
  if (context.json) return context.print(*corrected);
  for (const json& contact : (*corrected)["contacts"]) context.out << text_of(contact) << "\n";
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

  auto contacts = std::make_shared<std::vector<std::string>>();
  CLI::App* merge = command->add_subcommand(
      "merge", "Say that contacts are one, against all evidence, until it is undone.\nNeeds the running gateway");
  merge->add_option("ID", *contacts, "contact_17 contact_23")->required()->expected(2, 20);
  merge->callback([&context, contacts] {
    if (const auto ids = ids_of<store::ContactId>(context, *contacts, "contact"))
      correct(context, "merge", {{"contacts", *ids}});
  });
  const auto add_correction = [&](const char* name, const char* what) {
    auto personas = std::make_shared<std::vector<std::string>>();
    CLI::App* correction = command->add_subcommand(name, what);
    correction->add_option("PERSONA", *personas, "persona_17; `contact show` lists them")->required();
    correction->callback([&context, personas, name = std::string(name)] {
      if (const auto ids = ids_of<store::PersonaId>(context, *personas, "persona"))
        correct(context, name, {{"personas", *ids}});
    });
  };
  add_correction("split",
                 "Say that personas are somebody else than the rest of their contact, until it is undone.\nNeeds the "
                 "running gateway");
  add_correction("undo", "Take back all that was said about personas by merge and split.\nNeeds the running gateway");
}

}  // namespace patchbay::cli
