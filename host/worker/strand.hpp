// The executor of one of several instances in a worker: its tasks run one after the other, each on whatever thread of
// the worker comes to it, so that another instance that is busy holds up nothing.
//
// [any-thread]. The link outlives it; what waits for its turn keeps it alive.
#pragma once

#include "base/executor.hpp"
#include "worker/link.hpp"

#include <deque>
#include <memory>
#include <mutex>

namespace patchbay::worker {

class Strand final : public Executor, public std::enable_shared_from_this<Strand> {
 public:
  explicit Strand(Link& link) : link_(link) {}

  void post(Task task) override;
  void post_after(Duration delay, Task task) override;

 private:
  void run();

  Link& link_;
  std::mutex mutex_;
  std::deque<Task> tasks_;
  bool is_due_ = false;  // run() waits for its turn, or runs
};

}  // namespace patchbay::worker
