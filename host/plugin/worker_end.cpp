// How a worker and the instances in it end: the part of Worker that closes, and that says who was to blame.
#include "plugin/host_table.hpp"
#include "plugin/worker_session.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

namespace patchbay::plugin {
namespace {

using namespace std::chrono_literals;
using Monotonic = std::chrono::steady_clock;

constexpr auto longest_closing = 11s;  // stop and close have five seconds each
constexpr std::size_t shown_lines = 10;

}  // namespace

Status Worker::gone(const Seat& seat) {
  return failure(ErrorCode::unavailable, "the worker of " + seat.name + " has ended");
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

// Who crashes a process that several share is not told by its end. Those that had nothing in hand are innocent, unless
// they work without being asked.
bool Worker::may_be_to_blame(Seat& seat) {
  if (!seat.outstanding.empty() || offers(PATCHBAY_EXT_POLL) || offers(PATCHBAY_EXT_RUN)) return true;
  const std::lock_guard lock(sending_);
  // What starts and stops it is outstanding until it has ended.
  return seat.has_work && seat.last_given != FrameKind::open && seat.last_given != FrameKind::check &&
         seat.last_given != FrameKind::start && seat.last_given != FrameKind::stop;
}

// The worker has ended before its seats did, or is ended since it cannot be trusted any more. `culprit` is the seat
// that is to blame, where that is known.
void Worker::lose(const std::string& why, const Seat* culprit) {
  if (process_.id <= 0) return;
  {
    const std::lock_guard lock(sending_);
    is_lost_ = true;
  }
  std::size_t count = 0;
  {
    const std::lock_guard lock(tasks_mutex_);
    takes_seats_ = false;
    count = seat_count_;
  }
  const std::string end = end_worker(std::exchange(process_.id, -1), why.empty() ? for_its_farewell : 0ms);
  collect_last_words();
  const auto seats = all_seats();
  std::vector<std::string> possible;
  for (const auto& seat : seats)
    if (culprit != nullptr ? seat.get() == culprit : may_be_to_blame(*seat)) possible.push_back(seat->name);
  if (count > 1 && broke_) broke_(possible);
  for (const auto& seat : seats) {
    if (seat->is_over) continue;
    calm(*seat);
    if (seat->is_closing) {
      finish(*seat);
      continue;
    }
    const bool is_to_blame = count == 1 || seat.get() == culprit;
    lose(*seat, error_of(*seat, why.empty() ? end : why + "; " + end, is_to_blame, count - 1));
  }
}

Error Worker::error_of(const Seat& seat, const std::string& end, bool is_to_blame, std::size_t others) const {
  Error error{is_to_blame ? ErrorCode::internal : ErrorCode::unavailable, "running the worker of " + seat.name,
              is_to_blame ? "tell the plugin's author" : "see which of those that share the worker crashes again"};
  if (others != 0) error.reason += ", shared with " + std::to_string(others) + " more";
  error.reason += ": " + end + "; what it was given last: " + std::string(name_of(seat.last_given));
  const auto& lines = last_lines_.lines();
  if (!lines.empty()) error.reason += "; what it wrote last:";
  for (std::size_t i = lines.size() - std::min(lines.size(), shown_lines); i < lines.size(); ++i)
    error.reason += " " + log_line(lines[i]) + (i + 1 < lines.size() ? " /" : "");
  return error;
}

void Worker::lose(Seat& seat, const Error& error) {
  seat.is_lost = true;
  if (!seat.opening) seat.services.lost(error);
  const Outstanding::All open = seat.outstanding.take_all();
  for (const pb_request request : open.requests) seat.calls.refuse(request);
  for (const pb_token send : open.sends)
    seat.calls.give_up(send, PB_TIMEOUT, "sending: the worker of " + seat.name + " ended meanwhile");
  for (const auto& [event, kind] : open.events) seat.calls.put_off(event, kind, "the sink's worker ended meanwhile");
  for (const auto& [number, done] : open.dones) done(failure(error));
}

void Worker::begin_closing(Seat& seat) {
  if (seat.is_closing || seat.is_over) return;
  seat.is_closing = true;
  calm(seat);
  seat.deadline = Monotonic::now() + longest_closing;
  watched_.insert(&seat);
  const std::uint64_t number = seat.outstanding.add_done([this, &seat](const Status&) { finish(seat); });
  if (process_.id <= 0 || !tell(seat, FrameKind::close, number)) finish(seat);
}

// The last of a seat, and of the process with the last seat.
void Worker::finish(Seat& seat) {
  if (std::exchange(seat.is_over, true)) return;
  const std::shared_ptr<Seat> kept = seats_.at(seat.number);
  {
    const std::lock_guard lock(sending_);
    seat.is_told = false;
    std::erase(given_, &seat);
  }
  watched_.erase(&seat);
  calm(seat);
  bool is_last = false;
  {
    const std::lock_guard lock(tasks_mutex_);
    is_last = --seat_count_ == 0;
    if (is_last) takes_seats_ = false;
  }
  if (is_last) end_process();
  // Whoever waits for a Done gets it.
  for (const auto& [number, done] : seat.outstanding.take_all().dones) done(gone(seat));
  {
    const std::lock_guard lock(tasks_mutex_);
    seat.takes_tasks = false;
  }
  run_tasks();
  seats_.erase(seat.number);
  is_over_ = is_last;
  seat.ended.set_value();
}

void Worker::end_process() {
  {
    const std::lock_guard lock(sending_);
    is_lost_ = true;
    socket_.reset();  // by which the worker ends, if it has not
  }
  if (process_.id > 0) static_cast<void>(end_worker(std::exchange(process_.id, -1), for_its_farewell));
}

}  // namespace patchbay::plugin
