#include "worker/remote_services.hpp"

#include "base/random.hpp"
#include "base/time.hpp"

#include <patchbay/bytes.hpp>

namespace patchbay::worker {

using namespace plugin;

// What cannot be written is the plugin's mistake: bytes or a list without an address, or far too much.
template <class Message>
pb_code RemoteServices::tell(Urgency urgency, FrameKind kind, const Message& message) {
  const Status told = link_.tell(urgency, kind, instance_, 0, message);
  if (told) return PB_OK;
  pb_error error{};
  error.size = sizeof error;
  error.code = PB_BUG;
  error.reason = bytes(told.error().reason);
  error.remedy = bytes("tell the plugin's author");
  static_cast<void>(link_.tell(Urgency::at_once, FrameKind::report, instance_, 0, error));
  return PB_BUG;
}

Answer RemoteServices::ask(FrameKind kind, const Question& question) { return link_.ask(kind, instance_, question); }

pb_code RemoteServices::asked(FrameKind kind, const Question& question, const pb_writer& out) {
  const Answer answer = ask(kind, question);
  if (answer.code == PB_OK) out.write(out.self, bytes(answer.text));
  return answer.code;
}

// What it said last is what explains a crash, so it goes out before the plugin goes on.
void RemoteServices::log(std::int32_t level, std::string_view line) {
  LineLimit::Verdict verdict;
  {
    const std::lock_guard lock(log_mutex_);
    verdict = (level == PB_LOG_DEBUG ? debug_lines_ : lines_).line(Duration{monotonic_us()});
  }
  if (!verdict.note.empty())
    static_cast<void>(tell(Urgency::at_once, FrameKind::log,
                           LogLine{level == PB_LOG_DEBUG ? level : PB_LOG_WARNING, std::move(verdict.note)}));
  if (verdict.writes) static_cast<void>(tell(Urgency::at_once, FrameKind::log, LogLine{level, std::string(line)}));
}
void RemoteServices::report(const pb_error& error) {
  static_cast<void>(tell(Urgency::at_once, FrameKind::report, error));
}

pb_code RemoteServices::submit(const pb_batch& batch) {
  if (in_flight_.fetch_add(1) >= credit_) {
    --in_flight_;
    return PB_BUSY;
  }
  const pb_code code = tell(Urgency::with_others, FrameKind::submit, batch);
  if (code != PB_OK) --in_flight_;
  return code;
}

pb_code RemoteServices::state(std::string_view key, const pb_writer& out) {
  return asked(FrameKind::state, {.scheme = {}, .text = std::string(key), .signature = {}}, out);
}

std::int64_t RemoteServices::now_us() { return SystemClock().now().time_since_epoch().count(); }
std::int64_t RemoteServices::monotonic_us() { return SystemClock().monotonic().count(); }
void RemoteServices::random(std::uint8_t* to, std::uint64_t length) { system_random({to, length}); }

void RemoteServices::add_metric(std::string_view name, double value) {
  static_cast<void>(tell(Urgency::with_others, FrameKind::add_metric, Metric{std::string(name), value}));
}
void RemoteServices::set_metric(std::string_view name, double value) {
  static_cast<void>(tell(Urgency::with_others, FrameKind::set_metric, Metric{std::string(name), value}));
}

pb_code RemoteServices::sign(pb_secret secret, std::string_view scheme, std::string_view message,
                             const pb_writer& out) {
  return asked(FrameKind::sign, {secret, std::string(scheme), std::string(message), {}}, out);
}
pb_code RemoteServices::verify(pb_secret secret, std::string_view scheme, std::string_view message,
                               std::string_view signature) {
  return ask(FrameKind::verify, {secret, std::string(scheme), std::string(message), std::string(signature)}).code;
}
pb_code RemoteServices::reveal(pb_secret secret, const pb_writer& out) {
  return asked(FrameKind::reveal, {secret, {}, {}, {}}, out);
}

pb_code RemoteServices::create_attachment(std::uint64_t& handle) {
  const Answer answer = ask(FrameKind::create_attachment, {});
  if (answer.code == PB_OK) handle = answer.handle;
  return answer.code;
}
pb_code RemoteServices::append_attachment(std::uint64_t handle, std::string_view part) {
  return ask(FrameKind::append_attachment, {handle, {}, std::string(part), {}}).code;
}
pb_code RemoteServices::discard_attachment(std::uint64_t handle) {
  return ask(FrameKind::discard_attachment, {handle, {}, {}, {}}).code;
}

pb_code RemoteServices::http_call(const pb_http_call& call) {
  return link_.ask(FrameKind::http_call, instance_, call).code;
}

pb_code RemoteServices::access(const pb_access_call& call) {
  return link_.ask(FrameKind::access, instance_, call).code;
}

pb_code RemoteServices::connect(const pb_stream_call& call) {
  return tell(Urgency::with_others, FrameKind::connect, call);
}
pb_code RemoteServices::authorities(const pb_writer& out) { return asked(FrameKind::authorities, {}, out); }

void RemoteServices::respond(const pb_http_response& response) {
  static_cast<void>(tell(Urgency::with_others, FrameKind::respond, response));
}
void RemoteServices::sent(const pb_sent& sent) { static_cast<void>(tell(Urgency::with_others, FrameKind::sent, sent)); }
void RemoteServices::rendered(const pb_rendered& rendered) {
  static_cast<void>(tell(Urgency::with_others, FrameKind::rendered, rendered));
}
void RemoteServices::judged(const pb_judged& judged) {
  static_cast<void>(tell(Urgency::with_others, FrameKind::judged, judged));
}

// Instances in this process are never lost without it.
void RemoteServices::lost(const Error&) {}

}  // namespace patchbay::worker
