#include <CLI/CLI.hpp>

#include "cli/admin_client.hpp"
#include "cli/authorize.hpp"
#include "cli/commands.hpp"
#include "cli/listing.hpp"
#include "cli/table.hpp"

#include <algorithm>

namespace patchbay::cli {
namespace {

using nlohmann::json;

void print_channels(Context& context, const json& channels) {
  Table table(
      {"CHANNEL", "CONNECTOR", "STATE", "ACCEPTED", "DUPLICATES", "EDITS", "PARKED", "QUARANTINED", "FORGED", ""});
  for (const json& channel : channels)
    table.add({text_of(channel["name"]), text_of(channel["connector"]), text_of(channel["state"]),
               text_of(channel["accepted"]), text_of(channel["duplicates"]), text_of(channel["edits"]),
               text_of(channel["parked"]), text_of(channel["quarantined"]), text_of(channel["refused"]),
               text_of(channel["reason"])});
  table.print(context.out, "No channel is configured.");
}

// Why a destination is not sent to, until when, and what to do about it.
std::string trouble_of(const json& destination) {
  std::string text = destination["until"].is_null() ? "" : "until " + text_of(destination["until"]);
  for (const char* key : {"reason", "remedy"}) {
    if (destination[key].is_null()) continue;
    if (!text.empty()) text += "; ";
    text += text_of(destination[key]);
  }
  return text;
}

void print_destinations(Context& context, const json& destinations) {
  Table table({"DESTINATION", "SINK", "STATE", "WAITING", "IN FLIGHT", "ATTEMPTS", "DELIVERED", "RETRIED", "DEAD", ""});
  for (const json& destination : destinations)
    table.add({text_of(destination["name"]), text_of(destination["sink"]), text_of(destination["state"]),
               text_of(destination["waiting"]), text_of(destination["in_flight"]), text_of(destination["attempts"]),
               text_of(destination["delivered"]), text_of(destination["retried"]), text_of(destination["dead"]),
               trouble_of(destination)});
  table.print(context.out, "No destination is configured.");
}

void print_status(Context& context, const json& status) {
  context.out << "patchbay " << text_of(status["version"]) << (status["ready"] == true ? ", ready" : ", not ready")
              << ", since " << text_of(status["started_at"]) << "\n"
              << text_of(status["contacts"]) << " contacts, " << text_of(status["interactions"]) << " interactions; "
              << text_of(status["deliveries"]["open"]) << " deliveries open, "
              << text_of(status["deliveries"]["delivered"]) << " delivered, " << text_of(status["deliveries"]["dead"])
              << " dead letters; " << text_of(status["quarantined"]) << " in quarantine, " << text_of(status["parked"])
              << " facts parked; " << text_of(status["outbound"]["queued"]) << " messages to send, "
              << text_of(status["outbound"]["uncertain"]) << " uncertain\n\n";
  print_channels(context, status["channels"]);
  context.out << "\n";
  print_destinations(context, status["destinations"]);
}

// The gateway's own account, or nothing after it was said why there is none.
std::optional<json> status_of(Context& context) {
  const std::shared_ptr<plugin::Catalog> catalog = context.catalog();
  const std::optional<config::Settings> settings = context.settings(*catalog);
  if (!settings) return std::nullopt;
  auto status = ask(*settings, "GET", "/api/v1/status");
  if (status) return std::move(*status);
  context.fail(status.error());
  if (status.error().code == ErrorCode::denied) context.exit = Exit::not_running;
  return std::nullopt;
}

// What one word to the gateway about a channel or a destination does.
struct Order {
  const char* collection;  // in the API's paths
  const char* verb;
  const char* done;  // what is said after its name
};

void give(Context& context, const Order& order, const std::string& name) {
  const std::shared_ptr<plugin::Catalog> catalog = context.catalog();
  const std::optional<config::Settings> settings = context.settings(*catalog);
  if (!settings) return;
  const bool of_channels = order.collection == std::string_view("channels");
  const std::vector<config::Section>& sections = of_channels ? settings->channels : settings->destinations;
  const std::string kind = of_channels ? "channel" : "destination";
  // A name that is none of these cannot be part of a path.
  if (std::ranges::none_of(sections, [&](const config::Section& each) { return each.name == name; }))
    return context.fail(
        {ErrorCode::not_found, "no " + kind + " is called " + name, "`patchbay " + kind + " list` shows them all"});
  const auto answer =
      ask(*settings, "POST", "/api/v1/" + std::string(order.collection) + "/" + name + "/" + order.verb);
  if (!answer) return context.fail(answer.error());
  if (context.json)
    context.print(*answer);
  else
    context.out << name << order.done << "\n";
}

// A subcommand that gives the order for the name behind it.
void add_order(CLI::App& command, Context& context, const Order& order, const char* help) {
  auto name = std::make_shared<std::string>();
  CLI::App* one = command.add_subcommand(order.verb, help);
  one->add_option("NAME", *name, "As in the settings")->required();
  one->callback([&context, order, name] { give(context, order, *name); });
}

constexpr const char* help_of_resume =
    "Start it now, after it was paused, was left alone since it crashed again and again, or while it waits for its "
    "next start";

void show_channel(Context& context, const std::string& name) {
  const std::optional<json> status = status_of(context);
  if (!status) return;
  for (const json& channel : (*status)["channels"]) {
    if (channel["name"] != name) continue;
    if (context.json) return context.print(channel);
    for (const auto& [key, value] : channel.items())
      if (!value.is_null()) context.out << key << ": " << text_of(value) << "\n";
    return;
  }
  context.fail({ErrorCode::not_found, "no channel is called " + name, "`patchbay channel list` shows them all"});
}

}  // namespace

void add_status(CLI::App& app, Context& context) {
  app.add_subcommand("status",
                     "Show how the running gateway is: channels, destinations, what waits.\n"
                     "Exit status 5 when none runs")
      ->callback([&context] {
        const std::optional<json> status = status_of(context);
        if (!status) return;
        if (context.json)
          context.print(*status);
        else
          print_status(context, *status);
      });
}

void add_channel(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("channel", "The channels of the running gateway");
  command->require_subcommand(1);
  command->add_subcommand("list", "List the channels, their state, and what came in since the start")
      ->callback([&context] {
        const std::optional<json> status = status_of(context);
        if (!status) return;
        if (context.json)
          context.print((*status)["channels"]);
        else
          print_channels(context, (*status)["channels"]);
      });
  auto name = std::make_shared<std::string>();
  CLI::App* one = command->add_subcommand("show", "Show one channel");
  one->add_option("NAME", *name, "As in the settings")->required();
  one->callback([&context, name] { show_channel(context, *name); });
  add_order(*command, context,
            {"channels", "pause", " is being paused: it finishes what it holds; `patchbay channel list` shows it"},
            "Let it finish what it holds and rest, also after a restart, until `channel resume`");
  add_order(*command, context, {"channels", "resume", " is being started; `patchbay channel list` shows how it stands"},
            help_of_resume);
  add_authorize(*command, context, "channel", "channels");
}

void add_destination(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("destination", "The destinations of the running gateway");
  command->require_subcommand(1);
  command->add_subcommand("list", "List the destinations, how each stands, and what went out since the start")
      ->callback([&context] {
        const std::optional<json> status = status_of(context);
        if (!status) return;
        if (context.json)
          context.print((*status)["destinations"]);
        else
          print_destinations(context, (*status)["destinations"]);
      });
  add_order(*command, context,
            {"destinations", "enable", " is sent to again: first one delivery, and the others when it went well"},
            "Send to a destination again that was disabled, since it had answered 410 Gone");
  add_order(*command, context,
            {"destinations", "resume", " is being started; `patchbay destination list` shows how it stands"},
            help_of_resume);
  add_authorize(*command, context, "destination", "destinations");
}

}  // namespace patchbay::cli
