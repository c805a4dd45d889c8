// Numbers by 64-bit keys that are hashes already, in little more than the 12 bytes that an entry has.
//
// A table is 256 parts that grow each for itself, by a quarter at a time: with ten million entries, too, one more never
// waits until all are moved. Several entries may have one key; whoever looks says which is meant.
//
// One thread at a time. What changes a table makes pointers into it void.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>

namespace patchbay::identity {

// One part.
class FlatPart {
 public:
  // Nothing holds it.
  static constexpr std::uint32_t none = 0xffffffff;

  template <class Matches>
  [[nodiscard]] std::uint32_t* find(std::uint64_t key, Matches matches) const {
    if (size_ == 0) return nullptr;
    for (std::uint32_t at = home(key); slots_[at].value != none; at = next(at))
      if (slots_[at].key() == key && matches(slots_[at].value)) return &slots_[at].value;
    return nullptr;
  }
  [[nodiscard]] std::uint32_t* find(std::uint64_t key) const {
    return find(key, [](std::uint32_t) { return true; });
  }
  [[nodiscard]] std::uint32_t size() const { return size_; }

  // `value` is not `none`.
  void add(std::uint64_t key, std::uint32_t value) {
    if ((size_ + 1) * 5 > capacity_ * 4) grow();
    put({static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32), value});
    ++size_;
  }
  // One that find() gave.
  void remove(const std::uint32_t* value) {
    const auto offset = reinterpret_cast<const char*>(value) - reinterpret_cast<const char*>(slots_.get());
    auto gap = static_cast<std::uint32_t>(static_cast<std::size_t>(offset) / sizeof(Slot));
    --size_;
    // Entries behind it that were pushed out of their own place move up.
    for (std::uint32_t at = next(gap); slots_[at].value != none; at = next(at)) {
      const std::uint32_t wanted = home(slots_[at].key());
      const bool stays = gap <= at ? gap < wanted && wanted <= at : gap < wanted || wanted <= at;
      if (stays) continue;
      slots_[gap] = slots_[at];
      gap = at;
    }
    slots_[gap].value = none;
  }

 private:
  struct Slot {
    std::uint32_t low = 0, high = 0, value = none;
    [[nodiscard]] std::uint64_t key() const { return std::uint64_t{high} << 32 | low; }
  };

  [[nodiscard]] std::uint32_t home(std::uint64_t key) const {
    return static_cast<std::uint32_t>((key & 0xffffffff) * capacity_ >> 32);
  }
  [[nodiscard]] std::uint32_t next(std::uint32_t at) const { return at + 1 == capacity_ ? 0 : at + 1; }
  void put(const Slot& slot) {
    std::uint32_t at = home(slot.key());
    while (slots_[at].value != none) at = next(at);
    slots_[at] = slot;
  }
  void grow() {
    const std::unique_ptr<Slot[]> before = std::move(slots_);
    const std::uint32_t count = std::exchange(capacity_, capacity_ + capacity_ / 4 + 3);
    slots_ = std::make_unique<Slot[]>(capacity_);
    for (std::uint32_t at = 0; at < count; ++at)
      if (before[at].value != none) put(before[at]);
  }

  std::unique_ptr<Slot[]> slots_;
  std::uint32_t size_ = 0, capacity_ = 0;
};

class FlatTable {
 public:
  template <class Matches>
  [[nodiscard]] std::uint32_t* find(std::uint64_t key, Matches matches) const {
    return part(key).find(key, matches);
  }
  [[nodiscard]] std::uint32_t* find(std::uint64_t key) const { return part(key).find(key); }
  void add(std::uint64_t key, std::uint32_t value) { part(key).add(key, value); }
  void remove(std::uint64_t key, const std::uint32_t* value) { part(key).remove(value); }

 private:
  // By the upper bits; the lower ones say where within the part.
  [[nodiscard]] const FlatPart& part(std::uint64_t key) const { return parts_[key >> 56]; }
  [[nodiscard]] FlatPart& part(std::uint64_t key) { return parts_[key >> 56]; }

  std::array<FlatPart, 256> parts_;
};

}  // namespace patchbay::identity
