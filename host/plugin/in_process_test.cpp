#include "plugin/in_process.hpp"

#include "plugin/host_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <patchbay/bytes.hpp>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <future>
#include <map>
#include <mutex>
#include <thread>

namespace patchbay::plugin {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A list of what happened, written by one thread and waited for by another.
class Journal {
 public:
  void write(std::string line) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
    changed_.notify_all();
  }
  std::vector<std::string> lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }
  [[nodiscard]] bool wait_for(const std::string& line, std::size_t times = 1) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(
        lock, 20s, [&] { return static_cast<std::size_t>(std::count(lines_.begin(), lines_.end(), line)) >= times; });
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
};

// Writes down what the plugin asks of it.
class FakeServices final : public Services {
 public:
  void log(std::int32_t level, std::string_view line) override {
    journal.write("log " + std::to_string(level) + " " + std::string(line));
  }
  void report(const pb_error& error) override {
    journal.write("report " + std::to_string(error.code) + " " + std::string(view(error.reason)));
  }
  pb_code submit(const pb_batch& batch) override {
    ++submits;
    EXPECT_EQ(batch.size, sizeof(pb_batch));
    journal.write("submit " + std::to_string(batch.token));
    return PB_OK;
  }
  pb_code state(std::string_view, const pb_writer& out) override {
    out.write(out.self, bytes("value"));
    return PB_OK;
  }
  std::int64_t now_us() override { return 7; }
  std::int64_t monotonic_us() override { return 8; }
  void random(std::uint8_t* to, std::uint64_t length) override { std::fill_n(to, length, std::uint8_t{9}); }
  void add_metric(std::string_view, double) override {}
  void set_metric(std::string_view, double) override {}
  pb_code sign(pb_secret, std::string_view, std::string_view, const pb_writer&) override { return PB_OK; }
  pb_code verify(pb_secret, std::string_view, std::string_view, std::string_view) override { return PB_OK; }
  pb_code reveal(pb_secret, const pb_writer& out) override {
    out.write(out.self, bytes("secret"));
    return PB_OK;
  }
  pb_code create_attachment(std::uint64_t& handle) override { return handle = 5, PB_OK; }
  pb_code append_attachment(std::uint64_t, std::string_view) override { return PB_OK; }
  pb_code discard_attachment(std::uint64_t) override { return PB_OK; }
  pb_code http_call(const pb_http_call&) override { return PB_OK; }
  void respond(const pb_http_response& response) override {
    journal.write("respond " + std::to_string(response.id) + " " + std::to_string(response.status));
  }
  void sent(const pb_sent& sent) override {
    journal.write("sent " + std::to_string(sent.token) + " errors " + std::to_string(sent.errors.count));
  }
  void rendered(const pb_rendered& rendered) override { journal.write("rendered " + std::to_string(rendered.token)); }
  void judged(const pb_judged& judged) override { journal.write("judged " + std::to_string(judged.token)); }

  Journal journal;
  std::atomic<int> submits{0};
};

// Runs what was posted when it is told to, and knows the time only as delays.
class FakeExecutor final : public Executor {
 public:
  void post(Task task) override { ready.push_back(std::move(task)); }
  void post_after(Duration delay, Task task) override { later.emplace_back(delay, std::move(task)); }
  void run_ready() {
    while (!ready.empty()) {
      const Task task = std::move(ready.front());
      ready.pop_front();
      task();
    }
  }
  // The next delay, after which its task is ready.
  Duration advance() {
    auto [delay, task] = std::move(later.front());
    later.pop_front();
    post(std::move(task));
    return delay;
  }
  std::deque<Task> ready;
  std::deque<std::pair<Duration, Task>> later;
};

// A plugin in this very program. What its functions do is written by each test.
struct Script {
  Journal journal;
  const pb_host* host = nullptr;
  pb_instance instance = 0;
  std::atomic<int> inside{0};
  std::atomic<bool> was_concurrent{false};
  std::function<pb_code(const pb_open&)> open = [](const pb_open&) { return PB_OK; };
  std::function<pb_code()> start = [] { return PB_OK; };
  std::function<pb_code()> check = [] { return PB_OK; };
  std::function<std::int64_t()> poll = [] { return std::int64_t{1000}; };
  std::function<pb_code()> run = [] { return PB_OK; };
  std::function<void(const pb_http_request&)> receive = [](const pb_http_request&) {};

  template <class Table>
  const Table& extension(const char* id) const {
    return *static_cast<const Table*>(host->extension(host->self, bytes(id)));
  }
  pb_code submit(pb_token token) const {
    pb_batch batch{};
    batch.size = sizeof batch;
    batch.token = token;
    return extension<pb_host_intake>(PATCHBAY_EXT_INTAKE).submit(host->self, instance, &batch);
  }
  pb_code next(std::uint32_t timeout_ms) const {
    return extension<pb_host_run>(PATCHBAY_EXT_RUN).next(host->self, instance, timeout_ms);
  }
  void report(pb_code code, const char* pointer, const char* reason, const char* remedy) const {
    const pb_error error{sizeof(pb_error), code, 0, bytes(pointer), bytes(reason), bytes(remedy)};
    host->report(host->self, instance, &error);
  }
};

Script* current = nullptr;  // the script of the test that runs

// Notices two calls at once.
class Inside {
 public:
  explicit Inside(void* state) : script(*static_cast<Script*>(state)) {
    if (script.inside.fetch_add(1) != 0) script.was_concurrent = true;
  }
  ~Inside() { script.inside.fetch_sub(1); }
  Script& script;
};

pb_code script_open(const pb_host* host, pb_instance instance, const pb_open* open, void** state) {
  current->host = host;
  current->instance = instance;
  current->journal.write("open " + std::string(view(open->settings)));
  const pb_code code = current->open(*open);
  if (code == PB_OK) *state = current;
  return code;
}
pb_code script_start(void* state) {
  const Inside inside(state);
  inside.script.journal.write("start");
  return inside.script.start();
}
void script_complete(void* state, const pb_completion* completion) {
  Script& script = *static_cast<Script*>(state);  // may come within run, so not counted
  script.journal.write("complete " + std::to_string(completion->token) + " " +
                       std::to_string(completion->errors.count));
}
void script_stop(void* state) {
  const Inside inside(state);
  inside.script.journal.write("stop");
}
void script_close(void* state) {
  const Inside inside(state);
  inside.script.journal.write("close");
}

const pb_check check_table{sizeof(pb_check), 0, [](void* state) {
                             const Inside inside(state);
                             return inside.script.check();
                           }};
const pb_http_endpoint endpoint_table{sizeof(pb_http_endpoint), 0, [](void* state, const pb_http_request* request) {
                                        const Inside inside(state);
                                        inside.script.journal.write("receive " + std::to_string(request->id));
                                        inside.script.receive(*request);
                                      }};
const pb_poll poll_table{sizeof(pb_poll), 0, [](void* state) {
                           const Inside inside(state);
                           inside.script.journal.write("poll");
                           return inside.script.poll();
                         }};
const pb_run run_table{sizeof(pb_run), 0, [](void* state) {
                         const Inside inside(state);
                         inside.script.journal.write("run");
                         const pb_code code = inside.script.run();
                         inside.script.journal.write("run ended");
                         return code;
                       }};

std::map<std::string, const void*, std::less<>> offered;  // by the plugin of the test that runs

const void* script_extension(pb_bytes id) {
  const auto found = offered.find(view(id));
  return found == offered.end() ? nullptr : found->second;
}

const pb_plugin script_plugin{sizeof(pb_plugin),
                              PATCHBAY_ABI_MAJOR,
                              PATCHBAY_ABI_MINOR,
                              0,
                              {reinterpret_cast<const std::uint8_t*>("script"), 6},
                              {reinterpret_cast<const std::uint8_t*>("0.1.0"), 5},
                              script_extension,
                              script_open,
                              script_start,
                              script_complete,
                              script_stop,
                              script_close};

class InProcess : public testing::Test {
 protected:
  InProcess() {
    current = &script;
    offered = {{PATCHBAY_EXT_HTTP_ENDPOINT, &endpoint_table}};
    manifest.name = "script";
    manifest.version = "0.1.0";
  }

  Result<std::unique_ptr<Instance>> try_open(Executor* given) {
    auto functions = take_table(&script_plugin, manifest);
    if (!functions) return failure(functions.error());
    return open_in_process(*functions, manifest, settings, services, given);
  }
  std::unique_ptr<Instance> open(Executor* given = nullptr) {
    auto instance = try_open(given);
    EXPECT_TRUE(instance) << instance.error().text();
    return instance ? std::move(*instance) : nullptr;
  }
  // The Status that a function of the instance ends with.
  static Status wait(Instance& instance, void (Instance::*call)(Done)) {
    auto ended = std::make_shared<std::promise<Status>>();
    auto future = ended->get_future();
    (instance.*call)([ended](Status status) { ended->set_value(std::move(status)); });
    if (future.wait_for(20s) != std::future_status::ready) return failure(ErrorCode::internal, "no answer");
    return future.get();
  }
  static HttpRequest request(pb_request id) {
    HttpRequest value;
    value.id = id;
    value.headers = {{"content-type", "application/json"}};
    value.body = "{}";
    return value;
  }

  Script script;
  FakeServices services;
  FakeExecutor executor;
  Manifest manifest;
  OpenSettings settings{"shop", {{"token", {{"$secret", 1}}}}, "IT", 64};
};

TEST_F(InProcess, OpensWithItsSettingsStartsStopsAndClosesInOrder) {
  script.open = [&](const pb_open& open) {
    EXPECT_EQ(view(open.name), "shop");
    EXPECT_EQ(view(open.region), "IT");
    EXPECT_EQ(open.credit, 64u);
    return PB_OK;
  };
  auto instance = open();
  ASSERT_TRUE(wait(*instance, &Instance::start));
  ASSERT_TRUE(wait(*instance, &Instance::stop));
  instance.reset();
  EXPECT_THAT(script.journal.lines(), ElementsAre(R"(open {"token":{"$secret":1}})", "start", "stop", "close"));
}

TEST_F(InProcess, ClosingStopsFirstAndHappensOnce) {
  auto instance = open();
  ASSERT_TRUE(wait(*instance, &Instance::start));
  instance->close();
  instance->close();
  instance.reset();
  EXPECT_THAT(script.journal.lines(), ElementsAre(testing::_, "start", "stop", "close"));
}

TEST_F(InProcess, NeverMakesTwoCallsAtOnce) {
  script.receive = [&](const pb_http_request& request) {
    EXPECT_EQ(request.headers.count, 1u);
    EXPECT_EQ(script.submit(request.id), PB_OK);
  };
  auto instance = open();
  ASSERT_TRUE(wait(*instance, &Instance::start));
  constexpr int each_thread = 250;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread)
    threads.emplace_back([&] {
      for (int i = 0; i < each_thread; ++i) {
        instance->receive(request(1));
        instance->complete({.token = 1, .errors = {}, .accepted = 1});
      }
    });
  for (std::thread& thread : threads) thread.join();
  // Each completion was posted after its request.
  EXPECT_TRUE(script.journal.wait_for("complete 1 0", 4 * each_thread));
  EXPECT_FALSE(script.was_concurrent);
  EXPECT_EQ(services.submits, 4 * each_thread);
}

TEST_F(InProcess, PollsAfterTheTimeThatThePluginReturned) {
  offered[PATCHBAY_EXT_POLL] = &poll_table;
  auto instance = open(&executor);
  std::int64_t answer = 1500;
  script.poll = [&] { return answer; };
  instance->start([](const Status& status) { EXPECT_TRUE(status); });
  executor.run_ready();
  ASSERT_EQ(executor.later.size(), 1u);
  EXPECT_EQ(executor.advance(), 1500ms);
  const struct {
    std::int64_t answered;
    Duration waited;
  } cases[] = {{1, 1ms}, {86'400'001, 24h}, {INT64_MAX, 24h}, {0, 60s}, {-5, 60s}};
  for (const auto& [answered, waited] : cases) {
    answer = answered;
    executor.run_ready();
    ASSERT_EQ(executor.later.size(), 1u);
    EXPECT_EQ(executor.advance(), waited) << answered;
  }
  EXPECT_THAT(services.journal.lines(), testing::Each(HasSubstr("report 7 polling: expected the milliseconds")));
  EXPECT_EQ(services.journal.lines().size(), 2u);  // for 0 and for -5
}

TEST_F(InProcess, DoesNotPollOnceItStops) {
  offered[PATCHBAY_EXT_POLL] = &poll_table;
  auto instance = open(&executor);
  instance->start([](const Status&) {});
  executor.run_ready();
  instance->stop([](const Status&) {});
  executor.advance();
  executor.run_ready();
  EXPECT_THAT(script.journal.lines(), ElementsAre(testing::_, "start", "poll", "stop"));
  EXPECT_THAT(executor.later, IsEmpty());
}

TEST_F(InProcess, RunHasItsThreadAndTakesCallsOnlyInNext) {
  offered[PATCHBAY_EXT_RUN] = &run_table;
  offered[PATCHBAY_EXT_POLL] = &poll_table;  // run wins
  std::promise<void> go;
  pb_code quiet = PB_OK, last = PB_OK;
  script.run = [&] {
    go.get_future().wait();  // what is posted meanwhile must wait too
    script.journal.write("asking");
    EXPECT_EQ(script.next(10'000), PB_OK);
    quiet = script.next(1);
    script.journal.write("asked");
    do last = script.next(60'000);
    while (last == PB_OK);
    return PB_OK;
  };
  auto instance = open();
  ASSERT_TRUE(wait(*instance, &Instance::start));
  ASSERT_TRUE(script.journal.wait_for("run"));
  instance->complete({.token = 3, .errors = {{PB_TRANSIENT, 0, "", "full", ""}}});
  go.set_value();
  ASSERT_TRUE(script.journal.wait_for("asked"));
  EXPECT_EQ(script.next(0), PB_BUG);  // not on the run's thread
  ASSERT_TRUE(wait(*instance, &Instance::stop));
  instance.reset();
  EXPECT_EQ(quiet, PB_TIMEOUT);
  EXPECT_EQ(last, PB_STOPPING);
  EXPECT_THAT(script.journal.lines(),
              ElementsAre(testing::_, "start", "run", "asking", "complete 3 1", "asked", "run ended", "stop", "close"));
  EXPECT_FALSE(script.was_concurrent);
}

TEST_F(InProcess, ClosingWakesARunThatWaits) {
  offered[PATCHBAY_EXT_RUN] = &run_table;
  script.run = [&] {
    while (script.next(600'000) != PB_STOPPING) continue;
    return PB_OK;
  };
  auto instance = open();
  ASSERT_TRUE(wait(*instance, &Instance::start));
  ASSERT_TRUE(script.journal.wait_for("run"));
  instance->close();
  EXPECT_THAT(script.journal.lines(), ElementsAre(testing::_, "start", "run", "run ended", "stop", "close"));
}

TEST_F(InProcess, RunThatEndsByItselfIsReported) {
  offered[PATCHBAY_EXT_RUN] = &run_table;
  script.run = [] { return PB_NOT_CONNECTED; };
  auto instance = open();
  ASSERT_TRUE(wait(*instance, &Instance::start));
  EXPECT_TRUE(services.journal.wait_for("report 4 running: it returned with code 4 before it was asked to stop"));
}

TEST_F(InProcess, RunHasAThreadOfItsOwnAlsoWhereAnExecutorIsGiven) {
  offered[PATCHBAY_EXT_RUN] = &run_table;
  script.run = [&] { return script.next(10'000); };
  auto instance = open(&executor);
  ASSERT_TRUE(wait(*instance, &Instance::start));
  instance->close();
  EXPECT_TRUE(executor.ready.empty());
  EXPECT_EQ(script.journal.lines().back(), "close");
}

TEST_F(InProcess, DeliversAnEventAndTakesItsEndLater) {
  static Script* inside = nullptr;
  inside = &script;
  static const pb_deliver deliver_table{sizeof(pb_deliver), 0, [](void*, const pb_event* event) {
                                          inside->journal.write("deliver " + std::string(view(event->payload)));
                                        }};
  offered[PATCHBAY_EXT_DELIVER] = &deliver_table;
  manifest.kind = PluginKind::sink;
  auto instance = open();
  ASSERT_TRUE(wait(*instance, &Instance::start));
  EXPECT_TRUE(instance->offers(PATCHBAY_EXT_DELIVER));
  Event event;
  event.token = 6;
  event.payload = std::make_shared<const std::string>("{}");
  instance->deliver(event);
  ASSERT_TRUE(script.journal.wait_for("deliver {}"));
  const pb_judged judged{sizeof(pb_judged), PB_VERDICT_DELIVERED, 6, 0, {}};
  script.extension<pb_host_sink>(PATCHBAY_EXT_SINK).judged(script.host->self, script.instance, &judged);
  EXPECT_TRUE(services.journal.wait_for("judged 6"));
  ASSERT_TRUE(wait(*instance, &Instance::stop));
  instance->deliver(event);  // dropped: it stays in its queue
  instance->close();
  EXPECT_THAT(script.journal.lines(), ElementsAre(testing::_, "start", "deliver {}", "stop", "close"));
}

TEST_F(InProcess, OpeningFailsWithAllThatWasReported) {
  script.open = [&](const pb_open&) {
    script.report(PB_INVALID_SETTINGS, "/token", "expected text, got 42", "write it in quotes");
    script.report(PB_INVALID_SETTINGS, "/portfolio", "expected a number", "take it from the account");
    return PB_INVALID_SETTINGS;
  };
  const auto instance = try_open(nullptr);
  ASSERT_FALSE(instance);
  EXPECT_EQ(instance.error().code, ErrorCode::invalid);
  EXPECT_EQ(instance.error().reason,
            "opening shop: at /token: expected text, got 42 (write it in quotes); "
            "at /portfolio: expected a number (take it from the account)");
  EXPECT_THAT(services.journal.lines(), IsEmpty());  // told once, by the error
}

TEST_F(InProcess, FailuresKeepTheirKind) {
  const std::pair<pb_code, ErrorCode> cases[] = {{PB_INVALID_SETTINGS, ErrorCode::invalid},
                                                 {PB_AUTH_FAILED, ErrorCode::denied},
                                                 {PB_NOT_CONNECTED, ErrorCode::unavailable},
                                                 {PB_TRANSIENT, ErrorCode::unavailable},
                                                 {PB_BUG, ErrorCode::internal},
                                                 {99, ErrorCode::internal}};
  for (const auto& [code, kind] : cases) {
    script.open = [code = code](const pb_open&) { return code; };
    const auto instance = try_open(nullptr);
    ASSERT_FALSE(instance);
    EXPECT_EQ(instance.error().code, kind) << code;
    EXPECT_THAT(instance.error().reason, HasSubstr("did not say why"));
  }
}

TEST_F(InProcess, CheckAndStartSayWhatWasReported) {
  offered[PATCHBAY_EXT_CHECK] = &check_table;
  script.check = script.start = [&] {
    script.report(PB_AUTH_FAILED, "", "the service refused the token", "renew it");
    return PB_AUTH_FAILED;
  };
  auto instance = open();
  const Status checked = wait(*instance, &Instance::check);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, ErrorCode::denied);
  EXPECT_EQ(checked.error().text(), "checking: the service refused the token; renew it");
  const Status started = wait(*instance, &Instance::start);
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().text(), "starting: the service refused the token; renew it");
  EXPECT_EQ(script.submit(1), PB_BUG);  // it is not running
}

TEST_F(InProcess, AnswersRequestsThatThePluginCannotTake) {
  offered.clear();
  auto without = open();
  ASSERT_TRUE(wait(*without, &Instance::start));
  without->receive(request(1));
  EXPECT_TRUE(services.journal.wait_for("respond 1 404"));
  without.reset();

  offered = {{PATCHBAY_EXT_HTTP_ENDPOINT, &endpoint_table}};
  auto instance = open();
  instance->receive(request(2));  // not started
  EXPECT_TRUE(services.journal.wait_for("respond 2 503"));
  ASSERT_TRUE(wait(*instance, &Instance::start));
  ASSERT_TRUE(wait(*instance, &Instance::stop));
  instance->receive(request(3));
  EXPECT_TRUE(services.journal.wait_for("respond 3 503"));
  EXPECT_FALSE(instance->offers(PATCHBAY_EXT_SEND));
  EXPECT_TRUE(instance->offers(PATCHBAY_EXT_HTTP_ENDPOINT));
}

TEST_F(InProcess, ExceptionOutOfThePluginIsReportedAndAnswered) {
  script.receive = [](const pb_http_request&) { throw std::runtime_error("oh"); };
  auto instance = open();
  ASSERT_TRUE(wait(*instance, &Instance::start));
  instance->receive(request(1));
  EXPECT_TRUE(services.journal.wait_for("respond 1 500"));
  EXPECT_TRUE(services.journal.wait_for("report 7 receive: an exception came out of the plugin: oh"));
}

TEST_F(InProcess, CompletionsStillComeWhileItStops) {
  auto instance = open();
  ASSERT_TRUE(wait(*instance, &Instance::start));
  ASSERT_TRUE(wait(*instance, &Instance::stop));
  instance->complete({.token = 8, .errors = {}});
  EXPECT_TRUE(script.journal.wait_for("complete 8 0"));
}

TEST_F(InProcess, TakesSubmitsOnlyWhileItRuns) {
  auto instance = open();
  EXPECT_EQ(script.submit(1), PB_BUG);
  EXPECT_TRUE(services.journal.wait_for("report 7 submitting a batch: the instance has not been started"));
  script.start = [&] { return script.submit(2); };
  ASSERT_TRUE(wait(*instance, &Instance::start));
  EXPECT_EQ(script.submit(3), PB_OK);
  const auto& intake = script.extension<pb_host_intake>(PATCHBAY_EXT_INTAKE);
  EXPECT_EQ(intake.submit(script.host->self, script.instance, nullptr), PB_BUG);
  ASSERT_TRUE(wait(*instance, &Instance::stop));
  EXPECT_EQ(script.submit(4), PB_STOPPING);
  instance->close();
  EXPECT_EQ(script.submit(5), PB_NOT_FOUND);
  EXPECT_EQ(services.submits, 2);
}

TEST_F(InProcess, StructOfAnOlderPluginIsFilledUp) {
  auto instance = open();
  ASSERT_TRUE(wait(*instance, &Instance::start));
  struct {  // a batch as it would be without all that follows the token
    std::uint32_t size, flags;
    pb_token token;
  } const batch{sizeof batch, 0, 6};
  const auto& intake = script.extension<pb_host_intake>(PATCHBAY_EXT_INTAKE);
  EXPECT_EQ(intake.submit(script.host->self, script.instance, reinterpret_cast<const pb_batch*>(&batch)), PB_OK);
  EXPECT_TRUE(services.journal.wait_for("submit 6"));
}

TEST_F(InProcess, UnknownHandleIsFoundOutEverywhere) {
  auto instance = open();
  ASSERT_TRUE(wait(*instance, &Instance::start));
  const pb_instance old = script.instance;
  instance.reset();
  auto next_one = open();  // in the same place
  ASSERT_NE(script.instance, old);
  std::string text;
  const pb_writer out = writer(text);
  const pb_bytes none{};
  void* const self = script.host->self;
  for (const pb_instance handle : {pb_instance{0}, old, ~pb_instance{0}}) {
    script.host->log(self, handle, PB_LOG_INFO, none);
    script.host->report(self, handle, nullptr);
    EXPECT_EQ(script.extension<pb_host_state>(PATCHBAY_EXT_STATE).get(self, handle, none, &out), PB_NOT_FOUND);
    const auto& clock = script.extension<pb_host_clock>(PATCHBAY_EXT_CLOCK);
    EXPECT_EQ(clock.now_us(self, handle), 0);
    EXPECT_EQ(clock.monotonic_us(self, handle), 0);
    std::vector<std::uint8_t> bits(1000);
    clock.random(self, handle, bits.data(), bits.size());
    EXPECT_NE(bits, std::vector<std::uint8_t>(1000));  // random all the same, since nobody looks at a code
    const auto& secrets = script.extension<pb_host_secrets>(PATCHBAY_EXT_SECRETS);
    EXPECT_EQ(secrets.sign(self, handle, 1, none, none, &out), PB_NOT_FOUND);
    EXPECT_EQ(secrets.verify(self, handle, 1, none, none, none), PB_NOT_FOUND);
    EXPECT_EQ(secrets.reveal(self, handle, 1, &out), PB_NOT_FOUND);
    const auto& attachments = script.extension<pb_host_attachments>(PATCHBAY_EXT_ATTACHMENTS);
    std::uint64_t attachment = 0;
    EXPECT_EQ(attachments.create(self, handle, &attachment), PB_NOT_FOUND);
    EXPECT_EQ(attachments.append(self, handle, 1, none), PB_NOT_FOUND);
    EXPECT_EQ(attachments.discard(self, handle, 1), PB_NOT_FOUND);
    const auto& client = script.extension<pb_host_http_client>(PATCHBAY_EXT_HTTP_CLIENT);
    EXPECT_EQ(client.call(self, handle, nullptr), PB_NOT_FOUND);
    EXPECT_EQ(script.extension<pb_host_run>(PATCHBAY_EXT_RUN).next(self, handle, 0), PB_NOT_FOUND);
    script.extension<pb_host_http_endpoint>(PATCHBAY_EXT_HTTP_ENDPOINT).respond(self, handle, nullptr);
    script.extension<pb_host_send>(PATCHBAY_EXT_SEND).sent(self, handle, nullptr);
    script.extension<pb_host_sink>(PATCHBAY_EXT_SINK).rendered(self, handle, nullptr);
    script.extension<pb_host_sink>(PATCHBAY_EXT_SINK).judged(self, handle, nullptr);
    script.extension<pb_host_metrics>(PATCHBAY_EXT_METRICS).add(self, handle, none, 1);
    script.extension<pb_host_metrics>(PATCHBAY_EXT_METRICS).set(self, handle, none, 1);
  }
  EXPECT_EQ(script.host->extension(self, bytes("patchbay.intake/1x")), nullptr);
  EXPECT_EQ(script.host->extension(self, {nullptr, 17}), nullptr);
  EXPECT_THAT(services.journal.lines(), IsEmpty());
}

TEST_F(InProcess, RevealsSecretsOnlyWithTheCapability) {
  std::string text;
  const pb_writer out = writer(text);
  const auto reveal = [&] {
    return script.extension<pb_host_secrets>(PATCHBAY_EXT_SECRETS).reveal(script.host->self, script.instance, 1, &out);
  };
  auto without = open();
  EXPECT_EQ(reveal(), PB_PERMANENT);
  EXPECT_EQ(text, "");
  without.reset();
  manifest.capabilities = {"secrets.reveal"};
  auto with = open();
  EXPECT_EQ(reveal(), PB_OK);
  EXPECT_EQ(text, "secret");
}

TEST_F(InProcess, LogLinesAreCutAndHarmless) {
  auto instance = open();
  const auto log = [&](std::int32_t level, std::string_view text) {
    script.host->log(script.host->self, script.instance, level, bytes(text));
  };
  log(PB_LOG_WARNING, "one\ntwo\x1b[31m\t\x7f");
  log(77, std::string(4095, 'x') + "\xc3\xa9");  // the accented letter would be cut in two
  EXPECT_THAT(services.journal.lines(),
              ElementsAre("log 2 one\\ntwo\\x1b[31m\\t\\x7f", "log 0 " + std::string(4095, 'x')));
}

TEST_F(InProcess, ClosesWhileThePluginsOwnThreadsSubmit) {
  auto instance = open();
  ASSERT_TRUE(wait(*instance, &Instance::start));
  std::atomic<bool> gone{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&] {
      pb_code code = PB_OK;
      while (code != PB_NOT_FOUND) {
        const bool was_gone = gone;
        code = script.submit(1);
        if (code == PB_OK && was_gone) ADD_FAILURE() << "the services were used after the instance had been closed";
      }
    });
  ASSERT_TRUE(services.journal.wait_for("submit 1", 100));
  instance->close();
  gone = true;
  for (std::thread& thread : threads) thread.join();
}

TEST_F(InProcess, MayBeDestroyedInItsOwnDone) {
  auto instance = open();
  std::promise<void> destroyed;
  ASSERT_TRUE(wait(*instance, &Instance::start));
  instance->stop([&](const Status& status) {
    EXPECT_TRUE(status);
    instance.reset();
    destroyed.set_value();
  });
  ASSERT_EQ(destroyed.get_future().wait_for(20s), std::future_status::ready);
  EXPECT_THAT(script.journal.lines(), ElementsAre(testing::_, "start", "stop", "close"));
}

TEST_F(InProcess, TellsWhoAskedForWhatThePluginCannotDo) {
  auto instance = open();
  ASSERT_TRUE(wait(*instance, &Instance::start));
  Outbound outbound;
  outbound.token = 4;
  instance->send(std::move(outbound));
  EXPECT_TRUE(services.journal.wait_for("sent 4 errors 1"));
  Event event;
  event.token = 5;
  instance->render(std::move(event));
  EXPECT_TRUE(services.journal.wait_for("rendered 5"));
  instance->replay({});
  EXPECT_TRUE(services.journal.wait_for("report 6 replaying: the plugin does not offer patchbay.replay/1"));
}

// A message that the plugin never saw may be sent later; one that got no answer would be a doubt.
TEST_F(InProcess, SaysThatAMessageNeverReachedAPluginThatStops) {
  auto instance = open();
  ASSERT_TRUE(wait(*instance, &Instance::start));
  ASSERT_TRUE(wait(*instance, &Instance::stop));
  Outbound outbound;
  outbound.token = 9;
  instance->send(std::move(outbound));
  EXPECT_TRUE(services.journal.wait_for("sent 9 errors 1"));
}

TEST_F(InProcess, PluginThatIsNotWhatItsManifestSaysIsRefused) {
  const auto refusal = [&](const pb_plugin* table, const Manifest& expected) {
    const auto functions = take_table(table, expected);
    return functions ? std::string("taken") : functions.error().reason;
  };
  EXPECT_THAT(refusal(nullptr, manifest), HasSubstr("refuses to work with this host"));
  Manifest other = manifest;
  other.name = "other";
  EXPECT_EQ(refusal(&script_plugin, other), "it calls itself \"script\", and the manifest \"other\"");
  other = manifest;
  other.version = "0.2.0";
  EXPECT_EQ(refusal(&script_plugin, other), "it is version \"0.1.0\", and the manifest says \"0.2.0\"");
  other = manifest;
  other.kind = PluginKind::sink;
  EXPECT_THAT(refusal(&script_plugin, other), HasSubstr("offers neither patchbay.sink/1 nor patchbay.deliver/1"));
  offered.clear();
  other = manifest;
  other.endpoint = true;
  EXPECT_THAT(refusal(&script_plugin, other), HasSubstr("does not offer patchbay.http-endpoint/1"));
  pb_plugin table = script_plugin;
  table.close = nullptr;
  EXPECT_EQ(refusal(&table, manifest), "its table lacks a function");
  table = script_plugin;
  table.size = 16;
  EXPECT_THAT(refusal(&table, manifest), HasSubstr("its table has 16 bytes instead of"));
  table = script_plugin;
  table.abi_major = 9;
  EXPECT_THAT(refusal(&table, manifest), HasSubstr("its table is of version 9."));
  const pb_poll empty{sizeof(pb_poll), 0, nullptr};
  offered = {{PATCHBAY_EXT_POLL, &empty}};
  EXPECT_EQ(refusal(&script_plugin, manifest), "its table patchbay.poll/1 lacks a function");
}

}  // namespace
}  // namespace patchbay::plugin
