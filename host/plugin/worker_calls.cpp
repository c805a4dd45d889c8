#include "plugin/worker_calls.hpp"

#include "plugin/host_table.hpp"

#include <patchbay/bytes.hpp>

#include <array>
#include <cstddef>
#include <utility>

namespace patchbay::plugin {
namespace {

// Events whose sink never answers; the dispatcher has given them up long before.
constexpr std::size_t most_events = 100'000;

pb_error error_of(pb_code code, std::string_view reason, std::string_view remedy) {
  return {sizeof(pb_error), code, 0, {}, bytes(reason), bytes(remedy)};
}

// Memory for the lists of one frame.
struct Lists {
  std::array<std::byte, 8192> first;
  std::pmr::monotonic_buffer_resource memory{first.data(), first.size()};
};

}  // namespace

void Outstanding::add_request(pb_request id) {
  const std::lock_guard lock(mutex_);
  all_.requests.insert(id);
}
void Outstanding::add_send(pb_token token) {
  const std::lock_guard lock(mutex_);
  all_.sends.insert(token);
}
void Outstanding::add_event(pb_token token, FrameKind kind) {
  const std::lock_guard lock(mutex_);
  all_.events[token] = kind;
  if (all_.events.size() > most_events) all_.events.erase(all_.events.begin());  // tokens grow: the oldest
}
std::uint64_t Outstanding::add_done(Done done) {
  const std::lock_guard lock(mutex_);
  all_.dones.emplace(++last_number_, std::move(done));
  return last_number_;
}

bool Outstanding::end_request(pb_request id) {
  const std::lock_guard lock(mutex_);
  return all_.requests.erase(id) != 0;
}
bool Outstanding::end_send(pb_token token) {
  const std::lock_guard lock(mutex_);
  return all_.sends.erase(token) != 0;
}
bool Outstanding::end_event(pb_token token) {
  const std::lock_guard lock(mutex_);
  return all_.events.erase(token) != 0;
}
Done Outstanding::end_done(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  auto node = all_.dones.extract(number);
  return node ? std::move(node.mapped()) : Done();
}

Outstanding::All Outstanding::take_all() {
  const std::lock_guard lock(mutex_);
  return std::exchange(all_, {});
}

bool Outstanding::empty() {
  const std::lock_guard lock(mutex_);
  return all_.requests.empty() && all_.sends.empty() && all_.events.empty() && all_.dones.empty();
}

void WorkerCalls::bug(std::string_view reason) {
  services_.report(error_of(PB_BUG, reason, "tell the plugin's author"));
}

void WorkerCalls::refuse(pb_request request) {
  services_.respond({sizeof(pb_http_response), 503, request, {nullptr, 0, sizeof(pb_header)}, {}});
}

void WorkerCalls::give_up(pb_token send, pb_code code, std::string_view why) {
  const pb_error error = error_of(code, why, "see `patchbay channel list`");
  services_.sent({sizeof(pb_sent), 0, send, {}, 0, {&error, 1, sizeof error}});
}

void WorkerCalls::put_off(pb_token event, FrameKind kind, std::string_view why) {
  if (kind == FrameKind::render) {
    const pb_error error = error_of(PB_TRANSIENT, why, {});
    services_.rendered({sizeof(pb_rendered), 0, event, {nullptr, 0, sizeof(pb_http_call)}, {&error, 1, sizeof error}});
  } else {
    services_.judged({sizeof(pb_judged), PB_VERDICT_TRANSIENT, event, 0, bytes(why)});
  }
}

template <class Message, class Ends>
Status WorkerCalls::pass(const Frame& frame, const char* what, Ends&& ends, void (Services::*to)(const Message&)) {
  Lists lists;
  Message message{};
  PATCHBAY_CHECK(unpack(frame, lists.memory, message));
  if (ends(message))
    (services_.*to)(message);
  else
    bug(std::string(what) + ": nothing of that number is open, or it was answered before");
  return {};
}

Status WorkerCalls::submit(const Frame& frame) {
  Lists lists;
  pb_batch batch{};
  PATCHBAY_CHECK(unpack(frame, lists.memory, batch));
  bool is_asked = true;
  each<pb_http_response>(batch.answers, [&](const pb_http_response& answer) {
    is_asked = outstanding_.end_request(answer.id) && is_asked;
  });
  if (!is_asked) bug("submitting a batch with an answer: no such request is open, or it was answered before");
  const pb_code code = is_asked ? services_.submit(batch) : PB_BUG;
  if (code == PB_OK) return {};
  each<pb_http_response>(batch.answers, [&](const pb_http_response& answer) {
    if (is_asked) refuse(answer.id);
  });
  port_.complete({.token = batch.token,
                  .errors = {{code, 0, {}, "submitting a batch: the host did not take it", "see the gateway's log"}}});
  return {};
}

// The worker has been told that the end comes later.
Status WorkerCalls::connect(const Frame& frame) {
  Lists lists;
  pb_stream_call call{};
  PATCHBAY_CHECK(unpack(frame, lists.memory, call));
  const pb_code code = services_.connect(call);
  if (code != PB_OK)
    port_.connected(
        {.token = call.token,
         .errors =
             {{code, 0, {}, "connecting a stream: the host does not do it for this plugin", "see the gateway's log"}},
         .peer = {}});
  return {};
}

// Those that the worker waits for. Whatever comes of it, there is a reply.
Status WorkerCalls::question(const Frame& frame) {
  Answer answer;
  if (frame.kind == FrameKind::http_call) {
    Lists lists;
    pb_http_call call{};
    PATCHBAY_CHECK(unpack(frame, lists.memory, call));
    answer.code = services_.http_call(call);
    port_.reply(frame.number, answer);
    return {};
  }
  if (frame.kind == FrameKind::access) {
    Lists lists;
    pb_access_call call{};
    PATCHBAY_CHECK(unpack(frame, lists.memory, call));
    answer.code = services_.access(call);
    port_.reply(frame.number, answer);
    return {};
  }
  Question asked;
  PATCHBAY_CHECK(unpack(frame, *std::pmr::new_delete_resource(), asked));
  const pb_writer out = writer(answer.text);
  switch (frame.kind) {
    case FrameKind::state:
      answer.code = services_.state(asked.text, out);
      break;
    case FrameKind::sign:
      answer.code = services_.sign(asked.about, asked.scheme, asked.text, out);
      break;
    case FrameKind::verify:
      answer.code = services_.verify(asked.about, asked.scheme, asked.text, asked.signature);
      break;
    case FrameKind::reveal:
      answer.code = services_.reveal(asked.about, out);
      break;
    case FrameKind::authorities:
      answer.code = services_.authorities(out);
      break;
    case FrameKind::create_attachment:
      answer.code = services_.create_attachment(answer.handle);
      break;
    case FrameKind::append_attachment:
      answer.code = services_.append_attachment(asked.about, asked.text);
      break;
    case FrameKind::discard_attachment:
      answer.code = services_.discard_attachment(asked.about);
      break;
    default:
      return failure(ErrorCode::invalid,
                     "reading a frame: one " + std::string(name_of(frame.kind)) + " is nothing that a worker sends");
  }
  port_.reply(frame.number, answer);
  return {};
}

Status WorkerCalls::take(const Frame& frame) {
  std::pmr::memory_resource& owned = *std::pmr::new_delete_resource();
  switch (frame.kind) {
    case FrameKind::log: {
      LogLine line;
      PATCHBAY_CHECK(unpack(frame, owned, line));
      services_.log(log_level(line.level), log_line(line.text));
      return {};
    }
    case FrameKind::report: {
      Lists lists;
      pb_error error{};
      PATCHBAY_CHECK(unpack(frame, lists.memory, error));
      services_.report(error);
      return {};
    }
    case FrameKind::add_metric:
    case FrameKind::set_metric: {
      Metric metric;
      PATCHBAY_CHECK(unpack(frame, owned, metric));
      if (frame.kind == FrameKind::add_metric)
        services_.add_metric(metric.name, metric.value);
      else
        services_.set_metric(metric.name, metric.value);
      return {};
    }
    case FrameKind::submit:
      return submit(frame);
    case FrameKind::connect:
      return connect(frame);
    case FrameKind::respond:
      return pass(
          frame, "answering a request",
          [&](const pb_http_response& answer) { return outstanding_.end_request(answer.id); }, &Services::respond);
    case FrameKind::sent:
      return pass(
          frame, "ending a sending", [&](const pb_sent& sent) { return outstanding_.end_send(sent.token); },
          &Services::sent);
    case FrameKind::rendered:
      return pass(
          frame, "rendering an event", [&](const pb_rendered& done) { return outstanding_.end_event(done.token); },
          &Services::rendered);
    case FrameKind::judged:
      return pass(
          frame, "judging an answer", [&](const pb_judged& done) { return outstanding_.end_event(done.token); },
          &Services::judged);
    default:
      return question(frame);
  }
}

}  // namespace patchbay::plugin
