#include <CLI/CLI.hpp>

#include "api/views.hpp"
#include "cli/admin_client.hpp"
#include "cli/commands.hpp"
#include "cli/listing.hpp"
#include "cli/table.hpp"

namespace patchbay::cli {
namespace {

using nlohmann::json;

void list(Context& context, store::Page page) {
  read_store(
      context,
      [&](store::Reader& reader) -> Result<json> {
        return api::page_of(PATCHBAY_TRY(reader.list_quarantine(page)), page);
      },
      [&](const json& found) {
        Table table({"ID", "RECEIVED", "CHANNEL", "STATE", "REASON"});
        for (const json& line : found["items"])
          table.add({text_of(line["id"]), text_of(line["received_at"]), text_of(line["channel"]),
                     text_of(line["state"]), text_of(line["reason"])});
        table.print(context.out, "Nothing is in quarantine.");
        print_next(context, found);
      });
}

void show(Context& context, const std::string& text) {
  const auto id = id_of<store::QuarantineId>(context, text, "quarantine");
  if (!id) return;
  read_store(
      context,
      [&](store::Reader& reader) -> Result<json> { return api::view(PATCHBAY_TRY(reader.show_quarantine(*id))); },
      [&](const json& shown) {
        for (const char* key : {"id", "channel", "received_at", "state", "reason", "remedy", "media_type"})
          context.out << key << ": " << whole_text(text_of(shown[key])) << "\n";
        context.out << "\n" << whole_text(text_of(shown["original"])) << "\n";
      });
}

void replay(Context& context, const std::string& text) {
  const auto id = id_of<store::QuarantineId>(context, text, "quarantine");
  if (!id) return;
  const std::shared_ptr<plugin::Catalog> catalog = context.catalog();
  const std::optional<config::Settings> settings = context.settings(*catalog);
  if (!settings) return;
  const auto replayed = ask(*settings, "POST", "/api/v1/quarantine/" + store::public_id(*id) + "/replay");
  if (!replayed) return context.fail(replayed.error());
  if (context.json)
    context.print(*replayed);
  else
    context.out << store::public_id(*id) << " was taken again\n";
}

}  // namespace

void add_quarantine(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("quarantine", "Originals that could not become interactions");
  command->require_subcommand(1);
  auto page = std::make_shared<store::Page>();
  CLI::App* all = command->add_subcommand("list", "List what is kept, newest first, with the reason");
  add_page_options(*all, *page);
  all->callback([&context, page] { list(context, *page); });

  const auto add_one = [&](const char* name, const char* what, void (*act)(Context&, const std::string&)) {
    auto id = std::make_shared<std::string>();
    CLI::App* one = command->add_subcommand(name, what);
    one->add_option("ID", *id, "quarantine_3")->required();
    one->callback([&context, id, act] { act(context, *id); });
  };
  add_one("show", "Show one, with the original as it came", show);
  add_one("replay", "Hand one to its channel again, after what was wrong is mended.\nNeeds the running gateway",
          replay);
}

}  // namespace patchbay::cli
