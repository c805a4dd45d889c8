#include "identity/agreement.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace patchbay::identity {
namespace {

struct Table {
  std::map<std::pair<Label, Label>, std::uint64_t> both;
  std::map<Label, std::uint64_t> left, right;
};

Table table_of(std::span<const Label> left, std::span<const Label> right) {
  Table table;
  for (std::size_t i = 0; i < left.size(); ++i) {
    ++table.both[{left[i], right[i]}];
    ++table.left[left[i]];
    ++table.right[right[i]];
  }
  return table;
}

template <class Counts>
double pairs_in(const Counts& counts) {
  double pairs = 0;
  for (const auto& [key, count] : counts) pairs += static_cast<double>(count) * static_cast<double>(count - 1) / 2;
  return pairs;
}

double share(double part, double whole) { return whole > 0 ? part / whole : 1; }
double harmonic_mean(double one, double other) { return one + other > 0 ? 2 * one * other / (one + other) : 0; }

}  // namespace

Agreement agreement(std::span<const Label> found, std::span<const Label> truth) {
  const Table table = table_of(found, truth);
  const double together = pairs_in(table.both);
  Agreement result;
  result.precision = share(together, pairs_in(table.left));
  result.recall = share(together, pairs_in(table.right));
  result.f1 = harmonic_mean(result.precision, result.recall);

  double precision = 0;
  double recall = 0;
  std::map<Label, std::uint32_t> truths;
  for (const auto& [labels, count] : table.both) {
    const double square = static_cast<double>(count) * static_cast<double>(count);
    precision += square / static_cast<double>(table.left.at(labels.first));
    recall += square / static_cast<double>(table.right.at(labels.second));
    ++truths[labels.first];
  }
  const auto things = static_cast<double>(found.size());
  result.b3_f1 = harmonic_mean(share(precision, things), share(recall, things));
  for (const auto& [label, count] : truths) result.mixed += count > 1 ? 1 : 0;
  return result;
}

double jaccard(std::span<const Label> left, std::span<const Label> right) {
  const Table table = table_of(left, right);
  const double both = pairs_in(table.both);
  return share(both, pairs_in(table.left) + pairs_in(table.right) - both);
}

}  // namespace patchbay::identity
