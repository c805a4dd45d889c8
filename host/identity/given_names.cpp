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

using Table = std::unordered_map<std::string_view, std::vector<FormalName>>;

Table read_table() {
  Table table;
  FormalName formal = 0;
  for_each_word(listed_forms, [&](std::string_view word) {
    if (word.back() == ':') {
      word.remove_suffix(1);
      ++formal;
    }
    table[word].push_back(formal);
  });
  for_each_word(further_names, [&](std::string_view word) { table[word]; });
  for (auto& [word, formals] : table) {
    std::sort(formals.begin(), formals.end());
    formals.erase(std::unique(formals.begin(), formals.end()), formals.end());
  }
  return table;
}

}  // namespace

GivenName given_name(std::string_view word) {
  static const Table table = read_table();
  const auto found = table.find(word);
  if (found == table.end()) return {};
  return {true, found->second};
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
