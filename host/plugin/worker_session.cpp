#include "plugin/worker_session.hpp"

#include "plugin/host_table.hpp"

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

namespace patchbay::plugin {
namespace {

using namespace std::chrono_literals;
using Monotonic = std::chrono::steady_clock;

constexpr auto longest_opening = 30s;
constexpr int most_datagrams_at_once = 64;
constexpr auto probation = 60s;  // the longest wait between two starts
constexpr std::size_t longest_thread_name = 15;
// The stacks of those that run take no more than half of the usual limit of memory.
constexpr std::size_t most_with_threads = 32;

Status status_of(const Outcome& outcome) {
  if (outcome.code == 0) return {};
  const bool is_known = outcome.code <= static_cast<std::uint8_t>(ErrorCode::internal) + 1;
  return failure(is_known ? static_cast<ErrorCode>(outcome.code - 1) : ErrorCode::internal, outcome.reason,
                 outcome.remedy);
}

}  // namespace

// Under the lock. What the socket does not take now goes when it has room again.
void Worker::flush() {
  while (!is_full_ && !out_.empty()) {
    switch (socket_->send(out_.front())) {
      case FrameSocket::Went::well:
        out_.pop();
        break;
      case FrameSocket::Went::full:
        is_full_ = true;
        if (!is_own_thread()) wake();  // to wait for room
        return;
      case FrameSocket::Went::ended:
        return;  // the thread finds out
    }
  }
}

// ---- Seats: from any thread

Status Worker::start(const WorkerFiles& files, const Setup& setup, Trust trust) {
  std::promise<Status> started;
  std::future<Status> future = started.get_future();
  try {
    // What is borrowed is used until the future is ready.
    thread_ = std::thread([self = shared_from_this(), &files, &setup, trust, promise = std::move(started)]() mutable {
      self->run(files, setup, trust, std::move(promise));
    });
  } catch (const std::system_error& error) {
    return failure(ErrorCode::unavailable, std::string("making its thread: ") + error.what(),
                   "raise the limit of threads");
  }
  ::pthread_setname_np(thread_.native_handle(), name_.substr(0, longest_thread_name).c_str());
  return future.get();
}

std::shared_ptr<Seat> Worker::add_seat(const std::string& name, Services& services) {
  const std::lock_guard lock(tasks_mutex_);
  if (!takes_seats_ || seat_count_ >= most_seats_) return nullptr;
  ++seat_count_;
  // The functions are called on the thread only, which has the seat then.
  const std::uint32_t number = ++last_number_;
  const auto seat_of = [this, number]() -> Seat& { return *seats_.at(number); };
  return std::make_shared<Seat>(
      number, name, services,
      WorkerCalls::Port{
          .reply = [this, seat_of](std::uint64_t to,
                                   const Answer& answer) { tell(seat_of(), FrameKind::reply, to, answer); },
          .complete = [this, seat_of](const Completion& value) { tell(seat_of(), FrameKind::complete, 0, value); },
          .connected = [this,
                        seat_of](const StreamResult& value) { tell(seat_of(), FrameKind::connected, 0, value); }});
}

Status Worker::open(const std::shared_ptr<Seat>& seat, const Opening& opening) {
  auto opened = std::make_shared<std::promise<Status>>();
  std::future<Status> future = opened->get_future();
  later(*seat, [this, seat, &opening, opened] { begin(seat, opening, std::move(*opened)); });
  return future.get();
}

void Worker::close(const std::shared_ptr<Seat>& seat) {
  if (is_own_thread()) {
    begin_closing(*seat);
    while (!seat->is_over) turn();
    return;  // the thread ends by itself
  }
  const std::future<void> ended = seat->ended.get_future();
  later(*seat, [this, seat] { begin_closing(*seat); });
  ended.wait();
  if (is_over_) join();
}

void Worker::join() {
  const std::lock_guard lock(joining_);
  if (!thread_.joinable()) return;
  is_own_thread() ? thread_.detach() : thread_.join();
}

void Worker::order(const std::shared_ptr<Seat>& seat, FrameKind kind, Done done) {
  const std::uint64_t number = seat->outstanding.add_done(std::move(done));
  if (tell(*seat, kind, number)) return;
  if (Done refused = seat->outstanding.end_done(number))
    later(*seat, [refused = std::move(refused), seat] { refused(gone(*seat)); });
}

void Worker::later(Seat& seat, Task task) {
  {
    const std::lock_guard lock(tasks_mutex_);
    if (seat.takes_tasks) tasks_.push_back(std::exchange(task, {}));
  }
  if (task) return task();
  wake();
}

// ---- The thread

void Worker::run(const WorkerFiles& files, const Setup& setup, Trust trust, std::promise<Status> started) {
  thread_id_ = std::this_thread::get_id();
  if (trust == Trust::on_probation) {
    claim_ = Claim::smallest;
    probation_ends_ = Monotonic::now() + probation;
  }
  auto process = start_worker(files.program, files.library, name_, claim_);
  if (!process) {
    is_over_ = true;
    return started.set_value(failure(std::move(process.error())));
  }
  process_ = std::move(*process);
  longest_call_ = std::chrono::seconds{setup.call_seconds};
  Status told;
  {
    const std::lock_guard lock(sending_);
    socket_.emplace(std::move(process_.socket));
    is_lost_ = false;
    told = out_.add(FrameKind::setup, 0, 0, setup);
  }
  if (!told) set_up_ = std::move(told);
  started.set_value({});
  while (!is_over_) turn();
}

void Worker::begin(const std::shared_ptr<Seat>& seat, const Opening& opening, std::promise<Status> opened) {
  seats_[seat->number] = seat;
  seat->opening = std::move(opened);
  if (!set_up_) return end_opening(*seat, set_up_);
  seat->deadline = Monotonic::now() + longest_opening;
  watched_.insert(seat.get());
  const std::uint64_t number =
      seat->outstanding.add_done([this, seat](const Status& status) { end_opening(*seat, status); });
  if (!tell(*seat, FrameKind::open, number, opening) && seat->outstanding.end_done(number))
    end_opening(*seat, gone(*seat));
}

void Worker::end_opening(Seat& seat, const Status& status) {
  if (!seat.opening) return;
  seat.deadline.reset();
  for (const std::string& missing : not_enforced_)
    seat.services.log(PB_LOG_WARNING, log_line("its worker is less confined than it should be: " + missing));
  if (status && offers(PATCHBAY_EXT_POLL)) watched_.insert(&seat);
  std::exchange(seat.opening, {})->set_value(status);
}

void Worker::turn() {
  watch();
  short events = POLLIN;
  {
    const std::lock_guard lock(sending_);
    if (!is_lost_) flush();
    is_woken_ = false;
    if (is_full_) events |= POLLOUT;
  }
  const bool is_there = process_.id > 0;
  std::array<pollfd, 3> waited{{{wake_.number(), POLLIN, 0},
                                {is_there ? socket_->number() : -1, events, 0},
                                {is_there ? process_.errors.number() : -1, POLLIN, 0}}};
  ::poll(waited.data(), waited.size(), until_deadline());
  if (eventfd_t count = 0; (waited[0].revents & POLLIN) != 0) ::eventfd_read(wake_.number(), &count);
  if ((waited[1].revents & POLLOUT) != 0) {
    const std::lock_guard lock(sending_);
    is_full_ = false;
  }
  if ((waited[2].revents & (POLLIN | POLLHUP)) != 0) hear_errors();
  if ((waited[1].revents & (POLLIN | POLLHUP | POLLERR)) != 0) hear();
  run_tasks();
  meet_deadlines();
}

// One by one, since a task may wait for the end of a seat, after which nothing that was posted for it may run.
void Worker::run_tasks() {
  for (;;) {
    Task task;
    {
      const std::lock_guard lock(tasks_mutex_);
      if (tasks_.empty()) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    task();
  }
}

// What it writes to standard error goes to the log, and is kept for the case that it was the last.
void Worker::hear_errors() {
  std::array<char, 4096> part;
  const ssize_t length = ::read(process_.errors.number(), part.data(), part.size());
  if (length == 0) process_.errors = Descriptor();
  if (length <= 0) return;
  for (const std::string& line : last_lines_.add({part.data(), static_cast<std::size_t>(length)}))
    if (!seats_.empty()) seats_.begin()->second->services.log(PB_LOG_WARNING, log_line("its worker wrote: " + line));
}

void Worker::hear() {
  for (int i = 0; i < most_datagrams_at_once && process_.id > 0; ++i) {
    auto received = socket_->receive();
    if (!received) return lose("it broke the rules of its socket: " + received.error().text());
    if (received->what == FrameSocket::Came::ended) return lose("");
    if (received->what == FrameSocket::Came::nothing) return;
    DatagramReader reader(received->bytes, std::move(received->descriptors));
    while (!is_over_) {
      const auto frame = reader.next();
      if (!frame) return lose("it broke the rules of its socket: " + frame.error().text());
      if (!*frame) break;
      if (const Status taken = take(**frame); !taken)
        return lose("it broke the rules of its socket: " + taken.error().text());
    }
  }
}

// Late frames of a seat that has ended go nowhere.
Status Worker::take(const Frame& frame) {
  if (frame.kind == FrameKind::ready) return hear_ready(frame);
  const auto found = seats_.find(frame.instance);
  const std::shared_ptr<Seat> seat = found == seats_.end() ? nullptr : found->second;
  if (frame.kind != FrameKind::outcome) return seat ? seat->calls.take(frame) : Status();
  Outcome outcome;
  PATCHBAY_CHECK(unpack(frame, *std::pmr::new_delete_resource(), outcome));
  if (frame.instance == 0) return hear_set_up(status_of(outcome));
  if (!seat) return {};
  if (const Done done = seat->outstanding.end_done(frame.number)) done(status_of(outcome));
  return {};
}

Status Worker::hear_ready(const Frame& frame) {
  Ready ready;
  PATCHBAY_CHECK(unpack(frame, *std::pmr::new_delete_resource(), ready));
  if (std::exchange(is_ready_, true)) return failure(ErrorCode::invalid, "reading a frame: it was ready before");
  not_enforced_ = std::move(ready.not_enforced);
  offered_.insert(ready.offered.begin(), ready.offered.end());
  const std::lock_guard lock(tasks_mutex_);
  if (offers(PATCHBAY_EXT_RUN)) most_seats_ = std::min(most_seats_, most_with_threads);
  return {};
}

// Could not be confined, or not load the plugin.
Status Worker::hear_set_up(const Status& status) {
  if (status || is_ready_) return {};
  set_up_ = status;
  {
    const std::lock_guard lock(tasks_mutex_);
    takes_seats_ = false;
  }
  for (const auto& seat : all_seats()) end_opening(*seat, status);
  return {};
}

std::vector<std::shared_ptr<Seat>> Worker::all_seats() const {
  std::vector<std::shared_ptr<Seat>> all;
  for (const auto& [number, seat] : seats_) all.push_back(seat);
  return all;
}

}  // namespace patchbay::plugin
