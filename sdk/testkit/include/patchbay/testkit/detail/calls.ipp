// What a test asks of FakeHost: the calls into a running instance, and the answers to what it asked for.
#pragma once

namespace patchbay::testkit {

inline bool FakeHost::offers(std::string_view extension) const {
  return plugin_->extension(bytes(extension)) != nullptr;
}

inline std::chrono::milliseconds FakeHost::poll() {
  need(State::running, "poll");
  const auto functions = table<pb_poll>(PATCHBAY_EXT_POLL);
  std::int64_t wait = 0;
  enter("poll", [&] { wait = functions.poll(instance_state_); });
  if (wait <= 0) violate("poll: expected more than 0 ms until the next call, got " + std::to_string(wait));
  drain();
  return std::chrono::milliseconds{wait};
}

inline pb_request FakeHost::receive(const Request& request) {
  need(State::running, "receive");
  const auto functions = table<pb_http_endpoint>(PATCHBAY_EXT_HTTP_ENDPOINT);
  pb_request id = 0;
  {
    const std::lock_guard lock(mutex_);
    id = ++last_id_;
    waiting_requests_.insert(id);
  }
  Request lowered = request;
  for (Header& header : lowered.headers)
    for (char& c : header.name)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  due([this, functions, id, from = std::move(lowered)] {
    patchbay::detail::Encoder encoder;
    auto to = patchbay::detail::sized<pb_http_request>();
    to.id = id;
    to.received_us = now().time_since_epoch().count();
    to.method = bytes(from.method);
    to.path = bytes(from.path);
    to.query = bytes(from.query);
    to.peer = bytes(from.peer);
    to.headers = encoder.headers(from.headers);
    to.body = bytes(from.body);
    enter("receive", [&] { functions.receive(instance_state_, &to); });
  });
  drain();
  return id;
}

inline HttpResponse FakeHost::exchange(const Request& request) {
  const pb_request id = receive(request);
  const std::optional<HttpResponse> answered = response(id);
  if (!answered) throw std::logic_error("exchange: the plugin has not answered yet; use receive() and response()");
  return *answered;
}

inline std::optional<HttpResponse> FakeHost::response(pb_request request) const {
  const std::lock_guard lock(mutex_);
  const auto found = responses_.find(request);
  return found == responses_.end() ? std::nullopt : std::optional(found->second);
}

inline pb_token FakeHost::send(Outbound outbound) {
  need(State::running, "send");
  const auto functions = table<pb_send>(PATCHBAY_EXT_SEND);
  {
    const std::lock_guard lock(mutex_);
    outbound.token = ++last_id_;
    sending_.insert(outbound.token);
  }
  const pb_token token = outbound.token;
  due([this, functions, from = std::move(outbound)] {
    patchbay::detail::Encoder encoder;
    auto to = patchbay::detail::sized<pb_outbound>();
    to.token = from.token;
    to.id = bytes(from.id);
    to.account = bytes(from.account);
    to.in_reply_to = bytes(from.in_reply_to);
    to.conversation = bytes(from.conversation);
    to.recipients = encoder.participants(from.recipients);
    to.subject = bytes(from.subject);
    to.text = bytes(from.text);
    to.content = encoder.json(from.content);
    to.attachments = encoder.attachments(from.attachments);
    enter("send", [&] { functions.send(instance_state_, &to); });
  });
  drain();
  return token;
}

inline pb_token FakeHost::replay(const Original& original) {
  need(State::running, "replay");
  const auto functions = table<pb_replay>(PATCHBAY_EXT_REPLAY);
  pb_token token = 0;
  {
    const std::lock_guard lock(mutex_);
    token = ++last_id_;
  }
  due([this, functions, token, original] {
    const pb_quarantine to = patchbay::detail::Encoder::quarantine(original);
    enter("replay", [&] { functions.replay(instance_state_, token, &to); });
  });
  drain();
  return token;
}

namespace detail {

[[nodiscard]] inline pb_event encode(const Event& from) {
  auto to = patchbay::detail::sized<pb_event>();
  to.attempt = from.attempt;
  to.token = from.token;
  to.attempted_us = from.attempted_at.time_since_epoch().count();
  to.id = bytes(from.id);
  to.type = bytes(from.type);
  to.contact = bytes(from.contact);
  to.payload = bytes(from.payload);
  return to;
}

[[nodiscard]] inline pb_http_result encode(pb_token token, const HttpResult& from, patchbay::detail::Encoder& encoder) {
  auto to = patchbay::detail::sized<pb_http_result>();
  to.status = from.status;
  to.token = token;
  to.attachment = from.attachment;
  if (from.error) to.errors = encoder.one(patchbay::detail::encode(*from.error));
  to.headers = encoder.headers(from.headers);
  to.body = bytes(from.body);
  return to;
}

// All that is sent for a call, as one text, so that two can be compared.
[[nodiscard]] inline std::string fingerprint(const Rendered& rendered) {
  if (!rendered.call) return "error " + (rendered.error ? rendered.error->reason : "");
  std::string text = rendered.call->method + " " + rendered.call->url + "\n";
  for (const Header& header : rendered.call->headers) text += header.name + ": " + header.value + "\n";
  for (const SecretHeader& header : rendered.call->secret_headers)
    text += header.name + ": " + header.prefix + std::to_string(header.secret) + "\n";
  return text + "\n" + rendered.call->body;
}

}  // namespace detail

inline Rendered FakeHost::render(const Event& event) {
  need(State::running, "render");
  const auto functions = table<pb_sink>(PATCHBAY_EXT_SINK);
  Rendered answers[2];
  for (Rendered& answer : answers) {
    pb_event to = detail::encode(event);
    {
      const std::lock_guard lock(mutex_);
      to.token = ++last_id_;
      asked_.insert(to.token);
    }
    enter("render", [&] { functions.render(instance_state_, &to); });
    if (!wait_until([&] { return rendered_.contains(to.token); })) {
      violate("render: an event was never rendered");
      return {std::nullopt, Error{PB_TIMEOUT, "rendering an event: no answer", {}, {}, {}}};
    }
    answer = copy(rendered_).at(to.token);
  }
  if (detail::fingerprint(answers[0]) != detail::fingerprint(answers[1]))
    violate("render: the same event was rendered differently the second time");
  return answers[0];
}

inline Judgement FakeHost::judge(const Event& event, const HttpResult& result) {
  need(State::running, "judge");
  const auto functions = table<pb_sink>(PATCHBAY_EXT_SINK);
  pb_event to = detail::encode(event);
  {
    const std::lock_guard lock(mutex_);
    to.token = ++last_id_;
    asked_.insert(to.token);
  }
  patchbay::detail::Encoder encoder;
  const pb_http_result answer = detail::encode(to.token, result, encoder);
  enter("judge", [&] { functions.judge(instance_state_, &to, &answer); });
  if (!wait_until([&] { return judged_.contains(to.token); })) {
    violate("judge: an answer was never judged");
    return {};
  }
  return copy(judged_).at(to.token);
}

inline pb_token FakeHost::deliver(const Event& event) {
  need(State::running, "deliver");
  const auto functions = table<pb_deliver>(PATCHBAY_EXT_DELIVER);
  pb_token token = 0;
  {
    const std::lock_guard lock(mutex_);
    token = ++last_id_;
    asked_.insert(token);
  }
  // What the event borrows is gone once the call has returned, as in the real host.
  due([this, functions, token, event, id = std::string(event.id), type = std::string(event.type),
       contact = std::string(event.contact), payload = std::string(event.payload)] {
    pb_event to = detail::encode(event);
    to.token = token;
    to.id = bytes(id);
    to.type = bytes(type);
    to.contact = bytes(contact);
    to.payload = bytes(payload);
    enter("deliver", [&] { functions.deliver(instance_state_, &to); });
  });
  drain();
  return token;
}

inline std::optional<Judgement> FakeHost::judgement(pb_token token) const {
  const std::lock_guard lock(mutex_);
  const auto found = judged_.find(token);
  return found == judged_.end() ? std::nullopt : std::optional(found->second);
}

inline void FakeHost::refuse_next_batch(Error error) {
  const std::lock_guard lock(mutex_);
  refusals_.push_back(std::move(error));
}

inline void FakeHost::complete(pb_token token, std::optional<Error> error) {
  if (!copy(outstanding_).contains(token))
    throw std::logic_error("complete: no batch with token " + std::to_string(token) + " is on its way");
  due([this, token, error = std::move(error)]() mutable { finish(token, std::move(error)); });
  drain();
}

// Makes a batch durable, sends the answer that it carries, and tells the plugin.
inline void FakeHost::finish(pb_token token, std::optional<Error> error) {
  auto to = patchbay::detail::sized<pb_completion>();
  to.token = token;
  {
    const std::lock_guard lock(mutex_);
    const auto found = outstanding_.find(token);
    if (found == outstanding_.end()) return;  // completed by hand before its turn came
    const Batch batch = std::move(found->second);
    outstanding_.erase(found);
    if (!error && !refusals_.empty()) {
      error = std::move(refusals_.front());
      refusals_.pop_front();
    }
    if (!error) {
      const auto count = [&](const std::string& account, const std::string& id, std::uint32_t& fresh) {
        ++(id.empty() || known_.emplace(account, id).second ? fresh : to.duplicates);
      };
      std::uint32_t facts = 0;
      for (const Interaction& value : batch.interactions) count(value.account, value.external_id, to.accepted);
      for (const Fact& value : batch.facts) count(value.account, value.external_id, facts);
      for (const auto& [key, value] : batch.states) {
        if (value.empty())
          states_.erase(key);
        else
          states_[key] = value;
      }
      if (observer_ != nullptr) observer_->durable(batch);
    }
    if (batch.answers != 0) respond(batch.answers, error ? HttpResponse{503, {}, {}} : batch.answer);
  }
  patchbay::detail::Encoder encoder;
  if (error) to.errors = encoder.one(patchbay::detail::encode(*error));
  enter("complete", [&] { plugin_->complete(instance_state_, &to); });
}

inline std::vector<pb_token> FakeHost::on_their_way() const {
  const std::lock_guard lock(mutex_);
  std::vector<pb_token> tokens;
  for (const auto& [token, batch] : outstanding_) tokens.push_back(token);
  return tokens;
}

inline bool FakeHost::idle() const {
  const std::lock_guard lock(mutex_);
  return due_.empty() && outstanding_.empty() && unanswered_calls_.empty() && connecting_.empty() &&
         accessing_.empty() && asked_.empty() && sending_.empty() && waiting_requests_.empty();
}

inline void FakeHost::trouble(std::function<pb_code(std::string_view)> code) {
  const std::lock_guard lock(mutex_);
  trouble_ = std::move(code);
}

inline void FakeHost::on_call(std::function<HttpResult(const HttpCall&)> answer) {
  const std::lock_guard lock(mutex_);
  on_call_ = std::move(answer);
}

inline void FakeHost::answer(pb_token token, const HttpResult& result) {
  HttpResult given = result;
  {
    const std::lock_guard lock(mutex_);
    const auto found = unanswered_calls_.find(token);
    if (found == unanswered_calls_.end())
      throw std::logic_error("answer: no call with token " + std::to_string(token) + " is on its way");
    if (found->second.keep_body == KeepBody::as_attachment && given.status != 0) {
      given.attachment = ++last_id_;
      attachments_[given.attachment] = std::exchange(given.body, {});
    }
    unanswered_calls_.erase(found);
  }
  const auto functions = table<pb_http_client>(PATCHBAY_EXT_HTTP_CLIENT);
  due([this, functions, token, given = std::move(given)] {
    if (copy(state_) != State::running) return;  // a stopped instance hears of completions only
    patchbay::detail::Encoder encoder;
    const pb_http_result to = detail::encode(token, given, encoder);
    enter("answered", [&] { functions.answered(instance_state_, &to); });
  });
  drain();
}

inline void FakeHost::advance(std::chrono::microseconds by) {
  const std::lock_guard lock(mutex_);
  now_ += by;
  monotonic_ += by;
}

inline TimePoint FakeHost::now() const { return copy(now_); }

}  // namespace patchbay::testkit
