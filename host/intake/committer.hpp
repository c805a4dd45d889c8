// The group commit: the one thread that writes to the store.
//
// add() is [any-thread]: what is added while a commit is on its way to the disk goes into the next one together. A
// piece of work that fails takes nobody with it: the group is rolled back and its pieces are committed one by one, so
// that `write` may run more than once and must start afresh each time.
//
// `done` runs on the committer's thread, once, after the commit (fsync included) or with the reason why not; it must
// not block. stop() finishes what was added before it; later work is refused with `unavailable`, on the thread that
// adds it.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "store/store.hpp"

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace patchbay::intake {

struct Work {
  std::function<Status(store::Writer&)> write;
  std::function<void(Status)> done;
  std::function<void()> durable;  // optional: right after the commit, before any `done` of the group
};

// What is kept in memory of what the store holds, and was changed ahead of a commit. [the committer's thread]
class Companion {
 public:
  virtual ~Companion() = default;
  // Right after the commit, and nothing of it was told to anybody yet.
  virtual void committed() = 0;
  // All that was written since the last of these calls is gone.
  virtual void rolled_back() = 0;
};

struct CommitterCounts {
  std::uint64_t commits = 0, works = 0, failures = 0, waiting = 0;  // failures: works that were not committed
};

class Committer {
 public:
  // The writer, and the companion where there is one, are used on the committer's own thread only, from here until
  // stop().
  Committer(store::Writer& writer, std::size_t largest_group, Companion* companion = nullptr);
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;
  ~Committer();

  void add(Work work);
  void stop();
  [[nodiscard]] CommitterCounts counts() const;

 private:
  void run();
  void commit_group(std::vector<Work>& group);
  Status commit_together(std::vector<Work>& group);
  void roll_back();

  store::Writer& writer_;
  std::size_t largest_group_;
  Companion* companion_;
  mutable std::mutex mutex_;
  std::condition_variable added_;
  std::vector<Work> waiting_;
  bool stopping_ = false;
  CommitterCounts counts_;
  std::thread thread_;
};

}  // namespace patchbay::intake
