#include "gateway/channel.hpp"

#include "base/fault_points.hpp"
#include "gateway/outbound.hpp"

#include <patchbay/bytes.hpp>

#include "net/http_url.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace patchbay::gateway {
namespace {

pb_code code_of(ErrorCode code) { return code == ErrorCode::invalid ? PB_PERMANENT : PB_TRANSIENT; }

// How soon a provider may come again when the store could not take what it brought.
constexpr const char* retry_after_seconds = "5";

net::ServerResponse not_now() {
  return {503,
          {{"content-type", "text/plain; charset=utf-8"}, {"retry-after", retry_after_seconds}},
          "the gateway cannot take this now; try again\n"};
}

// The hosts that a channel may call: those its manifest names, and those in the operator's settings.
void add_hosts(const nlohmann::json& settings, std::set<std::string, std::less<>>& hosts) {
  if (settings.is_string()) {
    if (auto url = net::HttpUrl::parse(settings.get_ref<const std::string&>())) hosts.insert(std::move(url->host));
  }
  if (settings.is_structured())
    for (const nlohmann::json& inside : settings) add_hosts(inside, hosts);
}

}  // namespace

std::string_view name_of(ChannelState state) {
  switch (state) {
    case ChannelState::starting:
      return "starting";
    case ChannelState::ready:
      return "ready";
    case ChannelState::failed:
      return "failed";
    case ChannelState::stopping:
      break;
  }
  return "stopping";
}

void join_lanes(delivery::Dispatcher& dispatcher, const std::vector<intake::Step>& steps) {
  for (const intake::Step& step : steps)
    if (const auto* join = std::get_if<intake::LaneJoin>(&step)) dispatcher.join_lanes(join->from, join->into);
}

void enqueue(delivery::Dispatcher& dispatcher, std::vector<intake::Step> steps) {
  std::vector<store::OpenDelivery> deliveries;
  deliveries.reserve(steps.size());
  for (intake::Step& step : steps)
    if (auto* delivery = std::get_if<store::OpenDelivery>(&step)) deliveries.push_back(std::move(*delivery));
  if (!deliveries.empty()) dispatcher.enqueue(std::move(deliveries));
}

// What one submission needs from its decoding to the end of its commit.
struct Channel::Submitted {
  intake::Submission submission;
  TimePoint received_at{};
  intake::Recorded recorded;
  std::optional<store::QuarantineId> replays;
};

Channel::Channel(Shared& shared, Inbound& inbound, const config::Section& section, const plugin::Plugin& plugin,
                 net::AddressGuard guard, store::ChannelId id)
    : CommonServices(shared, section.name, section.secrets, plugin.manifest.capabilities, std::move(guard),
                     section.ca_file),
      inbound_(inbound),
      plugin_(plugin),
      source_{id, section.name, plugin.manifest.name} {
  add_hosts(section.settings, hosts_);
  constexpr std::string_view http = "http:";
  for (const std::string& capability : plugin.manifest.capabilities)
    if (capability.starts_with(http)) hosts_.emplace(capability.substr(http.size()));
}

Status Channel::open(plugin::Catalog& catalog, const config::Section& section, std::string_view region) {
  source_.region = region;
  instance_ = PATCHBAY_TRY(catalog.open(plugin_, open_settings(section, region, credit), *this, nullptr));
  return {};
}

void Channel::start() {
  instance_->start([this](Status started) {
    if (started) {
      state_ = ChannelState::ready;
      shared_.log.info("channel ready", {{"channel", name_}, {"connector", source_.connector}});
      return;
    }
    fail(started.error());
  });
}

// The instance has ended by itself, so the channel is failed until the gateway is started again.
void Channel::lost(const Error& why) { fail(why); }

void Channel::fail(const Error& why) {
  {
    const std::lock_guard lock(mutex_);
    reason_ = why.text();
  }
  state_ = ChannelState::failed;
  shared_.log.error("channel failed: " + why.text(), {{"channel", name_}, {"connector", source_.connector}});
}

void Channel::stop(std::function<void()> stopped) {
  state_ = ChannelState::stopping;
  instance_->stop([this, stopped = std::move(stopped)](const Status& status) {
    if (!status) shared_.log.warning("stopping: " + status.error().text(), {{"channel", name_}});
    stopped();
  });
}

void Channel::close() { instance_->close(); }

std::string Channel::reason() const {
  const std::lock_guard lock(mutex_);
  return reason_;
}

ChannelCounts Channel::counts() const { return {accepted_, duplicates_, edits_, parked_, quarantined_, busy_}; }

void Channel::count(const intake::Counts& counts) {
  accepted_ += counts.accepted;
  duplicates_ += counts.duplicates;
  edits_ += counts.edits;
  parked_ += counts.parked;
  quarantined_ += counts.quarantined;
}

void Channel::receive(plugin::HttpRequest request) {
  if (state_ != ChannelState::ready) return inbound_.hooks.answer(request.id, not_now());
  instance_->receive(std::move(request));
}

void Channel::send(const outbound::Message& message) {
  if (state_ == ChannelState::ready) return instance_->send(to_plugin(message));
  inbound_.queue.sent({.token = message.token,
                       .trouble = outbound::Trouble::not_connected,
                       .external_id = {},
                       .occurred_at = {},
                       .until = {},
                       .reason = "the channel is " + std::string(name_of(state_)),
                       .remedy = "see `patchbay channel list`"});
}

void Channel::sent(const pb_sent& sent) { inbound_.queue.sent(from_plugin(sent)); }

std::optional<outbound::Sender> Channel::sender() const {
  if (!instance_->offers(PATCHBAY_EXT_SEND)) return std::nullopt;
  const plugin::SendingRules& rules = plugin_.manifest.sending;
  return outbound::Sender{
      .id = source_.id,
      .name = source_.name,
      .region = source_.region,
      .window = std::chrono::seconds{rules.window_s},
      .window_remedy = rules.window_remedy,
      .repeats = rules.idempotent ? outbound::Repeats::told_apart : outbound::Repeats::counted_twice};
}

pb_code Channel::submit(const pb_batch& batch) {
  if (state_ == ChannelState::stopping) return PB_STOPPING;
  if (in_flight_.fetch_add(1) >= credit) {
    --in_flight_;
    ++busy_;
    return PB_BUSY;
  }
  auto submitted = std::make_shared<Submitted>();
  Result<intake::Submission> decoded = intake::decode(batch);
  Status usable = decoded ? shelve(*decoded) : failure(decoded.error());
  if (!usable) {
    --in_flight_;
    shared_.log.error(usable.error().text(), {{"channel", name_}});
    return PB_BUG;
  }
  submitted->submission = std::move(*decoded);
  submitted->received_at = shared_.clock.now();
  {
    const std::lock_guard lock(mutex_);
    if (const auto replay = replays_.find(batch.token); replay != replays_.end())
      submitted->replays = replay->second.quarantine;
  }
  PATCHBAY_CRASH_POINT("channel.before_commit");
  if constexpr (mutant == Mutant::acknowledges_before_commit)
    if (const auto& answer = submitted->submission.answer)
      inbound_.hooks.answer(answer->request, {answer->status, answer->headers, answer->body});
  inbound_.committer.add(
      {.write = [this, submitted](store::Writer& writer) -> Status {
         submitted->recorded =
             PATCHBAY_TRY(inbound_.recorder.record(writer, source_, submitted->submission, submitted->received_at));
         if (submitted->replays) PATCHBAY_CHECK(writer.mark_replayed(*submitted->replays));
         return {};
       },
       .done = [this, submitted](Status status) { committed(*submitted, std::move(status)); },
       .durable = [this, submitted] { join_lanes(inbound_.dispatcher, submitted->recorded.steps); }});
  return PB_OK;
}

// Puts the content behind attachment handles in its place.
Status Channel::shelve(intake::Submission& submission) {
  for (intake::IncomingInteraction& incoming : submission.interactions) {
    for (std::size_t i = 0; i < incoming.attachment_handles.size(); ++i) {
      if (incoming.attachment_handles[i] == 0) continue;
      std::optional<std::string> content = shelf_.content(incoming.attachment_handles[i]);
      if (!content)
        return failure(
            ErrorCode::invalid,
            "reading a batch: no attachment has the handle " + std::to_string(incoming.attachment_handles[i]),
            "this is a mistake in the plugin; tell its author");
      incoming.interaction.attachments[i].size = content->size();
      incoming.interaction.attachments[i].data = std::move(*content);
    }
  }
  return {};
}

void Channel::committed(Submitted& submitted, Status status) {
  const std::optional<intake::Answer>& answer = submitted.submission.answer;
  plugin::Completion completion{.token = submitted.submission.token};
  if (status) {
    const intake::Counts& counts = submitted.recorded.counts;
    count(counts);
    completion.accepted = counts.accepted;
    completion.duplicates = counts.duplicates;
    completion.edits = counts.edits;
    completion.parked = counts.parked;
    for (const intake::IncomingInteraction& incoming : submitted.submission.interactions)
      for (const std::uint64_t handle : incoming.attachment_handles)
        if (handle != 0) static_cast<void>(shelf_.discard(handle));
    PATCHBAY_CRASH_POINT("channel.before_enqueue");
    enqueue(inbound_.dispatcher, std::move(submitted.recorded.steps));
  } else {
    shared_.log.error("committing: " + status.error().text(), {{"channel", name_}});
    completion.errors.push_back(
        {.code = code_of(status.error().code), .reason = status.error().reason, .remedy = status.error().remedy});
  }
  PATCHBAY_CRASH_POINT("channel.before_answer");
  if (answer)
    inbound_.hooks.answer(answer->request,
                          status ? net::ServerResponse{answer->status, answer->headers, answer->body} : not_now());
  PATCHBAY_CRASH_POINT("channel.after_answer");
  --in_flight_;

  std::function<void(Status)> replayed;
  if (submitted.replays) {
    const std::lock_guard lock(mutex_);
    if (auto node = replays_.extract(completion.token)) replayed = std::move(node.mapped().done);
  }
  instance_->complete(std::move(completion));
  if (replayed) replayed(std::move(status));
}

void Channel::replay(store::Quarantine quarantine, std::function<void(Status)> replayed) {
  if (!instance_->offers(PATCHBAY_EXT_REPLAY))
    return replayed(failure(ErrorCode::invalid,
                            "replaying: the connector " + source_.connector + " cannot take originals again",
                            "handle it by hand: `patchbay quarantine show` prints it"));
  if (state_ != ChannelState::ready)
    return replayed(failure(ErrorCode::unavailable, "replaying: the channel is " + std::string(name_of(state_)),
                            "try again when `patchbay channel list` shows it ready"));
  plugin::Original original{.token = 0,
                            .bytes = std::move(quarantine.original.bytes),
                            .media_type = std::move(quarantine.original.media_type),
                            .reason = std::move(quarantine.reason),
                            .remedy = std::move(quarantine.remedy)};
  {
    const std::lock_guard lock(mutex_);
    original.token = ++last_replay_;
    replays_.emplace(original.token, Replay{quarantine.id, std::move(replayed)});
  }
  instance_->replay(std::move(original));
}

pb_code Channel::state(std::string_view key, const pb_writer& out) {
  const std::lock_guard lock(inbound_.reader_mutex);
  const auto value = inbound_.reader.state(source_.id, key);
  if (!value) {
    shared_.log.error("reading state: " + value.error().text(), {{"channel", name_}});
    return PB_TRANSIENT;
  }
  if (!*value) return PB_NOT_FOUND;
  out.write(out.self, bytes(**value));
  return PB_OK;
}

pb_code Channel::http_call(const pb_http_call& call) {
  const auto url = net::HttpUrl::parse(view(call.url));
  if (!url) {
    shared_.log.error("making an HTTP request: " + url.error().text(), {{"channel", name_}});
    return PB_PERMANENT;
  }
  if (!hosts_.contains(url->host)) {
    shared_.log.error("making an HTTP request: neither the manifest nor the settings name the host " + url->host,
                      {{"channel", name_}});
    return PB_PERMANENT;
  }
  Result<net::ClientRequest> request = request_of(call, nullptr);
  if (!request) {
    shared_.log.error(request.error().text(), {{"channel", name_}});
    return PB_BUG;
  }
  request->keep_bytes = request->most_bytes;
  const bool to_attachment = (call.flags & PB_HTTP_TO_ATTACHMENT) != 0;
  shared_.client.send(std::move(*request), [this, token = call.token, to_attachment](net::ClientResponse response) {
    plugin::HttpResult result{.token = token,
                              .status = response.status,
                              .headers = std::move(response.headers),
                              .body = std::move(response.body)};
    if (response.failure)
      result.errors.push_back({.code = response.may_have_arrived ? PB_TIMEOUT : PB_NOT_CONNECTED,
                               .pointer = {},
                               .reason = response.reason,
                               .remedy = {}});
    else if (to_attachment)
      keep_as_attachment(result);
    instance_->answered(std::move(result));
  });
  return PB_OK;
}

void Channel::keep_as_attachment(plugin::HttpResult& result) {
  std::uint64_t handle = 0;
  pb_code kept = shelf_.create(handle);
  if (kept == PB_OK) kept = shelf_.append(handle, result.body);
  result.body.clear();
  if (kept == PB_OK) {
    result.attachment = handle;
    return;
  }
  static_cast<void>(shelf_.discard(handle));
  result.errors.push_back({.code = kept,
                           .pointer = {},
                           .reason = "keeping the answer as an attachment: too many wait to be submitted",
                           .remedy = "submit or discard them first"});
}

void Channel::respond(const pb_http_response& response) {
  net::ServerResponse answer{response.status, {}, std::string(view(response.body))};
  each<pb_header>(response.headers,
                  [&](const pb_header& header) { answer.headers.emplace_back(view(header.name), view(header.value)); });
  inbound_.hooks.answer(response.id, std::move(answer));
}

}  // namespace patchbay::gateway
