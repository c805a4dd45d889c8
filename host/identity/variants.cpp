#include "identity/variants.hpp"

#include <algorithm>

namespace patchbay::identity {

void Variants::add(Sender sender, NodeIndex node) {
  Entry* entry = lists_.entry(sender);
  if (!entry) {
    if (lists_.of(sender).empty()) return lists_.add_first(sender, node);
    entry = &lists_.make_entry(sender);
  }
  SmallList<NodeIndex>& list = entry->nodes;
  list.insert(std::lower_bound(list.begin(), list.end(), node,
                               [this](NodeIndex left, NodeIndex right) { return ranks_[left] < ranks_[right]; }),
              node);
}

void Variants::remove(Sender sender, NodeIndex node) {
  Entry* const entry = lists_.entry(sender);
  if (!entry) return lists_.remove_last(sender);
  take_out(entry->nodes, node);
  if (entry->nodes.size() == 1) lists_.drop_entry(sender);
}

}  // namespace patchbay::identity
