#include "cli/delivery_options.hpp"

#include <CLI/CLI.hpp>

#include "api/moment.hpp"

#include <array>
#include <utility>

namespace patchbay::cli {
namespace {

// In the order of the help; the names are those of the admin API, too.
std::array<std::pair<const char*, std::string DeliveryOptions::*>, 6> members() {
  return {{{"destination", &DeliveryOptions::destination},
           {"state", &DeliveryOptions::state},
           {"since", &DeliveryOptions::since},
           {"until", &DeliveryOptions::until},
           {"reason", &DeliveryOptions::reason},
           {"contact", &DeliveryOptions::contact}}};
}

}  // namespace

void add_delivery_options(CLI::App& command, DeliveryOptions& options) {
  command.add_option("--destination", options.destination, "Only those to this destination");
  command.add_option("--since", options.since,
                     "Only those of events committed at this time or later: 2026-11-22, 2026-11-22T08:15:00Z");
  command.add_option("--until", options.until, "Only those of events committed before this time");
  command.add_option("--reason", options.reason, "Only those whose last answer holds this text: \"HTTP 500\"");
  command.add_option("--contact", options.contact, "Only those about this contact: contact_5");
}

Result<store::DeliveryFilter> filter_of(const DeliveryOptions& options) {
  store::DeliveryFilter filter;
  if (!options.destination.empty()) filter.destination = options.destination;
  for (const auto state : {store::DeliveryState::open, store::DeliveryState::delivered, store::DeliveryState::dead})
    if (options.state == store::name_of(state)) filter.state = state;
  if (!options.since.empty()) filter.since = PATCHBAY_TRY(api::moment_of(options.since));
  if (!options.until.empty()) filter.until = PATCHBAY_TRY(api::moment_of(options.until));
  if (!options.reason.empty()) filter.reason = options.reason;
  if (!options.contact.empty()) {
    const auto contact = store::number_of(options.contact, "contact");
    if (!contact)
      return failure(ErrorCode::invalid, "reading an id: expected contact_ and a number, got " + options.contact);
    filter.contact = store::ContactId{*contact};
  }
  return filter;
}

nlohmann::json request_of(const DeliveryOptions& options) {
  nlohmann::json request = nlohmann::json::object();
  for (const auto& [name, member] : members())
    if (!(options.*member).empty()) request[name] = options.*member;
  return request;
}

}  // namespace patchbay::cli
