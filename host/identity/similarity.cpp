#include "identity/similarity.hpp"

#include <algorithm>
#include <array>

namespace patchbay::identity {
namespace {

// Letters that may stand in both, at most: those that are somewhere in the other.
std::uint32_t most_in_common(std::string_view left, std::string_view right) {
  const auto letters_of = [](std::string_view text) {
    std::uint64_t letters = 0;
    for (const char letter : text) letters |= std::uint64_t{1} << (static_cast<unsigned char>(letter) % 64U);
    return letters;
  };
  const auto found = [](std::string_view text, std::uint64_t letters) {
    std::uint32_t count = 0;
    for (const char letter : text)
      count += static_cast<std::uint32_t>(letters >> (static_cast<unsigned char>(letter) % 64U) & 1U);
    return count;
  };
  return std::min(found(left, letters_of(right)), found(right, letters_of(left)));
}

// Grows with what is in common, and falls with what of it is out of place.
std::uint32_t measure_of(std::string_view left, std::string_view right, std::uint32_t common,
                         std::uint32_t out_of_place) {
  if (common == 0) return 0;
  const auto left_size = static_cast<std::uint32_t>(left.size());
  const auto right_size = static_cast<std::uint32_t>(right.size());
  const std::uint32_t in_place = 2 * common - out_of_place;  // twice "common less transpositions"
  const std::uint32_t jaro =
      (1000 * common / left_size + 1000 * common / right_size + 1000 * in_place / (2 * common)) / 3;
  std::uint32_t prefix = 0;
  while (prefix < 4 && prefix < left.size() && prefix < right.size() && left[prefix] == right[prefix]) ++prefix;
  return jaro + prefix * (1000 - jaro) / 10;
}

}  // namespace

std::uint32_t edits(std::string_view left, std::string_view right, std::uint32_t at_most) {
  constexpr std::size_t longest = 120;
  const std::uint32_t too_many = at_most + 1;
  if (left.size() > longest || right.size() > longest) return left == right ? 0 : too_many;
  const std::size_t apart = left.size() > right.size() ? left.size() - right.size() : right.size() - left.size();
  if (apart > at_most) return too_many;

  // Where both begin and end alike nothing is to be done.
  const std::size_t before = static_cast<std::size_t>(
      std::mismatch(left.begin(), left.end(), right.begin(), right.end()).first - left.begin());
  left.remove_prefix(before);
  right.remove_prefix(before);
  const std::size_t behind = static_cast<std::size_t>(
      std::mismatch(left.rbegin(), left.rend(), right.rbegin(), right.rend()).first - left.rbegin());
  left.remove_suffix(behind);
  right.remove_suffix(behind);
  if (left.empty() || right.empty()) return static_cast<std::uint32_t>(left.size() + right.size());
  if (at_most == 1) {
    const bool swapped = left.size() == 2 && right.size() == 2 && left[0] == right[1] && left[1] == right[0];
    return swapped || (left.size() == 1 && right.size() == 1) ? 1 : too_many;
  }

  std::array<std::array<std::uint32_t, longest + 1>, 3> rows;
  auto* before_last = &rows[0];
  auto* last = &rows[1];
  auto* row = &rows[2];
  for (std::uint32_t j = 0; j <= right.size(); ++j) (*last)[j] = j;
  for (std::uint32_t i = 1; i <= left.size(); ++i) {
    (*row)[0] = i;
    std::uint32_t least = i;
    for (std::uint32_t j = 1; j <= right.size(); ++j) {
      const std::uint32_t replaced = (*last)[j - 1] + (left[i - 1] == right[j - 1] ? 0U : 1U);
      std::uint32_t cost = std::min({(*last)[j] + 1, (*row)[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
        cost = std::min(cost, (*before_last)[j - 2] + 1);
      (*row)[j] = cost;
      least = std::min(least, cost);
    }
    if (least > at_most) return too_many;
    std::swap(before_last, last);
    std::swap(last, row);
  }
  return std::min((*last)[right.size()], too_many);
}

std::uint32_t likeness(std::string_view left, std::string_view right, std::uint32_t at_least) {
  constexpr std::size_t longest = 63;
  if (left == right) return left.empty() ? 0 : 1000;
  left = left.substr(0, longest);
  right = right.substr(0, longest);
  if (left.empty() || right.empty()) return 0;
  if (at_least > 0 && measure_of(left, right, most_in_common(left, right), 0) < at_least) return 0;

  const std::size_t half = std::max(left.size(), right.size()) / 2;
  const std::size_t reach = half > 0 ? half - 1 : 0;
  std::array<bool, longest> taken_left{};
  std::array<bool, longest> taken_right{};
  std::uint32_t common = 0;
  for (std::size_t i = 0; i < left.size(); ++i) {
    const std::size_t end = std::min(right.size(), i + reach + 1);
    for (std::size_t j = i > reach ? i - reach : 0; j < end; ++j) {
      if (taken_right[j] || left[i] != right[j]) continue;
      taken_left[i] = taken_right[j] = true;
      ++common;
      break;
    }
  }
  if (common == 0) return 0;

  std::uint32_t out_of_place = 0;
  for (std::size_t i = 0, j = 0; i < left.size(); ++i) {
    if (!taken_left[i]) continue;
    while (!taken_right[j]) ++j;
    if (left[i] != right[j]) ++out_of_place;
    ++j;
  }
  return measure_of(left, right, common, out_of_place);
}

}  // namespace patchbay::identity
