// After a contact was split: the lanes of its parts wait until what came before has ended in the lane they had in
// common, whatever part it is about.
//
// Values of destination.cpp. Lives on the dispatcher's executor.
#pragma once

#include "store/records.hpp"

#include <optional>
#include <vector>

namespace patchbay::delivery {

struct Barrier {
  store::ContactId waiting{};  // this lane
  store::ContactId first{};    // goes on when that one has ended everything
  store::EventId last{};       // up to this event
};

class Barriers {
 public:
  // A barrier of a lane behind itself, or one that would close a circle, is none.
  void add(const Barrier& barrier) {
    if (barrier.waiting != barrier.first && !is_behind(barrier.first, barrier.waiting)) barriers_.push_back(barrier);
  }

  // Lane `from` has become part of `into`.
  void join(store::ContactId from, store::ContactId into) {
    std::vector<Barrier> before;
    before.swap(barriers_);
    for (Barrier& barrier : before) {
      if (barrier.waiting == from) barrier.waiting = into;
      if (barrier.first == from) barrier.first = into;
      add(barrier);
    }
  }

  // The lane that an event of `lane` belongs to, where it came before the split.
  [[nodiscard]] std::optional<store::ContactId> before_split(store::ContactId lane, store::EventId event) const {
    for (const Barrier& barrier : barriers_)
      if (barrier.waiting == lane && event <= barrier.last) return barrier.first;
    return std::nullopt;
  }

  [[nodiscard]] bool hold(store::ContactId lane) const {
    for (const Barrier& barrier : barriers_)
      if (barrier.waiting == lane) return true;
    return false;
  }

  // Removes those that are done; the lanes that waited for them.
  template <class Done>
  [[nodiscard]] std::vector<store::ContactId> release(Done&& done) {
    std::vector<store::ContactId> released;
    std::erase_if(barriers_, [&](const Barrier& barrier) {
      if (!done(barrier)) return false;
      released.push_back(barrier.waiting);
      return true;
    });
    return released;
  }

  [[nodiscard]] bool empty() const { return barriers_.empty(); }

 private:
  [[nodiscard]] bool is_behind(store::ContactId lane, store::ContactId other) const {
    for (const Barrier& barrier : barriers_)
      if (barrier.waiting == lane && (barrier.first == other || is_behind(barrier.first, other))) return true;
    return false;
  }

  std::vector<Barrier> barriers_;  // few, and most of the time none
};

}  // namespace patchbay::delivery
