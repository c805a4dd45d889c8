// A host for the unit tests of a plugin: opens it through its real entry, records what it hands over, plays the rest.
//
//   testkit::FakeHost host{patchbay_plugin_v1(PATCHBAY_ABI_MAJOR, PATCHBAY_ABI_MINOR)};  // or testkit::load(path)
//   ASSERT_EQ(host.open({{"app_secret", host.secret("shh")}}), PB_OK) << host.why();
//   ASSERT_EQ(host.start(), PB_OK);
//   const HttpResponse answer = host.exchange({.path = "", .body = "{...}"});  // or poll(), send(), render(), ...
//   EXPECT_EQ(host.batches().at(0).batch.interactions.at(0).text, "hello");
//
// A fake clock stands still until advance(). Batches become durable, and calls of the HTTP client are answered, as soon
// as the plugin's current call has returned; hold() keeps batches back until complete(). Signatures of endpoints are
// not checked here, since the real host does that before the plugin is called.
//
// Streams lead to a Peer that the test plays; a watch is told after the call in course, and by settle(). Their times
// are those of the fake clock.
//
// The contract of abi.h is watched: states, [instance] calls one at a time, credit, well-formed batches, each request,
// sending, render and judge ended once, streams closed, a reason behind each failure. What breaks it is listed by
// violations() and fails the test when the host is destroyed (GoogleTest's ADD_FAILURE where the kit is built with it,
// else abort).
//
// Threads: the plugin may call from any thread; the test calls from one. With start_running() the plugin's run() has a
// thread of its own, which then makes all calls, as in the real host: wait for their effect with wait_until().
// All values are owned by the host and returned as copies. Mistakes of the test itself throw std::logic_error.
#pragma once

#include <dlfcn.h>
#include <poll.h>
#include <patchbay/detail/border.hpp>
#include <patchbay/testkit/contract.hpp>
#include <patchbay/testkit/peer.hpp>
#include <patchbay/testkit/recorded.hpp>
#include <patchbay/testkit/secrets.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

#ifdef PATCHBAY_TESTKIT_GTEST
#include <gtest/gtest.h>
#endif

namespace patchbay::testkit {

struct Submission {
  pb_token token = 0;
  Batch batch;
};
struct Call {
  pb_token token = 0;
  HttpCall call;
};
struct Connecting {
  pb_token token = 0;
  StreamCall call;
};
struct Accessing {
  pb_token token = 0;
  std::string refused;
};
struct Sent {
  pb_token token = 0;
  std::string external_id;
  TimePoint occurred_at{};
  std::optional<Error> error;
};
struct Line {
  LogLevel level = LogLevel::info;
  std::string text;
};
// A request to /hooks/CHANNEL. Header names are lowered, as the host does.
struct Request {
  std::string method = "POST";
  std::string path = {};
  std::string query = {};
  std::string peer = "192.0.2.1";
  std::vector<Header> headers = {};
  std::string body = {};
};
// Either a call or an error.
struct Rendered {
  std::optional<HttpCall> call;
  std::optional<Error> error;
};

// Watches what crosses between plugin and host, for the conformance checks. Called with the host locked, from whatever
// thread it happens on; must not call the host.
class Observer {
 public:
  Observer() = default;
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;
  virtual ~Observer() = default;

  virtual void crossing(const char* /*function*/) {}  // before and after each host call, before each plugin call
  virtual void durable(const Batch&) {}
  virtual void responded(pb_request, const HttpResponse&) {}
  virtual void judged(pb_token, const Judgement&) {}
  virtual void busy() {}  // a submit found no credit
};

// Opens a plugin's library and calls its entry. Throws std::logic_error. The library is never closed, as in the host.
[[nodiscard]] inline const pb_plugin* load(const std::string& library) {
  void* const handle = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) throw std::logic_error(dlerror());
  const auto entry = reinterpret_cast<pb_entry>(dlsym(handle, PATCHBAY_ENTRY));
  if (entry == nullptr) throw std::logic_error(library + " has no " PATCHBAY_ENTRY);
  return entry(PATCHBAY_ABI_MAJOR, PATCHBAY_ABI_MINOR);
}

class FakeHost {
 public:
  explicit FakeHost(const pb_plugin* plugin);
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;
  ~FakeHost();

  // ---- Before open ----
  // The settings' value for a secret: {"$secret": N}.
  [[nodiscard]] Json secret(std::string value);
  // The settings' value for `oauth2`. The access token is the one given here, until
  // set_access_token().
  [[nodiscard]] Json oauth2(std::string access_token);
  void allow_reveal() { reveal_allowed_ = true; }
  void set_credit(std::uint32_t credit) { credit_ = credit; }
  void withhold(std::string extension) { withheld_.insert(std::move(extension)); }  // a host that lacks it
  void set_state(std::string key, std::string value);
  void set_authorities(std::string pem) { authorities_ = std::move(pem); }  // whom TLS on streams is to trust
  void set_known(std::string account, std::string external_id);             // durable since an earlier life
  void observe(Observer* observer) { observer_ = observer; }                // which outlives the host

  // ---- The life of an instance; open again after close to test a restart: states, clock and records stay ----
  [[nodiscard]] pb_code open(const Json& settings, std::string_view region = {}, std::string_view name = "test");
  [[nodiscard]] pb_code check();
  [[nodiscard]] pb_code start();
  void stop();
  void close();
  void start_running();      // after start: calls run() on a thread of its own
  pb_code finish_running();  // says `stopping` and returns what run() returned; stop() does it too
  [[nodiscard]] bool wait_until(const std::function<bool()>& holds,
                                std::chrono::milliseconds deadline = std::chrono::seconds{10});

  // ---- Calls ----
  [[nodiscard]] const pb_plugin& plugin() const { return *plugin_; }
  [[nodiscard]] bool offers(std::string_view extension) const;
  std::chrono::milliseconds poll();  // how long the plugin wants to wait
  pb_request receive(const Request& request);
  HttpResponse exchange(const Request& request);  // receive, and its answer
  pb_token send(Outbound outbound);               // the token is made here
  pb_token replay(const Original& original);
  Rendered render(const Event& event);  // called twice: the second answer must be the first
  Judgement judge(const Event& event, const HttpResult& result);
  pb_token deliver(const Event& event);  // the token is made here; judgement() has its end
  [[nodiscard]] std::optional<Judgement> judgement(pb_token token) const;

  // ---- The other side of what the plugin asks for ----
  void hold() { held_ = true; }                                    // keep batches until complete()
  void complete(pb_token token, std::optional<Error> error = {});  // the end of a held batch
  void refuse_next_batch(Error error);                             // as the store would
  // Answers the calls of the HTTP client; without one each call waits for answer().
  void on_call(std::function<HttpResult(const HttpCall&)> answer);
  void answer(pb_token token, const HttpResult& result);
  // The access token from now on, with which a Host::access ends; without one it ends with PB_AUTH_FAILED, as while a
  // person has to consent.
  void set_access_token(std::optional<std::string> token);
  // The ends of Host::connect: the answer to each (an error, or none, after which peer() has its other end); without
  // one each waits for accept() or refuse().
  void on_connect(std::function<std::optional<Error>(const StreamCall&)> answer);
  Peer accept(pb_token token);
  void refuse(pb_token token, Error error);
  [[nodiscard]] Peer peer(pb_token token) const;  // of the latest stream under this token
  // Asked before each host function that returns a code; all but PB_OK is returned in the function's stead.
  void trouble(std::function<pb_code(std::string_view function)> code);
  void
  settle();  // makes the calls that are due: after the plugin worked on a thread of its own, a peer spoke, time went
  void advance(std::chrono::microseconds by);
  [[nodiscard]] TimePoint now() const;

  // ---- Records ----
  [[nodiscard]] std::vector<Submission> batches() const { return copy(batches_); }
  [[nodiscard]] std::vector<Call> calls() const { return copy(calls_); }
  [[nodiscard]] std::vector<Accessing> accesses() const { return copy(accesses_); }
  [[nodiscard]] std::vector<Connecting> connects() const { return copy(connects_); }
  [[nodiscard]] std::vector<Sent> sent() const { return copy(sent_); }
  [[nodiscard]] std::vector<Error> reports() const { return copy(reports_); }
  [[nodiscard]] std::vector<Line> log() const { return copy(log_); }
  [[nodiscard]] std::map<std::string, std::string> states() const { return copy(states_); }
  [[nodiscard]] std::map<std::string, double> metrics() const { return copy(metrics_); }
  [[nodiscard]] std::map<std::uint64_t, std::string> attachments() const { return copy(attachments_); }
  [[nodiscard]] std::vector<pb_token> on_their_way() const;  // the batches that wait for complete()
  [[nodiscard]] bool idle() const;                           // nothing is due, on its way, or without its end
  [[nodiscard]] std::optional<HttpResponse> response(pb_request request) const;
  [[nodiscard]] std::string why() const;  // the reports, as text for a failed assertion
  // The contract broken so far; taking the list keeps the test from failing over it.
  [[nodiscard]] std::vector<std::string> violations() const { return copy(violations_); }
  std::vector<std::string> take_violations();

 private:
  enum class State : std::uint8_t { closed, opened, starting, running, stopping };

  struct Watch {
    std::uint64_t number = 0;
    int descriptor = -1;
    std::uint32_t interest = 0;
    std::chrono::microseconds due{};  // on the monotonic clock
    bool is_told = false;
  };
  struct Tables;  // the function tables of the host, in services.ipp

  template <class Value>
  [[nodiscard]] Value copy(const Value& value) const {
    const std::lock_guard lock(mutex_);
    return value;
  }
  template <class Table>
  [[nodiscard]] Table table(const char* id) const;
  template <class Made>
  void enter(const char* function, Made&& make);
  void crossed(const char* function) const {
    if (observer_ != nullptr) observer_->crossing(function);
  }
  [[nodiscard]] pb_code troubled(const char* function) const { return trouble_ ? trouble_(function) : PB_OK; }
  void due(std::function<void()> call);
  void drain();
  void violate(std::string what);
  void need(State state, const char* function) const;
  void finish(pb_token token, std::optional<Error> error);
  [[nodiscard]] pb_code submit(const pb_batch& batch);
  [[nodiscard]] pb_code call(const pb_http_call& call);
  [[nodiscard]] pb_code access(const pb_access_call& call);
  void accessed(pb_token token);
  [[nodiscard]] pb_code connect(const pb_stream_call& call);
  void connected(pb_token token, int descriptor, std::optional<Error> error);
  [[nodiscard]] bool on_instance() const;
  [[nodiscard]] pb_code watch(const pb_stream_watch& wanted);
  [[nodiscard]] pb_code unwatch(pb_token token);
  void look();
  void ready(pb_token token, std::uint64_t number, std::uint32_t events);
  void end_streams();
  [[nodiscard]] pb_code next(std::uint32_t timeout_ms);
  void respond(pb_request id, const HttpResponse& response);

  const pb_plugin* plugin_;
  pb_host core_{};
  pb_instance instance_ = 0;
  void* instance_state_ = nullptr;

  mutable std::recursive_mutex mutex_;  // over all below; never held while the plugin is called
  std::condition_variable_any changed_;
  State state_ = State::closed;
  bool in_call_ = false, run_active_ = false, run_stopping_ = false;
  bool reveal_allowed_ = false, held_ = false;
  std::uint32_t credit_ = 64;
  std::uint64_t last_id_ = 0;
  TimePoint now_{std::chrono::seconds{1'767'225'600}};  // 2026-01-01
  std::chrono::microseconds monotonic_{1'000'000};
  std::uint64_t random_ = 1;
  std::deque<std::function<void()>> due_;
  std::deque<Error> refusals_;
  std::function<HttpResult(const HttpCall&)> on_call_;
  std::function<pb_code(std::string_view)> trouble_;
  Observer* observer_ = nullptr;
  std::set<std::string, std::less<>> withheld_;
  std::map<pb_secret, std::string> secrets_;
  std::map<pb_token, Batch> outstanding_;
  std::map<pb_token, HttpCall> unanswered_calls_;
  std::function<std::optional<Error>(const StreamCall&)> on_connect_;
  std::optional<pb_secret> oauth2_;
  std::optional<std::string> access_token_;
  std::set<pb_token> accessing_;
  std::vector<Accessing> accesses_;
  std::vector<Connecting> connects_;
  std::set<pb_token> connecting_;
  std::vector<std::pair<pb_token, Peer>> peers_;
  std::map<pb_token, Watch> watches_;
  std::string authorities_;
  std::thread::id calling_thread_;                       // of the call in course
  std::set<std::pair<std::string, std::string>> known_;  // account and external id of durable interactions and facts
  std::set<pb_token> sending_;
  std::set<pb_request> waiting_requests_;
  std::map<pb_request, HttpResponse> responses_;
  std::map<pb_token, Rendered> rendered_;
  std::map<pb_token, Judgement> judged_;
  std::set<pb_token> asked_;  // render, judge and deliver in course
  std::map<std::uint64_t, std::string> attachments_;
  std::vector<Submission> batches_;
  std::vector<Call> calls_;
  std::vector<Sent> sent_;
  std::vector<Error> reports_;
  std::vector<Line> log_;
  std::map<std::string, std::string> states_;
  std::map<std::string, double> metrics_;
  std::vector<std::string> violations_;
  pb_code run_code_ = PB_OK;
  std::thread run_thread_;
};

}  // namespace patchbay::testkit

#include <patchbay/testkit/detail/oauth2.ipp>
#include <patchbay/testkit/detail/services.ipp>
#include <patchbay/testkit/detail/streams.ipp>

#include <patchbay/testkit/detail/calls.ipp>
#include <patchbay/testkit/detail/life.ipp>
