#include "identity/model.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "identity/text.hpp"

namespace patchbay::identity {
namespace {

constexpr std::size_t index(Field field) { return static_cast<std::size_t>(field); }
constexpr std::size_t index(Step step) { return static_cast<std::size_t>(step); }

Millibits rounded(double bits) { return static_cast<Millibits>(std::lround(bits * 1000)); }
Probability in_millionths(double probability) { return std::lround(probability * static_cast<double>(certain)); }

template <std::size_t Size>
std::array<Millibits, Size> rounded(const std::array<double, Size>& bits) {
  std::array<Millibits, Size> out{};
  std::transform(bits.begin(), bits.end(), out.begin(), [](double each) { return rounded(each); });
  return out;
}

// How likely two strangers share a value that so many names hold. Few are known in a young store, so that the shipped
// rate of the field stands in with the weight of some personas.
double stranger_rate(std::size_t step, double shipped, const Parameters& parameters) {
  const double all = parameters.population;
  const double names = step < step_ends.size() ? step_ends[step] : std::max(2.0 * step_ends.back(), shipped * all);
  const double weight = parameters.trust_in_shipped;
  return std::min(0.9, (names + weight * shipped) / (all + weight));
}

__extension__ using Wide = unsigned __int128;

constexpr int table_bits = 20;  // beyond them a probability is 0 or 1 as far as millionths tell
constexpr int parts_of_a_bit = 64;

constexpr std::size_t even_odds = std::size_t{table_bits} * parts_of_a_bit;  // where they stand in the table
using ProbabilityTable = std::array<Probability, 2 * even_odds + 1>;

// With integers only, so that every machine has the same one.
constexpr ProbabilityTable probability_table() {
  constexpr std::uint64_t one = 1ULL << 60;
  constexpr std::uint64_t root = 1'165'475'996'665'667'822ULL;  // 2^(1/64), in units of 2^-60
  std::array<std::uint64_t, parts_of_a_bit> power{};            // 2^(i/64)
  power[0] = one;
  for (std::size_t i = 1; i < power.size(); ++i)
    power[i] = static_cast<std::uint64_t>((static_cast<Wide>(power[i - 1]) * root) >> 60);
  ProbabilityTable table{};
  for (std::size_t i = 0; i <= even_odds; ++i) {
    const Wide odds = static_cast<Wide>(power[i % parts_of_a_bit]) << (i / parts_of_a_bit);
    const Wide all = odds + one;
    const auto above = static_cast<Probability>((odds * static_cast<Wide>(certain) + all / 2) / all);
    table[even_odds + i] = above;
    table[even_odds - i] = certain - above;
  }
  return table;
}
constexpr ProbabilityTable probabilities = probability_table();

enum class Support : std::uint8_t { none, weak, enough };

// What beside the name says that it is one person. What all of a town share is weak, and two such things are enough;
// where no more than half of the name is known, so are a birth place and a year of birth.
Support support_of(const Comparison& comparison) {
  const bool whole_name = comparison.at_least(Field::given_name, NameLevel::initial) &&
                          comparison.at_least(Field::family_name, NameLevel::initial);
  const bool telling_date = whole_name || !comparison.birth_year_only;
  if (comparison.at_least(Field::birth_date, BirthDateLevel::two_parts) && telling_date) return Support::enough;
  if (comparison.is(Field::email, EmailLevel::exact)) return Support::enough;
  if (comparison.at_least(Field::email, EmailLevel::near) && !comparison.mailbox_from_name) return Support::enough;
  if (comparison.is(Field::phone, PhoneLevel::exact) || comparison.is(Field::id, IdLevel::exact))
    return Support::enough;

  const bool town = comparison.at_least(Field::town, TextLevel::near);
  const bool postcode = comparison.at_least(Field::postcode, PostcodeLevel::near);
  const bool number = comparison.is(Field::number, NumberLevel::exact);
  // A High Street is everywhere; its number 12 in the next town but one digit of the postcode away is a slip.
  const bool elsewhere = comparison.is(Field::town, TextLevel::different) &&
                         (!postcode || (comparison.is(Field::postcode, PostcodeLevel::near) && !number));
  const bool place = postcode || town || number;
  if (comparison.at_least(Field::street, TextLevel::near) && place && !elsewhere) return Support::enough;
  if (postcode && comparison.postcode_is_fine) return Support::enough;
  if (comparison.is(Field::birth_place, TextLevel::exact) && whole_name) return Support::enough;

  const int weak = ((postcode || town) && !elsewhere ? 1 : 0) +
                   (comparison.is(Field::number, NumberLevel::exact) ? 1 : 0) +
                   (comparison.at_least(Field::birth_date, BirthDateLevel::vague) ? 1 : 0) +
                   (comparison.at_least(Field::birth_place, TextLevel::near) ? 1 : 0) +
                   (comparison.is(Field::occupation, EqualLevel::exact) ? 1 : 0) +
                   (comparison.at_least(Field::email, EmailLevel::near) ? 1 : 0);
  return weak == 0 ? Support::none : weak == 1 ? Support::weak : Support::enough;
}

bool shares_a_house(const Comparison& comparison) {
  return comparison.at_least(Field::street, TextLevel::near) && comparison.is(Field::number, NumberLevel::exact) &&
         (comparison.of(Field::postcode) == no_level || comparison.at_least(Field::postcode, PostcodeLevel::near));
}

// As far as can be told: not every house has a number.
bool may_share_a_house(const Comparison& comparison) {
  return shares_a_house(comparison) ||
         (comparison.at_least(Field::street, TextLevel::near) && comparison.of(Field::number) == no_level &&
          comparison.at_least(Field::postcode, PostcodeLevel::near));
}

bool shares_a_household(const Comparison& comparison) {
  const auto few = [&comparison](Field field) { return comparison.step[index(field)] <= Step::up_to_6; };
  const bool contact = (comparison.is(Field::phone, PhoneLevel::exact) && few(Field::phone)) ||
                       (comparison.is(Field::email, EmailLevel::exact) && few(Field::email));
  return shares_a_house(comparison) || contact;
}

}  // namespace

Probability probability_of(Millibits weight) {
  constexpr Millibits most = table_bits * 1000;
  const Millibits held = std::clamp(weight, -most, most);
  return probabilities[static_cast<std::size_t>((held + most) * parts_of_a_bit / 1000)];
}

Model::Model(const Parameters& parameters)
    : household_no_namesake_(rounded(parameters.household_no_namesake)),
      household_no_twins_(rounded(parameters.household_no_twins)),
      household_slip_(rounded(parameters.household_slip)),
      household_junior_(rounded(parameters.household_junior)),
      prior_(rounded(parameters.prior)),
      household_prior_(rounded(parameters.household_prior)),
      household_stranger_(rounded(parameters.household_stranger)),
      swapped_names_(rounded(parameters.swapped_names)),
      most_of_a_name_(rounded(parameters.most_of_a_name)),
      least_of_a_street_(rounded(parameters.least_of_a_street)),
      most_without_support_(rounded(parameters.most_without_support)),
      most_with_weak_support_(rounded(parameters.most_with_weak_support)),
      link_(in_millionths(parameters.link)),
      possible_(in_millionths(parameters.possible)),
      keep_(in_millionths(parameters.keep)),
      cut_(in_millionths(parameters.cut)) {
  for (std::size_t field = 0; field < fields; ++field) {
    for (std::size_t level = 0; level < most_levels; ++level) {
      const double same = parameters.same[field][level];
      const double strangers = parameters.strangers[field][level];
      if (same > 0 && strangers > 0) level_[field][level] = rounded(std::log2(same / strangers));
    }
    for (std::size_t step = 0; step < steps; ++step) {
      const double same = parameters.same[field][0];
      const double strangers = parameters.strangers[field][0];
      if (same > 0 && strangers > 0)
        exact_[field][step] = rounded(std::log2(same / stranger_rate(step, strangers, parameters)));
    }
    household_[field] = rounded(parameters.household[field]);
  }
  // Fields whose frequency is not counted have one weight.
  for (const Field field : {Field::further_names, Field::number, Field::language, Field::country})
    exact_[index(field)].fill(level_[index(field)][0]);
  exact_[index(Field::email)] = rounded(parameters.shared_email);
  exact_[index(Field::phone)] = rounded(parameters.shared_phone);
  exact_[index(Field::id)] = rounded(parameters.shared_account);
  number_id_ = rounded(parameters.shared_number);
  household_email_ = rounded(parameters.household_email);
  household_account_ = rounded(parameters.household_account);
  household_number_ = rounded(parameters.household_number);
  household_phone_ = {rounded(parameters.household_mobile), rounded(parameters.household_phone),
                      rounded(parameters.household_landline)};

  house_of_strangers_ = rounded(parameters.house_of_strangers);
  household_age_gap_ = rounded(parameters.household_age_gap);
  household_age_gap_of_namesakes_ = rounded(parameters.household_age_gap_of_namesakes);

  std::string all;
  const auto append = [&all](const auto& values) {
    for (const auto value : values) all.append(std::to_string(value)).append(",");
  };
  for (std::size_t field = 0; field < fields; ++field) {
    append(level_[field]);
    append(exact_[field]);
    append(household_[field]);
  }
  for (const Steps* table : {&number_id_, &household_email_, &household_account_, &household_number_}) append(*table);
  for (const Steps& table : household_phone_) append(table);
  append(house_of_strangers_);
  append(household_age_gap_);
  append(household_age_gap_of_namesakes_);
  append(std::array<std::int64_t, 16>{household_no_namesake_, household_no_twins_, household_slip_, household_junior_,
                                      prior_, household_prior_, household_stranger_, swapped_names_, most_of_a_name_,
                                      least_of_a_street_, most_without_support_, most_with_weak_support_, link_,
                                      possible_, keep_, cut_});
  version_ = fingerprint("model", all);
}

Millibits Model::weight(const Comparison& comparison, Field field) const {
  const Level level = comparison.of(field);
  if (level == no_level) return 0;
  if (level != 0) return level_[index(field)][level];
  const std::size_t step = index(comparison.step[index(field)]);
  if (field == Field::id && comparison.id_is_one_per_person) return number_id_[step];
  return exact_[index(field)][step];
}

Millibits Model::household_score(const Comparison& comparison) const {
  Millibits score = household_prior_;
  if (comparison.swapped) score += swapped_names_ / 3;
  for (const Field field :
       {Field::given_name, Field::family_name, Field::birth_date, Field::email, Field::phone, Field::id}) {
    const Level level = comparison.of(field);
    if (level != no_level) score += household_[index(field)][level];
  }
  if (comparison.given_one_edit_apart) score += household_slip_;
  const bool house = shares_a_house(comparison);
  const bool namesakes = comparison.at_least(Field::given_name, NameLevel::variant);
  if (namesakes && comparison.generation_of_one) score += household_junior_;
  if (may_share_a_house(comparison) && comparison.is(Field::birth_date, BirthDateLevel::different)) {
    const auto& bits = namesakes ? household_age_gap_of_namesakes_ : household_age_gap_;
    score += bits[static_cast<std::size_t>(comparison.age_gap)] -
             household_[index(Field::birth_date)][static_cast<std::size_t>(BirthDateLevel::different)];
  }
  if (comparison.is(Field::family_name, NameLevel::different)) {
    if (comparison.is(Field::birth_date, BirthDateLevel::exact)) score += household_no_twins_;
    if (!comparison.at_least(Field::birth_date, BirthDateLevel::one_digit)) {
      if (house && namesakes) score += household_no_namesake_;
      score += house ? house_of_strangers_[index(comparison.house)] : household_stranger_;
    }
  }
  const auto step = [&comparison](Field field) { return index(comparison.step[index(field)]); };
  // Whoever shares a mailbox shares the telephone: the better of the two counts.
  Millibits shared = 0;
  if (comparison.is(Field::email, EmailLevel::exact)) shared = household_email_[step(Field::email)];
  if (comparison.is(Field::phone, PhoneLevel::exact))
    shared = std::max(shared, household_phone_[static_cast<std::size_t>(comparison.phone_sort)][step(Field::phone)]);
  score += shared;
  if (comparison.is(Field::id, IdLevel::exact))
    score += (comparison.id_is_one_per_person ? household_number_ : household_account_)[step(Field::id)];
  return score;
}

Judgement Model::judge(const Comparison& comparison) const {
  Judgement judgement;
  auto& bits = judgement.field;
  for (std::size_t field = 0; field < fields; ++field) bits[field] = weight(comparison, static_cast<Field>(field));

  // A mailbox called after its owner repeats the name.
  constexpr Millibits most_of_a_repeated_name = 500;
  if (comparison.mailbox_from_name && !comparison.is(Field::email, EmailLevel::near))
    bits[index(Field::email)] = std::min(bits[index(Field::email)], most_of_a_repeated_name);

  // Who lives at a postcode lives in its town: the lesser of two agreements adds a quarter.
  Millibits& postcode = bits[index(Field::postcode)];
  Millibits& town = bits[index(Field::town)];
  if (postcode > 0 && town > 0) {
    Millibits& lesser = postcode < town ? postcode : town;
    lesser /= 4;
  }
  // A number means little without its street.
  Millibits& street = bits[index(Field::street)];
  Millibits& number = bits[index(Field::number)];
  if (!comparison.at_least(Field::street, TextLevel::similar)) number = number > 0 ? number / 2 : number;
  if (street + number < least_of_a_street_) number = least_of_a_street_ - street;

  const auto term = [&judgement](Term which) -> Millibits& { return judgement.term[static_cast<std::size_t>(which)]; };
  term(Term::prior) = prior_;
  if (comparison.swapped) term(Term::swapped_names) = swapped_names_;
  const Millibits name = bits[index(Field::given_name)] + bits[index(Field::family_name)] +
                         bits[index(Field::further_names)] + term(Term::swapped_names);
  if (name > most_of_a_name_) term(Term::name_limit) = most_of_a_name_ - name;

  Millibits& total = judgement.total;
  for (const Millibits each : bits) total += each;
  for (const Millibits each : judgement.term) total += each;
  const auto hold_below = [&](Term which, Millibits most) {
    if (total <= most) return;
    term(which) = most - total;
    total = most;
  };
  const Support support = support_of(comparison);
  if (support == Support::none) hold_below(Term::name_alone, most_without_support_);
  if (support == Support::weak) hold_below(Term::name_alone, most_with_weak_support_);
  judgement.household = household_score(comparison);
  hold_below(Term::household, judgement.household);

  judgement.probability = probability_of(total);
  judgement.related = judgement.probability < link_ && shares_a_household(comparison);
  return judgement;
}

}  // namespace patchbay::identity
