// One worker process and the instance in it, as the host has them: what WorkerInstance and its thread share.
//
// run() is the life of the thread, and what is marked as the thread's belongs to it; the rest is [any-thread]. Whoever
// holds a frame for the worker sends it at once, but for completions and what the thread itself sends, which share
// datagrams. A worker that reads slowly makes frames wait here, never the caller. The Services outlive the thread.
#pragma once

#include "base/executor.hpp"
#include "plugin/frame_socket.hpp"
#include "plugin/worker_calls.hpp"
#include "plugin/worker_instance.hpp"
#include "plugin/worker_process.hpp"

#include <sys/eventfd.h>

#include <atomic>
#include <future>
#include <optional>
#include <set>
#include <thread>

namespace patchbay::plugin {

class Worker final {
 public:
  Worker(std::string name, Services& services)
      : name_(std::move(name)),
        services_(services),
        wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        calls_(
            services, outstanding_,
            {.reply = [this](std::uint64_t number,
                             const Answer& answer) { static_cast<void>(tell(FrameKind::reply, number, answer)); },
             .complete =
                 [this](const Completion& completion) { static_cast<void>(tell(FrameKind::complete, 0, completion)); },
             .connected =
                 [this](const StreamResult& result) { static_cast<void>(tell(FrameKind::connected, 0, result)); }}) {}

  // The life of the thread.
  void run(const WorkerFiles& files, const Setup& setup, const Opening& opening, std::promise<Status> opened);

  // [any-thread] False where there is no worker any more, or the frame cannot be written, which is told.
  template <class... Values>
  bool tell(FrameKind kind, std::uint64_t number, const Values&... values) {
    return tell_with(Descriptor(), kind, number, values...);
  }
  template <class... Values>
  bool tell_with(Descriptor beside, FrameKind kind, std::uint64_t number, const Values&... values) {
    const std::lock_guard lock(sending_);
    if (is_lost_) return false;
    if (const Status added = out_.add_with(std::move(beside), kind, 1, number, values...); !added) {
      services_.log(PB_LOG_ERROR, added.error().text());
      return false;
    }
    const bool is_work = kind != FrameKind::complete && kind != FrameKind::reply && kind != FrameKind::ping;
    if (is_work) last_given_ = kind;
    if (is_work && !std::exchange(has_work_, true) && !is_own_thread()) wake();
    // Nobody waits for a completion, and many come at once, one for each submission of a commit: they share datagrams.
    const bool together = kind == FrameKind::complete || is_own_thread();
    if (!together)
      flush();
    else if (!is_own_thread() && !std::exchange(is_woken_, true))
      wake();
    return true;
  }

  // A frame that ends with an outcome.
  void order(FrameKind kind, Done done) {
    const std::uint64_t number = outstanding_.add_done(std::move(done));
    if (tell(kind, number)) return;
    if (Done refused = outstanding_.end_done(number)) later([refused = std::move(refused), this] { refused(gone()); });
  }

  // [any-thread] Runs the task on the thread; on this one when the thread has ended.
  void later(Task task) {
    {
      const std::lock_guard lock(tasks_mutex_);
      if (takes_tasks_) tasks_.push_back(std::exchange(task, {}));
    }
    if (task) return task();
    wake();
  }

  // On the thread. The first begins to close, the second also waits for the end.
  void close();
  void close_here() {
    close();
    while (!is_over_) turn();
  }

  [[nodiscard]] bool offers(std::string_view extension) const { return offered_.contains(std::string(extension)); }
  [[nodiscard]] Outstanding& outstanding() { return outstanding_; }
  [[nodiscard]] WorkerCalls& calls() { return calls_; }
  [[nodiscard]] bool is_own_thread() const { return thread_.load() == std::this_thread::get_id(); }

 private:
  void turn();
  [[nodiscard]] int until_deadline() const;
  void watch();
  void lives();
  void meet_deadline();
  void flush();
  void wake() { ::eventfd_write(wake_.number(), 1); }
  void run_tasks();
  void hear_errors();
  void hear();
  Status take(const Frame& frame);
  void lose(const std::string& why);
  void finish();
  void collect_last_words();
  [[nodiscard]] Status gone() const { return failure(ErrorCode::unavailable, "the worker of " + name_ + " has ended"); }

  const std::string name_;
  Services& services_;
  const Descriptor wake_;
  Outstanding outstanding_;
  WorkerCalls calls_;
  std::atomic<std::thread::id> thread_{};

  std::mutex sending_;
  FrameQueue out_;
  bool is_full_ = false;   // the socket takes no more for now
  bool is_woken_ = false;  // the thread was woken for what is in out_
  bool is_lost_ = true;    // there is no worker, not yet or any more
  bool has_work_ = false;  // it was given something since it last gave a sign of life
  FrameKind last_given_ = FrameKind::setup;
  std::optional<FrameSocket> socket_;  // sent on under sending_, received from on the thread

  std::mutex tasks_mutex_;
  std::vector<Task> tasks_;
  bool takes_tasks_ = true;

  // The thread's own.
  WorkerProcess process_;
  LastLines last_lines_;
  std::set<std::string> offered_;  // constant once opened
  std::optional<std::promise<Status>> opening_;
  using Moment = std::optional<std::chrono::steady_clock::time_point>;
  Moment deadline_;  // of opening, then of closing
  // When it is asked for a sign of life; when it is thought busy, since none has come; when it must have come.
  Moment look_at_, weighs_at_, reply_by_;
  bool is_busy_ = false;
  std::chrono::steady_clock::time_point asked_at_;
  std::chrono::nanoseconds queued_before_{0};  // time_in_run_queue() at the time of asking
  std::chrono::seconds longest_call_{0};
  bool is_closing_ = false;
  bool is_over_ = false;
};

}  // namespace patchbay::plugin
