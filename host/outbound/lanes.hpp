// What waits on one channel, in lanes by recipient: a part of queue.cpp. Plain; on the queue's executor.
#pragma once

#include "base/digest.hpp"
#include "base/time.hpp"
#include "store/records.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace patchbay::outbound {

struct Waiting {
  store::OutboundId id{};
  Digest16 lane{};
  Duration not_before{};  // on the monotonic clock: a step of the wall clock neither hurries nor holds it
};

class Lanes {
 public:
  void put(const Waiting& waiting) {
    Lane& lane = lanes_[waiting.lane];
    if (lane.waiting.emplace(waiting.id, waiting.not_before).second) ++size_;
  }

  // The oldest that may go: at the head of a lane that is not busy. Its lane is busy until release().
  [[nodiscard]] std::optional<Waiting> take(Duration now) {
    auto oldest = lanes_.end();
    for (auto at = lanes_.begin(); at != lanes_.end(); ++at) {
      if (at->second.busy || at->second.waiting.empty() || at->second.waiting.begin()->second > now) continue;
      if (oldest == lanes_.end() || at->second.waiting.begin()->first < oldest->second.waiting.begin()->first)
        oldest = at;
    }
    if (oldest == lanes_.end()) return std::nullopt;
    Lane& lane = oldest->second;
    const Waiting taken{lane.waiting.begin()->first, oldest->first, lane.waiting.begin()->second};
    lane.waiting.erase(lane.waiting.begin());
    lane.busy = true;
    --size_;
    return taken;
  }
  void release(const Digest16& lane) {
    const auto found = lanes_.find(lane);
    if (found == lanes_.end()) return;
    found->second.busy = false;
    if (found->second.waiting.empty()) lanes_.erase(found);
  }

  // When the first that has to wait may go; nothing where none waits for time.
  [[nodiscard]] std::optional<Duration> next_due() const {
    std::optional<Duration> next;
    for (const auto& [id, lane] : lanes_)
      if (!lane.busy && !lane.waiting.empty() && (!next || lane.waiting.begin()->second < *next))
        next = lane.waiting.begin()->second;
    return next;
  }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  struct Lane {
    std::map<store::OutboundId, Duration> waiting;
    bool busy = false;
  };
  std::map<Digest16, Lane> lanes_;
  std::size_t size_ = 0;
};

}  // namespace patchbay::outbound
