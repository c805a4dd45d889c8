// What the engine asks an operator, and what it asks no more once somebody has answered.
#include <gtest/gtest.h>

#include <string>

#include "base/must.hpp"
#include "identity/engine.hpp"

namespace patchbay::identity {
namespace {

class QuestionsTest : public testing::Test {
 protected:
  void add(std::uint64_t id, Persona persona) {
    persona.region = "IT";
    value_of(engine_.add(PersonaId{id}, persona, digest_of({std::to_string(id)})));
  }
  void add(std::uint64_t id, std::string name, std::string email = {}) {
    Persona persona{.name = std::move(name)};
    persona.phones = {"347 1234567"};
    if (!email.empty()) persona.emails = {std::move(email)};
    add(id, persona);
  }
  void decide(std::uint64_t left, std::uint64_t right, Decision decision) {
    value_of(engine_.decide(PersonaId{left}, PersonaId{right}, decision));
  }
  void take_back(std::uint64_t left, std::uint64_t right) {
    value_of(engine_.take_back(PersonaId{left}, PersonaId{right}));
  }
  // The contacts in question.
  using Pairs = std::vector<std::pair<std::uint64_t, std::uint64_t>>;
  Pairs questions() const {
    Pairs pairs;
    for (const ContactId contact : engine_.contacts())
      for (const ReviewItem& item : engine_.questions_of(contact))
        pairs.emplace_back(static_cast<std::uint64_t>(item.left), static_cast<std::uint64_t>(item.right));
    return pairs;
  }

  Engine engine_{Model(shipped_parameters())};
};

TEST_F(QuestionsTest, WhoeverHadToChooseIsNotAskedAboutOnceAnOperatorSaidWhoItIs) {
  add(1, "Anna Rossi");
  add(2, "Bruno Rossi");
  add(3, "");
  EXPECT_EQ(questions(), (Pairs{{1, 3}, {2, 3}}));
  decide(2, 3, Decision::same);
  EXPECT_EQ(questions(), Pairs{});
  take_back(2, 3);
  EXPECT_EQ(questions(), (Pairs{{1, 3}, {2, 3}}));
  decide(1, 3, Decision::not_the_same);
  EXPECT_EQ(questions(), (Pairs{{2, 3}})) << "that it is not Anna makes it nobody yet";
}

TEST_F(QuestionsTest, WhoIsAnotherPersonInOnePersonaIsSoInAll) {
  add(1, "Anna Rossi");
  add(2, "Bruno Rossi");
  add(3, "");
  add(4, "Anna Rossi", "anna@rossi.example");
  ASSERT_EQ(engine_.personas_of(PersonaId{1}), (std::vector{PersonaId{1}, PersonaId{4}}));
  decide(1, 3, Decision::not_the_same);
  EXPECT_EQ(questions(), (Pairs{{2, 3}}));
  EXPECT_EQ(engine_.review().size(), 2U) << "persona 4 and 3 still agree as they did";
}

TEST_F(QuestionsTest, ThatOneIsLikeItsLikeDoesNotSayWhoItIs) {
  add(1, "Anna Rossi");
  add(2, "Bruno Rossi");
  add(3, "");
  add(4, "");
  decide(1, 3, Decision::not_the_same);
  decide(3, 4, Decision::same);
  EXPECT_EQ(questions(), (Pairs{{2, 3}}));
}

TEST_F(QuestionsTest, WhoIsJoinedAndMayBeTwoIsAskedAboutUntilSomebodyAnswers) {
  // Father and son, or one man of whom it is not always said.
  Persona mario{.name = "Mario Rossi"};
  mario.phones = {"02 1234567"};
  mario.address = {.street = "Via Roma", .number = "12", .postcode = "20121", .town = "Milano"};
  add(1, mario);
  mario.name = "Mario Rossi Jr";
  add(2, mario);
  ASSERT_EQ(engine_.contacts(), std::vector{PersonaId{1}});
  EXPECT_EQ(questions(), (Pairs{{1, 1}}));
  decide(1, 2, Decision::same);
  EXPECT_EQ(questions(), Pairs{});
  mario.emails = {"junior@rossi.example"};
  add(3, mario);
  ASSERT_EQ(engine_.contacts(), std::vector{PersonaId{1}});
  EXPECT_EQ(questions(), (Pairs{{1, 1}})) << "nobody has said anything of the third yet";
  decide(1, 3, Decision::same);
  EXPECT_EQ(questions(), Pairs{}) << "2 and 3 are one by way of 1";
  take_back(1, 3);
  take_back(1, 2);
  decide(1, 2, Decision::not_the_same);
  EXPECT_EQ(engine_.contacts(), (std::vector{PersonaId{1}, PersonaId{2}}));
  EXPECT_EQ(questions(), Pairs{});
}

TEST_F(QuestionsTest, OfTwoContactsThosePersonasAreShownThatAgreeBest) {
  add(1, "Anna Rossi");
  add(2, "Bruno Rossi");
  add(3, "Anna Rossi", "anna@rossi.example");
  add(4, Persona{.name = "Piotr Nowak"});
  const auto closest = [&](std::vector<PersonaId> left, std::vector<PersonaId> right) {
    const Bridge found = engine_.closest(left, right).value();
    return std::pair(static_cast<std::uint64_t>(found.inside), static_cast<std::uint64_t>(found.outside));
  };
  EXPECT_EQ(closest({PersonaId{3}, PersonaId{4}}, {PersonaId{1}, PersonaId{2}}), std::pair(3UL, 1UL));
  EXPECT_EQ(closest({PersonaId{4}}, {PersonaId{1}, PersonaId{2}}), std::pair(4UL, 1UL)) << "nothing connects them";
  EXPECT_FALSE(engine_.closest({}, std::vector{PersonaId{1}}));

  const auto related = engine_.related_to(PersonaId{1});
  ASSERT_EQ(related.size(), 1U);
  EXPECT_EQ(related[0].contact, PersonaId{2});
  EXPECT_EQ(related[0].by.outside, PersonaId{2});
  EXPECT_EQ(engine_.related_to(PersonaId{2}).at(0).contact, PersonaId{1});
  EXPECT_TRUE(engine_.related_to(PersonaId{4}).empty());
}

}  // namespace
}  // namespace patchbay::identity
