#include "identity/key_index.hpp"

#include <algorithm>

namespace patchbay::identity {
namespace {

template <class Holders>
void append_all_pairs(const Holders& holders, KeyIndex::Pairs& pairs) {
  for (auto one = holders.begin(); one != holders.end(); ++one)
    for (auto other = std::next(one); other != holders.end(); ++other) pairs.emplace_back(one->node, other->node);
}

template <class Holders>
void append_pairs_with(NodeIndex node, const Holders& holders, KeyIndex::Pairs& pairs) {
  for (const auto& holder : holders)
    if (holder.node != node) pairs.emplace_back(node, holder.node);
}

}  // namespace

void KeyIndex::add(NodeIndex node, Rank rank, std::span<const Key> keys, Pairs& changed) {
  for (const Key& key : keys) {
    Holders& holders = holders_[key.value];
    if (key.rule == KeyRule::weak && holders.size() == most_holders_of_weak_key) append_all_pairs(holders, changed);
    const auto place = std::lower_bound(holders.begin(), holders.end(), Holder{rank, node});
    const bool pushes_one_out = key.rule == KeyRule::identifier && holders.size() >= representatives &&
                                place - holders.begin() < static_cast<std::ptrdiff_t>(representatives);
    if (pushes_one_out) append_pairs_with(holders[representatives - 1].node, holders, changed);
    holders.insert(place, {rank, node});
  }
}

void KeyIndex::remove(NodeIndex node, Rank rank, std::span<const Key> keys, Pairs& changed) {
  for (const Key& key : keys) {
    const auto found = holders_.find(key.value);
    Holders& holders = found->second;
    const auto place = std::lower_bound(holders.begin(), holders.end(), Holder{rank, node});
    const bool represented = place - holders.begin() < static_cast<std::ptrdiff_t>(representatives);
    holders.erase(place);
    if (holders.empty()) {
      holders_.erase(found);
      continue;
    }
    if (key.rule == KeyRule::weak && holders.size() == most_holders_of_weak_key) append_all_pairs(holders, changed);
    if (key.rule == KeyRule::identifier && represented && holders.size() >= representatives)
      append_pairs_with(holders[representatives - 1].node, holders, changed);
  }
}

std::vector<NodeIndex> KeyIndex::candidates(NodeIndex node, Rank rank, std::span<const Key> keys) const {
  std::vector<NodeIndex> found;
  for (const Key& key : keys) {
    const auto entry = holders_.find(key.value);
    if (entry == holders_.end()) continue;
    const Holders& holders = entry->second;
    if (key.rule == KeyRule::weak && holders.size() > most_holders_of_weak_key) continue;
    const std::size_t count = key.rule == KeyRule::weak || represents(holders, rank) ? holders.size() : representatives;
    for (std::size_t i = 0; i < count; ++i)
      if (holders[i].node != node) found.push_back(holders[i].node);
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

bool KeyIndex::pairs(Rank left_rank, std::span<const Key> left, Rank right_rank, std::span<const Key> right) const {
  for (const Key& key : left) {
    const bool shared =
        std::any_of(right.begin(), right.end(), [&](const Key& other) { return other.value == key.value; });
    if (!shared) continue;
    const Holders& holders = holders_.at(key.value);
    if (key.rule == KeyRule::weak) {
      if (holders.size() <= most_holders_of_weak_key) return true;
    } else if (represents(holders, left_rank) || represents(holders, right_rank)) {
      return true;
    }
  }
  return false;
}

}  // namespace patchbay::identity
