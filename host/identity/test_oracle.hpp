// The partition by the book, for tests: keys, counts, edges and clusters are rebuilt from nothing, everything is
// compared with everything, and nothing is clever. It shares with the engine what a pair is worth (compare, judge,
// keys_of ...) and nothing else.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "identity/engine.hpp"

namespace patchbay::identity::oracle {

struct Fact {
  Persona persona;
  Digest16 origin{};
};

struct World {
  std::map<PersonaId, Fact> facts;
  std::map<std::pair<PersonaId, PersonaId>, Decision> decisions;  // the lesser id first

  [[nodiscard]] bool told_apart(PersonaId id) const {
    for (const auto& [pair, decision] : decisions)
      if (decision == Decision::not_the_same && (pair.first == id || pair.second == id)) return true;
    return false;
  }
};

struct Contact {
  std::set<PersonaId> personas;
  friend auto operator<=>(const Contact&, const Contact&) = default;
};

struct Answer {
  std::set<Contact> contacts;
  std::set<std::pair<PersonaId, PersonaId>> review;  // first personas of two contacts
  std::set<std::pair<PersonaId, PersonaId>> related;
};

class Batch final : public Sharing {
 public:
  Batch(const World& world, const Model& model) : world_(world), model_(model) {
    make_nodes();
    count();
    compare_all();
    hold();
    link_all();
    part();
  }

  [[nodiscard]] const Answer& answer() const { return answer_; }

  [[nodiscard]] Step step(std::uint64_t value) const override {
    const auto found = names_.find(value);
    return step_of(found == names_.end() ? 0 : found->second.size());
  }

 private:
  struct Item {
    Features features;
    std::vector<Key> keys;
    std::set<PersonaId> personas;
    Rank rank = 0;
    bool may_vary = false;
    bool one_of_many = false;  // of so many variants of one sender that eight speak for all
  };
  using Pair = std::pair<std::size_t, std::size_t>;

  static Pair pair_of(std::size_t one, std::size_t other) { return {std::min(one, other), std::max(one, other)}; }

  void make_nodes() {
    std::map<Digest16, Item> by_digest;
    for (const auto& [id, fact] : world_.facts) {
      Features features = features_of(fact.persona);
      const Standing standing = world_.told_apart(id) ? Standing::alone : Standing::shared;
      const Digest16 digest = node_digest(features, fact.origin, standing);
      Item& item = by_digest[digest];
      item.keys = keys_of(features);
      item.features = std::move(features);
      item.personas.insert(id);
      item.rank = rank_of(digest);
      item.may_vary = item.features.has_identifier() && standing == Standing::shared;
    }
    std::vector<Item> all;
    for (auto& [digest, item] : by_digest) all.push_back(std::move(item));
    std::sort(all.begin(), all.end(), [](const Item& left, const Item& right) { return left.rank < right.rank; });
    std::map<Digest16, std::vector<Item*>> senders;
    for (Item& item : all)
      if (item.may_vary) senders[item.features.sender].push_back(&item);
    for (const auto& [sender, variants] : senders) {
      if (variants.size() <= 8) continue;
      for (std::size_t i = 0; i < variants.size(); ++i) {
        variants[i]->one_of_many = true;
        if (i < 8) continue;
        variants[0]->personas.merge(variants[i]->personas);
      }
    }
    for (Item& item : all)
      if (!item.personas.empty()) items_.push_back(std::move(item));
  }

  void count() {
    for (const Item& item : items_) {
      for (const CountedValue& value : counted_values_of(item.features))
        if (value.signature != 0) names_[value.value].insert(value.signature);
      for (const Key& key : item.keys) holders_[key.value].insert(item.rank);
    }
  }

  bool is_compared(const Item& one, const Item& other) const {
    for (const Key& key : one.keys) {
      const bool shared = std::any_of(other.keys.begin(), other.keys.end(),
                                      [&key](const Key& each) { return each.value == key.value; });
      if (!shared) continue;
      const std::set<Rank>& holders = holders_.at(key.value);
      if (key.rule == KeyRule::weak) {
        if (holders.size() <= 20) return true;
        continue;
      }
      const auto stands_first = [&holders](Rank rank) {
        return std::distance(holders.begin(), holders.find(rank)) < 50;
      };
      if (holders.size() <= 50 || stands_first(one.rank) || stands_first(other.rank)) return true;
    }
    return false;
  }

  void compare_all() {
    for (std::size_t i = 0; i < items_.size(); ++i) {
      for (std::size_t j = i + 1; j < items_.size(); ++j) {
        if (!is_compared(items_[i], items_[j])) continue;
        const Judgement judgement = model_.judge(compare(items_[i].features, items_[j].features, *this));
        if (judgement.probability >= model_.keep()) probability_[{i, j}] = judgement.probability;
        if (judgement.related) related_.insert({i, j});
      }
    }
  }

  void hold() {
    for (std::size_t third = 0; third < items_.size(); ++third) {
      std::vector<std::size_t> fits;
      for (std::size_t other = 0; other < items_.size(); ++other) {
        const auto found = probability_.find(pair_of(third, other));
        if (found != probability_.end() && found->second >= model_.link()) fits.push_back(other);
      }
      for (const std::size_t one : fits)
        for (const std::size_t other : fits)
          if (one != other && !fit(one, other) &&
              leave_open(items_[third].features, items_[one].features, items_[other].features))
            held_.insert(pair_of(third, one));
    }
  }

  [[nodiscard]] bool fit(std::size_t one, std::size_t other) const {
    const auto found = probability_.find(pair_of(one, other));
    return found != probability_.end() && found->second >= model_.link();
  }

  [[nodiscard]] Probability weight(std::size_t one, std::size_t other) const {
    if (held_.contains(pair_of(one, other))) return 0;
    const auto found = probability_.find(pair_of(one, other));
    return found == probability_.end() ? 0 : found->second;
  }

  [[nodiscard]] bool one_from_the_start(std::size_t one, std::size_t other) const {
    const Item& a = items_[one];
    const Item& b = items_[other];
    return (a.one_of_many && b.one_of_many && a.features.sender == b.features.sender) ||
           decided(one, other, Decision::same);
  }

  [[nodiscard]] bool decided(std::size_t one, std::size_t other, Decision decision) const {
    for (const auto& [pair, what] : world_.decisions) {
      if (what != decision) continue;
      const auto holds = [&](PersonaId a, PersonaId b) {
        return items_[one].personas.contains(a) && items_[other].personas.contains(b);
      };
      if (holds(pair.first, pair.second) || holds(pair.second, pair.first)) return true;
    }
    return false;
  }

  [[nodiscard]] bool must_stay_apart(const std::vector<std::size_t>& left,
                                     const std::vector<std::size_t>& right) const {
    for (const std::size_t one : left)
      for (const std::size_t other : right)
        if (forbids(items_[one].features, items_[other].features) || decided(one, other, Decision::not_the_same))
          return true;
    return false;
  }

  // Two clusters that an operator said to be one.
  [[nodiscard]] std::optional<Pair> decided_to_be_one() const {
    for (std::size_t a = 0; a < clusters_.size(); ++a)
      for (std::size_t b = a + 1; b < clusters_.size(); ++b)
        for (const std::size_t one : clusters_[a])
          for (const std::size_t other : clusters_[b])
            if (one_from_the_start(one, other)) return Pair{a, b};
    return std::nullopt;
  }

  void link_all() {
    for (std::size_t i = 0; i < items_.size(); ++i) clusters_.push_back({i});
    while (const auto pair = decided_to_be_one()) join(pair->first, pair->second);
    for (;;) {
      // Clusters stand in the order of their first members, so that the first of equals is the right one.
      std::sort(clusters_.begin(), clusters_.end());
      Mean best{model_.cut(), 1};
      Pair found{};
      bool any = false;
      for (std::size_t a = 0; a < clusters_.size(); ++a) {
        for (std::size_t b = a + 1; b < clusters_.size(); ++b) {
          Mean mean{0, static_cast<std::int64_t>(clusters_[a].size() * clusters_[b].size())};
          for (const std::size_t one : clusters_[a])
            for (const std::size_t other : clusters_[b]) mean.sum += weight(one, other);
          const bool better = any ? mean > best : mean >= best;
          if (!better || must_stay_apart(clusters_[a], clusters_[b])) continue;
          best = mean;
          found = {a, b};
          any = true;
        }
      }
      if (!any) return;
      join(found.first, found.second);
    }
  }

  void join(std::size_t a, std::size_t b) {
    clusters_[a].insert(clusters_[a].end(), clusters_[b].begin(), clusters_[b].end());
    std::sort(clusters_[a].begin(), clusters_[a].end());
    clusters_.erase(clusters_.begin() + static_cast<std::ptrdiff_t>(b));
  }

  void part() {
    std::map<std::size_t, PersonaId> contact_of;
    for (const std::vector<std::size_t>& cluster : clusters_) {
      std::vector<std::set<std::size_t>> parts;
      for (const std::size_t node : cluster) {
        std::set<std::size_t> part{node};
        for (auto each = parts.begin(); each != parts.end();) {
          const bool linked = std::any_of(each->begin(), each->end(), [&](std::size_t other) {
            return weight(node, other) >= model_.link() || one_from_the_start(node, other);
          });
          if (linked) {
            part.insert(each->begin(), each->end());
            each = parts.erase(each);
          } else {
            ++each;
          }
        }
        parts.push_back(std::move(part));
      }
      for (const std::set<std::size_t>& part : parts) {
        Contact contact;
        for (const std::size_t node : part)
          contact.personas.insert(items_[node].personas.begin(), items_[node].personas.end());
        for (const std::size_t node : part) contact_of[node] = *contact.personas.begin();
        answer_.contacts.insert(std::move(contact));
      }
    }
    const auto contacts_of = [&contact_of](const Pair& pair) {
      return std::pair(std::min(contact_of[pair.first], contact_of[pair.second]),
                       std::max(contact_of[pair.first], contact_of[pair.second]));
    };
    for (const auto& [pair, probability] : probability_) {
      const auto contacts = contacts_of(pair);
      const bool apart = must_stay_apart({pair.first}, {pair.second});
      if (probability >= model_.possible() && contacts.first != contacts.second && !apart)
        answer_.review.insert(contacts);
    }
    for (const Pair& pair : related_)
      if (const auto contacts = contacts_of(pair); contacts.first != contacts.second) answer_.related.insert(contacts);
  }

  const World& world_;
  const Model& model_;
  std::vector<Item> items_;  // by rank
  std::map<std::uint64_t, std::set<std::uint64_t>> names_;
  std::map<std::uint64_t, std::set<Rank>> holders_;
  std::map<Pair, Probability> probability_;
  std::set<Pair> related_;
  std::set<Pair> held_;
  std::vector<std::vector<std::size_t>> clusters_;
  Answer answer_;
};

[[nodiscard]] inline Answer answer_of(const Engine& engine) {
  Answer answer;
  for (const ContactId id : engine.contacts()) {
    const std::vector<PersonaId> personas = engine.personas_of(id);
    answer.contacts.insert({{personas.begin(), personas.end()}});
  }
  for (const ReviewItem& item : engine.review())
    if (item.left != item.right) answer.review.insert({item.left, item.right});
  for (const Relation& relation : engine.relations()) answer.related.insert({relation.left, relation.right});
  return answer;
}

}  // namespace patchbay::identity::oracle
