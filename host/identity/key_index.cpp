#include "identity/key_index.hpp"

#include <algorithm>

namespace patchbay::identity {
namespace {

void append_all_pairs(std::span<const NodeIndex> holders, KeyIndex::Pairs& pairs) {
  for (auto one = holders.begin(); one != holders.end(); ++one)
    for (auto other = std::next(one); other != holders.end(); ++other) pairs.emplace_back(*one, *other);
}

void append_pairs_with(NodeIndex node, std::span<const NodeIndex> holders, KeyIndex::Pairs& pairs) {
  for (const NodeIndex holder : holders)
    if (holder != node) pairs.emplace_back(node, holder);
}

}  // namespace

NodeIndex* KeyIndex::place_of(SmallList<NodeIndex>& holders, NodeIndex node) const {
  NodeIndex* place = std::lower_bound(holders.begin(), holders.end(), node,
                                      [this](NodeIndex left, NodeIndex right) { return ranks_[left] < ranks_[right]; });
  // Two nodes may have one rank.
  while (place != holders.end() && *place != node && ranks_[*place] == ranks_[node]) ++place;
  return place;
}

void KeyIndex::add(NodeIndex node, std::span<const Key> keys, Pairs& changed) {
  for (const Key& key : keys) {
    Entry* entry = holders_.entry(key.value);
    if (!entry) {
      if (holders_.of(key.value).empty()) {
        holders_.add_first(key.value, node);
        continue;
      }
      entry = &holders_.make_entry(key.value);
    }
    SmallList<NodeIndex>& holders = entry->nodes;
    if (key.rule == KeyRule::weak && holders.size() == most_holders_of_weak_key) append_all_pairs(holders, changed);
    NodeIndex* const place = place_of(holders, node);
    const bool pushes_one_out = key.rule == KeyRule::identifier && holders.size() >= representatives &&
                                place - holders.begin() < static_cast<std::ptrdiff_t>(representatives);
    if (pushes_one_out) append_pairs_with(holders[representatives - 1], holders, changed);
    holders.insert(place, node);
  }
}

void KeyIndex::remove(NodeIndex node, std::span<const Key> keys, Pairs& changed) {
  for (const Key& key : keys) {
    Entry* const entry = holders_.entry(key.value);
    if (!entry) {
      holders_.remove_last(key.value);
      continue;
    }
    SmallList<NodeIndex>& holders = entry->nodes;
    NodeIndex* const place = place_of(holders, node);
    const bool represented = place - holders.begin() < static_cast<std::ptrdiff_t>(representatives);
    holders.erase(place);
    if (key.rule == KeyRule::weak && holders.size() == most_holders_of_weak_key) append_all_pairs(holders, changed);
    if (key.rule == KeyRule::identifier && represented && holders.size() >= representatives)
      append_pairs_with(holders[representatives - 1], holders, changed);
    if (holders.size() == 1) holders_.drop_entry(key.value);
  }
}

std::vector<NodeIndex> KeyIndex::candidates(NodeIndex node, std::span<const Key> keys) const {
  std::vector<NodeIndex> found;
  for (const Key& key : keys) {
    const Holders holders = holders_.of(key.value);
    if (key.rule == KeyRule::weak && holders.size() > most_holders_of_weak_key) continue;
    const bool all = key.rule == KeyRule::weak || represents(holders, node);
    for (const NodeIndex holder : holders.first(all ? holders.size() : representatives))
      if (holder != node) found.push_back(holder);
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

bool KeyIndex::pairs(NodeIndex left, std::span<const Key> left_keys, NodeIndex right,
                     std::span<const Key> right_keys) const {
  for (const Key& key : left_keys) {
    const bool shared =
        std::any_of(right_keys.begin(), right_keys.end(), [&](const Key& other) { return other.value == key.value; });
    if (!shared) continue;
    const Holders holders = holders_.of(key.value);
    if (key.rule == KeyRule::weak) {
      if (holders.size() <= most_holders_of_weak_key) return true;
    } else if (represents(holders, left) || represents(holders, right)) {
      return true;
    }
  }
  return false;
}

}  // namespace patchbay::identity
