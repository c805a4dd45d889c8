#include "cli/check_recorder.hpp"

#include "base/random.hpp"
#include "base/time.hpp"
#include "plugin/frame_tables.hpp"

#include <patchbay/bytes.hpp>

#include <algorithm>
#include <span>

namespace patchbay::cli {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr auto quiet = 20ms;
constexpr auto patience = 3s;  // with what has no end
constexpr auto moment = 1s;    // for what may still come

template <class T>
json shown(const T& value);

template <class T, class Member>
void add_member(json& members, const T& value, const Member& member) {
  if constexpr (requires { typename Member::Of; }) {
    json elements = json::array();
    each<typename Member::Of>(value.*member.member,
                              [&](const typename Member::Of& element) { elements.push_back(shown(element)); });
    members.push_back(std::move(elements));
  } else if constexpr (!std::is_same_v<std::remove_cvref_t<decltype(value.*member)>, std::int64_t>) {  // no times
    members.push_back(shown(value.*member));
  }
}

template <class T>
json shown(const T& value) {
  if constexpr (std::is_arithmetic_v<T>) {
    return value;
  } else if constexpr (std::is_same_v<T, pb_bytes>) {
    return std::string(view(value));
  } else {
    json members = json::array();
    std::apply([&](const auto&... member) { (add_member(members, value, member), ...); },
               plugin::FieldTable<T>::members);
    return members;
  }
}

std::string with_folder_named(std::string text, const std::string& folder) {
  constexpr std::string_view name = "${folder}";
  for (std::size_t at = text.find(folder); at != std::string::npos; at = text.find(folder, at + name.size()))
    text.replace(at, folder.size(), name);
  return text;
}

}  // namespace

// ---- For the script ----

// Under the lock.
void Recorder::keep(std::string_view what, const json& told) {
  const std::string text = told.dump(-1, ' ', false, json::error_handler_t::replace);
  told_.insert(with_folder_named(std::string(what) + " " + text, folder_));
  ++changes_;
  changed_.notify_all();
}

void Recorder::note(std::string_view what, const json& told) {
  const std::lock_guard lock(mutex_);
  keep(what, told);
}

void Recorder::expect(std::string what) {
  const std::lock_guard lock(mutex_);
  open_.insert(std::move(what));
}

// Under the lock.
void Recorder::ended(const std::string& what) {
  if (const auto found = open_.find(what); found != open_.end()) open_.erase(found);
}

void Recorder::settle() {
  const auto end = std::chrono::steady_clock::now() + patience;
  std::unique_lock lock(mutex_);
  while (!is_lost_ && std::chrono::steady_clock::now() < end) {
    const std::uint64_t before = changes_;
    if (changed_.wait_for(lock, quiet, [&] { return changes_ != before; })) continue;
    std::vector<plugin::Completion> completions = std::move(completions_);
    std::vector<plugin::HttpResult> results = std::move(results_);
    completions_.clear();
    results_.clear();
    std::vector<plugin::AccessResult> accesses = std::move(accesses_);
    accesses_.clear();
    std::vector<plugin::StreamResult> refused = std::move(refused_);
    refused_.clear();
    if (completions.empty() && results.empty() && accesses.empty() && refused.empty() && open_.empty()) return;
    lock.unlock();
    for (plugin::Completion& completion : completions) instance_->complete(std::move(completion));
    for (plugin::HttpResult& result : results) instance_->answered(std::move(result));
    for (plugin::AccessResult& result : accesses) instance_->accessed(std::move(result));
    for (plugin::StreamResult& result : refused) instance_->connected(std::move(result), Descriptor());
    lock.lock();
  }
}

void Recorder::wait_for(const Told& expected) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, moment, [&] {
    return is_lost_ || std::includes(told_.begin(), told_.end(), expected.begin(), expected.end());
  });
}

Told Recorder::told() const {
  const std::lock_guard lock(mutex_);
  return told_;
}

bool Recorder::is_lost() const {
  const std::lock_guard lock(mutex_);
  return is_lost_;
}

std::vector<std::string> Recorder::less_confined() const {
  const std::lock_guard lock(mutex_);
  return less_confined_;
}

// ---- For the plugin ----

// The host's own lines about a worker are none of the plugin's.
void Recorder::log(std::int32_t level, std::string_view line) {
  if (line.starts_with("its worker wrote: ")) return;
  constexpr std::string_view confinement = "its worker is less confined than it should be: ";
  const std::lock_guard lock(mutex_);
  if (line.starts_with(confinement))
    less_confined_.emplace_back(line.substr(confinement.size()));
  else
    keep("log line", {level, line});
}

void Recorder::report(const pb_error& error) { note("report", shown(error)); }

pb_code Recorder::submit(const pb_batch& batch) {
  const std::lock_guard lock(mutex_);
  if (completions_.size() >= credit) return PB_BUSY;
  plugin::Completion completion{.token = batch.token, .errors = {}};
  each<pb_interaction>(batch.interactions, [&](const pb_interaction& one) {
    ++completion.accepted;
    keep("interaction", shown(one));
    each<pb_attachment>(one.attachments, [&](const pb_attachment& attachment) {
      if (const auto content = shelf_.content(attachment.handle)) keep("attachment", *content);
    });
  });
  each<pb_fact>(batch.facts, [&](const pb_fact& one) { keep("fact", shown(one)); });
  each<pb_notice>(batch.notices, [&](const pb_notice& one) { keep("notice", shown(one)); });
  each<pb_consent>(batch.consents, [&](const pb_consent& one) { keep("consent", shown(one)); });
  each<pb_quarantine>(batch.quarantines, [&](const pb_quarantine& one) { keep("quarantined original", shown(one)); });
  each<pb_state>(batch.states, [&](const pb_state& one) {
    keep("state", shown(one));
    states_[std::string(view(one.key))] = view(one.value);
  });
  each<pb_http_response>(batch.answers, [&](const pb_http_response& one) {
    keep("answer", shown(one));
    ended("request " + std::to_string(one.id));
  });
  completions_.push_back(std::move(completion));
  return PB_OK;
}

pb_code Recorder::state(std::string_view key, const pb_writer& out) {
  std::string value;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = states_.find(key); found != states_.end()) value = found->second;
  }
  if (value.empty()) return PB_NOT_FOUND;
  out.write(out.self, bytes(value));
  return PB_OK;
}

std::int64_t Recorder::now_us() { return clock_.now().time_since_epoch().count(); }
std::int64_t Recorder::monotonic_us() { return clock_.monotonic().count(); }
void Recorder::random(std::uint8_t* to, std::uint64_t length) {
  system_random(std::span(to, static_cast<std::size_t>(length)));
}

void Recorder::add_metric(std::string_view name, double value) { note("metric", {name, value}); }
void Recorder::set_metric(std::string_view name, double value) { note("metric", {name, value}); }

pb_code Recorder::sign(pb_secret secret, std::string_view scheme, std::string_view message, const pb_writer& out) {
  return secrets_.sign(secret, scheme, message, out);
}
pb_code Recorder::verify(pb_secret secret, std::string_view scheme, std::string_view message,
                         std::string_view signature) {
  return secrets_.verify(secret, scheme, message, signature);
}
pb_code Recorder::reveal(pb_secret secret, const pb_writer& out) {
  if (!may_reveal_) return PB_PERMANENT;
  const std::string* const value = secrets_.find(secret);
  if (value == nullptr) return PB_NOT_FOUND;
  out.write(out.self, bytes(*value));
  return PB_OK;
}

pb_code Recorder::create_attachment(std::uint64_t& handle) { return shelf_.create(handle); }
pb_code Recorder::append_attachment(std::uint64_t handle, std::string_view part) { return shelf_.append(handle, part); }
pb_code Recorder::discard_attachment(std::uint64_t handle) { return shelf_.discard(handle); }

plugin::HttpResult Recorder::answer_to(const pb_http_call& call) {
  plugin::HttpResult result;
  result.token = call.token;
  for (const json& each : answers_) {
    const std::string method = each.value("method", "");
    if (!view(call.url).starts_with(each.value("url", ""))) continue;
    if (!method.empty() && method != view(call.method)) continue;
    result.status = each.value("status", 200U);
    const json body = each.value("body", json(""));
    result.body = body.is_string() ? body.get<std::string>() : body.dump();
    const json headers = each.value("headers", json::object());
    for (const auto& [name, value] : headers.items()) result.headers.emplace_back(name, value.get<std::string>());
    if ((call.flags & PB_HTTP_TO_ATTACHMENT) == 0 || shelf_.create(result.attachment) != PB_OK) return result;
    static_cast<void>(shelf_.append(result.attachment, result.body));
    result.body.clear();
    return result;
  }
  result.errors = {{.code = PB_NOT_CONNECTED,
                    .pointer = {},
                    .reason = "connecting: there is no service in a check",
                    .remedy = "add an answer to check.json"}};
  return result;
}

pb_code Recorder::http_call(const pb_http_call& call) {
  plugin::HttpResult result = answer_to(call);
  const std::lock_guard lock(mutex_);
  keep("HTTP call", shown(call));
  results_.push_back(std::move(result));
  return PB_OK;
}

// A token that no service takes, since there is none.
pb_code Recorder::access(const pb_access_call& call) {
  const std::lock_guard lock(mutex_);
  keep("access", {{"token", call.token}, {"secret", call.secret}, {"refused", view(call.refused)}});
  accesses_.push_back({.token = call.token, .expires_us = 0, .errors = {}, .access_token = "a-token-of-the-check"});
  return PB_OK;
}

// Nobody is there to connect to: what it does then is what is compared.
pb_code Recorder::connect(const pb_stream_call& call) {
  const std::lock_guard lock(mutex_);
  keep("connection", shown(call));
  refused_.push_back(
      {.token = call.token,
       .errors =
           {{.code = PB_NOT_CONNECTED, .pointer = {}, .reason = "connecting: nobody listens there", .remedy = {}}},
       .peer = {}});
  return PB_OK;
}

pb_code Recorder::authorities(const pb_writer&) {
  const std::lock_guard lock(mutex_);
  keep("authorities", json::object());
  return PB_NOT_FOUND;
}

void Recorder::respond(const pb_http_response& response) {
  const std::lock_guard lock(mutex_);
  keep("answer", shown(response));
  ended("request " + std::to_string(response.id));
}

void Recorder::sent(const pb_sent& sent) {
  const std::lock_guard lock(mutex_);
  keep("end of a sending", shown(sent));
  ended("sending " + std::to_string(sent.token));
}

void Recorder::rendered(const pb_rendered& rendered) {
  const std::lock_guard lock(mutex_);
  keep("rendering", shown(rendered));
  ended("event " + std::to_string(rendered.token));
}

void Recorder::judged(const pb_judged& judged) {
  const std::lock_guard lock(mutex_);
  keep("judgement", shown(judged));
  ended("event " + std::to_string(judged.token));
}

void Recorder::lost(const Error& why) {
  const std::lock_guard lock(mutex_);
  keep("end of the worker", why.reason);
  is_lost_ = true;
}

}  // namespace patchbay::cli
