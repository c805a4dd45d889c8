#include <CLI/CLI.hpp>

#include "api/views.hpp"
#include "cli/commands.hpp"
#include "cli/delivery_options.hpp"
#include "cli/listing.hpp"
#include "cli/table.hpp"

namespace patchbay::cli {
namespace {

using nlohmann::json;

struct ListOptions {
  DeliveryOptions which;
  store::Page page;
};

void print_deliveries(Context& context, const json& items) {
  Table table({"EVENT", "TYPE", "DESTINATION", "CONTACT", "STATE", "ATTEMPTS", "NEXT", "LAST ANSWER"});
  for (const json& line : items)
    table.add({text_of(line["event"]), text_of(line["type"]), text_of(line["destination"]), text_of(line["contact"]),
               text_of(line["state"]), text_of(line["attempts"]), text_of(line["due"]),
               text_of(line["last_status"]) + " " + text_of(line["last_reason"])});
  table.print(context.out, "No delivery was found.");
}

void list(Context& context, const ListOptions& options) {
  const auto filter = filter_of(options.which);
  if (!filter) {
    context.fail(filter.error());
    context.exit = Exit::usage;
    return;
  }
  read_store(
      context,
      [&](store::Reader& reader) -> Result<json> {
        return api::page_of(PATCHBAY_TRY(reader.list_deliveries(*filter, options.page)), options.page);
      },
      [&](const json& found) {
        print_deliveries(context, found["items"]);
        print_next(context, found);
      });
}

void show(Context& context, const std::string& text) {
  const auto id = id_of<store::EventId>(context, text, "event");
  if (!id) return;
  read_store(
      context,
      [&](store::Reader& reader) -> Result<json> {
        const auto deliveries =
            PATCHBAY_TRY(reader.list_deliveries({.destination = {}, .state = {}, .event = *id}, {.limit = 1000}));
        if (deliveries.empty())
          return failure(ErrorCode::not_found, "no delivery is of " + store::public_id(*id),
                         "`patchbay delivery list` shows them");
        json all = json::array();
        for (const store::OpenDelivery& delivery : deliveries) all.push_back(api::view(delivery));
        return all;
      },
      [&](const json& all) {
        print_deliveries(context, all);
        context.out << "\n" << whole_text(all.front()["payload"].dump(2)) << "\n";
      });
}

}  // namespace

void add_delivery(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("delivery", "Events on their way to destinations");
  command->require_subcommand(1);
  auto options = std::make_shared<ListOptions>();
  CLI::App* all = command->add_subcommand("list", "List deliveries, newest first");
  add_delivery_options(*all, options->which);
  all->add_option("--state", options->which.state, "Only those in this state; dead ones are the dead letters")
      ->check(CLI::IsMember({"open", "delivered", "dead"}));
  add_page_options(*all, options->page);
  all->callback([&context, options] { list(context, *options); });

  auto id = std::make_shared<std::string>();
  CLI::App* one = command->add_subcommand("show", "Show an event and how it fared at each destination");
  one->add_option("EVENT", *id, "event_12")->required();
  one->callback([&context, id] { show(context, *id); });
  add_openings(*command, context);
}

}  // namespace patchbay::cli
