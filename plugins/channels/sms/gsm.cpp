#include "gsm.hpp"

#include <patchbay/unicode.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

namespace patchbay::sms {

namespace {

constexpr char16_t nil = 0xFFFF;  // no character
using Table = std::array<char16_t, 128>;

#include "gsm_tables.inc"

const Table& table(const std::array<Table, languages>& tables, Language language) {
  return tables.at(static_cast<std::size_t>(language));
}

// A table the other way round: which septet a character has, ascending by the character.
class Reverse {
 public:
  explicit Reverse(const Table& table) {
    for (std::size_t i = 0; i < table.size(); ++i)
      if (table[i] != nil) septets_.push_back({table[i], static_cast<char>(i)});
    // The first of several septets with one character is the one that is written.
    std::stable_sort(septets_.begin(), septets_.end(),
                     [](const Entry& left, const Entry& right) { return left.character < right.character; });
  }

  [[nodiscard]] std::optional<char> find(char32_t character) const {
    const auto at = std::lower_bound(septets_.begin(), septets_.end(), character,
                                     [](const Entry& entry, char32_t wanted) { return entry.character < wanted; });
    return at != septets_.end() && at->character == character ? std::optional(at->septet) : std::nullopt;
  }

 private:
  struct Entry {
    char32_t character;
    char septet;
  };
  std::vector<Entry> septets_;
};

using Reverses = std::vector<Reverse>;
Reverses reversed(const std::array<Table, languages>& tables) { return {tables.begin(), tables.end()}; }

const Reverse& reverse_locking(Language language) {
  static const Reverses all = reversed(locking);
  return all.at(static_cast<std::size_t>(language));
}

const Reverse& reverse_single(Language language) {
  static const Reverses all = reversed(single);
  return all.at(static_cast<std::size_t>(language));
}

}  // namespace

std::string text_of_septets(std::string_view septets, Alphabet alphabet) {
  const Table& plain = table(locking, alphabet.locking);
  const Table& shifted = table(single, alphabet.single);
  std::string text;
  const auto append = [&text](char16_t character) { append_utf8(text, character == nil ? U' ' : character); };
  for (std::size_t i = 0; i < septets.size(); ++i) {
    auto septet = static_cast<unsigned char>(septets[i]);
    if (septet == escape && i + 1 < septets.size()) {
      septet = static_cast<unsigned char>(septets[++i]);
      if (septet < shifted.size() && shifted[septet] != nil) {
        append(shifted[septet]);
        continue;
      }
    }
    septet < plain.size() ? append(plain[septet]) : append_utf8(text, replacement_character);
  }
  return text;
}

std::string septets_of(char32_t character, Alphabet alphabet) {
  if (const auto septet = reverse_locking(alphabet.locking).find(character)) return {*septet};
  if (const auto septet = reverse_single(alphabet.single).find(character)) return {escape, *septet};
  return {};
}

std::optional<std::string> septets_of(std::string_view text, Alphabet alphabet) {
  std::string septets;
  for (std::size_t at = 0; at < text.size();) {
    const std::string next = septets_of(next_point(text, at), alphabet);
    if (next.empty()) return std::nullopt;
    septets += next;
  }
  return septets;
}

}  // namespace patchbay::sms
