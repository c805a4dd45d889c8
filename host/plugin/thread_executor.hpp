// An Executor with a thread of its own, which sleeps without waking while nothing is due.
//
// post, post_after and drain are [any-thread]. run_one is called inside a task only: it is how a task that goes on for
// long (patchbay.run/1) lets others in. The destructor waits for the current task, unless it is called inside of it;
// what still waits then is dropped.
#pragma once

#include "base/executor.hpp"

#include <memory>
#include <string>
#include <thread>

namespace patchbay::plugin {

class ThreadExecutor final : public Executor {
 public:
  // The name is what `top -H` shows, cut to 15 bytes. Throws std::system_error when no thread can be made.
  explicit ThreadExecutor(const std::string& name);
  ThreadExecutor(const ThreadExecutor&) = delete;
  ThreadExecutor& operator=(const ThreadExecutor&) = delete;
  ~ThreadExecutor() override;

  void post(Task task) override;
  void post_after(Duration delay, Task task) override;

  // Runs one task on this thread, after waiting for it for up to `timeout`. False when none came.
  bool run_one(Duration timeout);

  // Waits until all that has been posted without a delay has run. Returns at once inside a task.
  void drain();

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;  // with the thread, which may outlast this object when it ends inside a task
  std::thread thread_;
};

}  // namespace patchbay::plugin
