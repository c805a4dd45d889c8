#include <CLI/CLI.hpp>

#include "api/views.hpp"
#include "base/digest.hpp"
#include "cli/admin_client.hpp"
#include "cli/commands.hpp"
#include "cli/identifier.hpp"
#include "cli/listing.hpp"
#include "cli/table.hpp"

namespace patchbay::cli {
namespace {

using nlohmann::json;

struct ListOptions {
  std::string channel, state;
  store::Page page;
};

// What they are reached by; a name tells least.
std::string recipient_of(const json& line) {
  const json& all = line["recipient"];
  const auto told = std::find_if(all.begin(), all.end(), [](const json& one) { return one["kind"] != "name"; });
  const json& shown = told == all.end() ? all.at(0) : *told;
  return text_of(shown["kind"]) + " " + text_of(shown["value"]);
}

void list(Context& context, const ListOptions& options) {
  store::OutboundFilter filter;
  if (!options.channel.empty()) filter.channel = options.channel;
  for (const auto state :
       {store::OutboundState::queued, store::OutboundState::sending, store::OutboundState::sent,
        store::OutboundState::failed, store::OutboundState::uncertain, store::OutboundState::refused})
    if (options.state == store::name_of(state)) filter.state = state;
  read_store(
      context,
      [&](store::Reader& reader) -> Result<json> {
        return api::page_of(PATCHBAY_TRY(reader.list_outbound(filter, options.page)), options.page);
      },
      [&](const json& found) {
        Table table({"OUTBOUND", "ACCEPTED", "CHANNEL", "TO", "STATE", "ATTEMPTS", "NEXT", "INTERACTION", "REASON"});
        for (const json& line : found["items"])
          table.add({text_of(line["id"]), text_of(line["accepted_at"]), text_of(line["channel"]), recipient_of(line),
                     text_of(line["state"]), text_of(line["attempts"]), text_of(line["due"]),
                     text_of(line["interaction"]), text_of(line["reason"])});
        table.print(context.out, "Nothing was found.");
        print_next(context, found);
      });
}

void show(Context& context, const std::string& text) {
  const auto id = id_of<store::OutboundId>(context, text, "outbound");
  if (!id) return;
  read_store(
      context,
      [&](store::Reader& reader) -> Result<json> { return api::view(PATCHBAY_TRY(reader.show_outbound(*id))); },
      [&](const json& shown) {
        for (const char* key : {"id", "state", "reason", "remedy", "channel", "account", "in_reply_to", "interaction",
                                "external_id", "category", "accepted_at", "changed_at", "due", "attempts", "subject"})
          if (!shown[key].is_null()) context.out << key << ": " << whole_text(text_of(shown[key])) << "\n";
        for (const json& identifier : shown["recipient"])
          context.out << "to: " << text_of(identifier["kind"]) << " " << whole_text(text_of(identifier["value"]))
                      << (identifier["trust"] == "claimed" ? " (claimed)" : "") << "\n";
        context.out << "\n" << whole_text(text_of(shown["text"])) << "\n";
      });
}

// Asks the gateway and says `done`, where it did it.
void change(Context& context, const std::string& method, const std::string& path, json body, const std::string& done) {
  const std::shared_ptr<plugin::Catalog> catalog = context.catalog();
  const std::optional<config::Settings> settings = context.settings(*catalog);
  if (!settings) return;
  const auto changed = ask(*settings, method, path, {.idempotency_key = {}, .body = std::move(body)});
  if (!changed) return context.fail(changed.error());
  if (context.json)
    context.print(*changed);
  else
    context.out << done << "\n";
}

void suppressed(Context& context, store::Page page) {
  read_store(
      context,
      [&](store::Reader& reader) -> Result<json> {
        return api::page_of(PATCHBAY_TRY(reader.list_suppressions(page)), page);
      },
      [&](const json& found) {
        Table table({"KIND", "VALUE", "SCOPE", "SINCE", "REASON"});
        for (const json& line : found["items"])
          table.add({text_of(line["kind"]), text_of(line["value"]), text_of(line["scope"]), text_of(line["added_at"]),
                     text_of(line["reason"])});
        table.print(context.out, "Nobody is on the suppression list.");
        print_next(context, found);
      });
}

// As one value of a query.
std::string escaped(std::string_view text) {
  std::string all;
  for (const char c : text) all += "%" + hex({&c, 1});
  return all;
}

void add_resolve(CLI::App& command, Context& context) {
  struct Options {
    std::string id, external_id;
    bool sent = false, failed = false, again = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* resolve = command.add_subcommand("resolve",
                                             "Decide what became of an uncertain message, send one again that failed, "
                                             "or give up one that is queued.\nNeeds the "
                                             "running gateway");
  resolve->add_option("ID", options->id, "outbound_3")->required();
  CLI::Option* sent = resolve->add_flag("--sent", options->sent, "The provider took it");
  CLI::Option* failed = resolve->add_flag("--failed", options->failed, "It did not, and nothing is to be sent");
  CLI::Option* again = resolve->add_flag("--again", options->again, "It did not, and is to be sent");
  sent->excludes(failed)->excludes(again);
  failed->excludes(again);
  resolve->add_option("--external-id", options->external_id, "The provider's id of it, so that receipts find it")
      ->needs(sent);
  resolve->callback([&context, options] {
    if (!options->sent && !options->failed && !options->again)
      throw CLI::ValidationError("resolve", "--sent, --failed or --again says what became of it");
    const auto id = id_of<store::OutboundId>(context, options->id, "outbound");
    if (!id) return;
    json body = {{"decision", options->sent ? "sent" : options->failed ? "failed" : "again"}};
    if (!options->external_id.empty()) body["external_id"] = options->external_id;
    const std::string name = store::public_id(*id);
    change(context, "POST", "/api/v1/outbound/" + name + "/resolve", std::move(body),
           name + (options->again  ? " is queued again"
                   : options->sent ? " counts as sent"
                                   : " was given up"));
  });
}

void add_suppression(CLI::App& command, Context& context) {
  struct Options {
    std::string identifier, scope, reason;
    store::Page page;
  };
  auto options = std::make_shared<Options>();
  const auto add_one = [&](const char* name, const char* what) {
    CLI::App* one = command.add_subcommand(name, what);
    one->add_option("IDENTIFIER", options->identifier, "KIND:VALUE: phone:+48601234567")
        ->required()
        ->check(is_identifier);
    one->add_option("--scope", options->scope, "Within which it is unique");
    return one;
  };
  CLI::App* suppress =
      add_one("suppress", "Send nothing to somebody any more, on no channel.\nNeeds the running gateway");
  suppress->add_option("--reason", options->reason, "Why");
  suppress->callback([&context, options] {
    json body = identifier_of(options->identifier, options->scope);
    body["reason"] = options->reason;
    change(context, "POST", "/api/v1/suppressions", std::move(body),
           options->identifier + " is on the suppression list");
  });
  CLI::App* allow = add_one("allow", "Take somebody off the suppression list.\nNeeds the running gateway");
  allow->callback([&context, options] {
    const json identifier = identifier_of(options->identifier, options->scope);
    change(context, "DELETE",
           "/api/v1/suppressions?kind=" + escaped(text_of(identifier["kind"])) +
               "&value=" + escaped(text_of(identifier["value"])) + "&scope=" + escaped(options->scope),
           json(), options->identifier + " may be written to again");
  });
  CLI::App* all = command.add_subcommand("suppressed", "List to whom nothing is sent");
  add_page_options(*all, options->page);
  all->callback([&context, options] { suppressed(context, options->page); });
}

}  // namespace

void add_outbound(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("outbound", "What the business sends, and to whom nothing is sent");
  command->require_subcommand(1);
  auto options = std::make_shared<ListOptions>();
  CLI::App* all = command->add_subcommand("list", "List messages, newest first");
  all->add_option("--channel", options->channel, "Only those of this channel");
  all->add_option("--state", options->state, "Only those in this state; uncertain ones wait for your word")
      ->check(CLI::IsMember({"queued", "sending", "sent", "failed", "uncertain", "refused"}));
  add_page_options(*all, options->page);
  all->callback([&context, options] { list(context, *options); });

  auto id = std::make_shared<std::string>();
  CLI::App* one = command->add_subcommand("show", "Show one, with its text and what became of it");
  one->add_option("ID", *id, "outbound_3")->required();
  one->callback([&context, id] { show(context, *id); });
  add_resolve(*command, context);
  add_suppression(*command, context);
}

}  // namespace patchbay::cli
