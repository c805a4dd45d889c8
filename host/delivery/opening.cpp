#include "delivery/opening.hpp"

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

namespace patchbay::delivery {
namespace {

using nlohmann::json;
using store::Opened;
using store::Progress;
using store::Stretch;

json time_json(const std::optional<TimePoint>& time) { return time ? json(rfc3339(*time)) : json(); }

// One spelling for one task: JSON sorts its keys.
std::string task_of(const store::DeliveryFilter& filter) {
  return json{{"task", "replay"},
              {"destination", filter.destination ? json(*filter.destination) : json()},
              {"state", filter.state ? json(store::name_of(*filter.state)) : json()},
              {"since", time_json(filter.since)},
              {"until", time_json(filter.until)},
              {"reason", filter.reason ? json(*filter.reason) : json()},
              {"contact", filter.contact ? json(store::number(*filter.contact)) : json()}}
      .dump();
}

std::string task_of(const store::Filling& filling) {
  json channels = json::array();
  for (const auto& [channel, historical] : filling.channels)
    channels.push_back({store::number(channel), historical == store::Historical::include});
  return json{{"task", "fill"},
              {"destination", store::number(filling.destination)},
              {"channels", std::move(channels)},
              {"since", time_json(filling.since)},
              {"until", time_json(filling.until)}}
      .dump();
}

Result<OpeningStep> step(store::Writer& writer, const std::string& task, TimePoint now,
                         const std::function<Result<Opened>(const Stretch&)>& open) {
  const auto known = PATCHBAY_TRY(writer.progress(task));
  Progress progress = known.value_or(Progress{{}, writer.last_event(), 0, now});
  Opened opened = PATCHBAY_TRY(open({progress.after, progress.last, step_size}));
  progress.after = opened.after;
  progress.deliveries += opened.deliveries;
  const bool finished = progress.after >= progress.last;
  PATCHBAY_CHECK(writer.put_progress(task, finished ? std::nullopt : std::optional(progress)));
  return OpeningStep{std::move(opened), progress, finished};
}

}  // namespace

Result<OpeningStep> replay_step(store::Writer& writer, const store::DeliveryFilter& filter, TimePoint now) {
  return step(writer, task_of(filter), now,
              [&](const Stretch& stretch) { return writer.reopen_deliveries(filter, stretch, now); });
}

Result<OpeningStep> fill_step(store::Writer& writer, const store::Filling& filling, TimePoint now) {
  return step(writer, task_of(filling), now,
              [&](const Stretch& stretch) { return writer.fill_deliveries(filling, stretch, now); });
}

Result<OpeningStep> replay_events(store::Writer& writer, store::DeliveryFilter filter,
                                  std::span<const store::EventId> events, TimePoint now) {
  OpeningStep all{.opened = {}, .progress = {{}, writer.last_event(), 0, now}, .finished = true};
  for (const store::EventId event : events.first(std::min(events.size(), step_size))) {
    filter.event = event;
    const Opened one = PATCHBAY_TRY(writer.reopen_deliveries(filter, {{}, event, step_size}, now));
    all.opened.deliveries += one.deliveries;
    all.opened.first.insert(all.opened.first.end(), one.first.begin(), one.first.end());
  }
  all.progress.deliveries = all.opened.deliveries;
  return all;
}

}  // namespace patchbay::delivery
