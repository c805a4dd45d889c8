// Something that runs tasks one after the other, never two at once.
//
// [any-thread] post and post_after may be called from anywhere, also from inside a task; the task runs later, never
// inside the call. Tasks still waiting when the executor ends are dropped.
#pragma once

#include "base/time.hpp"

#include <functional>

namespace patchbay {

using Task = std::function<void()>;

class Executor {
 public:
  virtual ~Executor() = default;
  virtual void post(Task task) = 0;
  virtual void post_after(Duration delay, Task task) = 0;
};

}  // namespace patchbay
