// Whether the instances in a worker still live, and what has its time: the part of Worker that looks at the clock.
#include "plugin/worker_session.hpp"

#include <algorithm>

namespace patchbay::plugin {
namespace {

using namespace std::chrono_literals;
using Monotonic = std::chrono::steady_clock;

// Soon, since until then one that only burns time has as much of the processor as those that work.
constexpr auto before_asking = 25ms;    // for a sign of life
constexpr auto before_weighing = 15ms;  // that does not come
constexpr auto before_weighing_again = 100ms;
constexpr auto worth_counting = 100ms;  // of waiting for a processor
constexpr int most_patience = 4;        // times its longest call, on a busy machine

}  // namespace

int Worker::until_deadline() const {
  Moment first = probation_ends_;
  for (const Seat* seat : watched_)
    for (const Moment& moment : {seat->deadline, seat->look_at, seat->weighs_at, seat->reply_by})
      if (moment && (!first || *moment < *first)) first = moment;
  if (!first) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*first - Monotonic::now()).count();
  return static_cast<int>(std::max<decltype(left)>(left, 0));
}

// Whether each still lives is asked while it has work, so that an idle one is not woken.
void Worker::watch() {
  {
    const std::lock_guard lock(sending_);
    watched_.insert(given_.begin(), given_.end());
    given_.clear();
  }
  const auto now = Monotonic::now();
  std::erase_if(watched_, [&](Seat* seat) { return !is_watched(*seat, now); });
}

// False where there is nothing to be watched about it any more.
bool Worker::is_watched(Seat& seat, Moment::value_type now) {
  if (seat.deadline || seat.reply_by) return true;
  if (longest_call_ == 0s || process_.id <= 0 || seat.is_closing) return false;
  bool has_work = false;
  {
    const std::lock_guard lock(sending_);
    has_work = seat.has_work;
  }
  // One that polls has work of its own, and wakes for it anyway.
  if (!has_work && !offers(PATCHBAY_EXT_POLL)) return false;
  const auto latest = now + (has_work ? std::min<Monotonic::duration>(before_asking, longest_call_) : longest_call_);
  seat.look_at = std::min(seat.look_at.value_or(latest), latest);
  if (now < *seat.look_at) return true;
  seat.look_at.reset();
  seat.asked_at = now;
  seat.reply_by = now + longest_call_;
  seat.weighs_at = now + before_weighing;
  seat.weighed_at = now;
  seat.ran_before = time_on_processor(process_.id);
  {
    const std::lock_guard lock(sending_);
    seat.has_work = false;
  }
  tell(seat, FrameKind::ping, seat.outstanding.add_done([this, &seat](const Status&) { calm(seat); }));
  return true;
}

// It gave a sign of life, or gives none any more.
void Worker::calm(Seat& seat) {
  seat.look_at.reset();
  seat.reply_by.reset();
  seat.weighs_at.reset();
  if (std::exchange(seat.is_busy, false) && --busy_ == 0 && process_.id > 0) set_claim(process_.id, claim_);
}

void Worker::meet_deadlines() {
  const auto now = Monotonic::now();
  const auto is_due = [now](const Moment& moment) { return moment && now >= *moment; };
  if (is_due(probation_ends_)) {
    probation_ends_.reset();
    claim_ = Claim::usual;
    if (busy_ == 0 && process_.id > 0) set_claim(process_.id, claim_);
  }
  std::vector<std::shared_ptr<Seat>> due;
  for (const Seat* seat : watched_)
    if (is_due(seat->weighs_at) || is_due(seat->reply_by) || is_due(seat->deadline))
      due.push_back(seats_.at(seat->number));
  for (const auto& seat : due) {
    if (is_due(seat->weighs_at)) weigh(*seat, now);
    if (is_due(seat->reply_by)) end_a_busy_one(*seat, now);
    if (is_due(seat->deadline)) end_a_late_one(*seat);
  }
}

// One that burns time instead of giving a sign of life gets less of it. One that waits for its turn, or for something
// else, would only wait longer: on a loaded machine that would be all of them.
void Worker::weigh(Seat& seat, Moment::value_type now) {
  if (seat.weighed_at == seat.asked_at) seat.queued_before = time_in_run_queue(process_.id);
  const auto ran = time_on_processor(process_.id);
  const bool burns = 2 * (ran - seat.ran_before) >= now - seat.weighed_at;
  seat.weighed_at = now;
  seat.ran_before = ran;
  seat.weighs_at.reset();
  if (!burns) {
    seat.weighs_at = now + before_weighing_again;
    return;
  }
  seat.is_busy = true;
  if (busy_++ == 0 && process_.id > 0) set_claim(process_.id, std::max(claim_, Claim::small));
}

// Where there is but one, the reader knows which.
std::string Worker::who(const Seat& seat) const { return seats_.size() > 1 ? seat.name : "it"; }

void Worker::end_a_busy_one(Seat& seat, Moment::value_type now) {
  // On a busy machine it may not have had the time that it was given.
  const auto queued = time_in_run_queue(process_.id);
  const auto kept_waiting = queued - seat.queued_before;
  if (kept_waiting > worth_counting && now < seat.asked_at + most_patience * longest_call_) {
    seat.queued_before = queued;
    seat.reply_by = now + std::chrono::duration_cast<Monotonic::duration>(kept_waiting);
    return;
  }
  seat.reply_by.reset();
  lose(who(seat) + " was busy with one call for more than " + std::to_string(longest_call_.count()) + " s", &seat);
}

void Worker::end_a_late_one(Seat& seat) {
  seat.deadline.reset();
  if (!seat.is_closing) return lose(who(seat) + " was not ready within 30 s", &seat);
  seat.services.log(PB_LOG_ERROR, "closing: the plugin did not end within 11 s, so its worker was ended");
  if (seats_.size() > 1) return lose(who(seat) + " did not end within 11 s", &seat);
  finish(seat);
}

}  // namespace patchbay::plugin
