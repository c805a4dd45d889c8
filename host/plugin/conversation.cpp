#include "plugin/conversation.hpp"

#include "plugin/lend.hpp"
#include "plugin/mistakes.hpp"

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

namespace patchbay::plugin {
namespace {

using namespace std::chrono_literals;

ErrorCode error_code_of(pb_code code) {
  switch (code) {
    case PB_INVALID_SETTINGS:
    case PB_PERMANENT:
      return ErrorCode::invalid;
    case PB_AUTH_FAILED:
      return ErrorCode::denied;
    case PB_NOT_FOUND:
      return ErrorCode::not_found;
    case PB_RATE_LIMITED:
    case PB_NOT_CONNECTED:
    case PB_TRANSIENT:
    case PB_BUSY:
    case PB_STOPPING:
    case PB_TIMEOUT:
      return ErrorCode::unavailable;
    default:
      return ErrorCode::internal;
  }
}

pb_error error_of(pb_code code, std::string_view reason, std::string_view remedy) {
  pb_error error{};
  error.size = sizeof error;
  error.code = code;
  error.reason = bytes(reason);
  error.remedy = bytes(remedy);
  return error;
}

Status closed_already() { return failure(ErrorCode::unavailable, "the instance is closed"); }

}  // namespace

// A call of the host to the plugin, once it is its turn. Inside run the lock is held already, by this very thread.
template <class Call>
void Conversation::with_plugin(Call&& call) {
  if (is_in_run()) {
    called_in_next_ = true;
    call();
    return;
  }
  const std::lock_guard lock(calling_);
  call();
}

// No exception crosses the border; one that does is told as the plugin's mistake. False when there was one.
template <class Call>
bool Conversation::guarded(const char* doing, Call&& call) {
  try {
    call();
    return true;
  } catch (const std::exception& error) {
    bug(std::string(doing) + ": an exception came out of the plugin: " + error.what());
  } catch (...) {
    bug(std::string(doing) + ": something was thrown out of the plugin");
  }
  return false;
}

// Joins what has been reported since collect().
Error Conversation::failed(const char* doing, pb_code code) {
  std::vector<Mistake> mistakes;
  for (Failure& report : collected())
    mistakes.push_back({std::move(report.pointer), std::move(report.reason), std::move(report.remedy)});
  if (mistakes.empty())
    mistakes.push_back({"", "the plugin failed with code " + std::to_string(code) + " and did not say why",
                        "tell the plugin's author"});
  return joined(error_code_of(code), std::move(mistakes)).while_doing(doing);
}

Status Conversation::collecting(const char* doing, const char* function, pb_code (*call)(void*)) {
  collect();
  pb_code code = PB_BUG;
  guarded(function, [&] { code = call(plugin_state_); });
  if (code != PB_OK) return failure(failed(doing, code));
  // Complaints that did not keep it from succeeding still are for the operator.
  for (const pb_error& error : lent(collected())) services.report(error);
  return {};
}

Status Conversation::open(const OpenSettings& settings) {
  const std::string doing = "opening " + settings.name;
  auto entered = enter(*this);
  if (!entered) return failure(std::move(entered.error()).while_doing(doing));
  handle_ = *entered;
  const std::string text = settings.settings.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  const pb_open values{sizeof(pb_open), settings.credit, bytes(settings.name), bytes(text), bytes(settings.region)};
  collect();
  pb_code code = PB_BUG;
  guarded("open", [&] { code = functions_.core.open(&host_table(), handle_, &values, &plugin_state_); });
  if (code != PB_OK) {
    state = State::closed;
    leave(handle_);
    return failure(failed(doing.c_str(), code));
  }
  for (const pb_error& error : lent(collected())) services.report(error);
  return {};
}

// What must not happen inside of run happens right after it. False when there is no run.
bool Conversation::put_off(Task task) {
  if (!is_in_run()) return false;
  after_run_.push_back(std::move(task));
  return true;
}

void Conversation::check(const Done& done) {
  if (put_off([this, self = shared_from_this(), done] { check(done); })) return;
  Status status;
  with_plugin([&] {
    if (state == State::closed)
      status = closed_already();
    else if (functions_.check)
      status = collecting("checking", "check", functions_.check->check);
  });
  done(std::move(status));
}

void Conversation::start(const Done& done) {
  if (put_off([this, self = shared_from_this(), done] { start(done); })) return;
  Status status;
  with_plugin([&] {
    if (state == State::closed) {
      status = closed_already();
    } else if (state != State::opened || stop_asked_) {
      status = failure(ErrorCode::conflict, "starting: the instance was started or stopped before");
    } else {
      state = State::running;
      status = collecting("starting", "start", functions_.core.start);
      if (status)
        begin_work();
      else
        state = State::opened;
    }
  });
  done(std::move(status));
}

void Conversation::begin_work() {
  if (functions_.run)
    executor_.post([this, self = shared_from_this()] { run(); });
  else if (functions_.poll)
    executor_.post([this, self = shared_from_this()] { poll(); });
}

void Conversation::stop_soon() { stop_asked_ = true; }

void Conversation::stop(const Done& done) {
  if (put_off([this, self = shared_from_this(), done] { stop(done); })) return;
  with_plugin([&] { stop_now(); });
  done({});
}

void Conversation::stop_now() {
  if (state != State::running) return;
  state = State::stopping;
  guarded("stop", [&] { functions_.core.stop(plugin_state_); });
}

void Conversation::close() {
  stop_soon();
  if (own_ != nullptr) own_->post([] {});  // a next that waits looks around
  const std::lock_guard lock(calling_);
  if (state == State::closed) return;
  stop_now();
  guarded("close", [&] { functions_.core.close(plugin_state_); });
  state = State::closed;
  leave(handle_);
  const std::lock_guard watching(watching_);
  watcher_.reset();
}

void Conversation::poll() {
  with_plugin([&] {
    if (!is_open_for_work()) return;
    std::int64_t milliseconds = 0;
    guarded("poll", [&] { milliseconds = functions_.poll->poll(plugin_state_); });
    if (milliseconds <= 0) {
      bug("polling: expected the milliseconds until the next poll, got " + std::to_string(milliseconds) +
          "; taking a minute");
      milliseconds = 60'000;
    }
    const Duration delay =
        std::min<Duration>(std::chrono::milliseconds(std::min<std::int64_t>(milliseconds, 86'400'000)), 24h);
    executor_.post_after(delay, [this, self = shared_from_this()] { poll(); });
  });
}

void Conversation::run() {
  {
    const std::lock_guard lock(calling_);
    if (!is_open_for_work()) return;
    run_thread_ = std::this_thread::get_id();
    pb_code code = PB_BUG;
    guarded("run", [&] { code = functions_.run->run(plugin_state_); });
    run_thread_ = std::thread::id{};
    if (!stop_asked_)
      services.report(
          error_of(code == PB_OK ? pb_code{PB_BUG} : code,
                   "running: it returned with code " + std::to_string(code) + " before it was asked to stop",
                   "restart the channel; what it reported before says why"));
  }
  for (const Task& task : std::exchange(after_run_, {})) task();
}

pb_code Conversation::next(std::uint32_t timeout_ms) {
  if (!is_in_run()) return bug("waiting for the next call: only run may do that, on its own thread");
  if (in_next_) return bug("waiting for the next call: this is one already");
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  in_next_ = true;
  called_in_next_ = false;
  pb_code code = PB_OK;
  while (!called_in_next_) {
    if (stop_asked_) code = PB_STOPPING;
    if (code != PB_OK) break;
    const auto left = std::chrono::ceil<Duration>(until - std::chrono::steady_clock::now());
    if (!own_->run_one(std::max(left, Duration::zero())) && !stop_asked_) code = PB_TIMEOUT;
  }
  in_next_ = false;
  return code;
}

void Conversation::complete(const Completion& completion) {
  with_plugin([&] {
    if (state != State::running && state != State::stopping) return;
    lend(completion, [&](const pb_completion& value) {
      guarded("complete", [&] { functions_.core.complete(plugin_state_, &value); });
    });
  });
}

void Conversation::answer(pb_request request, std::uint32_t status) {
  const pb_http_response response{sizeof(pb_http_response), status, request, {nullptr, 0, sizeof(pb_header)}, {}};
  services.respond(response);
}

void Conversation::receive(const HttpRequest& request) {
  with_plugin([&] {
    if (state == State::closed) return;  // the services may be gone
    if (!functions_.http_endpoint) return answer(request.id, 404);
    if (!is_open_for_work()) return answer(request.id, 503);
    lend(request, [&](const pb_http_request& value) {
      if (!guarded("receive", [&] { functions_.http_endpoint->receive(plugin_state_, &value); }))
        answer(request.id, 500);
    });
  });
}

void Conversation::answered(const HttpResult& result) {
  with_plugin([&] {
    if (!is_open_for_work()) return;
    if (!functions_.http_client) {
      bug("answering an HTTP request: the plugin makes requests, but does not offer " PATCHBAY_EXT_HTTP_CLIENT);
      return;
    }
    lend(result, [&](const pb_http_result& value) {
      guarded("answered", [&] { functions_.http_client->answered(plugin_state_, &value); });
    });
  });
}

void Conversation::accessed(const AccessResult& result) {
  with_plugin([&] {
    if (!is_open_for_work()) return;
    if (!functions_.oauth2) {
      bug("giving an access token: the plugin asks for it, but does not offer " PATCHBAY_EXT_OAUTH2);
      return;
    }
    lend(result, [&](const pb_access_result& value) {
      guarded("accessed", [&] { functions_.oauth2->accessed(plugin_state_, &value); });
    });
  });
}

// From the call on the descriptor is the plugin's. One that comes too late is closed where its last owner goes.
void Conversation::connected(const StreamResult& result, const std::shared_ptr<Descriptor>& stream) {
  with_plugin([&] {
    if (!is_open_for_work()) return;
    if (!functions_.stream) {
      bug("connecting a stream: the plugin connects, but does not offer " PATCHBAY_EXT_STREAM);
      return;
    }
    lend(result, stream ? stream->release() : -1, [&](const pb_stream_result& value) {
      guarded("connected", [&] { functions_.stream->connected(plugin_state_, &value); });
    });
  });
}

pb_code Conversation::watch(const pb_stream_watch& wanted) {
  if (!functions_.stream) return bug("watching a stream: the plugin watches, but does not offer " PATCHBAY_EXT_STREAM);
  Status watched;
  try {
    const std::lock_guard lock(watching_);
    if (!watcher_)
      watcher_ = std::make_unique<Watcher>("streams", [this](const Told& told) {
        executor_.post([self = shared_from_this(), told] { self->ready(told); });
      });
    watched = watcher_->watch(wanted);
  } catch (const std::system_error& error) {
    services.report(error_of(PB_TRANSIENT, error.what(), "raise the limits of threads and of open files"));
    return PB_TRANSIENT;
  }
  return watched ? pb_code{PB_OK} : bug("watching a stream: " + watched.error().reason);
}

pb_code Conversation::unwatch(pb_token token) {
  const std::lock_guard lock(watching_);
  return watcher_ && watcher_->unwatch(token) ? pb_code{PB_OK} : pb_code{PB_NOT_FOUND};
}

void Conversation::ready(const Told& told) {
  with_plugin([&] {
    if (!is_open_for_work()) return;
    {
      const std::lock_guard lock(watching_);
      if (!watcher_->take(told)) return;
    }
    guarded("ready", [&] { functions_.stream->ready(plugin_state_, told.token, told.events); });
  });
}

void Conversation::send(const Outbound& outbound) {
  with_plugin([&] {
    if (state == State::closed) return;  // the services may be gone
    const auto end = [&](const pb_error& error) {
      services.sent({sizeof(pb_sent), 0, outbound.token, {}, 0, {&error, 1, sizeof error}});
    };
    // The plugin never saw it, which is worth knowing: what it may have sent is not sent again.
    if (!is_open_for_work()) return end(error_of(PB_STOPPING, "sending: the instance is stopping", ""));
    if (!functions_.send)
      return end(error_of(PB_PERMANENT, "sending: the plugin does not offer " PATCHBAY_EXT_SEND,
                          "send through another channel"));
    lend(outbound, [&](const pb_outbound& value) {
      if (!guarded("send", [&] { functions_.send->send(plugin_state_, &value); }))
        end(error_of(PB_BUG, "sending: the plugin broke off in the middle", "tell the plugin's author"));
    });
  });
}

void Conversation::replay(const Original& original) {
  with_plugin([&] {
    if (!is_open_for_work()) return;
    if (!functions_.replay) {
      services.report(error_of(PB_PERMANENT, "replaying: the plugin does not offer " PATCHBAY_EXT_REPLAY,
                               "leave the original in quarantine"));
      return;
    }
    lend(original, [&](const pb_quarantine& value) {
      guarded("replay", [&] { functions_.replay->replay(plugin_state_, original.token, &value); });
    });
  });
}

void Conversation::render(const Event& event) {
  with_plugin([&] {
    if (!is_open_for_work()) return;
    if (!functions_.sink) {
      const pb_error error = error_of(PB_PERMANENT, "rendering: the plugin does not offer " PATCHBAY_EXT_SINK,
                                      "give the destination a sink");
      services.rendered(
          {sizeof(pb_rendered), 0, event.token, {nullptr, 0, sizeof(pb_http_call)}, {&error, 1, sizeof error}});
      return;
    }
    lend(event,
         [&](const pb_event& value) { guarded("render", [&] { functions_.sink->render(plugin_state_, &value); }); });
  });
}

void Conversation::judge(const Event& event, const HttpResult& result) {
  with_plugin([&] {
    if (!is_open_for_work() || !functions_.sink) return;
    lend(event, [&](const pb_event& event_value) {
      lend(result, [&](const pb_http_result& result_value) {
        guarded("judge", [&] { functions_.sink->judge(plugin_state_, &event_value, &result_value); });
      });
    });
  });
}

void Conversation::deliver(const Event& event) {
  with_plugin([&] {
    if (!is_open_for_work() || !functions_.deliver) return;
    lend(event, [&](const pb_event& value) {
      guarded("deliver", [&] { functions_.deliver->deliver(plugin_state_, &value); });
    });
  });
}

}  // namespace patchbay::plugin
