#include "identity/given_names.hpp"

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "identity/text.hpp"

namespace patchbay::identity {
namespace {

#include "identity/given_names.inc"

template <class Take>
void for_each_word(std::string_view text, Take take) {
  constexpr std::string_view white = " \n";
  for (std::size_t at = text.find_first_not_of(white); at != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_of(white, at), text.size());
    take(text.substr(at, end - at));
    at = text.find_first_not_of(white, end);
  }
}

struct Table {
  std::unordered_map<std::string_view, std::uint16_t> numbers;
  std::vector<std::vector<FormalName>> formal{{}};  // by number

  std::vector<FormalName>& formal_of(std::string_view word) {
    const auto [place, added] = numbers.try_emplace(word, static_cast<std::uint16_t>(formal.size()));
    if (added) formal.emplace_back();
    return formal[place->second];
  }
};

Table read_table() {
  Table table;
  FormalName formal = 0;
  for_each_word(listed_forms, [&](std::string_view word) {
    if (word.back() == ':') {
      word.remove_suffix(1);
      ++formal;
    }
    table.formal_of(word).push_back(formal);
  });
  for_each_word(further_names, [&](std::string_view word) { table.formal_of(word); });
  for (std::vector<FormalName>& formals : table.formal) {
    std::sort(formals.begin(), formals.end());
    formals.erase(std::unique(formals.begin(), formals.end()), formals.end());
  }
  return table;
}

const Table& table() {
  static const Table read = read_table();
  return read;
}

}  // namespace

GivenName given_name(std::string_view word) {
  const auto found = table().numbers.find(word);
  return given_name_of(found == table().numbers.end() ? std::uint16_t{0} : found->second);
}

GivenName given_name_of(std::uint16_t number) {
  if (number == 0) return {};
  return {true, table().formal[number], number};
}

bool forms_of_one(std::span<const FormalName> left, std::span<const FormalName> right) {
  for (auto a = left.begin(), b = right.begin(); a != left.end() && b != right.end();) {
    if (*a == *b) return true;
    if (*a < *b) {
      ++a;
    } else {
      ++b;
    }
  }
  return false;
}

}  // namespace patchbay::identity
