#include "identity/evaluation.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <string>

#include "identity/engine.hpp"

namespace patchbay::identity {
namespace {

std::vector<std::uint32_t> order_of(std::uint32_t number, std::size_t rows, std::uint64_t seed) {
  std::vector<std::uint32_t> order(rows);
  std::iota(order.begin(), order.end(), 0U);
  if (number == 1) std::reverse(order.begin(), order.end());
  if (number < 2) return order;
  std::mt19937_64 random(seed + number);
  // std::shuffle is not the same everywhere.
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random() % i]);
  return order;
}

struct Run {
  std::vector<Label> found;
  std::vector<Duration> times;
  Duration whole{};
  std::size_t reviewed = 0;
};

Result<Run> run(std::span<const LabelledRow> rows, std::span<const std::uint32_t> order, Trial& trial,
                const Clock& clock, const Progress& progress) {
  Run result;
  const Duration start = clock.monotonic();
  Duration last = start;
  for (std::size_t i = 0; i < order.size(); ++i) {
    PATCHBAY_CHECK(trial.add(order[i], rows[order[i]].persona));
    const Duration now = clock.monotonic();
    result.times.push_back(now - last);
    last = now;
    constexpr std::size_t now_and_then = 256;
    if (i % now_and_then == 0) progress(static_cast<double>(i) / static_cast<double>(order.size()));
  }
  PATCHBAY_CHECK(trial.finish());
  result.whole = clock.monotonic() - start;
  result.reviewed = trial.reviewed();

  std::map<ContactId, Label> labels;
  for (const ContactId contact : PATCHBAY_TRY(trial.contacts(rows.size())))
    result.found.push_back(labels.try_emplace(contact, static_cast<Label>(labels.size())).first->second);
  return result;
}

class MemoryTrial final : public Trial {
 public:
  explicit MemoryTrial(const Model& model) : engine_(model) {}

  Status add(std::uint32_t row, const Persona& persona) override {
    PATCHBAY_CHECK(engine_.add(PersonaId{++arrivals_}, persona, digest_of({"row", std::to_string(row)})));
    ids_.emplace_back(row, PersonaId{arrivals_});
    return {};
  }
  Status finish() override {
    engine_.drain();
    return {};
  }
  Result<std::vector<ContactId>> contacts(std::size_t rows) override {
    std::vector<ContactId> found(rows);
    for (const auto& [row, id] : ids_) found[row] = PATCHBAY_TRY(engine_.contact_of(id));
    return found;
  }
  [[nodiscard]] std::size_t reviewed() const override { return engine_.review().size(); }

 private:
  Engine engine_;
  std::uint64_t arrivals_ = 0;
  std::vector<std::pair<std::uint32_t, PersonaId>> ids_;  // of each row
};

Duration percentile(std::vector<Duration> times, double share) {
  if (times.empty()) return {};
  const auto place = times.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(times.size() - 1));
  std::nth_element(times.begin(), place, times.end());
  return *place;
}

}  // namespace

std::unique_ptr<Trial> trial_in_memory(const Model& model) { return std::make_unique<MemoryTrial>(model); }

Result<Evaluation> evaluate(std::span<const LabelledRow> rows, const Orders& orders, const Clock& clock,
                            const MakeTrial& make_trial, const Progress& progress) {
  std::vector<Label> truth;
  for (const LabelledRow& row : rows) truth.push_back(row.truth);

  Evaluation result;
  std::vector<std::vector<Label>> partitions;
  for (std::uint32_t number = 0; number < orders.count; ++number) {
    const std::vector<std::uint32_t> order = order_of(number, rows.size(), orders.seed);
    const std::unique_ptr<Trial> trial = PATCHBAY_TRY(make_trial());
    Run one =
        PATCHBAY_TRY(run(rows, order, *trial, clock, [&](double share) { progress((number + share) / orders.count); }));
    const Agreement agreed = agreement(one.found, truth);
    if (number == 0 || agreed.f1 < result.worst.f1) {
      result.worst = agreed;
      result.found = one.found;
    }
    for (const std::vector<Label>& other : partitions)
      result.jaccard_min = std::min(result.jaccard_min, jaccard(other, one.found));
    partitions.push_back(std::move(one.found));

    const auto count = static_cast<double>(rows.size());
    const double seconds = std::chrono::duration<double>(one.whole).count();
    const double speed = seconds > 0 ? count / seconds : 0;
    if (number == 0 || speed < result.rows_per_second) {
      result.rows_per_second = speed;
      result.p50 = percentile(one.times, 0.50);
      result.p99 = percentile(one.times, 0.99);
    }
    if (count > 0) result.review_rate = std::max(result.review_rate, static_cast<double>(one.reviewed) / count);
  }
  progress(1);
  return result;
}

}  // namespace patchbay::identity
