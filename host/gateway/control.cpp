// What the administrator asks and orders: api::Control.
#include "base/version.hpp"
#include "gateway/running.hpp"

#include <algorithm>

namespace patchbay::gateway {
namespace {

// What was told when it changed, as it is by now: time ends a rest and a pause, though nothing may be there to be sent.
delivery::Standing at_present(delivery::Standing standing, TimePoint now) {
  if (standing.until > now) return standing;
  if (standing.state == delivery::GateState::resting) return {};
  if (standing.state == delivery::GateState::paused)
    return {.state = delivery::GateState::probing, .until = {}, .reason = std::move(standing.reason)};
  return standing;
}

template <class Part>
Part* find_named(const std::vector<std::unique_ptr<Part>>& parts, std::string_view name) {
  const auto found = std::ranges::find_if(parts, [&](const auto& part) { return part->name() == name; });
  return found == parts.end() ? nullptr : found->get();
}

template <class Part>
Status resume(Part* part, std::string_view kind, const std::string& name) {
  if (part == nullptr)
    return failure(ErrorCode::not_found, "resuming: no " + std::string(kind) + " is called " + name,
                   "`patchbay " + std::string(kind) + " list` shows them all");
  if (!part->resume())
    return failure(ErrorCode::conflict, "resuming: " + name + " runs, or is just being started",
                   "see `patchbay " + std::string(kind) + " list`");
  return {};
}

}  // namespace

api::GatewayStatus Running::status() const {
  api::GatewayStatus status{.version = version,
                            .store_id = store_->id(),
                            .started_at = started_at_,
                            .ready = ready_ && !damaged(),
                            .channels = {}};
  for (const auto& channel : channels_) {
    const ChannelCounts counts = channel->counts();
    const intake::Source& source = channel->source();
    const LifeStanding standing = channel->standing();
    const outbound::QueueCounts sending = queue_->counts(source.id);
    status.channels.push_back({.name = source.name,
                               .connector = source.connector,
                               .state = std::string(name_of(standing.state)),
                               .reason = standing.reason,
                               .accepted = counts.accepted,
                               .duplicates = counts.duplicates,
                               .edits = counts.edits,
                               .parked = counts.parked,
                               .quarantined = counts.quarantined,
                               .refused = hooks_.counts(source.name).refused,
                               .outbound_waiting = sending.in_memory,
                               .outbound_in_flight = sending.in_flight,
                               .outbound_sent = sending.sent,
                               .outbound_retried = sending.retried,
                               .outbound_failed = sending.failed,
                               .outbound_uncertain = sending.uncertain,
                               .outbound_refused = sending.refused,
                               .outbound_rests = sending.rests});
    status.ready = status.ready && standing.state == LifeState::ready;
  }
  for (const config::Section& section : settings_.destinations) {
    const delivery::DispatcherCounts counts = dispatcher_->counts(destination_ids_.at(section.name));
    const delivery::Standing standing = at_present(counts.standing, clock_.now());
    const bool disabled = standing.state == delivery::GateState::disabled;
    const bool waits = standing.until != TimePoint{};
    const LifeStanding sink = find_named(destinations_, section.name)->standing();
    const bool sink_runs = sink.state == LifeState::ready;
    status.ready = status.ready && sink_runs;
    status.destinations.push_back({.name = section.name,
                                   .sink = section.plugin,
                                   .state = std::string(sink_runs ? name_of(standing.state) : name_of(sink.state)),
                                   .reason = sink_runs ? standing.reason : sink.reason,
                                   .remedy = disabled ? remedy_of_disabled(section.name) : std::string(),
                                   .until = waits ? std::optional(standing.until) : std::nullopt,
                                   .waiting = counts.in_memory,
                                   .in_flight = counts.in_flight,
                                   .attempts = counts.attempts,
                                   .delivered = counts.delivered,
                                   .retried = counts.retried,
                                   .dead = counts.dead});
  }
  return status;
}

void Running::replay(store::QuarantineId id, std::function<void(Status)> replayed) {
  Result<store::Quarantine> quarantine = [&]() -> Result<store::Quarantine> {
    const std::lock_guard lock(reader_mutex_);
    return reader_->show_quarantine(id);
  }();
  if (!quarantine) return replayed(failure(quarantine.error()));
  if (quarantine->state == store::QuarantineState::replayed)
    return replayed(failure(ErrorCode::conflict, "replaying: " + store::public_id(id) + " was replayed before",
                            "see `patchbay quarantine show " + store::public_id(id) + "`"));
  for (const auto& channel : channels_)
    if (channel->source().id == quarantine->channel)
      return channel->replay(std::move(*quarantine), std::move(replayed));
  replayed(failure(ErrorCode::not_found, "replaying: its channel " + quarantine->channel_name + " is not configured",
                   "add the channel to the settings again"));
}

Result<store::DestinationId> Running::destination_named(const std::string& name) const {
  const auto found = destination_ids_.find(name);
  if (found != destination_ids_.end()) return found->second;
  return failure(ErrorCode::not_found, "opening deliveries: no destination is called " + name,
                 "`patchbay status` lists those in the settings");
}

void Running::replay_deliveries(api::ReplayRequest request, Openings::Done opened) {
  if (request.filter.destination)
    if (auto known = destination_named(*request.filter.destination); !known) return opened(failure(known.error()));
  openings_->replay(std::move(request), std::move(opened));
}

// What the routes bring to the destination, of the channels that are asked for.
Result<store::Filling> Running::filling_of(const api::FillRequest& request) const {
  const store::DestinationId destination = PATCHBAY_TRY(destination_named(request.destination));
  store::Filling filling{.destination = destination, .channels = {}, .since = request.since, .until = request.until};
  const auto& asked = request.channels;
  for (const auto& [name, id] : channel_ids_) {
    const auto route = routes_.find(id);
    if (route == routes_.end()) continue;
    for (const intake::Target& target : route->second)
      if (target.destination == filling.destination &&
          (asked.empty() || std::find(asked.begin(), asked.end(), name) != asked.end()))
        filling.channels.emplace_back(id, target.historical);
  }
  if (filling.channels.size() < std::max<std::size_t>(asked.size(), 1))
    return failure(ErrorCode::not_found,
                   "filling " + request.destination + ": no route leads to it from " +
                       (asked.empty() ? std::string("anywhere") : "all of the channels that were named"),
                   "name channels that the settings route to it");
  return filling;
}

void Running::fill_destination(api::FillRequest request, Openings::Done opened) {
  auto filling = filling_of(request);
  if (!filling) return opened(failure(filling.error()));
  openings_->fill(std::move(*filling), std::move(opened));
}

Status Running::resume_channel(const std::string& name) { return resume(find_named(channels_, name), "channel", name); }

Status Running::resume_destination(const std::string& name) {
  return resume(find_named(destinations_, name), "destination", name);
}

void Running::enable_destination(const std::string& name, std::function<void(Status)> enabled) {
  const auto found = destination_ids_.find(name);
  if (found == destination_ids_.end())
    return enabled(failure(ErrorCode::not_found, "enabling: no destination is called " + name,
                           "`patchbay destination list` shows them all"));
  committer_->add({.write = [id = found->second](store::Writer& writer) { return writer.enable_destination(id); },
                   .done =
                       [this, id = found->second, enabled = std::move(enabled)](Status status) {
                         if (status) dispatcher_->enable(id);
                         enabled(std::move(status));
                       },
                   .durable = {}});
}

}  // namespace patchbay::gateway
