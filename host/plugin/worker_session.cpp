#include "plugin/worker_session.hpp"

#include "plugin/host_table.hpp"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <utility>

namespace patchbay::plugin {
namespace {

using namespace std::chrono_literals;
using Monotonic = std::chrono::steady_clock;

constexpr auto longest_opening = 30s;
constexpr auto longest_closing = 11s;    // stop and close have five seconds each
constexpr auto before_asking = 100ms;    // for a sign of life
constexpr int most_patience = 4;         // times its longest call, on a busy machine
constexpr auto before_weighing = 100ms;  // that does not come
constexpr int most_datagrams_at_once = 64;
constexpr std::size_t shown_lines = 10;

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

void Worker::run(const WorkerFiles& files, const Setup& setup, const Opening& opening, std::promise<Status> opened) {
  thread_ = std::this_thread::get_id();
  auto started = start_worker(files.program, files.library, name_);
  if (!started) return opened.set_value(failure(std::move(started.error())));
  process_ = std::move(*started);
  {
    const std::lock_guard lock(sending_);
    socket_.emplace(std::move(process_.socket));
    is_lost_ = false;
  }
  opening_ = std::move(opened);
  deadline_ = Monotonic::now() + longest_opening;
  longest_call_ = std::chrono::seconds{setup.call_seconds};
  const auto end_opening = [this](const Status& status) {
    if (!opening_) return;
    deadline_.reset();
    std::exchange(opening_, {})->set_value(status);
  };
  const auto setup_failed = [end_opening](const Status& status) {
    if (!status) end_opening(status);
  };
  static_cast<void>(tell(FrameKind::setup, outstanding_.add_done(setup_failed), setup));
  static_cast<void>(tell(FrameKind::open, outstanding_.add_done(end_opening), opening));
  while (!is_over_) turn();
}

int Worker::until_deadline() const {
  Moment first;
  for (const Moment& moment : {deadline_, look_at_, weighs_at_, reply_by_})
    if (moment && (!first || *moment < *first)) first = moment;
  if (!first) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*first - Monotonic::now()).count();
  return static_cast<int>(std::max<decltype(left)>(left, 0));
}

// Whether it still lives is asked while it has work, so that an idle one is not woken.
void Worker::watch() {
  if (longest_call_ == 0s || process_.id <= 0 || is_closing_ || opening_ || reply_by_) return;
  const auto now = Monotonic::now();
  bool has_work = false;
  {
    const std::lock_guard lock(sending_);
    has_work = has_work_;
  }
  // One that polls has work of its own, and wakes for it anyway.
  if (!has_work && !offers(PATCHBAY_EXT_POLL)) return;
  if (!look_at_)
    look_at_ = now + (has_work ? std::min<Monotonic::duration>(before_asking, longest_call_) : longest_call_);
  if (now < *look_at_) return;
  look_at_.reset();
  asked_at_ = now;
  reply_by_ = now + longest_call_;
  queued_before_ = time_in_run_queue(process_.id);
  weighs_at_ = now + before_weighing;
  {
    const std::lock_guard lock(sending_);
    has_work_ = false;
  }
  static_cast<void>(tell(FrameKind::ping, outstanding_.add_done([this](const Status&) { lives(); })));
}

void Worker::lives() {
  reply_by_.reset();
  weighs_at_.reset();
  if (std::exchange(is_busy_, false) && process_.id > 0) weigh(std::to_string(process_.id), usual_weight);
}

void Worker::meet_deadline() {
  const auto now = Monotonic::now();
  if (weighs_at_ && now >= *weighs_at_) {
    weighs_at_.reset();
    is_busy_ = true;
    if (process_.id > 0) weigh(std::to_string(process_.id), weight_of_the_busy);
  }
  if (reply_by_ && now >= *reply_by_) {
    // On a busy machine it may not have had the time that it was given.
    const auto queued = time_in_run_queue(process_.id);
    const auto kept_waiting = queued - queued_before_;
    if (kept_waiting > before_asking && now < asked_at_ + most_patience * longest_call_) {
      queued_before_ = queued;
      reply_by_ = now + std::chrono::duration_cast<Monotonic::duration>(kept_waiting);
      return;
    }
    reply_by_.reset();
    return lose("it was busy with one call for more than " + std::to_string(longest_call_.count()) + " s");
  }
  if (is_over_ || !deadline_ || now < *deadline_) return;
  deadline_.reset();
  if (!is_closing_) return lose("it was not ready within 30 s");
  services_.log(PB_LOG_ERROR, "closing: the plugin did not end within 11 s, so its worker was ended");
  finish();
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
  meet_deadline();
}

void Worker::run_tasks() {
  std::vector<Task> tasks;
  {
    const std::lock_guard lock(tasks_mutex_);
    tasks.swap(tasks_);
  }
  for (const Task& task : tasks) task();
}

// What it writes to standard error goes to the log, and is kept for the case that it was the last.
void Worker::hear_errors() {
  std::array<char, 4096> part;
  const ssize_t length = ::read(process_.errors.number(), part.data(), part.size());
  if (length == 0) process_.errors = Descriptor();
  if (length <= 0) return;
  for (const std::string& line : last_lines_.add({part.data(), static_cast<std::size_t>(length)}))
    services_.log(PB_LOG_WARNING, log_line("its worker wrote: " + line));
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

Status Worker::take(const Frame& frame) {
  switch (frame.kind) {
    case FrameKind::ready: {
      Ready ready;
      PATCHBAY_CHECK(unpack(frame, *std::pmr::new_delete_resource(), ready));
      if (!opening_ || !offered_.empty()) return failure(ErrorCode::invalid, "reading a frame: it was ready before");
      for (const std::string& missing : ready.not_enforced)
        services_.log(PB_LOG_WARNING, log_line("its worker is less confined than it should be: " + missing));
      offered_.insert(ready.offered.begin(), ready.offered.end());
      return {};
    }
    case FrameKind::outcome: {
      Outcome outcome;
      PATCHBAY_CHECK(unpack(frame, *std::pmr::new_delete_resource(), outcome));
      if (const Done done = outstanding_.end_done(frame.number)) done(status_of(outcome));
      return {};
    }
    default:
      return calls_.take(frame);
  }
}

void Worker::collect_last_words() {
  while (process_.errors.number() >= 0) {
    std::array<char, 4096> part;
    const ssize_t length = ::read(process_.errors.number(), part.data(), part.size());
    if (length <= 0) break;
    static_cast<void>(last_lines_.add({part.data(), static_cast<std::size_t>(length)}));
  }
  static_cast<void>(last_lines_.finish());
}

// The worker has ended before it was closed, or is ended since it cannot be trusted any more.
void Worker::lose(const std::string& why) {
  if (process_.id <= 0) return;
  FrameKind last = FrameKind::setup;
  {
    const std::lock_guard lock(sending_);
    is_lost_ = true;
    last = last_given_;
  }
  const std::string end = end_worker(std::exchange(process_.id, -1), why.empty() ? for_its_farewell : 0ms);
  collect_last_words();
  if (is_closing_) return finish();
  Error error{ErrorCode::internal,
              "running the worker of " + name_ + ": " + (why.empty() ? end : why + "; " + end) +
                  "; what it was given last: " + std::string(name_of(last)),
              "tell the plugin's author"};
  const auto& lines = last_lines_.lines();
  if (!lines.empty()) error.reason += "; what it wrote last:";
  for (std::size_t i = lines.size() - std::min(lines.size(), shown_lines); i < lines.size(); ++i)
    error.reason += " " + log_line(lines[i]) + (i + 1 < lines.size() ? " /" : "");

  look_at_.reset();
  reply_by_.reset();
  weighs_at_.reset();
  is_busy_ = false;
  if (!opening_) services_.lost(error);
  const Outstanding::All open = outstanding_.take_all();
  for (const pb_request request : open.requests) calls_.refuse(request);
  for (const pb_token send : open.sends)
    calls_.give_up(send, PB_TIMEOUT, "sending: the worker of " + name_ + " ended meanwhile");
  for (const auto& [event, kind] : open.events) calls_.put_off(event, kind, "the sink's worker ended meanwhile");
  for (const auto& [number, done] : open.dones) done(failure(error));
}

// The last of the thread.
void Worker::finish() {
  is_over_ = true;
  {
    const std::lock_guard lock(sending_);
    is_lost_ = true;
    socket_.reset();  // by which the worker ends, if it has not
  }
  if (process_.id > 0) static_cast<void>(end_worker(std::exchange(process_.id, -1), for_its_farewell));
  // Whoever waits for a Done gets it.
  for (const auto& [number, done] : outstanding_.take_all().dones) done(gone());
  {
    const std::lock_guard lock(tasks_mutex_);
    takes_tasks_ = false;
  }
  run_tasks();
}

void Worker::close() {
  if (is_closing_ || is_over_) return;
  is_closing_ = true;
  deadline_ = Monotonic::now() + longest_closing;
  const std::uint64_t number = outstanding_.add_done([this](const Status&) { finish(); });
  if (process_.id <= 0 || !tell(FrameKind::close, number)) finish();
}

}  // namespace patchbay::plugin
