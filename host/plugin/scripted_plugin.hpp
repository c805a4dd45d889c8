// A plugin in the test program itself whose functions each test writes, and services that note what it asks of them.
#pragma once

#include "plugin/host_table.hpp"
#include "plugin/in_process.hpp"

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

namespace patchbay::plugin {

using namespace std::chrono_literals;

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
  void clear() {
    const std::lock_guard lock(mutex_);
    lines_.clear();
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
  pb_code access(const pb_access_call& call) override {
    journal.write("access " + std::to_string(call.token) + " secret " + std::to_string(call.secret) + " refused " +
                  std::string(view(call.refused)));
    return access_code;
  }
  pb_code connect(const pb_stream_call& call) override {
    journal.write("connect " + std::to_string(call.token) + " " + std::string(view(call.host)) + " " +
                  std::to_string(call.port));
    return connect_code;
  }
  pb_code authorities(const pb_writer& out) override {
    out.write(out.self, bytes("PEM"));
    return PB_OK;
  }
  void respond(const pb_http_response& response) override {
    journal.write("respond " + std::to_string(response.id) + " " + std::to_string(response.status));
  }
  void sent(const pb_sent& sent) override {
    journal.write("sent " + std::to_string(sent.token) + " errors " + std::to_string(sent.errors.count));
  }
  void rendered(const pb_rendered& rendered) override { journal.write("rendered " + std::to_string(rendered.token)); }
  void judged(const pb_judged& judged) override { journal.write("judged " + std::to_string(judged.token)); }
  void lost(const Error& why) override { journal.write("lost: " + why.text()); }

  Journal journal;
  std::atomic<int> submits{0};
  pb_code connect_code = PB_OK;
  pb_code access_code = PB_OK;
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

inline Script* current = nullptr;  // the script of the test that runs

// Notices two calls at once.
class Inside {
 public:
  explicit Inside(void* state) : script(*static_cast<Script*>(state)) {
    if (script.inside.fetch_add(1) != 0) script.was_concurrent = true;
  }
  ~Inside() { script.inside.fetch_sub(1); }
  Script& script;
};

inline pb_code script_open(const pb_host* host, pb_instance instance, const pb_open* open, void** state) {
  current->host = host;
  current->instance = instance;
  current->journal.write("open " + std::string(view(open->settings)));
  const pb_code code = current->open(*open);
  if (code == PB_OK) *state = current;
  return code;
}
inline pb_code script_start(void* state) {
  const Inside inside(state);
  inside.script.journal.write("start");
  return inside.script.start();
}
inline void script_complete(void* state, const pb_completion* completion) {
  Script& script = *static_cast<Script*>(state);  // may come within run, so not counted
  script.journal.write("complete " + std::to_string(completion->token) + " " +
                       std::to_string(completion->errors.count));
}
inline void script_stop(void* state) {
  const Inside inside(state);
  inside.script.journal.write("stop");
}
inline void script_close(void* state) {
  const Inside inside(state);
  inside.script.journal.write("close");
}

inline const pb_check check_table{sizeof(pb_check), 0, [](void* state) {
                                    const Inside inside(state);
                                    return inside.script.check();
                                  }};
inline const pb_http_endpoint endpoint_table{sizeof(pb_http_endpoint), 0,
                                             [](void* state, const pb_http_request* request) {
                                               const Inside inside(state);
                                               inside.script.journal.write("receive " + std::to_string(request->id));
                                               inside.script.receive(*request);
                                             }};
inline const pb_poll poll_table{sizeof(pb_poll), 0, [](void* state) {
                                  const Inside inside(state);
                                  inside.script.journal.write("poll");
                                  return inside.script.poll();
                                }};
inline const pb_run run_table{sizeof(pb_run), 0, [](void* state) {
                                const Inside inside(state);
                                inside.script.journal.write("run");
                                const pb_code code = inside.script.run();
                                inside.script.journal.write("run ended");
                                return code;
                              }};

inline std::map<std::string, const void*, std::less<>> offered;  // by the plugin of the test that runs

inline const void* script_extension(pb_bytes id) {
  const auto found = offered.find(view(id));
  return found == offered.end() ? nullptr : found->second;
}

inline const pb_plugin script_plugin{sizeof(pb_plugin),
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

}  // namespace patchbay::plugin
