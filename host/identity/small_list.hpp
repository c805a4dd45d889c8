// A list of small values, of which there are millions and most have one entry or two: 16 bytes, the first entries in
// them, and memory of its own only for more.
//
// As a std::vector otherwise, a range that a span can show: what changes the list makes pointers into it void. Plain
// values only. One thread at a time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

namespace patchbay::identity {

template <class T>
class SmallList {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  SmallList() = default;
  SmallList(const SmallList&) = delete;
  SmallList& operator=(const SmallList&) = delete;
  SmallList(SmallList&& other) noexcept { swap(other); }
  SmallList& operator=(SmallList&& other) noexcept {
    SmallList moved(std::move(other));
    swap(moved);
    return *this;
  }
  ~SmallList() {
    if (is_apart()) std::free(apart());
  }

  [[nodiscard]] T* begin() { return data(); }
  [[nodiscard]] T* end() { return data() + size_; }
  [[nodiscard]] const T* begin() const { return data(); }
  [[nodiscard]] const T* end() const { return data() + size_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] T& operator[](std::size_t place) { return data()[place]; }
  [[nodiscard]] const T& operator[](std::size_t place) const { return data()[place]; }
  [[nodiscard]] const T& front() const { return *data(); }

  void push_back(T value) { insert(end(), value); }
  T* insert(T* before, T value) {
    const std::size_t place = static_cast<std::size_t>(before - data());
    if (size_ == capacity_) grow();
    T* const here = data() + place;
    std::copy_backward(here, end(), end() + 1);
    *here = value;
    ++size_;
    return here;
  }
  T* erase(T* here) {
    std::copy(here + 1, end(), here);
    --size_;
    return here;
  }
  void clear() { *this = {}; }

 private:
  static constexpr std::uint32_t inside = sizeof(void*) / sizeof(T);

  [[nodiscard]] bool is_apart() const { return capacity_ > inside; }
  [[nodiscard]] T* apart() const {
    T* pointer = nullptr;
    std::memcpy(&pointer, bytes_, sizeof pointer);
    return pointer;
  }
  [[nodiscard]] T* data() { return is_apart() ? apart() : reinterpret_cast<T*>(bytes_); }
  [[nodiscard]] const T* data() const { return is_apart() ? apart() : reinterpret_cast<const T*>(bytes_); }

  void grow() {
    // The allocator's blocks are 8 bytes short of a multiple of 16: all of one is used.
    const std::size_t wanted = (size_ + size_ / 2 + 1) * sizeof(T);
    const std::size_t bytes = std::max<std::size_t>((wanted + 7) / 16 * 16 + 8, 24);
    void* const block = std::realloc(is_apart() ? apart() : nullptr, bytes);
    if (block == nullptr) throw std::bad_alloc();
    if (!is_apart()) std::memcpy(block, bytes_, size_ * sizeof(T));
    std::memcpy(bytes_, &block, sizeof block);
    capacity_ = static_cast<std::uint32_t>(bytes / sizeof(T));
  }
  void swap(SmallList& other) noexcept {
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    std::swap(bytes_, other.bytes_);
  }

  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = inside;
  alignas(8) unsigned char bytes_[sizeof(void*)] = {};
};

// Of a list in ascending order.
template <class T>
void put_in_order(SmallList<T>& list, T value) {
  T* const place = std::lower_bound(list.begin(), list.end(), value);
  if (place == list.end() || *place != value) list.insert(place, value);
}
template <class T>
void take_out(SmallList<T>& list, T value) {
  T* const place = std::find(list.begin(), list.end(), value);
  if (place != list.end()) list.erase(place);
}

}  // namespace patchbay::identity
