// The worker's end of the socket, and the thread that leads: frames in, tasks run, frames out.
//
// On it instances without a thread of their own live. While no task runs it waits for the socket. A question to the
// host is waited for by the thread that asks: it reads the socket itself if nobody else does, and keeps what is not its
// answer for the one that leads. So a plugin may ask from any thread, also while the leading one waits for that thread.
//
// Where several instances share the worker, share() has another thread stand by. When the leading one has been in one
// task for long, the other leads from there on, and the former stands by when it comes out of the task. While there is
// nothing to do both sleep.
//
// What the leading thread tells is sent when it has nothing left to do, several frames in one datagram; what other
// threads tell, questions, and what must survive a crash are sent at once. Sending waits for room, since the host
// always reads. The process ends when the host goes: there is nothing that could be saved. [any-thread] but for run()
// and share().
#pragma once

#include "base/executor.hpp"
#include "plugin/frame.hpp"
#include "plugin/frame_socket.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace patchbay::worker {

// A frame that is kept.
struct Held {
  plugin::FrameKind kind{};
  std::uint32_t instance = 0;
  std::uint64_t number = 0;
  std::string payload;
  std::shared_ptr<plugin::Descriptor> beside;
  [[nodiscard]] plugin::Frame frame() const { return {kind, instance, number, payload, beside}; }
};

enum class Urgency : std::uint8_t { with_others, at_once };

class Link final : public Executor {
 public:
  // The thread that makes it leads.
  explicit Link(plugin::Descriptor socket);

  // From now on a task that takes long holds up no other. Inside a task; an Error where no thread can be had.
  Status share();

  void post(Task task) override;
  void post_after(Duration delay, Task task) override;

  template <class... Values>
  Status tell(Urgency urgency, plugin::FrameKind kind, std::uint32_t instance, std::uint64_t number,
              const Values&... values) {
    const std::lock_guard lock(sending_);
    PATCHBAY_CHECK(out_.add(kind, instance, number, values...));
    if (urgency == Urgency::at_once || !leads() || out_.size() > 1) flush();
    return {};
  }

  template <class... Values>
  plugin::Answer ask(plugin::FrameKind kind, std::uint32_t instance, const Values&... values) {
    const std::uint64_t number = next_number();
    if (!tell(Urgency::at_once, kind, instance, number, values...)) return {.code = PB_BUG, .text = {}};
    return answer_to(number);
  }

  // Hands each frame to `take`, which must not wait: it may be called while the socket is being read.
  [[noreturn]] void run(std::function<void(const plugin::Frame&)> take);

 private:
  [[nodiscard]] bool leads() const { return std::this_thread::get_id() == leader_.load(); }
  void lead();
  void stand_by();
  Status add_thread();
  [[nodiscard]] std::uint64_t next_number();
  [[nodiscard]] plugin::Answer answer_to(std::uint64_t number);
  void flush();
  [[nodiscard]] bool run_tasks();
  void read(int milliseconds, const std::function<void(const plugin::Frame&)>& take);
  void sort(const plugin::Frame& frame, const std::function<void(const plugin::Frame&)>& take);
  [[nodiscard]] int until_due() const;

  std::atomic<std::thread::id> leader_{std::this_thread::get_id()};  // changed under mutex_
  std::function<void(const plugin::Frame&)> take_;
  plugin::FrameSocket socket_;
  plugin::Descriptor wake_;  // an eventfd: something was posted while the leading thread waits for the socket

  std::mutex sending_;
  plugin::FrameQueue out_;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_read_ = false;  // somebody reads the socket
  bool leader_reads_ = false;
  std::uint64_t last_number_ = 0;
  std::map<std::uint64_t, plugin::Answer> answers_;
  std::vector<Held> held_;
  std::deque<Task> ready_;
  std::multimap<std::chrono::steady_clock::time_point, Task> later_;

  // Of sharing.
  std::condition_variable standing_by_;
  bool is_watched_ = false;  // a thread stands by
  bool is_asleep_ = false;   // and waits for there to be something to do
  std::size_t spare_ = 0;    // threads that wait to stand by
  bool is_in_task_ = false;
  std::uint64_t turn_ = 0;  // counts tasks
};

}  // namespace patchbay::worker
