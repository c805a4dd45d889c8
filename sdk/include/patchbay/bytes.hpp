// Between std::string_view and the ABI's pb_bytes and pb_list. Nothing here allocates or owns. Any thread.
#pragma once

#include <patchbay/abi.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace patchbay {

[[nodiscard]] inline std::string_view view(pb_bytes bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data), static_cast<std::size_t>(bytes.length)};
}

[[nodiscard]] inline pb_bytes bytes(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

template <class Struct>
[[nodiscard]] pb_list list(const std::vector<Struct>& elements) noexcept {
  return {elements.data(), static_cast<std::uint32_t>(elements.size()), sizeof(Struct)};
}

// A copy of a struct that came over the border, cut or zero-filled to the size known here.
template <class Struct>
requires std::is_trivially_copyable_v<Struct>
[[nodiscard]] Struct read(const void* from) noexcept {
  Struct to{};
  std::uint32_t size = 0;
  std::memcpy(&size, from, sizeof size);
  std::memcpy(&to, from, std::min<std::size_t>(size, sizeof to));
  return to;
}

// Calls `visit(const Struct&)` for each element of a list that came over the border. An element never reaches past
// the list's own stride, whatever it says of its size.
template <class Struct, class Visit>
void each(pb_list list, Visit&& visit) {
  const auto* at = static_cast<const std::uint8_t*>(list.first);
  for (std::uint32_t i = 0; i < list.count; ++i, at += list.stride) {
    Struct element{};
    std::uint32_t size = 0;
    if (list.stride < sizeof size) return;
    std::memcpy(&size, at, sizeof size);
    std::memcpy(&element, at, std::min<std::size_t>({size, list.stride, sizeof element}));
    visit(static_cast<const Struct&>(element));
  }
}

// A pb_writer that appends to a string. The string must outlive the writer.
[[nodiscard]] inline pb_writer writer(std::string& to) noexcept {
  return {&to, [](void* self, pb_bytes part) { static_cast<std::string*>(self)->append(view(part)); }};
}

}  // namespace patchbay
