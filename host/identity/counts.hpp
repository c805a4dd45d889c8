// Who holds a value, and how many different names they have: the live half of the model.
//
// Owned by the engine, used on its thread. Cannot fail.
#pragma once

#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "identity/block.hpp"
#include "identity/node.hpp"
#include "identity/sharing.hpp"

namespace patchbay::identity {

enum class Crossing : std::uint8_t { none, up, down };

class Counts final : public Sharing {
 public:
  // Whether the value's step is another one now.
  Crossing add(NodeIndex node, const CountedValue& value);
  Crossing remove(NodeIndex node, const CountedValue& value);

  [[nodiscard]] Step step(std::uint64_t value) const override;
  // The nodes that hold it, in no order that means anything.
  [[nodiscard]] std::span<const NodeIndex> holders(std::uint64_t value) const;

 private:
  struct Entry {
    std::vector<std::pair<std::uint64_t, std::uint32_t>> names;  // signature and its holders, ascending
    std::vector<NodeIndex> holders;                              // ascending
  };
  std::unordered_map<std::uint64_t, Entry> entries_;
};

}  // namespace patchbay::identity
