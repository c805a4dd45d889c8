#include "identity/train.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace patchbay::identity {
namespace {

// Each person is seen twice, at one e-mail address and with two towns, since they move so often.
std::vector<Persona> movers() {
  constexpr std::array given{"Anna", "Bruno", "Carla", "Dario", "Elena", "Fabio", "Gina", "Ivan", "Lara", "Mario"};
  constexpr std::array family{"Rossi", "Ferri", "Gallo",  "Nowak", "Schmidt",
                              "Conti", "Lopez", "Jansen", "Vidal", "Weber"};
  std::vector<Persona> personas;
  for (std::size_t i = 0; i < 100; ++i) {
    Persona persona{.given_name = given[i % 10], .family_name = family[i / 10], .region = "IT"};
    persona.emails.push_back("box" + std::to_string(i) + "@" + std::to_string(i * i) + ".example");
    persona.address.town = "Milano";
    personas.push_back(persona);
    persona.address.town = "Lodi";
    personas.push_back(persona);
  }
  return personas;
}

double after(const Training& training, Field field, auto level) {
  for (const WeightChange& change : training.weights)
    if (change.field == field && change.level == static_cast<Level>(level)) return change.after;
  return 0;
}

double before(const Training& training, Field field, auto level) {
  for (const WeightChange& change : training.weights)
    if (change.field == field && change.level == static_cast<Level>(level)) return change.before;
  return 0;
}

TEST(Train, OfNobodyNothingIsLearned) {
  const Parameters shipped = shipped_parameters();
  const Training training = train({}, shipped);
  EXPECT_EQ(Model(training.parameters).version(), Model(shipped).version());
  EXPECT_EQ(training.rounds, 0U);
}

TEST(Train, OfFewPersonasLittleIsLearned) {
  std::vector<Persona> personas;
  for (const char* given : {"Anna", "Bruno", "Carla"}) {
    Persona persona{.given_name = given, .family_name = "Rossi", .region = "IT"};
    persona.phones.push_back("347 1234567");
    personas.push_back(persona);
  }
  for (const WeightChange& change : train(personas, shipped_parameters()).weights)
    EXPECT_NEAR(change.after, change.before, 0.3)
        << name_of(change.field) << " " << name_of(change.field, change.level);
}

TEST(Train, WhereTownsChangeOftenATownThatDiffersSaysLessAgainstOnePerson) {
  const Training training = train(movers(), shipped_parameters());
  EXPECT_GT(after(training, Field::town, TextLevel::different), before(training, Field::town, TextLevel::different));
  EXPECT_LT(after(training, Field::town, TextLevel::exact), before(training, Field::town, TextLevel::exact));
  EXPECT_GT(training.parameters.prior, shipped_parameters().prior);
  EXPECT_LT(training.parameters.population, shipped_parameters().population);
  EXPECT_NEAR(training.matches, 100, 5);
}

TEST(Train, TheOrderOfThePersonasMakesNoDifference) {
  std::vector<Persona> personas = movers();
  const Training one = train(personas, shipped_parameters());
  std::reverse(personas.begin(), personas.end());
  const Training other = train(personas, shipped_parameters());
  EXPECT_EQ(Model(one.parameters).version(), Model(other.parameters).version());
  EXPECT_NE(Model(one.parameters).version(), Model(shipped_parameters()).version());
}

}  // namespace
}  // namespace patchbay::identity
