#include <CLI/CLI.hpp>
#include <array>
#include <iostream>
#include <iterator>

#include "base/digest.hpp"
#include "base/random.hpp"
#include "cli/admin_client.hpp"
#include "cli/commands.hpp"
#include "cli/identifier.hpp"
#include "cli/listing.hpp"

namespace patchbay::cli {
namespace {

using nlohmann::json;

struct SendOptions {
  std::string text, reply_to, channel, account, to, scope, subject, category, key;
  bool force = false;
};

std::string new_key() {
  std::array<std::uint8_t, 16> random{};
  system_random(random);
  return hex(bytes_of(random));
}

json request_of(const SendOptions& options) {
  json request = json::object();
  const auto put = [&request](const char* name, const std::string& value) {
    if (!value.empty()) request[name] = value;
  };
  put("in_reply_to", options.reply_to);
  put("channel", options.channel);
  put("account", options.account);
  if (!options.to.empty()) request["to"] = identifier_of(options.to, options.scope);
  put("subject", options.subject);
  put("category", options.category);
  if (options.force) request["force"] = true;
  request["text"] = options.text == "-" ? std::string(std::istreambuf_iterator<char>(std::cin), {}) : options.text;
  return request;
}

void send(Context& context, const SendOptions& options) {
  const std::shared_ptr<plugin::Catalog> catalog = context.catalog();
  const std::optional<config::Settings> settings = context.settings(*catalog);
  if (!settings) return;
  const std::string key = options.key.empty() ? new_key() : options.key;
  const auto accepted =
      ask(*settings, "POST", "/api/v1/outbound", {.idempotency_key = key, .body = request_of(options)});
  if (!accepted) {
    context.fail(accepted.error());
    // Whether it was accepted is not known then: with the same key it is accepted once.
    if (accepted.error().code == ErrorCode::unavailable && options.key.empty())
      context.err << "To try again without sending it twice: --key " << key << "\n";
    return;
  }
  if (context.json)
    context.print(*accepted);
  else
    context.out << text_of((*accepted)["id"]) << " is queued on " << text_of((*accepted)["channel"]) << "\n";
}

}  // namespace

void add_send(CLI::App& app, Context& context) {
  auto options = std::make_shared<SendOptions>();
  CLI::App* command = app.add_subcommand(
      "send", "Send a message, in answer to an interaction or on its own.\nNeeds the running gateway");
  command->add_option("TEXT", options->text, "What to send; - reads it from the standard input")->required();
  CLI::Option* reply = command->add_option("--reply-to", options->reply_to,
                                           "interaction_12: goes to the identity and channel that wrote it");
  CLI::Option* channel = command->add_option("--channel", options->channel, "The channel to send through, on its own");
  CLI::Option* account =
      command->add_option("--account", options->account, "Which of the channel's accounts to send from");
  CLI::Option* to = command->add_option("--to", options->to, "The recipient, as KIND:VALUE: phone:+48601234567");
  command->add_option("--scope", options->scope, "Within which the recipient's identifier is unique")->needs(to);
  reply->excludes(channel)->excludes(account)->excludes(to);
  channel->needs(to);
  to->needs(channel);
  to->check(is_identifier);
  command->add_option("--subject", options->subject, "Where the channel knows subjects");
  command->add_option(
      "--category", options->category,
      "Of consent that it needs: service for answers and marketing for the rest, unless this says otherwise");
  command->add_flag("--force", options->force,
                    "Send it although the operator's own list, or a withdrawn consent that the "
                    "law lets you override, speaks against it");
  command->add_option("--key", options->key, "An idempotency key: what is sent again under it goes out once");
  command->callback([&context, options, reply, channel] {
    if (reply->count() + channel->count() == 0)
      throw CLI::ValidationError("send", "--reply-to or --channel and --to say where it goes");
    send(context, *options);
  });
}

}  // namespace patchbay::cli
