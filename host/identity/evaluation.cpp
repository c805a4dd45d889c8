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

Run run(std::span<const LabelledRow> rows, std::span<const std::uint32_t> order, const Model& model, const Clock& clock,
        const Progress& progress) {
  Run result;
  Engine engine(model);
  const Duration start = clock.monotonic();
  Duration last = start;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const Digest16 origin = digest_of({"row", std::to_string(order[i])});
    // Cannot fail: each row comes once.
    static_cast<void>(engine.add(static_cast<PersonaId>(i), rows[order[i]].persona, origin));
    const Duration now = clock.monotonic();
    result.times.push_back(now - last);
    last = now;
    constexpr std::size_t now_and_then = 256;
    if (i % now_and_then == 0) progress(static_cast<double>(i) / static_cast<double>(order.size()));
  }
  engine.drain();
  result.whole = clock.monotonic() - start;
  result.reviewed = engine.review().size();

  std::map<ContactId, Label> labels;
  result.found.resize(rows.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    const ContactId contact = engine.contact_of(static_cast<PersonaId>(i)).value_or(Contacts::no_contact);
    result.found[order[i]] = labels.try_emplace(contact, static_cast<Label>(labels.size())).first->second;
  }
  return result;
}

Duration percentile(std::vector<Duration> times, double share) {
  if (times.empty()) return {};
  const auto place = times.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(times.size() - 1));
  std::nth_element(times.begin(), place, times.end());
  return *place;
}

}  // namespace

Evaluation evaluate(std::span<const LabelledRow> rows, const Model& model, const Orders& orders, const Clock& clock,
                    const Progress& progress) {
  std::vector<Label> truth;
  for (const LabelledRow& row : rows) truth.push_back(row.truth);

  Evaluation result;
  std::vector<std::vector<Label>> partitions;
  for (std::uint32_t number = 0; number < orders.count; ++number) {
    const std::vector<std::uint32_t> order = order_of(number, rows.size(), orders.seed);
    Run one = run(rows, order, model, clock, [&](double share) { progress((number + share) / orders.count); });
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
