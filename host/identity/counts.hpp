// Who holds a value, and how many different names they have: the live half of the model.
//
// Owned by the engine, used on its thread. Cannot fail.
#pragma once

#include <functional>
#include <span>

#include "identity/block.hpp"
#include "identity/node_lists.hpp"
#include "identity/sharing.hpp"

namespace patchbay::identity {

enum class Crossing : std::uint8_t { none, up, down };

class Counts final : public Sharing {
 public:
  // Under which signature a node that is in the counts holds a value.
  using SignatureOf = std::function<std::uint64_t(NodeIndex, std::uint64_t)>;
  explicit Counts(SignatureOf signature_of) : signature_of_(std::move(signature_of)) {}

  // Whether the value's step is another one now.
  Crossing add(NodeIndex node, const CountedValue& value);
  Crossing remove(NodeIndex node, const CountedValue& value);

  [[nodiscard]] Step step(std::uint64_t value) const override;
  // The nodes that hold it, in no order that means anything.
  [[nodiscard]] std::span<const NodeIndex> holders(std::uint64_t value) const { return lists_.of(value); }

 private:
  struct Entry {
    SmallList<NodeIndex> nodes;  // ascending
    FlatPart names;              // by signature: its holders
  };
  static void add_name(Entry& entry, std::uint64_t signature);

  SignatureOf signature_of_;
  NodeLists<Entry> lists_;
};

}  // namespace patchbay::identity
