#include "intake/committer.hpp"

#include "base/fault_points.hpp"

#include <pthread.h>

#include <iterator>

namespace patchbay::intake {

Committer::Committer(store::Writer& writer, std::size_t largest_group, Companion* companion)
    : writer_(writer), largest_group_(largest_group), companion_(companion), thread_([this] { run(); }) {}

Committer::~Committer() { stop(); }

void Committer::add(Work work) {
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_) {
      waiting_.push_back(std::move(work));
      if (waiting_.size() == 1) added_.notify_one();
      return;
    }
  }
  work.done(failure(ErrorCode::unavailable, "committing: the gateway is stopping", "try again when it is back"));
}

void Committer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  added_.notify_one();
  if (thread_.joinable()) thread_.join();
}

CommitterCounts Committer::counts() const {
  const std::lock_guard lock(mutex_);
  CommitterCounts counts = counts_;
  counts.waiting = waiting_.size();
  return counts;
}

void Committer::run() {
  ::pthread_setname_np(::pthread_self(), "committer");
  std::vector<Work> group;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      added_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      if (waiting_.size() <= largest_group_) {
        group.swap(waiting_);
      } else {
        const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(largest_group_);
        group.assign(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
        waiting_.erase(waiting_.begin(), end);
      }
    }
    commit_group(group);
    group.clear();
    // Moving pages is put off while somebody waits, and cannot fail anything: what is committed is in the log.
    static_cast<void>(writer_.checkpoint_if_due());
  }
}

void Committer::commit_group(std::vector<Work>& group) {
  Status status = commit_together(group);
  std::uint64_t failures = 0, commits = status ? 1 : 0;
  if (status || group.size() == 1) {
    if (!status) ++failures;
    PATCHBAY_CRASH_POINT("committer.before_completions");
    for (Work& work : group) {
      work.done(status);
      PATCHBAY_CRASH_POINT("committer.after_a_completion");
    }
    PATCHBAY_CRASH_POINT("committer.after_completions");
  } else {
    // One of them did it: each for itself, so that only that one bears it.
    for (Work& work : group) {
      std::vector<Work> alone;
      alone.push_back(std::move(work));
      status = commit_together(alone);
      ++(status ? commits : failures);
      alone.front().done(std::move(status));
    }
  }
  const std::lock_guard lock(mutex_);
  counts_.commits += commits;
  counts_.works += group.size();
  counts_.failures += failures;
}

void Committer::roll_back() {
  writer_.roll_back();
  if (companion_) companion_->rolled_back();
}

Status Committer::commit_together(std::vector<Work>& group) {
  PATCHBAY_CRASH_POINT("committer.before_begin");
  PATCHBAY_CHECK(writer_.begin());
  for (Work& work : group) {
    if (Status status = work.write(writer_); !status) {
      roll_back();
      return status;
    }
    PATCHBAY_CRASH_POINT("committer.after_a_write");
  }
  PATCHBAY_CRASH_POINT("committer.before_commit");
  Status status = writer_.commit();
  if (!status) {
    roll_back();
    return status;
  }
  PATCHBAY_CRASH_POINT("committer.after_commit");
  if (companion_) companion_->committed();
  for (Work& work : group)
    if (work.durable) work.durable();
  return status;
}

}  // namespace patchbay::intake
