// The functions of host.hpp.
#pragma once

#include <patchbay/detail/encode.hpp>

namespace patchbay {

namespace detail {

[[nodiscard]] inline const char* name(pb_code code) noexcept {
  switch (code) {
    case PB_OK:
      return "ok";
    case PB_INVALID_SETTINGS:
      return "invalid settings";
    case PB_AUTH_FAILED:
      return "authentication failed";
    case PB_RATE_LIMITED:
      return "rate limited";
    case PB_NOT_CONNECTED:
      return "not connected";
    case PB_TRANSIENT:
      return "a passing failure";
    case PB_PERMANENT:
      return "refused for good";
    case PB_BUSY:
      return "no credit left";
    case PB_NOT_FOUND:
      return "not found";
    case PB_STOPPING:
      return "stopping";
    case PB_TIMEOUT:
      return "timed out";
    default:
      return "a broken promise";
  }
}

// PB_OK goes on, everything else is thrown. `doing` is a gerund: "submitting a batch".
inline void expect_ok(pb_code code, const char* doing) {
  if (code == PB_OK) return;
  throw Failure(Error{code, std::string(doing) + ": the host answered: " + name(code), {}, {}, {}});
}

template <class Table>
void fetch(const pb_host* host, const char* id, Table& to) noexcept {
  if (const void* const table = host->extension(host->self, bytes(id))) to = read<Table>(table);
}

}  // namespace detail

inline Host::Host(const pb_host* host, pb_instance instance) noexcept : host_(host), instance_(instance) {
  detail::fetch(host, PATCHBAY_EXT_INTAKE, intake_);
  detail::fetch(host, PATCHBAY_EXT_STATE, state_);
  detail::fetch(host, PATCHBAY_EXT_CLOCK, clock_);
  detail::fetch(host, PATCHBAY_EXT_METRICS, metrics_);
  detail::fetch(host, PATCHBAY_EXT_SECRETS, secrets_);
  detail::fetch(host, PATCHBAY_EXT_ATTACHMENTS, attachments_);
  detail::fetch(host, PATCHBAY_EXT_HTTP_CLIENT, http_client_);
  detail::fetch(host, PATCHBAY_EXT_OAUTH2, oauth2_);
  detail::fetch(host, PATCHBAY_EXT_STREAM, stream_);
  detail::fetch(host, PATCHBAY_EXT_HTTP_ENDPOINT, http_endpoint_);
  detail::fetch(host, PATCHBAY_EXT_RUN, run_);
  detail::fetch(host, PATCHBAY_EXT_SEND, send_);
  detail::fetch(host, PATCHBAY_EXT_SINK, sink_);
}

// A function may be missing because the host lacks the extension, or because its table is an older and shorter one.
template <class Function>
Function Host::service(Function function, const char* id) const {
  if (function != nullptr) return function;
  throw Failure(Error{PB_NOT_FOUND,
                      "using " + std::string(id) + ": this host does not offer it",
                      "name " + std::string(id) + " in the plugin's note, so that such a host refuses to load it",
                      {},
                      {}});
}

inline void Host::log(LogLevel level, std::string_view line) const noexcept {
  host_->log(host_->self, instance_, static_cast<std::int32_t>(level), bytes(line));
}

inline void Host::report(const Error& error) const noexcept {
  const pb_error encoded = detail::encode(error);
  host_->report(host_->self, instance_, &encoded);
}

inline Submitted Host::submit(pb_token token, const Batch& batch) {
  const auto submit = service(intake_.submit, PATCHBAY_EXT_INTAKE);
  detail::Encoder encoder;
  const pb_batch encoded = encoder.batch(token, batch);
  const pb_code code = submit(host_->self, instance_, &encoded);
  if (code == PB_BUSY) return Submitted::busy;
  detail::expect_ok(code, "submitting a batch");
  if (batch.answers != 0) ended(receiving_, batch.answers);
  return Submitted::taken;
}

inline std::optional<std::string> Host::state(std::string_view key) const {
  const auto get = service(state_.get, PATCHBAY_EXT_STATE);
  std::string value;
  const pb_writer out = writer(value);
  const pb_code code = get(host_->self, instance_, bytes(key), &out);
  if (code == PB_NOT_FOUND) return std::nullopt;
  detail::expect_ok(code, "reading the instance's state");
  return value;
}

inline void Host::respond(pb_request request, const HttpResponse& response) const {
  const auto respond = service(http_endpoint_.respond, PATCHBAY_EXT_HTTP_ENDPOINT);
  detail::Encoder encoder;
  const pb_http_response encoded = encoder.response(request, response);
  ended(receiving_, request);
  respond(host_->self, instance_, &encoded);
}

inline void Host::call(pb_token token, const HttpCall& call) const {
  const auto make = service(http_client_.call, PATCHBAY_EXT_HTTP_CLIENT);
  detail::Encoder encoder;
  const pb_http_call encoded = encoder.call(token, call);
  detail::expect_ok(make(host_->self, instance_, &encoded), "making an HTTP request");
}

inline void Host::access(pb_token token, pb_secret secret, std::string_view refused) const {
  const auto access = service(oauth2_.access, PATCHBAY_EXT_OAUTH2);
  auto encoded = detail::sized<pb_access_call>();
  encoded.token = token;
  encoded.secret = secret;
  encoded.refused = bytes(refused);
  detail::expect_ok(access(host_->self, instance_, &encoded), "asking for an access token");
}

inline void Host::connect(pb_token token, const StreamCall& call) const {
  const auto connect = service(stream_.connect, PATCHBAY_EXT_STREAM);
  auto encoded = detail::sized<pb_stream_call>();
  encoded.token = token;
  encoded.timeout_ms = detail::milliseconds(call.timeout);
  encoded.port = call.port;
  encoded.host = bytes(call.host);
  detail::expect_ok(connect(host_->self, instance_, &encoded), "connecting a stream");
}

inline void Host::watch(const pb_stream_watch& wanted) const {
  const auto watch = service(stream_.watch, PATCHBAY_EXT_STREAM);
  detail::expect_ok(watch(host_->self, instance_, &wanted), "watching a stream");
}

inline void Host::watch(pb_token token, const Stream& stream, Interest interest,
                        std::chrono::milliseconds timeout) const {
  auto wanted = detail::sized<pb_stream_watch>();
  wanted.token = token;
  wanted.interest = static_cast<std::uint32_t>(interest);
  wanted.descriptor = stream.descriptor();
  wanted.timeout_ms = detail::milliseconds(timeout);
  watch(wanted);
}

inline void Host::wake(pb_token token, std::chrono::milliseconds after) const {
  auto wanted = detail::sized<pb_stream_watch>();
  wanted.token = token;
  wanted.descriptor = -1;
  wanted.timeout_ms = std::max(detail::milliseconds(after), std::uint32_t{1});
  watch(wanted);
}

inline void Host::unwatch(pb_token token) const noexcept {
  if (stream_.unwatch != nullptr) stream_.unwatch(host_->self, instance_, token);
}

inline std::string Host::authorities() const {
  const auto authorities = service(stream_.authorities, PATCHBAY_EXT_STREAM);
  std::string certificates;
  const pb_writer out = writer(certificates);
  detail::expect_ok(authorities(host_->self, instance_, &out), "reading the certificate authorities");
  return certificates;
}

inline void Host::sent(pb_token token, std::string_view external_id, TimePoint occurred_at) const {
  const auto sent = service(send_.sent, PATCHBAY_EXT_SEND);
  auto encoded = detail::sized<pb_sent>();
  encoded.token = token;
  encoded.external_id = bytes(external_id);
  encoded.occurred_us = detail::microseconds(occurred_at);
  ended(sending_, token);
  sent(host_->self, instance_, &encoded);
}

inline void Host::send_failed(pb_token token, const Error& error) const {
  const auto sent = service(send_.sent, PATCHBAY_EXT_SEND);
  const pb_error reason = detail::encode(error);
  auto encoded = detail::sized<pb_sent>();
  encoded.token = token;
  encoded.errors = {&reason, 1, sizeof reason};
  ended(sending_, token);
  sent(host_->self, instance_, &encoded);
}

inline void Host::judged(pb_token token, const Judgement& judgement) const {
  auto encoded = detail::sized<pb_judged>();
  encoded.verdict = static_cast<std::int32_t>(judgement.verdict);
  encoded.token = token;
  encoded.not_before_us = detail::microseconds(judgement.not_before);
  encoded.reason = bytes(judgement.reason);
  service(sink_.judged, PATCHBAY_EXT_SINK)(host_->self, instance_, &encoded);
}

inline TimePoint Host::now() const {
  const auto now = service(clock_.now_us, PATCHBAY_EXT_CLOCK);
  return TimePoint{std::chrono::microseconds{now(host_->self, instance_)}};
}

inline std::chrono::microseconds Host::monotonic() const {
  const auto monotonic = service(clock_.monotonic_us, PATCHBAY_EXT_CLOCK);
  return std::chrono::microseconds{monotonic(host_->self, instance_)};
}

inline void Host::random(std::span<std::uint8_t> to) const {
  service(clock_.random, PATCHBAY_EXT_CLOCK)(host_->self, instance_, to.data(), to.size());
}

inline void Host::add(std::string_view counter, double value) const {
  service(metrics_.add, PATCHBAY_EXT_METRICS)(host_->self, instance_, bytes(counter), value);
}

inline void Host::set(std::string_view gauge, double value) const {
  service(metrics_.set, PATCHBAY_EXT_METRICS)(host_->self, instance_, bytes(gauge), value);
}

inline std::string Host::sign(pb_secret secret, std::string_view scheme, std::string_view message) const {
  const auto sign = service(secrets_.sign, PATCHBAY_EXT_SECRETS);
  std::string signature;
  const pb_writer out = writer(signature);
  detail::expect_ok(sign(host_->self, instance_, secret, bytes(scheme), bytes(message), &out),
                    "signing with a secret of the settings");
  return signature;
}

inline bool Host::verify(pb_secret secret, std::string_view scheme, std::string_view message,
                         std::string_view signature) const {
  const auto verify = service(secrets_.verify, PATCHBAY_EXT_SECRETS);
  const pb_code code = verify(host_->self, instance_, secret, bytes(scheme), bytes(message), bytes(signature));
  if (code == PB_AUTH_FAILED) return false;
  detail::expect_ok(code, "verifying a signature with a secret of the settings");
  return true;
}

inline std::string Host::reveal(pb_secret secret) const {
  const auto reveal = service(secrets_.reveal, PATCHBAY_EXT_SECRETS);
  std::string revealed;
  const pb_writer out = writer(revealed);
  detail::expect_ok(reveal(host_->self, instance_, secret, &out), "revealing a secret of the settings");
  return revealed;
}

inline std::uint64_t Host::create_attachment() const {
  const auto create = service(attachments_.create, PATCHBAY_EXT_ATTACHMENTS);
  std::uint64_t handle = 0;
  detail::expect_ok(create(host_->self, instance_, &handle), "creating an attachment");
  return handle;
}

inline void Host::append_attachment(std::uint64_t handle, std::string_view part) const {
  const auto append = service(attachments_.append, PATCHBAY_EXT_ATTACHMENTS);
  detail::expect_ok(append(host_->self, instance_, handle, bytes(part)), "appending to an attachment");
}

inline void Host::discard_attachment(std::uint64_t handle) const {
  const auto discard = service(attachments_.discard, PATCHBAY_EXT_ATTACHMENTS);
  detail::expect_ok(discard(host_->self, instance_, handle), "discarding an attachment");
}

inline Next Host::next(std::chrono::milliseconds timeout) const {
  const auto next = service(run_.next, PATCHBAY_EXT_RUN);
  const pb_code code = next(host_->self, instance_, static_cast<std::uint32_t>(timeout.count()));
  if (code == PB_TIMEOUT) return Next::timeout;
  if (code == PB_STOPPING) return Next::stopping;
  detail::expect_ok(code, "waiting for the next call");
  return Next::called;
}

// The trampoline answers in the plugin's place only what the plugin has not answered before it threw.
inline void Host::ended(std::atomic<std::uint64_t>& in_course, std::uint64_t id) noexcept {
  in_course.compare_exchange_strong(id, 0);
}

}  // namespace patchbay
