// One worker process and the instances in it, as the host has them.
//
// It has one thread, which starts the process, reads its socket and calls the Services; what is marked as the thread's
// belongs to it, and the rest is [any-thread]. Whoever holds a frame for the worker sends it at once, but for
// completions and what the thread itself sends, which share datagrams. A worker that reads slowly makes frames wait
// here, never the caller. The Services of an instance outlive its seat's end.
//
// The process ends with its last seat. When it ends before, or is ended since it cannot be trusted any more, all seats
// are lost: Services::lost is told ErrorCode::internal where nobody else can be to blame, and ErrorCode::unavailable
// where another instance of the same process may be.
#pragma once

#include "plugin/catalog.hpp"
#include "plugin/frame_socket.hpp"
#include "plugin/worker_process.hpp"
#include "plugin/worker_seat.hpp"

#include <sys/eventfd.h>

#include <map>
#include <memory>
#include <set>
#include <thread>

namespace patchbay::plugin {

// Both descriptors are borrowed for the call.
struct WorkerFiles {
  const Descriptor& program;
  const Descriptor& library;  // sealed
};

class Worker final : public std::enable_shared_from_this<Worker> {
 public:
  // Told on the thread, before the seats are, when a process that several share has ended: whose calls may have done
  // it.
  using Broke = std::function<void(const std::vector<std::string>& possible)>;

  Worker(std::string name, std::size_t most_seats, Broke broke)
      : name_(std::move(name)),
        broke_(std::move(broke)),
        wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        most_seats_(most_seats) {}
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker() { join(); }

  // Starts the process. Once, after the first seat was added.
  Status start(const WorkerFiles& files, const Setup& setup, Trust trust);
  // A seat for one more instance, or null where there is none any more. Who has it opens and closes it.
  [[nodiscard]] std::shared_ptr<Seat> add_seat(const std::string& name, Services& services);
  // Waits until the plugin has opened the instance, or would not.
  Status open(const std::shared_ptr<Seat>& seat, const Opening& opening);
  // Waits until the plugin has closed it, but not for ever; nothing is called for it from then on. Once.
  void close(const std::shared_ptr<Seat>& seat);

  // False where there is no worker any more, or the frame cannot be written, which is told.
  template <class... Values>
  bool tell(Seat& seat, FrameKind kind, std::uint64_t number, const Values&... values) {
    return tell_with(seat, Descriptor(), kind, number, values...);
  }
  template <class... Values>
  bool tell_with(Seat& seat, Descriptor beside, FrameKind kind, std::uint64_t number, const Values&... values) {
    const std::lock_guard lock(sending_);
    if (is_lost_ || !seat.is_told) return false;
    if (const Status added = out_.add_with(std::move(beside), kind, seat.number, number, values...); !added) {
      seat.services.log(PB_LOG_ERROR, added.error().text());
      return false;
    }
    const bool is_work = kind != FrameKind::complete && kind != FrameKind::reply && kind != FrameKind::ping;
    if (is_work) seat.last_given = kind;
    if (is_work && !std::exchange(seat.has_work, true)) {
      given_.push_back(&seat);
      if (!is_own_thread()) wake();
    }
    // Nobody waits for a completion, and many come at once, one for each submission of a commit: they share datagrams.
    const bool together = kind == FrameKind::complete || is_own_thread();
    if (!together)
      flush();
    else if (!is_own_thread() && !std::exchange(is_woken_, true))
      wake();
    return true;
  }

  // A frame that ends with an outcome.
  void order(const std::shared_ptr<Seat>& seat, FrameKind kind, Done done);

  // Runs the task on the thread; on this one when the seat has ended.
  void later(Seat& seat, Task task);

  [[nodiscard]] bool offers(std::string_view extension) const { return offered_.contains(std::string(extension)); }

 private:
  using Moment = Seat::Moment;

  void run(const WorkerFiles& files, const Setup& setup, Trust trust, std::promise<Status> started);
  void turn();
  [[nodiscard]] int until_deadline() const;
  void begin(const std::shared_ptr<Seat>& seat, const Opening& opening, std::promise<Status> opened);
  void end_opening(Seat& seat, const Status& status);
  void watch();
  [[nodiscard]] bool is_watched(Seat& seat, Moment::value_type now);
  void calm(Seat& seat);
  void meet_deadlines();
  void weigh(Seat& seat, Moment::value_type now);
  void end_a_busy_one(Seat& seat, Moment::value_type now);
  void end_a_late_one(Seat& seat);
  [[nodiscard]] std::string who(const Seat& seat) const;
  void flush();
  void wake() { ::eventfd_write(wake_.number(), 1); }
  void run_tasks();
  void hear_errors();
  void hear();
  Status take(const Frame& frame);
  Status hear_ready(const Frame& frame);
  Status hear_set_up(const Status& status);
  [[nodiscard]] std::vector<std::shared_ptr<Seat>> all_seats() const;
  void lose(const std::string& why, const Seat* culprit = nullptr);
  void lose(Seat& seat, const Error& error);
  [[nodiscard]] Error error_of(const Seat& seat, const std::string& end, bool is_to_blame, std::size_t others) const;
  [[nodiscard]] bool may_be_to_blame(Seat& seat);
  void begin_closing(Seat& seat);
  void finish(Seat& seat);
  void end_process();
  void collect_last_words();
  void join();
  [[nodiscard]] bool is_own_thread() const { return thread_id_.load() == std::this_thread::get_id(); }
  [[nodiscard]] static Status gone(const Seat& seat);

  const std::string name_;
  const Broke broke_;
  const Descriptor wake_;
  std::atomic<std::thread::id> thread_id_{};
  std::atomic<bool> is_over_{false};
  std::mutex joining_;
  std::thread thread_;

  std::mutex sending_;
  FrameQueue out_;
  bool is_full_ = false;               // the socket takes no more for now
  bool is_woken_ = false;              // the thread was woken for what is in out_
  bool is_lost_ = true;                // there is no worker, not yet or any more
  std::vector<Seat*> given_;           // who has work since the thread last looked
  std::optional<FrameSocket> socket_;  // sent on under sending_, received from on the thread

  std::mutex tasks_mutex_;
  std::deque<Task> tasks_;
  bool takes_seats_ = true;
  std::uint32_t last_number_ = 0;
  std::size_t seat_count_ = 0;
  std::size_t most_seats_;

  // The thread's own.
  WorkerProcess process_;
  LastLines last_lines_;
  std::set<std::string> offered_;  // constant once an instance is open
  bool is_ready_ = false;          // it has said what the plugin offers
  Status set_up_;                  // why it takes nobody in
  std::vector<std::string> not_enforced_;
  std::map<std::uint32_t, std::shared_ptr<Seat>> seats_;  // those that were opened and have not ended
  std::set<Seat*> watched_;                               // those for which a time is set
  std::chrono::seconds longest_call_{0};
  std::size_t busy_ = 0;        // seats
  Claim claim_ = Claim::usual;  // while none is busy
  Moment probation_ends_;
};

}  // namespace patchbay::plugin
