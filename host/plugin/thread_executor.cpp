#include "plugin/thread_executor.hpp"

#include <pthread.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <optional>
#include <queue>
#include <utility>
#include <vector>

namespace patchbay::plugin {
namespace {

using Monotonic = std::chrono::steady_clock;

struct Later {
  Monotonic::time_point due;
  std::uint64_t number;  // tasks due at the same time run in the order in which they were posted
  Task task;
};

// For a heap whose top is due first.
bool is_after(const Later& a, const Later& b) { return std::pair(a.due, a.number) > std::pair(b.due, b.number); }

}  // namespace

struct ThreadExecutor::Shared {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Task> ready;
  std::vector<Later> later;
  std::uint64_t posted_later = 0;
  bool ended = false;

  // The next task, waited for until `until` or for ever. Nothing when the time is over or the executor ended.
  std::optional<Task> take(std::optional<Monotonic::time_point> until) {
    std::unique_lock lock(mutex);
    for (;;) {
      if (ended) return std::nullopt;
      if (!later.empty() && later.front().due <= Monotonic::now()) {
        std::pop_heap(later.begin(), later.end(), is_after);
        ready.push_back(std::move(later.back().task));
        later.pop_back();
      }
      if (!ready.empty()) {
        Task task = std::move(ready.front());
        ready.pop_front();
        return task;
      }
      std::optional<Monotonic::time_point> wake = until;
      if (!later.empty() && (!wake || later.front().due < *wake)) wake = later.front().due;
      if (!wake) {
        changed.wait(lock);
      } else if (changed.wait_until(lock, *wake) == std::cv_status::timeout && until && Monotonic::now() >= *until &&
                 ready.empty() && (later.empty() || later.front().due > *until)) {
        return std::nullopt;
      }
    }
  }
};

ThreadExecutor::ThreadExecutor(const std::string& name) : shared_(std::make_shared<Shared>()) {
  thread_ = std::thread([shared = shared_] {
    while (auto task = shared->take(std::nullopt)) (*task)();
  });
  ::pthread_setname_np(thread_.native_handle(), name.substr(0, 15).c_str());
}

ThreadExecutor::~ThreadExecutor() {
  std::deque<Task> ready;
  std::vector<Later> later;
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->ended = true;
    // Dropped outside of the lock: what a task holds may post when it goes.
    ready.swap(shared_->ready);
    later.swap(shared_->later);
  }
  shared_->changed.notify_all();
  if (thread_.get_id() == std::this_thread::get_id())
    thread_.detach();
  else
    thread_.join();
}

// The task may destroy this object before the call that posted it returns, so both hold on to what is shared.

void ThreadExecutor::post(Task task) {
  const std::shared_ptr<Shared> shared = shared_;
  {
    const std::lock_guard lock(shared->mutex);
    if (shared->ended) return;
    shared->ready.push_back(std::move(task));
  }
  shared->changed.notify_one();
}

void ThreadExecutor::post_after(Duration delay, Task task) {
  const std::shared_ptr<Shared> shared = shared_;
  {
    const std::lock_guard lock(shared->mutex);
    if (shared->ended) return;
    shared->later.push_back({Monotonic::now() + delay, shared->posted_later++, std::move(task)});
    std::push_heap(shared->later.begin(), shared->later.end(), is_after);
  }
  shared->changed.notify_one();
}

bool ThreadExecutor::run_one(Duration timeout) {
  auto task = shared_->take(Monotonic::now() + timeout);
  if (!task) return false;
  (*task)();
  return true;
}

void ThreadExecutor::drain() {
  if (thread_.get_id() == std::this_thread::get_id()) return;
  // Shared, since the task may still be inside of set_value when the wait is over.
  const auto reached = std::make_shared<std::promise<void>>();
  post([reached] { reached->set_value(); });
  reached->get_future().wait();
}

}  // namespace patchbay::plugin
