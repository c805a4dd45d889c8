#include "identity/counts.hpp"

#include <algorithm>

namespace patchbay::identity {
namespace {

Crossing crossing(Step before, Step after) {
  if (before == after) return Crossing::none;
  return before < after ? Crossing::up : Crossing::down;
}

}  // namespace

void Counts::add_name(Entry& entry, std::uint64_t signature) {
  if (signature == 0) return;
  if (std::uint32_t* holders = entry.names.find(signature)) {
    ++*holders;
  } else {
    entry.names.add(signature, 1);
  }
}

Crossing Counts::add(NodeIndex node, const CountedValue& value) {
  Entry* entry = lists_.entry(value.value);
  if (!entry) {
    const std::span<const NodeIndex> holders = lists_.of(value.value);
    if (holders.empty()) {
      lists_.add_first(value.value, node);
      return Crossing::none;
    }
    const std::uint64_t signature = signature_of_(holders.front(), value.value);
    entry = &lists_.make_entry(value.value);
    add_name(*entry, signature);
  }
  put_in_order(entry->nodes, node);
  const Step before = step_of(entry->names.size());
  add_name(*entry, value.signature);
  return crossing(before, step_of(entry->names.size()));
}

Crossing Counts::remove(NodeIndex node, const CountedValue& value) {
  Entry* const entry = lists_.entry(value.value);
  if (!entry) {
    lists_.remove_last(value.value);
    return Crossing::none;
  }
  entry->nodes.erase(std::lower_bound(entry->nodes.begin(), entry->nodes.end(), node));
  const Step before = step_of(entry->names.size());
  if (value.signature != 0) {
    std::uint32_t* const holders = entry->names.find(value.signature);
    if (--*holders == 0) entry->names.remove(holders);
  }
  const Step after = step_of(entry->names.size());
  if (entry->nodes.size() == 1) lists_.drop_entry(value.value);
  return crossing(before, after);
}

Step Counts::step(std::uint64_t value) const {
  const Entry* entry = lists_.entry(value);
  return entry ? step_of(entry->names.size()) : Step::up_to_2;
}

}  // namespace patchbay::identity
