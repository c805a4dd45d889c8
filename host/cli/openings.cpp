#include <CLI/CLI.hpp>

#include "api/control.hpp"
#include "cli/admin_client.hpp"
#include "cli/delivery_options.hpp"

#include <algorithm>
#include <functional>

namespace patchbay::cli {
namespace {

using nlohmann::json;

struct ReplayOptions {
  DeliveryOptions which;
  std::vector<std::string> events;
  bool all = false, dry_run = false;
};

struct FillOptions {
  std::string destination, since, until;
  std::vector<std::string> channels;
};

using Ask = std::function<Result<json>(const json& request)>;

// A line on the terminal that is written over as the work goes on, and that is gone when it ends.
class ProgressLine {
 public:
  explicit ProgressLine(Context& context) : context_(context) {}
  ~ProgressLine() {
    if (shown_) context_.err << "\r\033[K" << std::flush;
  }
  void show(std::int64_t done, std::int64_t of, const std::string& what) {
    if (!context_.terminal || of <= 0) return;
    constexpr std::int64_t width = 30;
    const auto filled = static_cast<std::size_t>(std::clamp<std::int64_t>(done * width / of, 0, width));
    context_.err << "\r[" << std::string(filled, '#') << std::string(width - filled, ' ') << "] " << what << "\033[K"
                 << std::flush;
    shown_ = true;
  }

 private:
  Context& context_;
  bool shown_ = false;
};

// Asks until there is nothing left to open. Interrupted, be it by a power cut, the same command goes on from there.
Result<json> open_all(Context& context, const json& request, const Ask& ask_for) {
  ProgressLine line(context);
  std::int64_t opened = 0;
  for (bool first = true;; first = false) {
    const json answer = PATCHBAY_TRY(ask_for(request));
    opened += answer.value("opened", std::int64_t{0});
    const auto total = answer.value("total", std::int64_t{0});
    if (first && total > answer.value("opened", std::int64_t{0}) && !context.json)
      context.err << "Going on with what began at " << answer.value("started_at", "") << " and was interrupted.\n";
    if (answer["next"].is_null()) return json{{"opened", opened}, {"total", total}};
    line.show(answer["next"].get<std::int64_t>(), answer.value("last", std::int64_t{0}),
              std::to_string(total) + " deliveries opened");
  }
}

// With what it takes to ask the gateway; what goes wrong has been told.
void with_gateway(Context& context, const std::string& path, const std::function<Result<json>(const Ask&)>& work,
                  const std::function<void(const json&)>& print) {
  const std::shared_ptr<plugin::Catalog> catalog = context.catalog();
  const std::optional<config::Settings> settings = context.settings(*catalog);
  if (!settings) return;
  const auto done =
      work([&](const json& request) { return ask(*settings, "POST", path, {.idempotency_key = {}, .body = request}); });
  if (!done) return context.fail(done.error());
  if (context.json)
    context.print(*done);
  else
    print(*done);
}

// The events in requests that are not too long; one request where none is named.
std::vector<json> requests_of(const ReplayOptions& options) {
  json request = request_of(options.which);
  if (options.all) request["all"] = true;
  if (options.dry_run) request["dry_run"] = true;
  std::vector<json> requests;
  for (std::size_t at = 0; at < options.events.size(); at += api::most_replayed_events) {
    const std::size_t end = std::min(options.events.size(), at + api::most_replayed_events);
    request["events"] = std::vector<std::string>(options.events.begin() + static_cast<std::ptrdiff_t>(at),
                                                 options.events.begin() + static_cast<std::ptrdiff_t>(end));
    requests.push_back(request);
  }
  if (requests.empty()) requests.push_back(std::move(request));
  return requests;
}

void replay(Context& context, const ReplayOptions& options) {
  const std::vector<json> requests = requests_of(options);
  with_gateway(
      context, "/api/v1/deliveries/replay",
      [&](const Ask& ask_for) -> Result<json> {
        json sum = options.dry_run ? json{{"would_open", 0}} : json{{"opened", 0}, {"total", 0}};
        for (const json& request : requests) {
          const json one =
              options.dry_run ? PATCHBAY_TRY(ask_for(request)) : PATCHBAY_TRY(open_all(context, request, ask_for));
          for (auto& [key, value] : sum.items()) value = value.get<std::int64_t>() + one.value(key, std::int64_t{0});
        }
        return sum;
      },
      [&](const json& done) {
        if (options.dry_run)
          context.out << done["would_open"] << " deliveries would be replayed\n";
        else
          context.out << done["opened"] << " deliveries are on their way again\n";
      });
}

void fill(Context& context, const FillOptions& options) {
  json request{{"destination", options.destination}};
  if (!options.since.empty()) request["since"] = options.since;
  if (!options.until.empty()) request["until"] = options.until;
  if (!options.channels.empty()) request["channels"] = options.channels;
  with_gateway(
      context, "/api/v1/deliveries/fill", [&](const Ask& ask_for) { return open_all(context, request, ask_for); },
      [&](const json& done) {
        context.out << done["opened"] << " deliveries of the history are on their way to " << options.destination
                    << "\n";
      });
}

}  // namespace

void add_openings(CLI::App& delivery, Context& context) {
  auto replayed = std::make_shared<ReplayOptions>();
  CLI::App* again = delivery.add_subcommand(
      "replay",
      "Send dead letters again, under the same ids. Say which: name events, or use the options.\n"
      "Interrupted, the same command goes on where it was. Needs the running gateway");
  again->add_option("EVENT", replayed->events, "event_12; several may be named");
  add_delivery_options(*again, replayed->which);
  again->add_option("--state", replayed->which.state, "dead, where it is not given; or what was delivered before")
      ->check(CLI::IsMember({"dead", "delivered"}));
  again->add_flag("--all", replayed->all, "All dead letters");
  again->add_flag("--dry-run", replayed->dry_run, "Only count them");
  again->callback([&context, replayed] { replay(context, *replayed); });

  auto filled = std::make_shared<FillOptions>();
  CLI::App* history = delivery.add_subcommand(
      "fill",
      "Send a destination that was added later what its routes would have sent before.\n"
      "What it has, it is not sent again. Interrupted, the same command goes on. Needs the running gateway");
  history->add_option("DESTINATION", filled->destination, "Its name in the settings")->required();
  history->add_option("--since", filled->since, "Only events committed at this time or later");
  history->add_option("--until", filled->until, "Only events committed before this time");
  history->add_option("--channel", filled->channels, "Only of this channel; may be repeated");
  history->callback([&context, filled] { fill(context, *filled); });
}

}  // namespace patchbay::cli
