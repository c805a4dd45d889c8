// A person's name: its words with their roles, and one comparison of two of them.
//
// Words are aligned once, each used once, whatever the order in which they stand; what is found of the given and of the
// family name is never counted a second time. Particles (van der, de la) and titles are no words of a name.
//
// Pure. Any thread. Never fails: what is no name has no words.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "identity/given_names.hpp"

namespace patchbay::identity {

enum class NameRole : std::uint8_t { given, family, either };
enum class Generation : std::uint8_t { unsaid, senior, junior, third };

struct NameWord {
  std::string text;
  NameRole role = NameRole::either;
  GivenName known;          // what the table of given names says of it
  std::uint64_t value = 0;  // its fingerprint
};

struct Name {
  std::vector<NameWord> words;  // in the order given, at most `most_words`
  Generation generation = Generation::unsaid;
  // Of all words, whatever their order: equal for names that are written alike.
  std::uint64_t whole = 0;
};

inline constexpr std::size_t most_words = 6;

// A name that stands in one field. The family name is the last word, or what stands before a comma; where the first
// word is no given name and the last one is ("Rossi Maria"), it is the first.
[[nodiscard]] Name read_name(std::string_view display);
// One whose source keeps the two apart.
[[nodiscard]] Name read_name(std::string_view given, std::string_view family);

[[nodiscard]] const NameWord* first_given(const Name& name);
[[nodiscard]] const NameWord* last_family(const Name& name);

// From the best to the worst.
enum class NameLevel : std::uint8_t {
  exact,
  variant,     // listed as forms of one given name
  near,        // one edit apart, or cut off
  similar,     // alike as a whole
  initial,     // one is the other's first letter
  different,   // nothing in common
  other_name,  // two given names that are known and no forms of one: the strongest sign of two people
  missing,     // one side does not say
};
inline constexpr std::size_t name_levels = 7;

struct NameAgreement {
  NameLevel level = NameLevel::missing;
  std::uint64_t value = 0;  // the word that is exact on both sides
};

struct NameComparison {
  NameAgreement given;
  NameAgreement family;
  NameLevel further = NameLevel::missing;  // the best of what is left on both sides: exact, initial or different
  bool swapped = false;                    // given and family name changed places
  bool generations_contradict = false;     // Jr and Sr
  bool given_one_edit_apart = false;       // two known names, and a slip would make one the other: John, Jon
};

// The same whichever name comes first.
[[nodiscard]] NameComparison compare_names(const Name& left, const Name& right);

}  // namespace patchbay::identity
