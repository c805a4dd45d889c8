#include "identity/engine.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace patchbay::identity {
namespace {

Persona anna(std::string email, std::string name = "Anna Rossi") {
  Persona persona{.name = std::move(name), .region = "IT"};
  persona.emails = {std::move(email)};
  return persona;
}

class EngineTest : public testing::Test {
 protected:
  Changes add(std::uint64_t id, const Persona& persona) {
    return engine_.add(PersonaId{id}, persona, digest_of({std::to_string(id)})).value();
  }
  ContactId contact(std::uint64_t id) const { return engine_.contact_of(PersonaId{id}).value(); }
  static std::vector<ContactId> ids(std::initializer_list<std::uint64_t> numbers) {
    std::vector<ContactId> list;
    for (const std::uint64_t number : numbers) list.push_back(PersonaId{number});
    return list;
  }

  Engine engine_{Model(shipped_parameters())};
};

TEST_F(EngineTest, AContactBearsTheIdOfItsFirstPersonaAndSaysWhatChanged) {
  EXPECT_EQ(add(1, anna("anna@uno.example")).changed, ids({1}));
  EXPECT_EQ(add(2, anna("anna@due.example")).changed, ids({2}));
  Persona both = anna("anna@uno.example");
  both.emails.push_back("anna@due.example");
  const Changes changes = add(3, both);
  EXPECT_EQ(changes.changed, ids({1}));
  EXPECT_EQ(changes.gone, ids({2}));
  EXPECT_EQ(engine_.personas_of(PersonaId{1}), ids({1, 2, 3}));

  // What joined them goes, and the old ids come back.
  const Changes after = engine_.remove(PersonaId{3}).value();
  EXPECT_EQ(after.changed, ids({1, 2}));
  EXPECT_EQ(contact(2), PersonaId{2});
}

TEST_F(EngineTest, WhoeverWritesOftenIsOneNode) {
  add(1, anna("anna@uno.example"));
  for (std::uint64_t id = 2; id < 300; ++id) {
    add(id, anna("anna@uno.example"));
    EXPECT_EQ(engine_.effort().judged, 0U);
  }
  EXPECT_EQ(engine_.contacts(), ids({1}));
}

TEST_F(EngineTest, ALoyalCustomerOfThousandsOfVariantsStaysOneContactAtTheCostOfALookUp) {
  constexpr std::uint64_t messages = 5000;
  constexpr std::size_t most_judged = 40;
  for (std::uint64_t id = 0; id < messages; ++id) {
    Persona persona = anna("anna@rossi.example");
    persona.address.street = "Via Roma " + std::to_string(id % 71);
    persona.address.town = "Milano " + std::to_string(id);
    add(id, persona);
    EXPECT_LE(engine_.effort().judged, most_judged);
  }
  EXPECT_FALSE(engine_.pending());
  ASSERT_EQ(engine_.contacts(), ids({0}));
  EXPECT_EQ(engine_.personas_of(PersonaId{0}).size(), messages);
  EXPECT_TRUE(engine_.explain(PersonaId{17}, PersonaId{4711}).value().variants);

  // Most of them go, the first ones among them.
  for (std::uint64_t id = 0; id < messages - 5; ++id) static_cast<void>(engine_.remove(PersonaId{id}));
  EXPECT_EQ(engine_.contacts(), ids({messages - 5}));
  EXPECT_EQ(engine_.personas_of(PersonaId{messages - 5}), ids({4995, 4996, 4997, 4998, 4999}));
}

TEST_F(EngineTest, WhoFitsTwoThatAreOneNeedNotChoose) {
  // Two given names and nothing else in common but a mailbox: a nameless message may be of either.
  add(1, anna("casa@rossi.example", "Anna Rossi"));
  add(2, anna("casa@rossi.example", "Bruno Rossi"));
  add(3, anna("casa@rossi.example", ""));
  EXPECT_NE(contact(3), contact(1));
  EXPECT_NE(contact(3), contact(2));
  // A birth date says that both are one person, with a second given name, so there is nothing to choose between.
  Persona one = anna("casa@rossi.example", "Anna Rossi");
  one.birth_date = "1980-04-29";
  Persona other = anna("casa@rossi.example", "Bruno Rossi");
  other.birth_date = "1980-04-29";
  static_cast<void>(engine_.correct(PersonaId{1}, one));
  static_cast<void>(engine_.correct(PersonaId{2}, other));
  EXPECT_EQ(contact(2), contact(1));
  EXPECT_EQ(contact(3), contact(1));
  static_cast<void>(engine_.correct(PersonaId{2}, anna("casa@rossi.example", "Bruno Rossi")));
  EXPECT_NE(contact(3), contact(1));
}

TEST_F(EngineTest, AnOperatorsDecisionHoldsAgainstAllEvidenceUntilItIsTakenBack) {
  add(1, anna("anna@uno.example"));
  add(2, anna("anna@uno.example"));
  add(3, anna("luca@tre.example", "Luca Ferri"));
  ASSERT_TRUE(engine_.decide(PersonaId{1}, PersonaId{2}, Decision::not_the_same));
  ASSERT_TRUE(engine_.decide(PersonaId{1}, PersonaId{3}, Decision::same));
  EXPECT_NE(contact(1), contact(2));
  EXPECT_EQ(contact(1), contact(3));
  EXPECT_TRUE(engine_.explain(PersonaId{1}, PersonaId{2})->forbidden);
  ASSERT_TRUE(engine_.take_back(PersonaId{1}, PersonaId{2}));
  ASSERT_TRUE(engine_.take_back(PersonaId{1}, PersonaId{3}));
  EXPECT_EQ(contact(1), contact(2));
  EXPECT_NE(contact(1), contact(3));
}

TEST_F(EngineTest, WhoFitsTwoThatContradictEachOtherJoinsNeitherAndStandsInReview) {
  Persona persona{.name = "Anna Rossi", .region = "IT"};
  persona.phones = {"347 1234567"};
  add(1, persona);
  persona.name = "Bruno Rossi";
  add(2, persona);
  persona.name = "";
  add(3, persona);
  EXPECT_EQ(engine_.contacts(), ids({1, 2, 3}));
  const std::vector<ReviewItem> review = engine_.review();
  ASSERT_EQ(review.size(), 2U);
  EXPECT_EQ(review[0].left, PersonaId{1});
  EXPECT_EQ(review[0].right, PersonaId{3});
  EXPECT_TRUE(review[0].held);
  EXPECT_EQ(review[1].left, PersonaId{2});
  // Anna and Bruno are of one household.
  const std::vector<Relation> relations = engine_.relations();
  EXPECT_NE(std::find(relations.begin(), relations.end(), Relation{PersonaId{1}, PersonaId{2}}), relations.end());
}

TEST_F(EngineTest, RefusesWhatCannotBeMeant) {
  add(1, anna("anna@uno.example"));
  EXPECT_EQ(engine_.add(PersonaId{1}, anna("a@b.example"), {}).error().code, ErrorCode::conflict);
  EXPECT_EQ(engine_.remove(PersonaId{9}).error().code, ErrorCode::not_found);
  EXPECT_EQ(engine_.correct(PersonaId{9}, {}).error().code, ErrorCode::not_found);
  EXPECT_EQ(engine_.decide(PersonaId{1}, PersonaId{1}, Decision::same).error().code, ErrorCode::invalid);
  EXPECT_EQ(engine_.explain(PersonaId{1}, PersonaId{9}).error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace patchbay::identity
