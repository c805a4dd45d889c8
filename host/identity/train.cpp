#include "identity/train.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <set>
#include <unordered_map>
#include <utility>

#include "identity/block.hpp"
#include "identity/key_index.hpp"

namespace patchbay::identity {
namespace {

// The shipped weights stand for so many pairs that are known, and for so many personas.
constexpr double known_matches = 300;
constexpr double known_strangers = 20'000;
constexpr double known_personas = 20'000;
constexpr std::size_t pairs_at_random = 200'000;
constexpr std::size_t most_rounds = 25;
constexpr double settled = 0.001;  // no rate moves by more

class Population final : public Sharing {
 public:
  explicit Population(std::span<const Persona> personas) {
    for (const Persona& persona : personas) all_.push_back(features_of(persona));
    // One order, whatever theirs.
    std::sort(all_.begin(), all_.end(),
              [](const Features& left, const Features& right) { return left.content < right.content; });
    for (const Features& features : all_)
      for (const CountedValue& value : counted_values_of(features))
        if (value.signature != 0) names_[value.value].insert(value.signature);
  }

  [[nodiscard]] Step step(std::uint64_t value) const override {
    const auto found = names_.find(value);
    return found == names_.end() ? Step::up_to_2 : step_of(found->second.size());
  }
  [[nodiscard]] std::size_t size() const { return all_.size(); }
  [[nodiscard]] Comparison compared(std::size_t one, std::size_t other) const {
    return compare(all_[one], all_[other], *this);
  }

  // Those that share a key, by the engine's rules.
  [[nodiscard]] std::vector<Comparison> neighbours() const {
    std::map<std::uint64_t, std::pair<KeyRule, std::vector<std::uint32_t>>> holders;
    for (std::uint32_t i = 0; i < all_.size(); ++i) {
      for (const Key& key : keys_of(all_[i])) {
        holders[key.value].first = key.rule;
        holders[key.value].second.push_back(i);
      }
    }
    std::vector<std::pair<std::uint32_t, std::uint32_t>> pairs;
    for (const auto& [key, entry] : holders) {
      const auto& [rule, list] = entry;
      if (rule == KeyRule::weak && list.size() > most_holders_of_weak_key) continue;
      for (std::size_t i = 0; i < std::min(list.size(), representatives); ++i)
        for (std::size_t j = i + 1; j < list.size(); ++j) pairs.emplace_back(list[i], list[j]);
    }
    std::sort(pairs.begin(), pairs.end());
    pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
    std::vector<Comparison> comparisons;
    comparisons.reserve(pairs.size());
    for (const auto& [one, other] : pairs) comparisons.push_back(compared(one, other));
    return comparisons;
  }

 private:
  std::vector<Features> all_;
  std::unordered_map<std::uint64_t, std::set<std::uint64_t>> names_;
};

// How often each level was seen.
struct Seen {
  std::array<Parameters::Levels, fields> level{};

  void add(const Comparison& comparison, double share) {
    for (std::size_t field = 0; field < fields; ++field)
      if (comparison.level[field] != no_level) level[field][comparison.level[field]] += share;
  }
};

bool is_of_a_name(std::size_t field) {
  return field == static_cast<std::size_t>(Field::given_name) || field == static_cast<std::size_t>(Field::family_name);
}

// Whether a name is "different" or an "other name" hangs on what the table of names knows; the two move together.
std::size_t group_of(std::size_t field, std::size_t level) {
  const auto other_name = static_cast<std::size_t>(NameLevel::other_name);
  return is_of_a_name(field) && level == other_name ? static_cast<std::size_t>(NameLevel::different) : level;
}

// Two levels of one group divide its rate, or each of them has it.
enum class Group : std::uint8_t { divided, common };

// The rates as seen, drawn towards those that ship.
Parameters::Levels drawn(std::size_t field, const Parameters::Levels& seen, const Parameters::Levels& shipped,
                         double known, Group group) {
  Parameters::Levels shipped_of_group{};
  Parameters::Levels seen_of_group{};
  double all_seen = 0;
  double all_shipped = 0;
  for (std::size_t level = 0; level < most_levels; ++level) {
    double& there = shipped_of_group[group_of(field, level)];
    const double before = there;
    there = group == Group::divided ? there + shipped[level] : std::max(there, shipped[level]);
    all_shipped += there - before;
    seen_of_group[group_of(field, level)] += seen[level];
    all_seen += seen[level];
  }
  Parameters::Levels rates = shipped;
  if (all_shipped <= 0) return rates;
  for (std::size_t level = 0; level < most_levels; ++level) {
    const double own = shipped_of_group[group_of(field, level)];
    if (own <= 0) continue;
    const double rate = (seen_of_group[group_of(field, level)] + known * own / all_shipped) / (all_seen + known);
    rates[level] = shipped[level] * rate / (own / all_shipped);
  }
  return rates;
}

double likelihood(const Judgement& judgement) { return 1 / (1 + std::exp2(-judgement.total / 1000.0)); }

double farthest(const Parameters& left, const Parameters& right) {
  double most = 0;
  for (std::size_t field = 0; field < fields; ++field)
    for (std::size_t level = 0; level < most_levels; ++level)
      most = std::max(most, std::abs(left.same[field][level] - right.same[field][level]));
  return most;
}

}  // namespace

std::vector<WeightChange> weight_changes(const Parameters& before, const Parameters& after) {
  std::vector<WeightChange> list;
  for (std::size_t field = 0; field < fields; ++field) {
    for (std::size_t level = 0; level < most_levels; ++level) {
      if (before.same[field][level] <= 0 || before.strangers[field][level] <= 0) continue;
      list.push_back({static_cast<Field>(field), static_cast<Level>(level),
                      std::log2(before.same[field][level] / before.strangers[field][level]),
                      std::log2(after.same[field][level] / after.strangers[field][level])});
    }
  }
  return list;
}

Training train(std::span<const Persona> personas, const Parameters& shipped) {
  Training training{.parameters = shipped};
  const Population population(personas);
  const std::vector<Comparison> neighbours = population.neighbours();
  training.pairs = neighbours.size();
  Parameters& learned = training.parameters;

  const std::size_t count = population.size();
  if (count > 1) {
    Seen strangers;
    std::mt19937_64 random(1);
    // A pair that is drawn again and again says no more than once.
    const std::size_t drawn_pairs = std::min(pairs_at_random, count * (count - 1) / 2);
    for (std::size_t i = 0; i < drawn_pairs; ++i) {
      const std::size_t one = random() % count;
      const std::size_t other = random() % count;
      if (one != other) strangers.add(population.compared(one, other), 1);
    }
    for (std::size_t field = 0; field < fields; ++field)
      learned.strangers[field] =
          drawn(field, strangers.level[field], shipped.strangers[field], known_strangers, Group::common);
  }

  const double share = static_cast<double>(count) / (static_cast<double>(count) + known_personas);
  while (count > 1 && training.rounds < most_rounds) {
    ++training.rounds;
    const Model model(learned);
    Seen same;
    training.matches = 0;
    for (const Comparison& comparison : neighbours) {
      const double likely = likelihood(model.judge(comparison));
      same.add(comparison, likely);
      training.matches += likely;
    }
    Parameters next = learned;
    for (std::size_t field = 0; field < fields; ++field)
      next.same[field] = drawn(field, same.level[field], shipped.same[field], known_matches, Group::divided);
    const double all_pairs = static_cast<double>(count) * static_cast<double>(count - 1) / 2;
    next.prior = shipped.prior + share * (std::log2((training.matches + 1) / (all_pairs + 1)) - shipped.prior);
    next.population = std::exp2(std::log2(shipped.population) +
                                share * (std::log2(static_cast<double>(count)) - std::log2(shipped.population)));
    const bool done = farthest(learned, next) < settled;
    learned = next;
    if (done) break;
  }
  training.weights = weight_changes(shipped, learned);
  return training;
}

}  // namespace patchbay::identity
