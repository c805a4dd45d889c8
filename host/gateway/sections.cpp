// Opening what the settings name: channels, destinations, and the routes between them.
#include "gateway/running.hpp"

#include <algorithm>
#include <future>

namespace patchbay::gateway {

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

namespace {

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
Result<Running::Layout> Running::lay_out(const config::Settings& settings, store::Writer& writer) {
  Layout layout;
  for (const config::Section& section : settings.channels) {
    const store::ChannelId id = PATCHBAY_TRY(writer.channel(section.name, section.plugin));
    layout.channels[section.name] = id;
    layout.sources.push_back({id, section.name, section.plugin, settings.business.region});
  }
  for (const config::Section& section : settings.destinations)
    layout.destinations[section.name] = PATCHBAY_TRY(writer.destination(section.name, section.plugin));

  for (const config::Route& route : settings.routes)
    for (const auto& [name, id] : layout.channels)
      if (route.from.empty() || std::find(route.from.begin(), route.from.end(), name) != route.from.end()) {
        std::vector<intake::Target>& targets = layout.routes[id];
        const intake::Target target{layout.destinations.at(route.to),
                                    route.historical ? intake::Historical::include : intake::Historical::leave_out};
        const auto same = std::find_if(targets.begin(), targets.end(), [&](const intake::Target& other) {
          return other.destination == target.destination;
        });
        if (same == targets.end())
          targets.push_back(target);
        else if (route.historical)
          same->historical = intake::Historical::include;  // one of two routes to the same place wants it
      }
  layout.own = PATCHBAY_TRY(intake::OwnAddresses::from(settings.business.own, settings.business.region));
  return layout;
}

Status Running::number_sections() {
  store::Writer& writer = store_->writer();
  PATCHBAY_CHECK(writer.begin());
  layout_ = PATCHBAY_TRY(lay_out(settings_, writer));
  return writer.commit();
}

Result<const plugin::Plugin*> Running::plugin_of(plugin::PluginKind kind, const config::Section& section) const {
  const plugin::Plugin* plugin = shared_->catalog->find(kind, section.plugin);
  if (!plugin)
    return failure(ErrorCode::not_found, "opening " + section.name + ": no plugin is called " + section.plugin,
                   "`patchbay plugin list` shows those that can be loaded, and why others cannot");
  return plugin;
}

Result<Authorisation> Running::authorisation_of(api::Side side, const config::Section& section,
                                                const store::GrantOwner& owner) {
  if (!section.oauth2) return Authorisation{};
  const std::lock_guard lock(reader_mutex_);
  auto keeper = PATCHBAY_TRY(grants_->keeper(side, section, owner, *reader_));
  return Authorisation{std::move(keeper), section.oauth2->handle};
}

Result<std::unique_ptr<Destination>> Running::open_destination(const config::Section& section, const Layout& layout) {
  const plugin::Plugin* plugin = PATCHBAY_TRY(plugin_of(plugin::PluginKind::sink, section));
  net::AddressGuard guard = PATCHBAY_TRY(net::AddressGuard::allowing(section.allow_private));
  Authorisation authorisation =
      PATCHBAY_TRY(authorisation_of(api::Side::destination, section, layout.destinations.at(section.name)));
  auto destination = std::make_unique<Destination>(*shared_, section, *plugin, std::move(guard), *dispatcher_,
                                                   settings_.business.region, *client_, std::move(authorisation));
  if (Status opened = destination->open(); !opened)
    return failure(std::move(opened.error()).while_doing("opening the destination " + section.name));
  return destination;
}

// Starts it, and lets the dispatcher send to it.
Status Running::add_destination(const config::Section& section, const Layout& layout, Destination& destination,
                                std::optional<std::string> disabled) {
  delivery::DestinationSettings delivered = delivery_settings(layout.destinations.at(section.name), section);
  delivered.disabled_for = std::move(disabled);
  // The dispatcher shall not meet a sink that only starts.
  std::promise<Status> started;
  destination.start([&started](const Status& status) { started.set_value(status); });
  if (Status status = started.get_future().get(); !status)
    return failure(std::move(status.error()).while_doing("starting the destination " + section.name));
  dispatcher_->add_destination(std::move(delivered), destination);
  return {};
}

Status Running::open_destinations() {
  const auto known = PATCHBAY_TRY(reader_->destinations());
  for (const config::Section& section : settings_.destinations) {
    auto destination = PATCHBAY_TRY(open_destination(section, layout_));
    std::optional<std::string> disabled;
    const auto row = std::ranges::find(known, section.name, &store::DestinationRow::name);
    if (row != known.end() && row->disabled_at) {
      disabled = row->disabled_for;
      log_.warning("the destination is disabled", {{"destination", section.name},
                                                   {"since", rfc3339(*row->disabled_at)},
                                                   {"reason", row->disabled_for},
                                                   {"remedy", remedy_of_disabled(section.name)}});
    }
    destinations_.push_back(std::move(destination));
    PATCHBAY_CHECK(add_destination(section, layout_, *destinations_.back(), std::move(disabled)));
  }
  return {};
}

Result<std::unique_ptr<Channel>> Running::open_channel(const config::Section& section, const Layout& layout) {
  const plugin::Plugin* plugin = PATCHBAY_TRY(plugin_of(plugin::PluginKind::channel, section));
  net::AddressGuard guard = PATCHBAY_TRY(net::AddressGuard::allowing(section.allow_private));
  if (plugin->manifest.endpoint && !settings_.public_listener)
    return failure(ErrorCode::invalid,
                   "opening the channel " + section.name +
                       ": its connector receives webhooks, and there is no "
                       "public listener",
                   "add listen.public with address and url to the settings");
  if (const auto& declared = plugin->manifest.signature) PATCHBAY_CHECK(verification_of(*declared, section));
  const auto source = std::ranges::find(layout.sources, section.name, &intake::Source::name);
  Authorisation authorisation = PATCHBAY_TRY(authorisation_of(api::Side::channel, section, source->id));
  auto channel = std::make_unique<Channel>(*shared_, *inbound_, section, *plugin, std::move(guard), *source,
                                           std::move(authorisation));
  if (Status opened = channel->open(); !opened)
    return failure(std::move(opened.error()).while_doing("opening the channel " + section.name));
  return channel;
}

// Lets requests come to it, and messages go out through it.
Status Running::add_channel(const config::Section& section, Channel& channel) {
  const plugin::Plugin* plugin = PATCHBAY_TRY(plugin_of(plugin::PluginKind::channel, section));
  if (auto sender = channel.sender())
    queue_->add(std::move(*sender), channel);
  else
    queue_->remove(channel.source().id);  // as it may have been before
  if (!plugin->manifest.endpoint) {
    hooks_.remove(section.name);
    return {};
  }
  std::optional<api::Verification> verification;
  if (const auto& declared = plugin->manifest.signature)
    verification = PATCHBAY_TRY(verification_of(*declared, section));
  hooks_.add(section.name, channel, std::move(verification));
  return {};
}

std::string Running::reason_of_pause(const std::string& name, TimePoint since) {
  return "by the operator, since " + rfc3339(since) + "; `patchbay channel resume " + name + "` starts it again";
}

Status Running::open_channels() {
  const auto known = PATCHBAY_TRY(reader_->channels());
  for (const config::Section& section : settings_.channels) {
    channels_.push_back(PATCHBAY_TRY(open_channel(section, layout_)));
    PATCHBAY_CHECK(add_channel(section, *channels_.back()));
    const auto row = std::ranges::find(known, section.name, &store::ChannelRow::name);
    if (row != known.end() && row->paused_at) {
      queue_->hold(row->id, [] {});
      channels_.back()->pause(reason_of_pause(section.name, *row->paused_at), [] {});
    }
  }
  return {};
}

}  // namespace patchbay::gateway
