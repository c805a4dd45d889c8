// The weights that ship: rounded figures from what is known of names, addresses, households and forms in general. The
// thresholds have their reasons beside them (model.hpp). Public sets (FEBRL, two of Splink's) showed which structure
// was missing, so that they alone do not prove what is here.
#include "identity/model.hpp"

namespace patchbay::identity {
namespace {

class Setter {
 public:
  explicit Setter(Parameters& parameters) : parameters_(parameters) {}

  void rates(Field field, const Parameters::Levels& same, const Parameters::Levels& strangers) {
    parameters_.same[static_cast<std::size_t>(field)] = same;
    parameters_.strangers[static_cast<std::size_t>(field)] = strangers;
  }
  void household(Field field, const Parameters::Levels& bits) {
    parameters_.household[static_cast<std::size_t>(field)] = bits;
  }

 private:
  Parameters& parameters_;
};

}  // namespace

Parameters shipped_parameters() {
  Parameters parameters;
  Setter set(parameters);
  //                            exact  variant near  similar initial different other name
  set.rates(Field::given_name, {0.68, 0.07, 0.10, 0.03, 0.03, 0.09, 0.02},
            {0.008, 0.003, 0.006, 0.03, 0.012, 0.94, 0.94});
  set.rates(Field::family_name, {0.72, 0.001, 0.13, 0.04, 0.01, 0.05, 0.05},
            {0.0012, 0.0001, 0.002, 0.02, 0.006, 0.97, 0.97});
  set.rates(Field::further_names, {0.50, 0, 0, 0, 0.20, 0.30, 0}, {0.12, 0, 0, 0, 0.10, 0.78, 0});
  //                            exact turned year   digit parts other vague different
  set.rates(Field::birth_date, {0.68, 0.01, 0.08, 0.08, 0.04, 0.01, 0.04, 0.06},
            {0.00006, 0.0001, 0.004, 0.0008, 0.0025, 0.003, 0.02, 0.97});
  //                       exact  mailbox near    similar different
  set.rates(Field::email, {0.62, 0.08, 0.10, 0.05, 0.15}, {0, 0.0001, 0.0001, 0.002, 0.998});
  set.rates(Field::phone, {0.65, 0.35}, {0, 1.0});
  set.rates(Field::id, {0.97, 0.40}, {0, 1.0});
  set.rates(Field::postcode, {0.55, 0.10, 0.12, 0.23}, {0.0010, 0.004, 0.01, 0.985});
  set.rates(Field::town, {0.70, 0.10, 0.02, 0.18}, {0.012, 0.003, 0.015, 0.97});
  set.rates(Field::street, {0.68, 0.14, 0.03, 0.15}, {0.0008, 0.0008, 0.01, 0.99});
  set.rates(Field::number, {0.78, 0.08, 0.14}, {0.02, 0.10, 0.88});
  set.rates(Field::birth_place, {0.70, 0.10, 0.03, 0.17}, {0.012, 0.003, 0.015, 0.97});
  set.rates(Field::occupation, {0.60, 0.40}, {0.05, 0.95});
  set.rates(Field::language, {0.90, 0.10}, {0.60, 0.40});
  set.rates(Field::country, {0.97, 0.03}, {0.70, 0.30});

  // By how many names share it:    2     6     20   64   200  600  more
  parameters.shared_email = {20.0, 16.5, 13.0, 10.0, 7.5, 5.0, 3.0};
  parameters.shared_phone = {19.5, 16.0, 12.5, 9.5, 7.0, 5.0, 3.0};
  parameters.shared_account = {22.0, 18.0, 13.0, 10.0, 7.5, 5.0, 3.0};
  parameters.shared_number = {24.0, 20.0, 16.0, 12.0, 8.0, 5.0, 3.0};

  set.household(Field::given_name, {4.0, 3.5, 3.5, -1.0, 0.5, -5.0, -7.0});
  set.household(Field::family_name, {0, 0, 0.3, -0.5, 0.3, -3.0, -3.0});
  set.household(Field::birth_date, {7.0, 6.0, 2.5, 4.0, 1.5, 0, 0, -4.0});
  set.household(Field::email, {0, 2.0, 2.0, 0.5, -1.0});
  set.household(Field::phone, {0, -1.0});
  set.household(Field::id, {0, -0.5});
  // Two names at one door are a family or one person twice; with a third it is a block of flats, where most bear other
  // names, and with twenty the doors to choose from are ten times as many.
  parameters.house_of_strangers = {0, -5.0, -6.5, -8.0, -9.5, -11.0, -12.5};
  // One household's pairs are couples and siblings (45 of 100), parents and children (50), grandparents and theirs (3);
  // those of one given name are parents and children mostly. A birth date that is wrong altogether (6 of 100) may be
  // anywhere in the century.
  //                                          to 15  to 45  to 80  more
  parameters.household_age_gap = {-4.0, -4.0, -1.0, 1.3};
  parameters.household_age_gap_of_namesakes = {-3.0, -4.0, -3.0, 1.3};
  parameters.household_email = {4.0, 1.5, 0.5, 0, 0, 0, 0};
  parameters.household_mobile = {3.5, 1.5, 0.5, 0, 0, 0, 0};
  parameters.household_phone = {2.5, 1.0, 0.3, 0, 0, 0, 0};
  parameters.household_landline = {0.4, 0.2, 0, 0, 0, 0, 0};
  parameters.household_account = {8.0, 4.0, 1.0, 0, 0, 0, 0};
  parameters.household_number = {10.0, 6.0, 2.0, 0, 0, 0, 0};
  return parameters;
}

}  // namespace patchbay::identity
