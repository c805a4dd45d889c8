#include <CLI/CLI.hpp>

#include "cli/admin_client.hpp"
#include "cli/identity_commands.hpp"
#include "cli/listing.hpp"
#include "cli/table.hpp"

namespace patchbay::cli {
namespace {

using nlohmann::json;

constexpr const char* review_path = "/api/v1/identity/review";

std::string why_of(const json& item) {
  if (item["why"] == "joined") return "joined, may be relatives";
  if (item["why"] == "held") return "fits others that contradict it";
  return "possible";
}

void list(Context& context, store::Page page) {
  const std::string query = "?limit=" + std::to_string(page.limit) + "&after=" + std::to_string(page.after);
  const std::optional<json> found = ask(context, "GET", review_path + query);
  if (!found) return;
  if (context.json) return context.print(*found);
  Table table({"ITEM", "CONTACT", "AND", "ONE PERSON", "WHY"});
  for (const json& item : (*found)["items"])
    table.add({text_of(item["id"]), line_of_contact(item["left"]["contact"]), line_of_contact(item["right"]["contact"]),
               in_percent(item["probability"]), why_of(item)});
  table.print(context.out, "Nothing waits for review.");
  print_next(context, *found);
}

// "persona_3-persona_9" as the API writes it, of whatever the command line had.
std::optional<std::string> item_of(Context& context, const std::string& text) {
  const std::size_t dash = text.find('-');
  const auto left = id_of<store::PersonaId>(context, text.substr(0, dash), "persona");
  if (!left) return std::nullopt;
  const auto right =
      id_of<store::PersonaId>(context, dash == std::string::npos ? "" : text.substr(dash + 1), "persona");
  if (!right) return std::nullopt;
  return store::public_id(*left) + "-" + store::public_id(*right);
}

void show(Context& context, const std::string& text) {
  const std::optional<std::string> item = item_of(context, text);
  if (!item) return;
  const std::optional<json> explained = ask(context, "GET", std::string(review_path) + "/" + *item);
  if (!explained) return;
  if (context.json) return context.print(*explained);
  print_explanation(context, *explained);
}

void decide(Context& context, const std::string& text, const std::string& what) {
  const std::optional<std::string> item = item_of(context, text);
  if (!item) return;
  const std::optional<json> decided =
      ask(context, "POST", std::string(review_path) + "/" + *item + "/" + what, json::object());
  if (!decided) return;
  if (context.json) return context.print(*decided);
  for (const json& contact : (*decided)["contacts"]) context.out << text_of(contact) << "\n";
  const std::size_t dash = item->find('-');
  context.out << "Taken back by: patchbay contact undo " << item->substr(0, dash) << " " << item->substr(dash + 1)
              << "\n";
}

}  // namespace

void add_identity_review(CLI::App& identity, Context& context) {
  CLI::App* review = identity.add_subcommand(
      "review",
      "List whom the engine is in doubt about: contacts that may be one, and joined ones that may be two.\nNeeds the "
      "running gateway, as what follows it does");
  review->require_subcommand(0, 1);
  auto page = std::make_shared<store::Page>();
  constexpr int most_of_a_page = 500;  // as the API gives
  review->add_option("--limit", page->limit, "How many to list")
      ->check(CLI::Range(1, most_of_a_page))
      ->capture_default_str();
  review->add_option("--after", page->after, "Go on behind this one, as the last page said");
  review->callback([&context, review, page] {
    if (review->get_subcommands().empty()) list(context, *page);
  });

  const auto add_decision = [&](const char* name, const char* what, auto does) {
    auto item = std::make_shared<std::string>();
    CLI::App* one = review->add_subcommand(name, what);
    one->add_option("ITEM", *item, "persona_3-persona_9, as the list names it")->required();
    one->callback([&context, item, does] { does(context, *item); });
  };
  add_decision("show", "Tell why it is in doubt: fields, levels and bits", show);
  add_decision("accept", "Say that it is one person, with all personas of both contacts, until it is undone",
               [](Context& asking, const std::string& item) { decide(asking, item, "accept"); });
  add_decision("reject", "Say that the two personas are two people, until it is undone",
               [](Context& asking, const std::string& item) { decide(asking, item, "reject"); });
}

}  // namespace patchbay::cli
