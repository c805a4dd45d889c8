// Lists of nodes by 64-bit keys: mostly one node, which then takes no more than its place in the table; else an Entry,
// which has them in `nodes` and may have more beside them.
//
// Owned by the engine, used on its thread. What changes anything makes spans and entries void.
#pragma once

#include <deque>
#include <span>
#include <vector>

#include "identity/flat_table.hpp"
#include "identity/node.hpp"
#include "identity/small_list.hpp"

namespace patchbay::identity {

template <class Entry>
class NodeLists {
 public:
  [[nodiscard]] std::span<const NodeIndex> of(std::uint64_t key) const {
    const std::uint32_t* found = table_.find(key);
    if (!found) return {};
    if (is_entry(*found)) return entries_[place(*found)].nodes;
    return {found, 1};
  }
  // Null where one node at most has the key.
  [[nodiscard]] Entry* entry(std::uint64_t key) {
    const std::uint32_t* found = table_.find(key);
    return found && is_entry(*found) ? &entries_[place(*found)] : nullptr;
  }
  [[nodiscard]] const Entry* entry(std::uint64_t key) const { return const_cast<NodeLists*>(this)->entry(key); }

  // Where nobody has the key.
  void add_first(std::uint64_t key, NodeIndex node) { table_.add(key, node); }
  // Where one node has it: the entry for several, with that one in it.
  Entry& make_entry(std::uint64_t key) {
    std::uint32_t* const found = table_.find(key);
    std::uint32_t made = static_cast<std::uint32_t>(entries_.size());
    if (free_.empty()) {
      entries_.emplace_back();
    } else {
      made = free_.back();
      free_.pop_back();
    }
    entries_[made].nodes.push_back(*found);
    *found = made | entry_mark;
    return entries_[made];
  }
  // Where only one is left in the entry.
  void drop_entry(std::uint64_t key) {
    std::uint32_t* const found = table_.find(key);
    const std::uint32_t dropped = place(*found);
    *found = entries_[dropped].nodes.front();
    entries_[dropped] = {};
    free_.push_back(dropped);
  }
  // Where it is the only one.
  void remove_last(std::uint64_t key) { table_.remove(key, table_.find(key)); }

 private:
  static constexpr std::uint32_t entry_mark = 0x80000000;
  [[nodiscard]] static bool is_entry(std::uint32_t value) { return (value & entry_mark) != 0; }
  [[nodiscard]] static std::uint32_t place(std::uint32_t value) { return value & ~entry_mark; }

  FlatTable table_;
  std::deque<Entry> entries_;
  std::vector<std::uint32_t> free_;
};

}  // namespace patchbay::identity
