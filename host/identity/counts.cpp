#include "identity/counts.hpp"

#include <algorithm>

namespace patchbay::identity {
namespace {

Crossing crossing(Step before, Step after) {
  if (before == after) return Crossing::none;
  return before < after ? Crossing::up : Crossing::down;
}

auto place_of(std::vector<std::pair<std::uint64_t, std::uint32_t>>& names, std::uint64_t signature) {
  return std::lower_bound(names.begin(), names.end(), std::pair(signature, std::uint32_t{0}));
}

}  // namespace

Crossing Counts::add(NodeIndex node, const CountedValue& value) {
  Entry& entry = entries_[value.value];
  entry.holders.insert(std::lower_bound(entry.holders.begin(), entry.holders.end(), node), node);
  if (value.signature == 0) return Crossing::none;
  const Step before = step_of(entry.names.size());
  const auto place = place_of(entry.names, value.signature);
  if (place != entry.names.end() && place->first == value.signature) {
    ++place->second;
    return Crossing::none;
  }
  entry.names.insert(place, {value.signature, 1});
  return crossing(before, step_of(entry.names.size()));
}

Crossing Counts::remove(NodeIndex node, const CountedValue& value) {
  const auto found = entries_.find(value.value);
  Entry& entry = found->second;
  entry.holders.erase(std::lower_bound(entry.holders.begin(), entry.holders.end(), node));
  const Step before = step_of(entry.names.size());
  if (value.signature != 0) {
    const auto place = place_of(entry.names, value.signature);
    if (--place->second == 0) entry.names.erase(place);
  }
  const Step after = step_of(entry.names.size());
  if (entry.holders.empty()) entries_.erase(found);
  return crossing(before, after);
}

Step Counts::step(std::uint64_t value) const {
  const auto found = entries_.find(value);
  return found == entries_.end() ? Step::up_to_2 : step_of(found->second.names.size());
}

std::span<const NodeIndex> Counts::holders(std::uint64_t value) const {
  const auto found = entries_.find(value);
  if (found == entries_.end()) return {};
  return found->second.holders;
}

}  // namespace patchbay::identity
