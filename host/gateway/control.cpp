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

// Its plugin runs, and can do nothing.
template <class PartStatus>
void show(const oauth2::Standing& lacks, api::GatewayStatus& status, PartStatus& part) {
  status.ready = false;
  part.state = "unauthorised";
  part.reason = lacks.reason;
}

template <class Part>
Part* find_named(const std::vector<std::unique_ptr<Part>>& parts, std::string_view name) {
  const auto found = std::ranges::find_if(parts, [&](const auto& part) { return part->name() == name; });
  return found == parts.end() ? nullptr : found->get();
}

tl::unexpected<Error> not_found(std::string_view doing, std::string_view kind, const std::string& name) {
  return failure(ErrorCode::not_found, std::string(doing) + ": no " + std::string(kind) + " is called " + name,
                 "`patchbay " + std::string(kind) + " list` shows them all");
}

tl::unexpected<Error> runs_already(std::string_view kind, const std::string& name) {
  return failure(ErrorCode::conflict, "resuming: " + name + " runs, or is just being started",
                 "see `patchbay " + std::string(kind) + " list`");
}

}  // namespace

api::GatewayStatus Running::status() const {
  api::GatewayStatus status{.version = version,
                            .store_id = store_->id(),
                            .started_at = started_at_,
                            .ready = ready_ && !damaged() && identities_.ready(),
                            .channels = {}};
  const std::shared_lock lock(composition_);
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
    status.ready = status.ready && (standing.state == LifeState::ready || standing.state == LifeState::paused);
    if (const auto lacks = channel->unauthorised(); lacks && standing.state == LifeState::ready)
      show(*lacks, status, status.channels.back());
  }
  for (const auto& destination : destinations_) {
    const std::string& name = destination->name();
    const delivery::DispatcherCounts counts = dispatcher_->counts(layout_.destinations.at(name));
    const delivery::Standing standing = at_present(counts.standing, clock_.now());
    const bool disabled = standing.state == delivery::GateState::disabled;
    const bool waits = standing.until != TimePoint{};
    const LifeStanding sink = destination->standing();
    const bool sink_runs = sink.state == LifeState::ready;
    status.ready = status.ready && sink_runs;
    status.destinations.push_back({.name = name,
                                   .sink = destination->plugin().manifest.name,
                                   .state = std::string(sink_runs ? name_of(standing.state) : name_of(sink.state)),
                                   .reason = sink_runs ? standing.reason : sink.reason,
                                   .remedy = disabled ? remedy_of_disabled(name) : std::string(),
                                   .until = waits ? std::optional(standing.until) : std::nullopt,
                                   .waiting = counts.in_memory,
                                   .in_flight = counts.in_flight,
                                   .attempts = counts.attempts,
                                   .delivered = counts.delivered,
                                   .retried = counts.retried,
                                   .dead = counts.dead});
    if (const auto lacks = destination->unauthorised(); lacks && sink_runs)
      show(*lacks, status, status.destinations.back());
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
  Channel* channel = nullptr;
  {
    const std::shared_lock lock(composition_);
    channel = find_named(channels_, quarantine->channel_name);
  }
  if (channel != nullptr) return channel->replay(std::move(*quarantine), std::move(replayed));
  replayed(failure(ErrorCode::not_found, "replaying: its channel " + quarantine->channel_name + " is not configured",
                   "add the channel to the settings again"));
}

Result<store::DestinationId> Running::destination_named(const std::string& name) const {
  const std::shared_lock lock(composition_);
  const auto found = layout_.destinations.find(name);
  if (found != layout_.destinations.end()) return found->second;
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
  const std::shared_lock lock(composition_);
  for (const auto& [name, id] : layout_.channels) {
    const auto route = layout_.routes.find(id);
    if (route == layout_.routes.end()) continue;
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

void Running::correct(intake::Correction correction,
                      std::function<void(Result<std::vector<store::ContactId>>)> corrected) {
  auto recorded = std::make_shared<intake::Recorded>();
  committer_->add({.write = [this, recorded, correction = std::move(correction)](store::Writer& writer) -> Status {
                     *recorded = PATCHBAY_TRY(recorder_->correct(writer, correction, clock_.now()));
                     return {};
                   },
                   .done =
                       [this, recorded, corrected = std::move(corrected)](const Status& status) {
                         if (!status) return corrected(failure(status.error()));
                         enqueue(*dispatcher_, std::move(recorded->steps));
                         corrected(std::move(recorded->contacts));
                       },
                   .durable = [this, recorded] { join_lanes(*dispatcher_, recorded->steps); }});
}

// It is paused for the store first: a restart in between must not forget it.
void Running::pause_channel(const std::string& name, std::function<void(Status)> paused) {
  const auto id = channel_named(name);
  if (!id) return paused(not_found("pausing", "channel", name));
  const TimePoint since = clock_.now();
  committer_->add({.write = [id = *id, since](store::Writer& writer) { return writer.pause_channel(id, since); },
                   .done =
                       [this, id = *id, name, since, paused = std::move(paused)](Status status) {
                         if (!status) return paused(std::move(status));
                         queue_->hold(id, [this, name, since] {
                           const std::shared_lock lock(composition_);
                           if (Channel* channel = find_named(channels_, name))
                             channel->pause(reason_of_pause(name, since), [] {});
                         });
                         paused({});
                       },
                   .durable = {}});
}

void Running::resume_channel(const std::string& name, std::function<void(Status)> resumed) {
  const auto id = channel_named(name);
  if (!id) return resumed(not_found("resuming", "channel", name));
  committer_->add({.write = [id = *id](store::Writer& writer) { return writer.pause_channel(id, std::nullopt); },
                   .done =
                       [this, name, resumed = std::move(resumed)](Status status) {
                         if (status) status = start_again(name);
                         resumed(std::move(status));
                       },
                   .durable = {}});
}

Status Running::start_again(const std::string& name) {
  const std::shared_lock lock(composition_);
  Channel* channel = find_named(channels_, name);
  if (channel == nullptr) return not_found("resuming", "channel", name);
  if (!channel->resume()) return runs_already("channel", name);
  if (auto sender = channel->sender()) queue_->add(std::move(*sender), *channel);
  return {};
}

std::optional<store::ChannelId> Running::channel_named(const std::string& name) const {
  const std::shared_lock lock(composition_);
  const auto found = layout_.channels.find(name);
  return found == layout_.channels.end() ? std::nullopt : std::optional(found->second);
}

Status Running::resume_destination(const std::string& name) {
  const std::shared_lock lock(composition_);
  Destination* destination = find_named(destinations_, name);
  if (destination == nullptr) return not_found("resuming", "destination", name);
  if (!destination->resume()) return runs_already("destination", name);
  return {};
}

void Running::enable_destination(const std::string& name, std::function<void(Status)> enabled) {
  std::optional<store::DestinationId> id;
  {
    const std::shared_lock lock(composition_);
    if (const auto found = layout_.destinations.find(name); found != layout_.destinations.end()) id = found->second;
  }
  if (!id) return enabled(not_found("enabling", "destination", name));
  committer_->add({.write = [id](store::Writer& writer) { return writer.enable_destination(*id); },
                   .done =
                       [this, id, enabled = std::move(enabled)](Status status) {
                         if (status) dispatcher_->enable(*id);
                         enabled(std::move(status));
                       },
                   .durable = {}});
}

}  // namespace patchbay::gateway
