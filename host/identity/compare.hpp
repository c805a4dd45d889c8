// Two personas, field by field: how well does each agree?
//
// Pure. Any thread. A field that one side does not have has no level; it speaks neither for nor against.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "identity/features.hpp"
#include "identity/sharing.hpp"

namespace patchbay::identity {

enum class Field : std::uint8_t {
  given_name,
  family_name,
  further_names,
  birth_date,
  email,
  phone,
  id,
  postcode,
  town,
  street,
  number,
  birth_place,
  occupation,
  language,
  country,
};
inline constexpr std::size_t fields = 15;
inline constexpr std::size_t most_levels = 8;

// Levels from the best to the worst. Level 0 is "equal" in every field.
using Level = std::uint8_t;
inline constexpr Level no_level = 0xff;

// given_name, family_name and further_names use NameLevel.
enum class BirthDateLevel : Level {
  exact,
  turned,      // day and month in the other order
  year_known,  // one side knows no more than the year, and that is the same
  one_digit,   // one digit away, or two neighbours swapped
  two_parts,   // the year and one of day and month
  other_year,  // day and month only
  vague,       // the year only, or two digits away
  different,
};
enum class EmailLevel : Level { exact, same_mailbox, near, similar, different };
enum class PhoneLevel : Level { exact, different };
enum class IdLevel : Level { exact, different };
enum class PostcodeLevel : Level { exact, near, district, different };
enum class TextLevel : Level { exact, near, similar, different };  // town, street, birth_place
enum class NumberLevel : Level { exact, near, different };
enum class EqualLevel : Level { exact, different };  // occupation, language, country

// How far apart in years two birth dates are that have nothing in common. Two of one house are mostly of one generation
// or of two; that they are of three is rare, and a century lies between them only by a slip of the pen.
enum class AgeGap : std::uint8_t { same_generation, one_generation, two_generations, more };
inline constexpr std::size_t age_gaps = 4;

struct Comparison {
  std::array<Level, fields> level{};
  std::array<Step, fields> step{};  // of the value that is equal
  bool swapped = false;             // given and family name
  bool mailbox_from_name = false;   // the e-mail addresses are alike because the names are
  bool postcode_is_fine = false;    // one that names a street, as in Britain and the Netherlands
  PhoneSort phone_sort = PhoneSort::unknown;
  bool id_is_one_per_person = false;
  bool given_one_edit_apart = false;         // two known given names, and a slip would make one the other
  bool generation_of_one = false;            // one says Jr or Sr, the other nothing
  bool birth_year_only = false;              // of one birth date at least no more than the year is known
  AgeGap age_gap = AgeGap::same_generation;  // where the birth dates are different
  Step house = Step::up_to_2;                // how many names have the house, where it is spelt alike

  [[nodiscard]] Level of(Field field) const { return level[static_cast<std::size_t>(field)]; }
  template <class AnyLevel>
  [[nodiscard]] bool is(Field field, AnyLevel wanted) const {
    return of(field) == static_cast<Level>(wanted);
  }
  template <class AnyLevel>
  [[nodiscard]] bool at_least(Field field, AnyLevel worst) const {
    return of(field) <= static_cast<Level>(worst);
  }
};

// The same whichever comes first. Of several e-mail addresses, numbers or ids the best agreement counts, and of several
// equal ones that which the fewest share.
[[nodiscard]] Comparison compare(const Features& left, const Features& right, const Sharing& sharing);

// Whether nothing in the world makes these one person: Jr and Sr, or two different ids of a kind of which everybody has
// one.
[[nodiscard]] bool forbids(const Features& left, const Features& right);

// Whether both have a birth date and the two have nothing in common: father and son, or a slip of the pen.
[[nodiscard]] bool birth_dates_contradict(const Features& left, const Features& right);

// Whether two matches of a third contradict each other in something of which the third says nothing: it may be either
// of them. That is a generation, an id of a kind of which everybody has one, a known given name, or the birth dates of
// two whose given names differ.
[[nodiscard]] bool leave_open(const Features& third, const Features& left, const Features& right);

[[nodiscard]] std::string_view name_of(Field field);
[[nodiscard]] std::string_view name_of(Field field, Level level);

}  // namespace patchbay::identity
