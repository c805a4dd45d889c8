// The ids of the events that were written last: by them a delivery that comes again is known.
//
// It comes again when the gateway stopped between the fsync here and the commit of the outcome there, and for no more
// events than a destination has in memory (10,000); `most` leaves room. Values; [instance].
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace patchbay::file {

class RecentIds {
 public:
  static constexpr std::size_t most = 16'384;

  [[nodiscard]] bool has(const std::string& id) const { return known_.contains(id); }
  [[nodiscard]] const std::deque<std::string>& in_order() const { return order_; }

  void add(std::string id) {
    if (!known_.insert(id).second) return;
    order_.push_back(std::move(id));
    if (order_.size() <= most) return;
    known_.erase(order_.front());
    order_.pop_front();
  }

 private:
  std::deque<std::string> order_;
  std::unordered_set<std::string> known_;
};

}  // namespace patchbay::file
