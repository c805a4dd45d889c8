// The worker's end of the socket, and its main thread: frames in, tasks run, frames out.
//
// run() belongs to the main thread, on which instances without a thread of their own live. While no task runs it waits
// for the socket. A question to the host is waited for by the thread that asks: it reads the socket itself if nobody
// else does, and keeps what is not its answer for run(). So a plugin may ask from any thread, also while the main one
// waits for that thread.
//
// What the main thread tells is sent when it has nothing left to do, several frames in one datagram; what other threads
// tell, questions, and what must survive a crash are sent at once. Sending waits for room, since the host always reads.
// The process ends when the host goes: there is nothing that could be saved. [any-thread] but for run().
#pragma once

#include "base/executor.hpp"
#include "plugin/frame.hpp"
#include "plugin/frame_socket.hpp"

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
  // The thread that makes it is the main one.
  explicit Link(plugin::Descriptor socket);

  void post(Task task) override;
  void post_after(Duration delay, Task task) override;

  template <class... Values>
  Status tell(Urgency urgency, plugin::FrameKind kind, std::uint32_t instance, std::uint64_t number,
              const Values&... values) {
    const std::lock_guard lock(sending_);
    PATCHBAY_CHECK(out_.add(kind, instance, number, values...));
    if (urgency == Urgency::at_once || !is_main() || out_.size() > 1) flush();
    return {};
  }

  template <class... Values>
  plugin::Answer ask(plugin::FrameKind kind, std::uint32_t instance, const Values&... values) {
    const std::uint64_t number = next_number();
    if (!tell(Urgency::at_once, kind, instance, number, values...)) return {.code = PB_BUG, .text = {}};
    return answer_to(number);
  }

  // Hands each frame to `take`, which must not wait: it may be called while the socket is being read.
  [[noreturn]] void run(const std::function<void(const plugin::Frame&)>& take);

 private:
  [[nodiscard]] bool is_main() const { return std::this_thread::get_id() == main_; }
  [[nodiscard]] std::uint64_t next_number();
  [[nodiscard]] plugin::Answer answer_to(std::uint64_t number);
  void flush();
  void run_tasks();
  void read(int milliseconds, const std::function<void(const plugin::Frame&)>& take);
  void sort(const plugin::Frame& frame, const std::function<void(const plugin::Frame&)>& take);
  [[nodiscard]] int until_due() const;

  const std::thread::id main_ = std::this_thread::get_id();
  plugin::FrameSocket socket_;
  plugin::Descriptor wake_;  // an eventfd: something was posted while the main thread waits for the socket

  std::mutex sending_;
  plugin::FrameQueue out_;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_read_ = false;  // somebody reads the socket
  bool main_reads_ = false;
  std::uint64_t last_number_ = 0;
  std::map<std::uint64_t, plugin::Answer> answers_;
  std::vector<Held> held_;
  std::deque<Task> ready_;
  std::multimap<std::chrono::steady_clock::time_point, Task> later_;
};

}  // namespace patchbay::worker
