// Outcomes on their way to the store: gathered, offered as one batch, kept until they are durable.
//
// Values of the dispatcher, on its executor. A batch that the store could not take is offered again, whole.
#pragma once

#include "delivery/destination.hpp"
#include "delivery/dispatcher.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace patchbay::delivery {

// An attempt that has ended.
struct Settled {
  Destination* destination = nullptr;
  Item item;
  store::Outcome outcome;
};

class Ledger {
 public:
  explicit Ledger(Outcomes& outcomes) : outcomes_(outcomes) {}

  using BatchId = std::uint64_t;
  // What `recorded` says may come from any thread, and twice.
  using Recorded = std::function<void(Status)>;

  void add(Settled settled) { gathered_.push_back(std::move(settled)); }
  // What was gathered, as a batch of its own; nothing where there is none.
  [[nodiscard]] std::optional<BatchId> gather() {
    if (gathered_.empty()) return std::nullopt;
    batches_[++last_batch_].settled = std::exchange(gathered_, {});
    return last_batch_;
  }
  void offer(BatchId id, Recorded recorded) {
    Batch& batch = batches_.at(id);
    batch.offered = true;
    std::vector<store::Outcome> rows;
    rows.reserve(batch.settled.size());
    for (const Settled& settled : batch.settled) rows.push_back(settled.outcome);
    outcomes_.record(std::move(rows), std::move(recorded));
  }
  // The store refused it; whether that is news.
  [[nodiscard]] bool refused(BatchId id) {
    const auto found = batches_.find(id);
    return found != batches_.end() && std::exchange(found->second.offered, false);
  }
  // It is durable. Empty where that is no news.
  [[nodiscard]] std::vector<Settled> durable(BatchId id) {
    const auto found = batches_.find(id);
    if (found == batches_.end() || !found->second.offered) return {};
    std::vector<Settled> settled = std::move(found->second.settled);
    batches_.erase(found);
    return settled;
  }
  [[nodiscard]] bool empty() const { return batches_.empty() && gathered_.empty(); }

 private:
  struct Batch {
    std::vector<Settled> settled;
    bool offered = false;
  };

  Outcomes& outcomes_;
  std::vector<Settled> gathered_;
  std::unordered_map<BatchId, Batch> batches_;
  BatchId last_batch_ = 0;
};

}  // namespace patchbay::delivery
