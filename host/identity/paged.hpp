// Values by a number that grows with time, such as a persona's id: in pages, so that one more never moves the others
// and a value costs little more than itself, whatever was erased between.
//
// Values stay where they are. One thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <unordered_map>

namespace patchbay::identity {

template <class T>
class Paged {
 public:
  // Null where no value of its page was ever asked for with operator[].
  [[nodiscard]] const T* find(std::uint64_t number) const {
    const auto page = pages_.find(number / page_size);
    return page == pages_.end() ? nullptr : &(*page->second)[number % page_size];
  }
  [[nodiscard]] T* find(std::uint64_t number) { return const_cast<T*>(std::as_const(*this).find(number)); }
  [[nodiscard]] T& operator[](std::uint64_t number) {
    std::unique_ptr<Page>& page = pages_[number / page_size];
    if (!page) page = std::make_unique<Page>();
    return (*page)[number % page_size];
  }
  // Each value of each page, in no order that means anything.
  template <class Take>
  void for_each(Take take) const {
    for (const auto& [number, page] : pages_)
      for (std::uint64_t place = 0; place < page_size; ++place) take(number * page_size + place, (*page)[place]);
  }

 private:
  static constexpr std::uint64_t page_size = 64;
  using Page = std::array<T, page_size>;
  std::unordered_map<std::uint64_t, std::unique_ptr<Page>> pages_;
};

}  // namespace patchbay::identity
