#include "conformance/session.hpp"

#include <algorithm>

namespace patchbay::conformance {
using namespace std::chrono_literals;

Event event_of(const SampleEvent& sample) {
  Event event;
  event.id = sample.id;
  event.type = sample.type;
  event.contact = sample.contact;
  event.payload = sample.payload;
  return event;
}

Session::Session(const Subject& subject, Ledger& ledger)
    : subject_(subject),
      ledger_(ledger),
      examples_(read_examples(subject.examples)),
      host_(testkit::load(subject.library)) {
  if (subject.may_reveal) host_.allow_reveal();
  for (const auto& [key, value] : ledger.states()) host_.set_state(key, value);
  for (const Item& item : ledger.items()) host_.set_known(item.account, item.id);
  // A later life is later.
  if (!ledger.items().empty() || !ledger.states().empty()) host_.advance(std::chrono::hours{1});
  host_.on_call([this](const HttpCall& call) { return answer(call); });
  host_.on_connect([](const StreamCall& call) {
    return std::optional(Error{PB_NOT_CONNECTED, "connecting to " + call.host + ": nobody is there", {}, {}, {}});
  });
  host_.observe(this);
}

Session::~Session() {
  end();
  host_.observe(nullptr);
  static_cast<void>(host_.take_violations());
}

Json Session::open_settings() {
  Json settings = subject_.settings;
  for (const std::string& place : subject_.secrets) {
    const Json::json_pointer pointer(place);
    if (settings.contains(pointer) && settings.at(pointer).is_string())
      settings.at(pointer) = subject_.uses_oauth2 && place == "/oauth2"
                                 ? host_.oauth2(settings.at(pointer).get<std::string>())
                                 : host_.secret(settings.at(pointer).get<std::string>());
  }
  return settings;
}

std::optional<std::string> Session::begin() {
  subject_.doing("open");
  if (host_.open(open_settings()) != PB_OK) return "open: " + host_.why();
  opened_ = true;
  subject_.doing("start");
  if (host_.start() != PB_OK) return "start: " + host_.why();
  started_ = true;
  runs_ = offers(PATCHBAY_EXT_RUN);
  if (runs_) host_.start_running();
  settle();
  return std::nullopt;
}

void Session::settle() {
  if (!runs_) return host_.settle();
  constexpr auto quiet = 20ms;
  for (auto left = std::min<std::chrono::milliseconds>(patience, 1s); left > 0ms; left -= quiet) {
    const std::uint64_t before = crossings_;
    static_cast<void>(host_.wait_until([] { return false; }, quiet));
    if (crossings_ == before && host_.idle()) return;
  }
}

std::uint32_t Session::request(std::size_t number, unsigned attempts) {
  std::uint32_t status = 0;
  for (unsigned attempt = 0; attempt < attempts; ++attempt) {
    subject_.doing("receive");
    set_current(number);
    const pb_request id = host_.receive(examples_.requests[number]);
    name_current(id);
    if (runs_) static_cast<void>(host_.wait_until([&] { return host_.response(id).has_value(); }, 1s));
    const std::optional<HttpResponse> response = host_.response(id);
    status = response ? response->status : 0;
    if (status != 0 && status < 500) break;
    host_.advance(1s);
  }
  return status;
}

void Session::poll_once() {
  subject_.doing("poll");
  host_.advance(std::min<std::chrono::milliseconds>(host_.poll(), 24h));
}

void Session::deliver(std::size_t number) {
  const Event event = event_of(sample_events()[number]);
  if (offers(PATCHBAY_EXT_DELIVER)) {
    subject_.doing("deliver");
    const pb_token token = host_.deliver(event);
    static_cast<void>(host_.wait_until([&] { return host_.judgement(token).has_value(); }, patience));
    const std::optional<Judgement> judgement = host_.judgement(token);
    if (judgement && judgement->verdict == Verdict::delivered) record(Ledger::delivered(number));
    return;
  }
  subject_.doing("render");
  const testkit::Rendered rendered = host_.render(event);
  HttpResult result;
  result.status = 200;
  subject_.doing("judge");
  if (rendered.call && host_.judge(event, result).verdict == Verdict::delivered) record(Ledger::delivered(number));
}

void Session::play(const Play& what) {
  if (offers(PATCHBAY_EXT_HTTP_ENDPOINT))
    for (std::size_t i = 0; i < std::min(what.requests, examples_.requests.size()); ++i)
      if (!is_answered(i)) static_cast<void>(request(i, 5));
  if (offers(PATCHBAY_EXT_POLL) && !runs_)
    for (unsigned i = 0; i < what.polls; ++i) poll_once();
  if (offers(PATCHBAY_EXT_DELIVER) || offers(PATCHBAY_EXT_SINK))
    for (std::size_t i = 0; i < sample_events().size(); ++i)
      if (!ledger_.events().contains(i)) deliver(i);
  settle();
}

void Session::wait_for(const Ledger& expected) {
  if (!runs_) return;
  static_cast<void>(host_.wait_until(
      [&] {
        const std::lock_guard lock(mutex_);
        return ledger_.lost(expected).empty();
      },
      patience));
}

void Session::end() {
  if (started_) {
    subject_.doing("stop");
    host_.stop();
    started_ = runs_ = false;
  }
  if (opened_) {
    subject_.doing("close");
    host_.close();
    opened_ = false;
  }
  subject_.doing("");
}

std::vector<Finding> Session::broken() {
  std::vector<Finding> all;
  for (const std::string& violation : host_.take_violations())
    all.push_back(fail("T1", violation, "see the function's tag and comment in patchbay/abi.h"));
  return all;
}

void Session::crossing(const char*) {
  const std::uint64_t number = ++crossings_;
  if (on_crossing) on_crossing(number);
}

void Session::durable(const Batch& batch) { record(Ledger::durable(batch)); }

// The answer may come before receive() has told the request's number.
void Session::set_current(std::size_t number) {
  const std::lock_guard lock(mutex_);
  current_ = number;
}

void Session::name_current(pb_request id) {
  const std::lock_guard lock(mutex_);
  if (current_) requests_[id] = *current_;
  current_.reset();
}

void Session::responded(pb_request request, const HttpResponse& response) {
  if (response.status < 200 || response.status >= 300) return;
  crossing("answer");  // what is durable may end here, too: the provider never hears of it, and comes again
  std::optional<std::size_t> number;
  {
    const std::lock_guard lock(mutex_);
    const auto found = requests_.find(request);
    number = found != requests_.end() ? std::optional(found->second) : current_;
  }
  if (number) record(Ledger::answered(*number));
}

bool Session::is_answered(std::size_t request) {
  const std::lock_guard lock(mutex_);
  return ledger_.requests().contains(request);
}

void Session::record(const Json& what) {
  const std::lock_guard lock(mutex_);
  ledger_.apply(what);
  if (on_record) on_record(what);
}

HttpResult Session::answer(const HttpCall& call) {
  for (const Answer& each : examples_.answers)
    if (call.url.starts_with(each.url) && (each.method.empty() || each.method == call.method)) return each.result;
  asked_in_vain_ = true;
  HttpResult result;
  result.error =
      Error{PB_NOT_CONNECTED, "connecting: there is no service in a check", "add an answer to check.json", {}, {}};
  return result;
}

std::optional<Ledger> undisturbed(const Subject& subject, const Play& play, std::string& why) {
  Ledger ledger;
  Session session(subject, ledger);
  if (const auto failed = session.begin()) {
    why = "its settings do not start it: " + *failed;
    return std::nullopt;
  }
  session.play(play);
  session.end();
  if (!ledger.items().empty()) return ledger;
  if (subject.is_sink)
    why = "it brings nothing in: it is a sink";
  else if (session.asked_in_vain())
    why = "it asks a service over HTTP, and there is none";
  else if (session.offers(PATCHBAY_EXT_HTTP_ENDPOINT) && session.examples().requests.empty())
    why = "there is no example of a request";
  else
    why = "its examples bring nothing in";
  return std::nullopt;
}

std::vector<Finding> or_pass(std::vector<Finding> findings, const char* clause, std::string reason) {
  if (findings.empty()) findings.push_back(pass(clause, std::move(reason)));
  return findings;
}

}  // namespace patchbay::conformance
