#include "gateway/metrics.hpp"

namespace patchbay::gateway {
namespace {

using telemetry::Sample;
using telemetry::SampleKind;

template <class Owner>
struct Figure {
  const char* name;
  const char* help;
  SampleKind kind;
  std::uint64_t Owner::*value;
};

constexpr Figure<api::ChannelStatus> channel_figures[] = {
    {"interactions_accepted_total", "Interactions that were new", SampleKind::counter, &api::ChannelStatus::accepted},
    {"duplicates_total", "Interactions and facts that were known already", SampleKind::counter,
     &api::ChannelStatus::duplicates},
    {"edits_total", "Interactions whose content changed at the source", SampleKind::counter,
     &api::ChannelStatus::edits},
    {"facts_parked_total", "Facts that came before their interaction", SampleKind::counter,
     &api::ChannelStatus::parked},
    {"quarantined_total", "Originals that could not become interactions", SampleKind::counter,
     &api::ChannelStatus::quarantined},
    {"requests_forged_total", "Webhook requests refused for their signature", SampleKind::counter,
     &api::ChannelStatus::refused},
    {"outbound_in_memory", "Messages that wait to be sent, as far as the queue holds them", SampleKind::gauge,
     &api::ChannelStatus::outbound_waiting},
    {"outbound_sent_total", "Messages that the provider took", SampleKind::counter, &api::ChannelStatus::outbound_sent},
    {"outbound_retried_total", "Attempts at sending that will be repeated", SampleKind::counter,
     &api::ChannelStatus::outbound_retried},
    {"outbound_failed_total", "Messages given up on", SampleKind::counter, &api::ChannelStatus::outbound_failed},
    {"outbound_uncertain_total", "Messages that may have been sent or not", SampleKind::counter,
     &api::ChannelStatus::outbound_uncertain},
    {"outbound_refused_total", "Messages that were not to be sent", SampleKind::counter,
     &api::ChannelStatus::outbound_refused},
};

constexpr Figure<api::DestinationStatus> destination_figures[] = {
    {"deliveries_in_memory", "Open deliveries that the dispatcher holds", SampleKind::gauge,
     &api::DestinationStatus::waiting},
    {"deliveries_in_flight", "Requests under way", SampleKind::gauge, &api::DestinationStatus::in_flight},
    {"delivery_attempts_total", "Requests sent to the destination", SampleKind::counter,
     &api::DestinationStatus::attempts},
    {"deliveries_delivered_total", "Events taken by the destination", SampleKind::counter,
     &api::DestinationStatus::delivered},
    {"deliveries_retried_total", "Attempts that will be repeated", SampleKind::counter,
     &api::DestinationStatus::retried},
    {"dead_letters_total", "Events given up on", SampleKind::counter, &api::DestinationStatus::dead},
};

}  // namespace

std::vector<std::shared_ptr<void>> collect_metrics(telemetry::Metrics& metrics, const api::Control& control,
                                                   const intake::Committer& committer, const net::HttpServer& admin,
                                                   const net::HttpServer* public_server) {
  std::vector<std::shared_ptr<void>> handles;
  for (const auto& figure : channel_figures)
    handles.push_back(metrics.collect(figure.name, figure.help, figure.kind, [&control, value = figure.value] {
      std::vector<Sample> samples;
      for (const api::ChannelStatus& channel : control.status().channels)
        samples.push_back({{{"channel", channel.name}}, static_cast<double>(channel.*value)});
      return samples;
    }));
  for (const auto& figure : destination_figures)
    handles.push_back(metrics.collect(figure.name, figure.help, figure.kind, [&control, value = figure.value] {
      std::vector<Sample> samples;
      for (const api::DestinationStatus& destination : control.status().destinations)
        samples.push_back({{{"destination", destination.name}}, static_cast<double>(destination.*value)});
      return samples;
    }));
  const auto single = [&](const char* name, const char* help, SampleKind kind, auto read) {
    handles.push_back(metrics.collect(name, help, kind, [read] {
      return std::vector<Sample>{{{}, static_cast<double>(read())}};
    }));
  };
  single("commits_total", "Transactions made durable", SampleKind::counter,
         [&committer] { return committer.counts().commits; });
  single("commit_failures_total", "Pieces of work that the store could not take", SampleKind::counter,
         [&committer] { return committer.counts().failures; });
  single("commits_waiting", "Pieces of work that wait for the next transaction", SampleKind::gauge,
         [&committer] { return committer.counts().waiting; });

  handles.push_back(
      metrics.collect("http_connections_open", "Connections to a listener", SampleKind::gauge, [&admin, public_server] {
        std::vector<Sample> samples{{{{"listener", "admin"}}, static_cast<double>(admin.counts().connections_open)}};
        if (public_server)
          samples.push_back({{{"listener", "public"}}, static_cast<double>(public_server->counts().connections_open)});
        return samples;
      }));
  return handles;
}

}  // namespace patchbay::gateway
