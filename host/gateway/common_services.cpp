#include "gateway/common_services.hpp"

#include <patchbay/bytes.hpp>

#include "base/random.hpp"
#include "net/authorities.hpp"

#include <algorithm>

namespace patchbay::gateway {
namespace {

telemetry::Level level_of(std::int32_t level) {
  switch (level) {
    case PB_LOG_DEBUG:
      return telemetry::Level::debug;
    case PB_LOG_WARNING:
      return telemetry::Level::warning;
    case PB_LOG_ERROR:
      return telemetry::Level::error;
    default:
      return telemetry::Level::info;
  }
}

// A header value that could end its line would let a plugin write headers of its own choosing.
bool is_one_line(std::string_view text) { return text.find_first_of(std::string_view("\r\n\0", 3)) == text.npos; }

constexpr std::chrono::milliseconds longest_exchange = std::chrono::minutes{5};
constexpr std::size_t largest_answer = 100 * 1024 * 1024;
constexpr std::size_t usual_answer = 1024 * 1024;

}  // namespace

plugin::OpenSettings open_settings(const config::Section& section, std::string_view region, std::uint32_t credit) {
  return {
      .name = section.name,
      .settings = section.settings,
      .region = std::string(region),
      .credit = credit,
      .isolation =
          section.isolation == config::Isolation::worker ? plugin::Isolation::worker : plugin::Isolation::in_process,
      .workers = section.workers == config::Workers::shared ? plugin::Workers::shared : plugin::Workers::per_channel};
}

Suspects::Company company_of(const Error& why) {
  return why.code == ErrorCode::internal ? Suspects::Company::alone : Suspects::Company::with_others;
}

CommonServices::CommonServices(Shared& shared, std::string name, std::vector<std::string> secrets,
                               const std::vector<std::string>& capabilities, net::AddressGuard guard,
                               std::string ca_file, Authorisation authorisation)
    : shared_(shared),
      name_(std::move(name)),
      guard_(std::make_shared<const net::AddressGuard>(std::move(guard))),
      authorisation_(std::move(authorisation)),
      secrets_(std::move(secrets)),
      may_reveal_(std::find(capabilities.begin(), capabilities.end(), "secrets.reveal") != capabilities.end()),
      ca_file_(std::move(ca_file)) {}

void CommonServices::log(std::int32_t level, std::string_view line) {
  if (!shared_.log.wants(level_of(level))) return;
  LineLimit::Verdict verdict;
  {
    const std::lock_guard lock(mutex_);
    verdict = lines_.line(shared_.clock.monotonic());
  }
  if (!verdict.note.empty()) shared_.log.warning(verdict.note, {{"instance", name_}});
  if (verdict.writes) shared_.log.write(level_of(level), line, {{"instance", name_}});
}

void CommonServices::report(const pb_error& error) {
  std::string text;
  if (error.pointer.length != 0) text.append(view(error.pointer)).append(": ");
  text.append(view(error.reason));
  if (error.remedy.length != 0) text.append("; ").append(view(error.remedy));
  shared_.log.warning(text, {{"instance", name_}});
  const std::lock_guard lock(mutex_);
  if (!reports_.empty()) reports_.append("\n");
  reports_.append(text);
}

std::string CommonServices::take_reports() {
  const std::lock_guard lock(mutex_);
  return std::exchange(reports_, {});
}

pb_code CommonServices::submit(const pb_batch&) { return PB_NOT_FOUND; }
pb_code CommonServices::state(std::string_view, const pb_writer&) { return PB_NOT_FOUND; }
pb_code CommonServices::http_call(const pb_http_call&) { return PB_NOT_FOUND; }
pb_code CommonServices::access(const pb_access_call&) { return PB_NOT_FOUND; }
pb_code CommonServices::connect(const pb_stream_call&) { return PB_NOT_FOUND; }
void CommonServices::respond(const pb_http_response&) {}
void CommonServices::sent(const pb_sent&) {}
void CommonServices::rendered(const pb_rendered&) {}
void CommonServices::judged(const pb_judged&) {}

void CommonServices::tell_standing(const LifeStanding& standing, const char* kind, telemetry::Fields fields) {
  const std::string what = kind;
  switch (standing.state) {
    case LifeState::ready:
      return shared_.log.info(what + " ready", fields);
    case LifeState::backoff:
      return shared_.log.error(what + " failed; it is started again in " +
                                   std::to_string(std::chrono::ceil<std::chrono::seconds>(standing.wait).count()) +
                                   " s: " + standing.reason,
                               fields);
    case LifeState::quarantined:
      return shared_.log.error(what + " crashed again and again, and is left alone until `patchbay " + what +
                                   " resume " + name_ + "`: " + standing.reason,
                               fields);
    case LifeState::paused:
      return shared_.log.info(what + " paused: " + standing.reason, fields);
    case LifeState::starting:
    case LifeState::pausing:
    case LifeState::draining:
      return;
  }
}

plugin::Done CommonServices::told_of_stop(std::function<void()> stopped) {
  return [this, stopped = std::move(stopped)](const Status& status) {
    if (!status) shared_.log.warning("stopping: " + status.error().text(), {{"instance", name_}});
    stopped();
  };
}

std::int64_t CommonServices::now_us() { return shared_.clock.now().time_since_epoch().count(); }
std::int64_t CommonServices::monotonic_us() { return shared_.clock.monotonic().count(); }

void CommonServices::random(std::uint8_t* to, std::uint64_t length) { system_random({to, length}); }

void CommonServices::add_metric(std::string_view name, double value) {
  if (const Status added = shared_.metrics.add_plugin(name_, name, value); !added)
    shared_.log.warning(added.error().text(), {{"instance", name_}});
}
void CommonServices::set_metric(std::string_view name, double value) {
  if (const Status set = shared_.metrics.set_plugin(name_, name, value); !set)
    shared_.log.warning(set.error().text(), {{"instance", name_}});
}

pb_code CommonServices::sign(pb_secret secret, std::string_view scheme, std::string_view message,
                             const pb_writer& out) {
  return secrets_.sign(secret, scheme, message, out);
}
pb_code CommonServices::verify(pb_secret secret, std::string_view scheme, std::string_view message,
                               std::string_view signature) {
  return secrets_.verify(secret, scheme, message, signature);
}
pb_code CommonServices::reveal(pb_secret secret, const pb_writer& out) {
  if (!may_reveal_) return PB_PERMANENT;
  const std::string* value = secrets_.find(secret);
  if (!value) return PB_NOT_FOUND;
  out.write(out.self, bytes(*value));
  return PB_OK;
}

pb_code CommonServices::may_access(pb_secret secret) const {
  if (!may_reveal_) return PB_PERMANENT;
  return authorisation_.keeper && secret == authorisation_.handle ? PB_OK : PB_NOT_FOUND;
}

std::optional<oauth2::Standing> CommonServices::unauthorised() const {
  if (!authorisation_.keeper) return std::nullopt;
  oauth2::Standing standing = authorisation_.keeper->standing();
  if (standing.state == oauth2::Standing::State::ready) return std::nullopt;
  return standing;
}

pb_code CommonServices::create_attachment(std::uint64_t& handle) { return shelf_.create(handle); }
pb_code CommonServices::append_attachment(std::uint64_t handle, std::string_view part) {
  return shelf_.append(handle, part);
}
pb_code CommonServices::discard_attachment(std::uint64_t handle) { return shelf_.discard(handle); }

pb_code CommonServices::authorities(const pb_writer& out) {
  const Result<std::string> certificates = net::read_authorities(ca_file_);
  if (!certificates) {
    const std::string &reason = certificates.error().reason, &remedy = certificates.error().remedy;
    report({sizeof(pb_error), PB_NOT_FOUND, 0, {}, bytes(reason), bytes(remedy)});
    return PB_NOT_FOUND;
  }
  out.write(out.self, bytes(*certificates));
  return PB_OK;
}

Result<net::ClientRequest> CommonServices::request_of(const pb_http_call& call,
                                                      const std::shared_ptr<const std::string>& payload) const {
  net::ClientRequest request{.method = std::string(view(call.method)),
                             .url = std::string(view(call.url)),
                             .guard = guard_,
                             .ca_file = ca_file_};
  const auto refuse = [](std::string_view what) {
    return failure(ErrorCode::invalid, "making an HTTP request: " + std::string(what),
                   "this is a mistake in the plugin; tell its author");
  };
  std::string_view wrong;
  const auto add_header = [&](std::string name, std::string value) {
    if (name.empty() || !is_one_line(name) || !is_one_line(value)) wrong = "a header holds a line break";
    request.headers.emplace_back(std::move(name), std::move(value));
  };
  each<pb_header>(call.headers, [&](const pb_header& header) {
    add_header(std::string(view(header.name)), std::string(view(header.value)));
  });
  each<pb_secret_header>(call.secret_headers, [&](const pb_secret_header& header) {
    if (authorisation_.keeper && header.secret == authorisation_.handle) {
      if (request.bearer.from) wrong = "two headers hold the access token";
      request.bearer = {authorisation_.keeper, std::string(view(header.name)), std::string(view(header.prefix))};
      if (request.bearer.name.empty() || !is_one_line(request.bearer.name) || !is_one_line(request.bearer.prefix))
        wrong = "a header holds a line break";
      return;
    }
    const std::string* secret = secrets_.find(header.secret);
    if (!secret) wrong = "a header names a secret that is none";
    add_header(std::string(view(header.name)), std::string(view(header.prefix)) + (secret ? *secret : std::string()));
  });
  if (!wrong.empty()) return refuse(wrong);

  if ((call.flags & PB_HTTP_ONCE) != 0) request.repeat = net::Repeat::never;
  if (call.timeout_ms != 0) request.timeout = std::min(std::chrono::milliseconds{call.timeout_ms}, longest_exchange);
  request.most_bytes = call.max_body == 0 ? usual_answer : std::min<std::size_t>(call.max_body, largest_answer);
  const std::string_view body = view(call.body);
  // A sink that hands the frozen payload on, as most do, costs no copy of it.
  if (payload && body.data() == payload->data() && body.size() == payload->size())
    request.body = payload;
  else if (!body.empty())
    request.body = std::make_shared<const std::string>(body);
  return request;
}

}  // namespace patchbay::gateway
