// What FakeHost does when the plugin calls it: pb_host and its extensions.
#pragma once

namespace patchbay::testkit {

struct FakeHost::Tables {
  static FakeHost& of(void* self) { return *static_cast<FakeHost*>(self); }

  // The host behind a call, locked; an instance handle that is not the host's is the plugin's mistake.
  struct Locked {
    Locked(void* self, pb_instance instance, const char* called) : host(of(self)), function(called), lock(host.mutex_) {
      if (instance != host.instance_)
        host.violate(std::string(function) + ": called with the handle of another instance, or of none");
      host.crossed(function);
    }
    ~Locked() { host.crossed(function); }
    Locked(const Locked&) = delete;
    Locked& operator=(const Locked&) = delete;
    [[nodiscard]] pb_code trouble() const { return host.troubled(function); }

    FakeHost& host;
    const char* function;
    std::unique_lock<std::recursive_mutex> lock;
  };

  static void log(void* self, pb_instance instance, std::int32_t level, pb_bytes text) {
    const Locked locked(self, instance, "log");
    locked.host.log_.push_back({patchbay::detail::enumerator(level, LogLevel::error), std::string(view(text))});
  }

  static void report(void* self, pb_instance instance, const pb_error* error) {
    const Locked locked(self, instance, "report");
    locked.host.reports_.push_back(patchbay::detail::decode_error(read<pb_error>(error)));
    if (locked.host.reports_.back().reason.empty()) locked.host.violate("report: an error without a reason");
  }

  static pb_code submit(void* self, pb_instance instance, const pb_batch* batch) {
    const Locked locked(self, instance, "submit");
    if (const pb_code code = locked.trouble(); code != PB_OK) return code;
    return locked.host.submit(read<pb_batch>(batch));
  }

  static pb_code state(void* self, pb_instance instance, pb_bytes key, const pb_writer* out) {
    const Locked locked(self, instance, "state");
    if (const pb_code code = locked.trouble(); code != PB_OK) return code;
    const auto found = locked.host.states_.find(std::string(view(key)));
    if (found == locked.host.states_.end()) return PB_NOT_FOUND;
    out->write(out->self, bytes(found->second));
    return PB_OK;
  }

  static std::int64_t now_us(void* self, pb_instance instance) {
    const Locked locked(self, instance, "now_us");
    return locked.host.now_.time_since_epoch().count();
  }

  static std::int64_t monotonic_us(void* self, pb_instance instance) {
    const Locked locked(self, instance, "monotonic_us");
    return locked.host.monotonic_.count();
  }

  // SplitMix64, so that a run can be repeated.
  static void random(void* self, pb_instance instance, std::uint8_t* to, std::uint64_t length) {
    const Locked locked(self, instance, "random");
    for (std::uint64_t i = 0; i < length; ++i) {
      std::uint64_t z = (locked.host.random_ += 0x9e3779b97f4a7c15u);
      z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
      z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
      to[i] = static_cast<std::uint8_t>((z ^ (z >> 31)) & 0xff);
    }
  }

  static void add(void* self, pb_instance instance, pb_bytes name, double value) {
    const Locked locked(self, instance, "add");
    locked.host.metrics_[std::string(view(name))] += value;
  }

  static void set(void* self, pb_instance instance, pb_bytes name, double value) {
    const Locked locked(self, instance, "set");
    locked.host.metrics_[std::string(view(name))] = value;
  }

  static pb_code sign(void* self, pb_instance instance, pb_secret secret, pb_bytes scheme, pb_bytes message,
                      const pb_writer* out) {
    const Locked locked(self, instance, "sign");
    if (const pb_code code = locked.trouble(); code != PB_OK) return code;
    const auto found = locked.host.secrets_.find(secret);
    const std::optional<Scheme> how = scheme_of(view(scheme));
    if (found == locked.host.secrets_.end() || !how || *how == Scheme::equal) return PB_NOT_FOUND;
    const std::optional<std::string> signature = testkit::sign(*how, found->second, view(message));
    if (!signature) return PB_INVALID_SETTINGS;
    out->write(out->self, bytes(*signature));
    return PB_OK;
  }

  static pb_code verify(void* self, pb_instance instance, pb_secret secret, pb_bytes scheme, pb_bytes message,
                        pb_bytes signature) {
    const Locked locked(self, instance, "verify");
    if (const pb_code code = locked.trouble(); code != PB_OK) return code;
    const auto found = locked.host.secrets_.find(secret);
    const std::optional<Scheme> how = scheme_of(view(scheme));
    if (found == locked.host.secrets_.end() || !how) return PB_NOT_FOUND;
    const std::optional<bool> same = testkit::verify(*how, found->second, view(message), view(signature));
    if (!same) return PB_INVALID_SETTINGS;
    return *same ? PB_OK : PB_AUTH_FAILED;
  }

  static pb_code reveal(void* self, pb_instance instance, pb_secret secret, const pb_writer* out) {
    const Locked locked(self, instance, "reveal");
    if (const pb_code code = locked.trouble(); code != PB_OK) return code;
    if (!locked.host.reveal_allowed_) return PB_PERMANENT;
    const auto found = locked.host.secrets_.find(secret);
    if (found == locked.host.secrets_.end()) return PB_NOT_FOUND;
    out->write(out->self, bytes(found->second));
    return PB_OK;
  }

  static pb_code create(void* self, pb_instance instance, std::uint64_t* handle) {
    const Locked locked(self, instance, "create");
    if (const pb_code code = locked.trouble(); code != PB_OK) return code;
    *handle = ++locked.host.last_id_;
    locked.host.attachments_[*handle];
    return PB_OK;
  }

  static pb_code append(void* self, pb_instance instance, std::uint64_t handle, pb_bytes part) {
    const Locked locked(self, instance, "append");
    if (const pb_code code = locked.trouble(); code != PB_OK) return code;
    const auto found = locked.host.attachments_.find(handle);
    if (found == locked.host.attachments_.end()) return PB_NOT_FOUND;
    found->second += view(part);
    return PB_OK;
  }

  static pb_code discard(void* self, pb_instance instance, std::uint64_t handle) {
    const Locked locked(self, instance, "discard");
    if (const pb_code code = locked.trouble(); code != PB_OK) return code;
    return locked.host.attachments_.erase(handle) == 1 ? PB_OK : PB_NOT_FOUND;
  }

  static pb_code call(void* self, pb_instance instance, const pb_http_call* call) {
    const Locked locked(self, instance, "call");
    if (const pb_code code = locked.trouble(); code != PB_OK) return code;
    return locked.host.call(read<pb_http_call>(call));
  }

  static pb_code access(void* self, pb_instance instance, const pb_access_call* call) {
    const Locked locked(self, instance, "access");
    if (const pb_code code = locked.trouble(); code != PB_OK) return code;
    return locked.host.access(read<pb_access_call>(call));
  }

  static pb_code connect(void* self, pb_instance instance, const pb_stream_call* call) {
    const Locked locked(self, instance, "connect");
    if (const pb_code code = locked.trouble(); code != PB_OK) return code;
    return locked.host.connect(read<pb_stream_call>(call));
  }

  static pb_code watch(void* self, pb_instance instance, const pb_stream_watch* wanted) {
    const Locked locked(self, instance, "watch");
    if (const pb_code code = locked.trouble(); code != PB_OK) return code;
    return locked.host.watch(read<pb_stream_watch>(wanted));
  }

  static pb_code unwatch(void* self, pb_instance instance, pb_token token) {
    const Locked locked(self, instance, "unwatch");
    return locked.host.unwatch(token);
  }

  static pb_code authorities(void* self, pb_instance instance, const pb_writer* out) {
    const Locked locked(self, instance, "authorities");
    if (const pb_code code = locked.trouble(); code != PB_OK) return code;
    if (locked.host.authorities_.empty()) return PB_NOT_FOUND;
    out->write(out->self, bytes(locked.host.authorities_));
    return PB_OK;
  }

  static void respond(void* self, pb_instance instance, const pb_http_response* response) {
    const Locked locked(self, instance, "respond");
    const auto from = read<pb_http_response>(response);
    if (locked.host.state_ != State::running) locked.host.violate("respond: called while the instance does not run");
    locked.host.respond(from.id, recorded(from));
  }

  static pb_code next(void* self, pb_instance, std::uint32_t timeout_ms) { return of(self).next(timeout_ms); }

  static void sent(void* self, pb_instance instance, const pb_sent* sent) {
    const Locked locked(self, instance, "sent");
    const auto from = read<pb_sent>(sent);
    if (locked.host.sending_.erase(from.token) == 0)
      locked.host.violate("sent: token " + std::to_string(from.token) + " is not being sent, or was ended before");
    locked.host.sent_.push_back({from.token, std::string(view(from.external_id)),
                                 patchbay::detail::time(from.occurred_us), patchbay::detail::first_error(from.errors)});
    locked.host.changed_.notify_all();
  }

  static void rendered(void* self, pb_instance instance, const pb_rendered* rendered) {
    const Locked locked(self, instance, "rendered");
    const auto from = read<pb_rendered>(rendered);
    Rendered made;
    each<pb_http_call>(from.calls, [&](const pb_http_call& call) { made.call = recorded(call); });
    made.error = patchbay::detail::first_error(from.errors);
    if (from.calls.count + from.errors.count != 1) locked.host.violate("rendered: expected one call or one error");
    if (locked.host.asked_.erase(from.token) == 0)
      locked.host.violate("rendered: token " + std::to_string(from.token) + " was not asked for, or ended before");
    locked.host.rendered_[from.token] = std::move(made);
    locked.host.changed_.notify_all();
  }

  static void judged(void* self, pb_instance instance, const pb_judged* judged) {
    const Locked locked(self, instance, "judged");
    const auto from = read<pb_judged>(judged);
    if (locked.host.asked_.erase(from.token) == 0)
      locked.host.violate("judged: token " + std::to_string(from.token) + " was not asked for, or ended before");
    locked.host.judged_[from.token] = {patchbay::detail::enumerator(from.verdict, Verdict::gone),
                                       patchbay::detail::time(from.not_before_us), std::string(view(from.reason))};
    if (locked.host.observer_ != nullptr) locked.host.observer_->judged(from.token, locked.host.judged_[from.token]);
    locked.host.changed_.notify_all();
  }

  static const void* extension(void* self, pb_bytes asked) {
    static const pb_host_intake intake{sizeof intake, 0, submit};
    static const pb_host_state state_table{sizeof state_table, 0, state};
    static const pb_host_clock clock{sizeof clock, 0, now_us, monotonic_us, random};
    static const pb_host_metrics metrics{sizeof metrics, 0, add, set};
    static const pb_host_secrets secrets{sizeof secrets, 0, sign, verify, reveal};
    static const pb_host_attachments attachments{sizeof attachments, 0, create, append, discard};
    static const pb_host_http_client client{sizeof client, 0, call};
    static const pb_host_oauth2 oauth2{sizeof oauth2, 0, access};
    static const pb_host_stream stream{sizeof stream, 0, connect, watch, unwatch, authorities};
    static const pb_host_http_endpoint endpoint{sizeof endpoint, 0, respond};
    static const pb_host_run run{sizeof run, 0, next};
    static const pb_host_send send{sizeof send, 0, sent};
    static const pb_host_sink sink{sizeof sink, 0, rendered, judged};
    static const std::map<std::string_view, const void*> tables{
        {PATCHBAY_EXT_INTAKE, &intake},      {PATCHBAY_EXT_STATE, &state_table},
        {PATCHBAY_EXT_CLOCK, &clock},        {PATCHBAY_EXT_METRICS, &metrics},
        {PATCHBAY_EXT_SECRETS, &secrets},    {PATCHBAY_EXT_ATTACHMENTS, &attachments},
        {PATCHBAY_EXT_HTTP_CLIENT, &client}, {PATCHBAY_EXT_HTTP_ENDPOINT, &endpoint},
        {PATCHBAY_EXT_STREAM, &stream},      {PATCHBAY_EXT_RUN, &run},
        {PATCHBAY_EXT_SEND, &send},          {PATCHBAY_EXT_SINK, &sink},
        {PATCHBAY_EXT_OAUTH2, &oauth2}};
    if (of(self).withheld_.contains(view(asked))) return nullptr;
    const auto found = tables.find(view(asked));
    return found == tables.end() ? nullptr : found->second;
  }
};

inline pb_code FakeHost::submit(const pb_batch& batch) {
  if (state_ == State::stopping) return PB_STOPPING;
  if (state_ != State::running && state_ != State::starting) {
    violate("submit: called while the instance does not run");
    return PB_BUG;
  }
  const std::vector<std::string> mistakes = BatchCheck::mistakes(batch);
  for (const std::string& mistake : mistakes) {
    violate("submit: " + mistake);
    reports_.push_back({PB_BUG, "taking a batch: " + mistake, "correct the plugin", {}, {}});
  }
  if (!mistakes.empty()) return PB_BUG;
  if (outstanding_.size() >= credit_) {
    if (observer_ != nullptr) observer_->busy();
    return PB_BUSY;
  }
  if (outstanding_.contains(batch.token)) {
    violate("submit: token " + std::to_string(batch.token) + " is on its way already");
    return PB_BUG;
  }
  Batch taken = recorded(batch);
  if (taken.answers != 0 && !waiting_requests_.contains(taken.answers))
    violate("submit: request " + std::to_string(taken.answers) + " does not wait for an answer");
  batches_.push_back({batch.token, taken});
  outstanding_.emplace(batch.token, std::move(taken));
  if (!held_) due([this, token = batch.token] { finish(token, {}); });
  changed_.notify_all();
  return PB_OK;
}

inline pb_code FakeHost::call(const pb_http_call& from) {
  if (state_ == State::stopping) return PB_STOPPING;
  if (state_ != State::running && state_ != State::starting) {
    violate("call: called while the instance does not run");
    return PB_BUG;
  }
  HttpCall made = recorded(from);
  calls_.push_back({from.token, made});
  if (!unanswered_calls_.emplace(from.token, made).second) {
    violate("call: token " + std::to_string(from.token) + " is on its way already");
    return PB_BUG;
  }
  if (on_call_) due([this, token = from.token, made = std::move(made)] { answer(token, on_call_(made)); });
  changed_.notify_all();
  return PB_OK;
}

inline void FakeHost::respond(pb_request id, const HttpResponse& response) {
  if (waiting_requests_.erase(id) == 0)
    violate("respond: request " + std::to_string(id) + " does not wait for an answer");
  responses_.emplace(id, response);
  if (observer_ != nullptr) observer_->responded(id, response);
  changed_.notify_all();
}

inline pb_code FakeHost::next(std::uint32_t timeout_ms) {
  std::function<void()> call;
  {
    std::unique_lock lock(mutex_);
    if (std::this_thread::get_id() != run_thread_.get_id()) {
      violate("next: called outside of run");
      return PB_BUG;
    }
    // A peer that is no Peer does not say when it wrote, so that its streams are looked at now and then.
    constexpr std::chrono::milliseconds glance{5};
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds{timeout_ms};
    for (;;) {
      look();
      const auto wait = watches_.empty() ? until : std::min(until, std::chrono::steady_clock::now() + glance);
      if (changed_.wait_until(lock, wait, [&] { return run_stopping_ || !due_.empty(); })) break;
      if (std::chrono::steady_clock::now() >= until) break;
    }
    if (due_.empty()) return run_stopping_ ? PB_STOPPING : PB_TIMEOUT;
    call = std::move(due_.front());
    due_.pop_front();
  }
  call();
  const std::lock_guard lock(mutex_);
  changed_.notify_all();
  return PB_OK;
}

}  // namespace patchbay::testkit
