#include "identity/variants.hpp"

#include <algorithm>

namespace patchbay::identity {

void Variants::add(const Digest16& sender, NodeIndex node, Rank rank) {
  std::vector<Variant>& list = variants_[sender];
  const Variant added{rank, node};
  list.insert(std::lower_bound(list.begin(), list.end(), added), added);
}

void Variants::remove(const Digest16& sender, Rank rank) {
  const auto found = variants_.find(sender);
  std::vector<Variant>& list = found->second;
  list.erase(std::lower_bound(list.begin(), list.end(), Variant{rank, no_node}));
  if (list.empty()) variants_.erase(found);
}

std::span<const Variants::Variant> Variants::of(const Digest16& sender) const {
  const auto found = variants_.find(sender);
  if (found == variants_.end()) return {};
  return found->second;
}

}  // namespace patchbay::identity
