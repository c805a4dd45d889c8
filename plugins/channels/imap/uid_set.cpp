#include "uid_set.hpp"

#include "response.hpp"

#include <algorithm>
#include <iterator>

namespace patchbay::imap {

namespace {

std::string written(std::uint32_t from, std::uint32_t upto) {
  return from == upto ? std::to_string(from) : std::to_string(from) + ":" + std::to_string(upto);
}

}  // namespace

std::optional<UidSet> UidSet::read(std::string_view text, std::size_t most) {
  UidSet set;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    const std::string_view range = text.substr(0, end);
    if (end + 1 == text.size()) return std::nullopt;  // a comma with nothing behind it
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t colon = range.find(':');
    const auto one = number_of(range.substr(0, colon));
    const auto other = colon == std::string_view::npos ? one : number_of(range.substr(colon + 1));
    if (!one || !other || *one == 0 || *other == 0 || *one > UINT32_MAX || *other > UINT32_MAX) return std::nullopt;
    set.add(static_cast<std::uint32_t>(std::min(*one, *other)), static_cast<std::uint32_t>(std::max(*one, *other)));
    if (set.ranges_.size() > most) return std::nullopt;
  }
  return set;
}

void UidSet::add(std::uint32_t from, std::uint32_t upto) {
  auto at = ranges_.upper_bound(from);
  if (at != ranges_.begin()) {
    const auto before = std::prev(at);
    if (std::uint64_t{before->second} + 1 >= from) {
      from = before->first;
      upto = std::max(upto, before->second);
      at = before;
    }
  }
  while (at != ranges_.end() && at->first <= std::uint64_t{upto} + 1) {
    upto = std::max(upto, at->second);
    at = ranges_.erase(at);
  }
  ranges_[from] = upto;
}

void UidSet::add(const UidSet& other) {
  for (const auto& [from, upto] : other.ranges_) add(from, upto);
}

void UidSet::remove(const UidSet& other) {
  for (const auto& [from, upto] : other.ranges_) remove(from, upto);
}

void UidSet::remove(std::uint32_t from, std::uint32_t upto) {
  auto at = ranges_.upper_bound(from);
  if (at != ranges_.begin() && std::prev(at)->second >= from) --at;
  while (at != ranges_.end() && at->first <= upto) {
    const auto [first, last] = *at;
    at = ranges_.erase(at);
    if (first < from) ranges_[first] = from - 1;
    if (last > upto) ranges_[upto + 1] = last;
  }
}

bool UidSet::contains(std::uint32_t uid) const {
  const auto behind = ranges_.upper_bound(uid);
  return behind != ranges_.begin() && std::prev(behind)->second >= uid;
}

std::uint64_t UidSet::count() const {
  std::uint64_t count = 0;
  for (const auto& [from, upto] : ranges_) count += std::uint64_t{upto} - from + 1;
  return count;
}

UidSet UidSet::beginning(std::size_t characters) const {
  UidSet part;
  std::size_t size = 0;
  for (const auto& [from, upto] : ranges_) {
    size += written(from, upto).size() + 1;
    if (size > characters + 1 && !part.is_empty()) break;
    part.ranges_.emplace(from, upto);
  }
  return part;
}

std::string UidSet::text() const {
  std::string to;
  for (const auto& [from, upto] : ranges_) {
    if (!to.empty()) to += ',';
    to += written(from, upto);
  }
  return to;
}

}  // namespace patchbay::imap
