// Opening what the settings name: channels, destinations, and the routes between them.
#include "gateway/running.hpp"

#include <algorithm>
#include <future>

namespace patchbay::gateway {
namespace {

delivery::DestinationSettings delivery_settings(store::DestinationId id, const config::Section& section) {
  delivery::DestinationSettings settings{.id = id, .name = section.name};
  const config::Sending& sending = section.sending;
  if (sending.parallel) settings.parallel = *sending.parallel;
  settings.attempts = sending.attempts;
  if (sending.per_second)
    settings.rate = delivery::Rate{.per_second = *sending.per_second,
                                   .burst = sending.burst.value_or(std::max(*sending.per_second, 1.0))};
  return settings;
}

// The secret behind the pointer that the manifest names, out of the channel's settings.
Result<api::Verification> verification_of(const plugin::EndpointSignature& declared, const config::Section& section) {
  const auto at = nlohmann::json::json_pointer(declared.secret);
  std::size_t handle = section.secrets.size();
  if (section.settings.contains(at) && section.settings.at(at).contains("$secret"))
    handle = section.settings.at(at).at("$secret").get<std::size_t>();
  if (handle >= section.secrets.size())
    return failure(ErrorCode::invalid,
                   "opening the channel " + section.name + ": no secret stands at " + declared.secret +
                       ", with which its requests are signed",
                   "add it to the settings");
  return api::Verification{declared.scheme,   declared.header,  declared.prefix,
                           declared.encoding, declared.methods, section.secrets[handle]};
}

}  // namespace

// Gives every channel and destination its number, once for ever, and lays the routes between them.
Status Running::number_sections() {
  store::Writer& writer = store_->writer();
  PATCHBAY_CHECK(writer.begin());
  for (const config::Section& section : settings_.channels) {
    channel_ids_[section.name] = PATCHBAY_TRY(writer.channel(section.name, section.plugin));
    sources_.push_back({channel_ids_[section.name], section.name, section.plugin, settings_.business.region});
  }
  for (const config::Section& section : settings_.destinations)
    destination_ids_[section.name] = PATCHBAY_TRY(writer.destination(section.name, section.plugin));
  PATCHBAY_CHECK(writer.commit());

  for (const config::Route& route : settings_.routes)
    for (const auto& [name, id] : channel_ids_)
      if (route.from.empty() || std::find(route.from.begin(), route.from.end(), name) != route.from.end()) {
        std::vector<intake::Target>& targets = routes_[id];
        const intake::Target target{destination_ids_.at(route.to),
                                    route.historical ? intake::Historical::include : intake::Historical::leave_out};
        const auto same = std::find_if(targets.begin(), targets.end(), [&](const intake::Target& other) {
          return other.destination == target.destination;
        });
        if (same == targets.end())
          targets.push_back(target);
        else if (route.historical)
          same->historical = intake::Historical::include;  // one of two routes to the same place wants it
      }
  own_ = PATCHBAY_TRY(intake::OwnAddresses::from(settings_.business.own, settings_.business.region));
  return {};
}

Result<const plugin::Plugin*> Running::plugin_of(plugin::PluginKind kind, const config::Section& section) const {
  const plugin::Plugin* plugin = catalog_.find(kind, section.plugin);
  if (!plugin)
    return failure(ErrorCode::not_found, "opening " + section.name + ": no plugin is called " + section.plugin,
                   "`patchbay plugin list` shows those that can be loaded, and why others cannot");
  return plugin;
}

Status Running::open_destinations() {
  const auto known = PATCHBAY_TRY(reader_->destinations());
  for (const config::Section& section : settings_.destinations) {
    const plugin::Plugin* plugin = PATCHBAY_TRY(plugin_of(plugin::PluginKind::sink, section));
    net::AddressGuard guard = PATCHBAY_TRY(net::AddressGuard::allowing(section.allow_private));
    auto destination = std::make_unique<Destination>(*shared_, section, *plugin, std::move(guard), *dispatcher_,
                                                     settings_.business.region, *client_);
    if (Status opened = destination->open(); !opened)
      return failure(std::move(opened.error()).while_doing("opening the destination " + section.name));
    delivery::DestinationSettings delivered = delivery_settings(destination_ids_[section.name], section);
    const auto row = std::ranges::find(known, delivered.id, &store::DestinationRow::id);
    if (row != known.end() && row->disabled_at) {
      delivered.disabled_for = row->disabled_for;
      log_.warning("the destination is disabled", {{"destination", section.name},
                                                   {"since", rfc3339(*row->disabled_at)},
                                                   {"reason", row->disabled_for},
                                                   {"remedy", remedy_of_disabled(section.name)}});
    }
    dispatcher_->add_destination(std::move(delivered), *destination);
    // The dispatcher shall not meet a sink that only starts.
    std::promise<Status> started;
    destination->start([&started](const Status& status) { started.set_value(status); });
    destinations_.push_back(std::move(destination));
    if (Status status = started.get_future().get(); !status)
      return failure(std::move(status.error()).while_doing("starting the destination " + section.name));
  }
  return {};
}

Status Running::open_channels() {
  for (const config::Section& section : settings_.channels) {
    const plugin::Plugin* plugin = PATCHBAY_TRY(plugin_of(plugin::PluginKind::channel, section));
    net::AddressGuard guard = PATCHBAY_TRY(net::AddressGuard::allowing(section.allow_private));
    const auto source = std::ranges::find(sources_, channel_ids_[section.name], &intake::Source::id);
    auto channel = std::make_unique<Channel>(*shared_, *inbound_, section, *plugin, std::move(guard), *source);
    if (Status opened = channel->open(); !opened)
      return failure(std::move(opened.error()).while_doing("opening the channel " + section.name));
    if (auto sender = channel->sender()) queue_->add(std::move(*sender), *channel);
    if (plugin->manifest.endpoint) {
      if (!settings_.public_listener)
        return failure(ErrorCode::invalid,
                       "opening the channel " + section.name +
                           ": its connector receives webhooks, and there is no "
                           "public listener",
                       "add listen.public with address and url to the settings");
      std::optional<api::Verification> verification;
      if (const auto& declared = plugin->manifest.signature)
        verification = PATCHBAY_TRY(verification_of(*declared, section));
      hooks_.add(section.name, *channel, std::move(verification));
    }
    channels_.push_back(std::move(channel));
  }
  return {};
}

}  // namespace patchbay::gateway
