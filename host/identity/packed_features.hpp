// The Features of a node as they are kept, a million times: one block of bytes with what is there and nothing else, and
// the node's keys.
//
// A value. Reading any of it needs no other state; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "identity/block.hpp"
#include "identity/features.hpp"

namespace patchbay::identity {

// At most ten keys, without memory of their own.
class KeyList {
 public:
  [[nodiscard]] operator std::span<const Key>() const { return {keys_.data(), size_}; }
  void push_back(Key key) { keys_[size_++] = key; }

 private:
  std::array<Key, most_keys> keys_;
  std::size_t size_ = 0;
};

class PackedFeatures {
 public:
  PackedFeatures() = default;
  explicit PackedFeatures(const Features& features);

  // All that is compared: neither the texts of telephone numbers nor the digests. Features that were read into before
  // keep their memory.
  void read(Features& into) const;
  [[nodiscard]] KeyList keys() const;

 private:
  std::unique_ptr<std::uint8_t[]> bytes_;
};

}  // namespace patchbay::identity
