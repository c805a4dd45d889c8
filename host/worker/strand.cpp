#include "worker/strand.hpp"

#include <utility>

namespace patchbay::worker {

void Strand::post(Task task) {
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
    if (std::exchange(is_due_, true)) return;
  }
  link_.post([self = shared_from_this()] { self->run(); });
}

void Strand::post_after(Duration delay, Task task) {
  link_.post_after(delay,
                   [self = shared_from_this(), task = std::move(task)]() mutable { self->post(std::move(task)); });
}

// One task at a turn, so that the others have theirs.
void Strand::run() {
  Task task;
  {
    const std::lock_guard lock(mutex_);
    task = std::move(tasks_.front());
    tasks_.pop_front();
  }
  task();
  {
    const std::lock_guard lock(mutex_);
    is_due_ = !tasks_.empty();
    if (!is_due_) return;
  }
  link_.post([self = shared_from_this()] { self->run(); });
}

}  // namespace patchbay::worker
