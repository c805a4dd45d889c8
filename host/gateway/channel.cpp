#include "gateway/channel.hpp"

#include "base/digest.hpp"
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

// What tells a request from others, whenever it comes.
std::string input_of(const plugin::HttpRequest& request) {
  return std::string(bytes_of(digest_of({request.method, request.path, request.query, request.body})));
}

std::string media_type_of(const plugin::Headers& headers) {
  for (const auto& [name, value] : headers)
    if (name == "content-type") return value;
  return "application/octet-stream";
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

void join_lanes(delivery::Dispatcher& dispatcher, const std::vector<intake::Step>& steps) {
  for (const intake::Step& step : steps) {
    if (const auto* join = std::get_if<intake::LaneJoin>(&step)) dispatcher.join_lanes(join->from, join->into);
    if (const auto* split = std::get_if<intake::LaneSplit>(&step))
      dispatcher.split_lanes(split->from, {split->from, split->into}, split->at);
  }
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
  std::uint64_t life = 0;  // that submitted it
  TimePoint received_at{};
  intake::Recorded recorded;
  std::optional<store::QuarantineId> replays;
};

Channel::Channel(Shared& shared, Inbound& inbound, const config::Section& section, const plugin::Plugin& plugin,
                 net::AddressGuard guard, intake::Source source, Authorisation authorisation)
    : CommonServices(shared, section.name, section.secrets, plugin.manifest.capabilities, std::move(guard),
                     section.ca_file, std::move(authorisation)),
      inbound_(inbound),
      plugin_(plugin),
      source_(std::move(source)),
      stream_rules_(plugin.manifest, section.settings),
      stream_proxy_(section.stream_proxy),
      supervisor_(
          shared.supervision, shared.clock,
          [this, catalog = shared.catalog,
           settings = open_settings(section, source_.region, credit)](plugin::Trust trust) mutable {
            settings.trust = trust;
            return catalog->open(plugin_, settings, *this, nullptr);
          },
          [this](const LifeStanding& standing) { stands(standing); }) {
  if (section.isolation == config::Isolation::worker) suspects_.emplace(shared.clock);
  add_hosts(section.settings, hosts_);
  constexpr std::string_view http = "http:";
  for (const std::string& capability : plugin.manifest.capabilities)
    if (capability.starts_with(http)) hosts_.emplace(capability.substr(http.size()));
}

void Channel::close() { supervisor_.close(); }
void Channel::pause(std::string reason, std::function<void()> paused) {
  // What the committer was given before is durable when it comes to this.
  const auto settle = [this](std::function<void()> settled) {
    inbound_.committer.add({.write = [](store::Writer&) -> Status { return {}; },
                            .done = [settled = std::move(settled)](const Status&) { settled(); },
                            .durable = {}});
  };
  supervisor_.pause(std::move(reason), settle, [this, paused = std::move(paused)] {
    give_up_replays("replaying: the channel was paused meanwhile");
    paused();
  });
}
void Channel::stop(std::function<void()> stopped) { supervisor_.stop(told_of_stop(std::move(stopped))); }

void Channel::lost(const Error& why) {
  if (suspects_) static_cast<void>(suspects_->crashed(company_of(why)));
  shelf_.clear();  // what was submitted of it has been copied
  supervisor_.lost(why);
  give_up_replays("replaying: the connector ended meanwhile");
}

void Channel::give_up_replays(const char* why) {
  std::unordered_map<pb_token, Replay> replays;
  {
    const std::lock_guard lock(mutex_);
    replays.swap(replays_);
  }
  for (const auto& [token, replay] : replays)
    replay.done(failure(ErrorCode::unavailable, why, "see why in the gateway's log, and try again"));
}

void Channel::stands(const LifeStanding& standing) {
  if (standing.state == LifeState::ready && is_unknown_)
    if (auto sender = this->sender()) inbound_.queue.add(std::move(*sender), *this);
  tell_standing(standing, "channel", {{"channel", name_}, {"connector", source_.connector}});
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
  if (supervisor_.state() != LifeState::ready) return inbound_.hooks.answer(request.id, not_now());
  if (!suspects_) return supervisor_.instance()->receive(std::move(request));
  const std::string input = input_of(request);
  if (suspects_->is_guilty(input)) return put_aside(request);
  const pb_request id = request.id;
  suspects_->offer(id, input, [this, kept = std::make_shared<plugin::HttpRequest>(std::move(request))] {
    supervisor_.instance()->receive(std::move(*kept));
  });
}

// The request is kept for a person, and its sender told that it has arrived, so that it does not come again.
void Channel::put_aside(const plugin::HttpRequest& request) {
  auto submitted = std::make_shared<Submitted>();
  store::Quarantine quarantine;
  quarantine.reason = "receiving a request: the connector crashed twice when it was given this one";
  quarantine.remedy = "tell its author, and replay it with `patchbay quarantine replay` once that is mended";
  quarantine.original = {.bytes = request.body, .media_type = media_type_of(request.headers)};
  submitted->submission.quarantines.push_back(std::move(quarantine));
  submitted->submission.answer = intake::Answer{.request = request.id, .status = 200, .headers = {}, .body = {}};
  ++in_flight_;
  shared_.log.error("a request that crashed the connector twice is put into quarantine",
                    {{"channel", name_}, {"remedy", "`patchbay quarantine list`"}});
  add(std::move(submitted));
}

void Channel::send(const outbound::Message& message) {
  const LifeState state = supervisor_.state();
  if (state == LifeState::ready) return supervisor_.instance()->send(to_plugin(message));
  inbound_.queue.sent({.token = message.token,
                       .trouble = outbound::Trouble::not_connected,
                       .external_id = {},
                       .occurred_at = {},
                       .until = {},
                       .reason = "the channel is in the state " + std::string(name_of(state)),
                       .remedy = "see `patchbay channel list`"});
}

void Channel::sent(const pb_sent& sent) { inbound_.queue.sent(from_plugin(sent)); }

std::optional<outbound::Sender> Channel::sender() {
  is_unknown_ = true;  // before it is looked for, since it may come meanwhile
  const auto instance = supervisor_.instance();
  if (instance == nullptr) return std::nullopt;
  is_unknown_ = false;
  if (!instance->offers(PATCHBAY_EXT_SEND)) return std::nullopt;
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
  if (supervisor_.state() == LifeState::draining) return PB_STOPPING;
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
  submitted->life = supervisor_.life();
  {
    const std::lock_guard lock(mutex_);
    if (const auto replay = replays_.find(batch.token); replay != replays_.end())
      submitted->replays = replay->second.quarantine;
  }
  if (const auto& answer = submitted->submission.answer; answer && suspects_) suspects_->ended(answer->request);
  add(std::move(submitted));
  return PB_OK;
}

void Channel::add(std::shared_ptr<Submitted> submitted) {
  submitted->received_at = shared_.clock.now();
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
  if (submitted.life == supervisor_.life()) supervisor_.instance()->complete(std::move(completion));
  if (replayed) replayed(std::move(status));
}

void Channel::replay(store::Quarantine quarantine, std::function<void(Status)> replayed) {
  if (const LifeState state = supervisor_.state(); state != LifeState::ready)
    return replayed(failure(ErrorCode::unavailable,
                            "replaying: the channel is in the state " + std::string(name_of(state)),
                            "try again when `patchbay channel list` shows it ready"));
  if (!supervisor_.instance()->offers(PATCHBAY_EXT_REPLAY))
    return replayed(failure(ErrorCode::invalid,
                            "replaying: the connector " + source_.connector + " cannot take originals again",
                            "handle it by hand: `patchbay quarantine show` prints it"));
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
  supervisor_.instance()->replay(std::move(original));
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
  shared_.client.send(std::move(*request), [this, token = call.token, life = supervisor_.life(),
                                            to_attachment](net::ClientResponse response) {
    if (life != supervisor_.life()) return;  // who asked is gone
    plugin::HttpResult result{.token = token,
                              .status = response.status,
                              .headers = std::move(response.headers),
                              .body = std::move(response.body)};
    if (response.failure)
      result.errors.push_back({.code = *response.failure == net::ClientFailure::unauthorised ? PB_AUTH_FAILED
                                       : response.may_have_arrived                           ? PB_TIMEOUT
                                                                                             : PB_NOT_CONNECTED,
                               .pointer = {},
                               .reason = response.reason,
                               .remedy = {}});
    else if (to_attachment)
      keep_as_attachment(result);
    supervisor_.instance()->answered(std::move(result));
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
  if (suspects_) suspects_->ended(response.id);
  inbound_.hooks.answer(response.id, std::move(answer));
}

}  // namespace patchbay::gateway
