#include "net/http_client.hpp"

#include "net/bearer.hpp"
#include "net/dialling.hpp"
#include "net/exchange.hpp"

#include <pthread.h>
#include <csignal>

#include <algorithm>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <unordered_map>

namespace patchbay::net {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr long pooled_connections = 4096;  // busy ones count too: with fewer, every delivery connects anew
constexpr std::size_t pooled_exchanges = 256;
constexpr int longest_poll_ms = 24 * 60 * 60 * 1000;

struct Timed {
  SteadyClock::time_point due;
  std::uint64_t order;  // of two with the same time the earlier one runs first
  Task task;
};

struct LaterFirst {
  bool operator()(const Timed& left, const Timed& right) const {
    return left.due != right.due ? left.due > right.due : left.order > right.order;
  }
};

struct Unsent {
  ClientRequest request;
  HttpClient::Completed completed;
};

struct Undialled {
  StreamRequest request;
  HttpClient::Connected connected;
};

// What other threads hand over; taken all at once, so that many cost one wakeup.
struct Inbox {
  std::vector<Task> tasks;
  std::vector<Timed> timed;
  std::vector<Unsent> unsent;
  std::vector<Undialled> undialled;
  [[nodiscard]] bool empty() const { return tasks.empty() && timed.empty() && unsent.empty() && undialled.empty(); }
};

void initialise_libcurl() {
  static const CURLcode result = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (result != CURLE_OK) throw std::runtime_error("starting libcurl failed");
}

class CurlClient final : public HttpClient {
 public:
  CurlClient() {
    initialise_libcurl();
    multi_ = curl_multi_init();
    if (multi_ == nullptr) throw std::bad_alloc();
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, pooled_connections);
    thread_ = std::thread([this] { run(); });
  }

  ~CurlClient() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    curl_multi_wakeup(multi_);
    thread_.join();
    drop_all();
  }

  void send(ClientRequest request, Completed completed) override {
    if (request.bearer.from) return send_with_bearer(*this, std::move(request), std::move(completed));
    put([&](Inbox& inbox) { inbox.unsent.push_back({std::move(request), std::move(completed)}); });
  }

  void connect(StreamRequest request, Connected connected) override {
    put([&](Inbox& inbox) { inbox.undialled.push_back({std::move(request), std::move(connected)}); });
  }

  void post(Task task) override {
    put([&](Inbox& inbox) { inbox.tasks.push_back(std::move(task)); });
  }

  void post_after(Duration delay, Task task) override {
    const auto due = SteadyClock::now() + std::max(delay, Duration::zero());
    put([&](Inbox& inbox) { inbox.timed.push_back({due, ++timed_count_, std::move(task)}); });
  }

 private:
  template <class Put>
  void put(Put&& put_into) {
    bool wake = false;
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
      put_into(inbox_);
      wake = std::exchange(sleeping_, false);
    }
    if (wake) curl_multi_wakeup(multi_);
  }

  void run() {
    // SIGTERM is the main thread's, and a peer that hangs up must not raise SIGPIPE.
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);

    while (take_inbox()) {
      run_tasks();
      start_unsent();
      int running = 0;
      curl_multi_perform(multi_, &running);
      complete_finished();
      curl_multi_poll(multi_, nullptr, 0, time_to_wait(), nullptr);
    }
  }

  bool take_inbox() {
    const std::lock_guard lock(mutex_);
    if (stopping_) return false;
    sleeping_ = false;
    taken_ = std::exchange(inbox_, {});
    return true;
  }

  void run_tasks() {
    for (Timed& timed : taken_.timed) {
      timers_.push_back(std::move(timed));
      std::push_heap(timers_.begin(), timers_.end(), LaterFirst{});
    }
    taken_.timed.clear();
    for (Task& task : taken_.tasks) run_one(task);
    taken_.tasks.clear();

    const auto now = SteadyClock::now();
    while (!timers_.empty() && timers_.front().due <= now) {
      std::pop_heap(timers_.begin(), timers_.end(), LaterFirst{});
      Task task = std::move(timers_.back().task);
      timers_.pop_back();
      run_one(task);
    }
  }

  // A task is destroyed as soon as it has run: what it holds may have to go.
  static void run_one(Task& task) {
    const Task once = std::move(task);
    if (once) once();
  }

  void start_unsent() {
    std::vector<Unsent> unsent = std::move(taken_.unsent);
    taken_.unsent.clear();
    for (Unsent& one : unsent) start(std::move(one));
    std::vector<Undialled> undialled = std::move(taken_.undialled);
    taken_.undialled.clear();
    for (Undialled& one : undialled) start(std::move(one));
  }

  void start(Undialled one) {
    auto dialling = std::make_unique<Dialling>(std::move(one.request), std::move(one.connected));
    if (auto refused = dialling->prepare()) return dialling->connected()(std::move(*refused));
    curl_multi_add_handle(multi_, dialling->handle());
    dialling_.emplace(dialling->handle(), std::move(dialling));
  }

  void start(Unsent one) {
    if (free_.empty()) free_.push_back(std::make_unique<Exchange>());
    std::unique_ptr<Exchange> exchange = std::move(free_.back());
    free_.pop_back();
    if (auto refused = exchange->prepare(std::move(one.request), std::move(one.completed))) {
      auto [completed, unused] = exchange->finish(CURLE_OK);
      release(std::move(exchange));
      if (completed) completed(std::move(*refused));
      return;
    }
    curl_multi_add_handle(multi_, exchange->handle());
    busy_.emplace(exchange->handle(), std::move(exchange));
  }

  void complete_finished() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      CURL* const handle = message->easy_handle;
      const CURLcode result = message->data.result;  // the message is gone with the handle
      if (auto node = dialling_.extract(handle)) {
        complete(*node.mapped(), result);
        continue;
      }
      curl_multi_remove_handle(multi_, handle);
      auto node = busy_.extract(handle);
      auto [completed, response] = node.mapped()->finish(result);
      release(std::move(node.mapped()));
      if (completed) completed(std::move(response));
    }
  }

  void complete(Dialling& dialling, CURLcode result) {
    StreamResponse response = dialling.finish(result);
    curl_multi_remove_handle(multi_, dialling.handle());
    dialling.connected()(std::move(response));
  }

  void release(std::unique_ptr<Exchange> exchange) {
    if (free_.size() < pooled_exchanges) free_.push_back(std::move(exchange));
  }

  int time_to_wait() {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_ || !inbox_.empty()) return 0;
      sleeping_ = true;
    }
    if (timers_.empty()) return longest_poll_ms;
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(timers_.front().due - SteadyClock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(wait, 0, longest_poll_ms));
  }

  // What is dropped may itself hold things that call us: they find us stopping.
  void drop_all() {
    for (auto& [handle, exchange] : busy_) curl_multi_remove_handle(multi_, handle);
    busy_.clear();
    for (auto& [handle, dialling] : dialling_) curl_multi_remove_handle(multi_, handle);
    dialling_.clear();
    free_.clear();
    timers_.clear();
    Inbox waiting;
    {
      const std::lock_guard lock(mutex_);
      waiting = std::move(inbox_);
    }
    curl_multi_cleanup(multi_);
  }

  CURLM* multi_ = nullptr;
  std::mutex mutex_;
  bool stopping_ = false;
  bool sleeping_ = false;  // and needs to be woken
  Inbox inbox_;
  std::uint64_t timed_count_ = 0;  // under mutex_

  // The client's own thread only.
  Inbox taken_;
  std::vector<Timed> timers_;  // a heap, the next one in front
  std::vector<std::unique_ptr<Exchange>> free_;
  std::unordered_map<CURL*, std::unique_ptr<Exchange>> busy_;
  std::unordered_map<CURL*, std::unique_ptr<Dialling>> dialling_;

  std::thread thread_;
};

}  // namespace

std::unique_ptr<HttpClient> HttpClient::start() { return std::make_unique<CurlClient>(); }

}  // namespace patchbay::net
