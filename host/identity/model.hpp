// What an agreement is worth: the weights of Fellegi and Sunter (1969) for each level of each field, in thousandths of
// a bit, and what is made of their sum.
//
// A pair is judged twice: as "the same person, or two strangers", and as "the same person, or two of one household",
// where an address, a landline and a family name say almost nothing. The lower judgement holds. A name, a mailbox that
// is built from it included, never links by itself.
//
// A model is a value: it does not change, its version is a digest of all that it holds, and nothing here computes with
// floating numbers once it is made. Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "identity/compare.hpp"

namespace patchbay::identity {

using Millibits = std::int32_t;
// In millionths. Sums of them are exact, whatever the order.
using Probability = std::int64_t;
inline constexpr Probability certain = 1'000'000;

// The shipped figures and what training puts in their place.
struct Parameters {
  using Levels = std::array<double, most_levels>;
  using Steps = std::array<double, steps>;

  // How often a level is seen among pairs of one person, and of two strangers.
  std::array<Levels, fields> same{};
  std::array<Levels, fields> strangers{};
  // How many personas the frequencies stand for, and what a stranger's agreement counts as before any is known.
  double population = 65536;
  double trust_in_shipped = 12000;
  double prior = -15;  // bits: any two personas are one person's
  // Bits for two that share something only its owner uses, by how many names share it.
  Steps shared_email{}, shared_phone{}, shared_account{}, shared_number{};

  // Bits against "two of one household". Who writes mostly writes again: of two personas from one house about three in
  // four are one person's.
  double household_prior = 1.5;
  std::array<Levels, fields> household{};
  Steps household_email{}, household_mobile{}, household_phone{}, household_landline{}, household_account{},
      household_number{};

  // Another family name besides, and no birth date that says it is no neighbour.
  double household_stranger = -4.5;
  // The same at a house, by how many names it has: with those two alone it is no block of flats.
  Steps house_of_strangers{};
  // Nobody is called after somebody of another family, and twins bear one family name.
  double household_no_namesake = 2;
  double household_no_twins = 4;
  // Two known given names of which a slip would make one the other (John, Jon): brothers are not called so.
  double household_slip = 4.5;
  // Who is called Jr shares the name with a parent, who seldom says Sr.
  double household_junior = -2.5;
  // For birth dates that have nothing in common, in one house; by the years between them.
  std::array<double, age_gaps> household_age_gap{}, household_age_gap_of_namesakes{};

  double swapped_names = -1.5;
  double most_of_a_name = 24;
  double least_of_a_street = -4;
  double most_without_support = -4;
  double most_with_weak_support = -1.5;

  // Probabilities. A pair links where it is likelier one person than two, which is where the fewest mistakes are made;
  // where the neighbours of such a pair speak against it, a person should look.
  double link = 0.50;
  double possible = 0.50;
  double keep = 0.20;  // at odds of one to four a pair is as good as none
  // The mean over all pairs at which clusters still grow together: who is surely one of twelve is one of them.
  double cut = 1.0 / 12;
};

[[nodiscard]] Parameters shipped_parameters();

// The lines of the waterfall beside the fields.
enum class Term : std::uint8_t {
  prior,
  swapped_names,
  name_limit,  // a name is worth no more than so much
  name_alone,  // nothing but the name agrees
  household,   // as good a match for somebody else of the same house
};
inline constexpr std::size_t terms = 5;

struct Judgement {
  std::array<Millibits, fields> field{};
  std::array<Millibits, terms> term{};
  Millibits total = 0;      // the sum of all of the above
  Millibits household = 0;  // the same pair judged as "one person, or two of one household"
  Probability probability = 0;
  // Two of one household, as far as can be told: they share a house, a telephone or a mailbox, and are not one person.
  bool related = false;
};

class Model {
 public:
  explicit Model(const Parameters& parameters);

  [[nodiscard]] Judgement judge(const Comparison& comparison) const;
  [[nodiscard]] Probability link() const { return link_; }
  [[nodiscard]] Probability possible() const { return possible_; }
  [[nodiscard]] Probability keep() const { return keep_; }
  [[nodiscard]] Probability cut() const { return cut_; }
  // Equal for models that judge alike.
  [[nodiscard]] std::uint64_t version() const { return version_; }

 private:
  using Levels = std::array<Millibits, most_levels>;
  using Steps = std::array<Millibits, steps>;

  [[nodiscard]] Millibits weight(const Comparison& comparison, Field field) const;
  [[nodiscard]] Millibits household_score(const Comparison& comparison) const;

  std::array<Levels, fields> level_{};
  std::array<Steps, fields> exact_{};  // level 0, by step
  Steps number_id_{};
  std::array<Levels, fields> household_{};
  Steps household_email_{}, household_account_{}, household_number_{};
  std::array<Steps, 3> household_phone_{};  // by PhoneSort
  Steps house_of_strangers_{};
  std::array<Millibits, age_gaps> household_age_gap_{}, household_age_gap_of_namesakes_{};
  Millibits household_no_namesake_, household_no_twins_, household_slip_, household_junior_;
  Millibits prior_, household_prior_, household_stranger_, swapped_names_, most_of_a_name_, least_of_a_street_,
      most_without_support_, most_with_weak_support_;
  Probability link_, possible_, keep_, cut_;
  std::uint64_t version_ = 0;
};

// 2^w / (1 + 2^w) in millionths, for w in thousandths of a bit, from a table in steps of 1/64 bit.
[[nodiscard]] Probability probability_of(Millibits weight);

}  // namespace patchbay::identity
