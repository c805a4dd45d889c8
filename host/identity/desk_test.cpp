// What an operator is shown, over a real store; and what other weights would change there.
#include "identity/desk.hpp"

#include "identity/directory_fixture.hpp"
#include "identity/evidence.hpp"
#include "identity/learned.hpp"
#include "identity/trial.hpp"

#include <nlohmann/json.hpp>

namespace patchbay::identity {
namespace {

using nlohmann::json;
using store::ContactId;
using store::Verdict;

constexpr const char* shared_number = "+393471234567";

class DeskTest : public testing::Test {
 protected:
  DeskTest() {
    anna_ = add({phone(shared_number), name("Anna Rossi")});
    bruno_ = add({phone(shared_number), name("Bruno Rossi")});
    nobody_ = add({phone(shared_number)});
    again_ = add({phone(shared_number), email("anna@rossi.example"), name("Anna Rossi")});
    archive_.commit();
  }
  store::PersonaId add(const Identifiers& identifiers) { return archive_.resolve(identifiers).persona.id; }
  static ContactId contact(store::PersonaId persona) { return ContactId{store::number(persona)}; }

  Result<Explained> explain(Party left, std::optional<Party> right = {}) {
    return explained(archive_.directory(), archive_.writer(), left, right);
  }
  std::vector<OpenQuestion> questions(store::PersonaId about) {
    return value_of(open_questions(archive_.directory(), archive_.writer(), contact(about)));
  }

  Archive archive_;
  store::PersonaId anna_{}, bruno_{}, nobody_{}, again_{};
};

TEST_F(DeskTest, WhoFitsTwoIsAskedAboutWithBoth) {
  const auto of_anna = questions(anna_);
  ASSERT_EQ(of_anna.size(), 1U);
  EXPECT_EQ(of_anna[0].right.persona.id, nobody_);
  EXPECT_EQ(of_anna[0].left.contact.id, contact(anna_));
  EXPECT_EQ(of_anna[0].right.contact.id, contact(nobody_));
  EXPECT_TRUE(of_anna[0].held);
  EXPECT_FALSE(of_anna[0].joined);
  EXPECT_GE(of_anna[0].probability, certain / 2);
  EXPECT_EQ(questions(bruno_).size(), 1U);
  EXPECT_TRUE(questions(nobody_).empty()) << "each question stands under the older contact";
}

TEST_F(DeskTest, TheLinesOfAnExplanationAddUpToTheScore) {
  for (const auto& [left, right] : {std::pair(anna_, bruno_), {anna_, nobody_}, {anna_, again_}}) {
    const Explained why = value_of(explain(left, right));
    std::int64_t sum = 0;
    for (const json& line : evidence_of(why.explanation, why.left.persona, why.right.persona))
      sum += line["millibits"].get<std::int64_t>();
    EXPECT_EQ(sum, why.explanation.judgement.total);
    EXPECT_LE(why.explanation.judgement.total, why.explanation.judgement.household) << "the lower judgement holds";
  }
}

TEST_F(DeskTest, TwoAreExplainedByThePersonasThatAgreeBest) {
  const Explained apart = value_of(explain(contact(anna_), contact(bruno_)));
  EXPECT_EQ(apart.explanation.outcome, Outcome::related);
  EXPECT_FALSE(apart.in_review);
  EXPECT_EQ(apart.right.persona.id, bruno_);
  const Explained open = value_of(explain(contact(anna_), nobody_));
  EXPECT_EQ(open.explanation.outcome, Outcome::possible);
  EXPECT_TRUE(open.in_review);
  EXPECT_TRUE(open.explanation.held);
  EXPECT_EQ(open.model, version_text(Model(shipped_parameters())));
  // Why one persona belongs to its contact, asked in three ways.
  for (const std::optional<Party>& right :
       {std::optional<Party>(), std::optional<Party>(contact(anna_)), std::optional<Party>(anna_)}) {
    const Explained within = value_of(explain(again_, right));
    EXPECT_EQ(within.explanation.outcome, Outcome::same);
    EXPECT_EQ(within.left.persona.id, again_);
    EXPECT_EQ(within.right.persona.id, anna_);
  }
  EXPECT_EQ(value_of(explain(contact(anna_), again_)).left.persona.id, anna_);
}

TEST_F(DeskTest, WhatAnOperatorSaidIsPartOfTheExplanation) {
  archive_.decide(anna_, bruno_, Verdict::not_the_same);
  archive_.decide(bruno_, nobody_, Verdict::same);
  const Explained why = value_of(explain(anna_, bruno_));
  EXPECT_TRUE(why.explanation.forbidden);
  EXPECT_FALSE(why.explanation.contradict);
  ASSERT_EQ(why.decisions.size(), 2U) << "each once";
  EXPECT_EQ(why.decisions[0].other, bruno_);
  EXPECT_EQ(why.decisions[0].verdict, Verdict::not_the_same);
  EXPECT_EQ(why.decisions[1].persona, bruno_);
  EXPECT_EQ(why.decisions[1].other, nobody_);
  EXPECT_EQ(why.decisions[1].verdict, Verdict::same);
}

TEST_F(DeskTest, WhatCannotBeExplainedSaysWhyAndSpoilsNoTransaction) {
  const store::PersonaId unknown{99};
  struct Case {
    const char* what;
    Party left;
    std::optional<Party> right;
    ErrorCode code;
  };
  const Case cases[] = {
      {"an unknown persona", unknown, anna_, ErrorCode::not_found},
      {"an unknown contact", anna_, contact(unknown), ErrorCode::not_found},
      {"one contact alone", contact(anna_), {}, ErrorCode::invalid},
      {"a persona that is alone in its contact", bruno_, {}, ErrorCode::invalid},
      {"a persona and itself", anna_, anna_, ErrorCode::invalid},
      {"a contact under two of its ids", contact(anna_), contact(again_), ErrorCode::invalid},
  };
  for (const Case& c : cases) {
    const auto why = explain(c.left, c.right);
    ASSERT_FALSE(why) << c.what;
    EXPECT_EQ(why.error().code, c.code) << c.what;
  }
  EXPECT_EQ(related_to(archive_.directory(), archive_.writer(), contact(unknown)).error().code, ErrorCode::not_found);
  archive_.commit();
  const Directory unloaded{Model(shipped_parameters())};
  EXPECT_EQ(open_questions(unloaded, archive_.writer(), contact(anna_)).error().code, ErrorCode::unavailable);
  EXPECT_EQ(explained(unloaded, archive_.writer(), anna_, bruno_).error().code, ErrorCode::unavailable);
}

TEST_F(DeskTest, WhoSharesATelephoneIsRelated) {
  const auto related = value_of(related_to(archive_.directory(), archive_.writer(), contact(again_)));
  ASSERT_FALSE(related.empty());
  EXPECT_EQ(related[0].other.contact.id, contact(bruno_));
  EXPECT_EQ(related[0].own.contact.id, contact(anna_));
  EXPECT_TRUE(related[0].comparison.is(Field::phone, PhoneLevel::exact));
}

// A model that hardly ever takes two for one.
Model stern() {
  Parameters parameters = shipped_parameters();
  parameters.prior = -45;
  return Model(parameters);
}

TEST_F(DeskTest, WhatOtherWeightsWouldChangeIsWhatTheyChange) {
  const auto before = archive_.partition();
  const TriedOut trial = value_of(try_out(*archive_.reader(), stern(), 10));
  EXPECT_EQ(trial.personas, 4U);
  EXPECT_EQ(trial.contacts, 3U);
  EXPECT_EQ(trial.merges, 0U);
  ASSERT_EQ(trial.splits, 1U);
  ASSERT_EQ(trial.examples.size(), 1U);
  EXPECT_EQ(trial.examples[0].from, contact(anna_));
  EXPECT_EQ(trial.examples[0].into, contact(again_));
  EXPECT_EQ(trial.examples[0].personas, std::vector{again_});
  EXPECT_EQ(value_of(try_out(*archive_.reader(), stern(), 0)).examples.size(), 0U);

  archive_.restart(stern());
  EXPECT_EQ(archive_.directory().state(), DirectoryState::behind);
  archive_.catch_up();
  auto parted = before;
  parted[contact(anna_)].erase(again_);
  parted[contact(again_)] = {again_};
  EXPECT_EQ(archive_.partition(), parted);
  EXPECT_EQ(value_of(try_out(*archive_.reader(), stern(), 10)).splits, 0U) << "nothing is left to change";

  // And back, to the old ids.
  EXPECT_EQ(value_of(try_out(*archive_.reader(), Model(shipped_parameters()), 10)).merges, 1U);
  archive_.restart();
  archive_.catch_up();
  EXPECT_EQ(archive_.partition(), before);
}

TEST_F(DeskTest, ASwitchThatIsInterruptedGoesOnWhereItWas) {
  archive_.restart(stern());
  ASSERT_EQ(archive_.directory().state(), DirectoryState::behind);
  archive_.take(value_of(archive_.directory().catch_up(archive_.writer())));
  archive_.restart(stern());  // before it was committed
  archive_.catch_up();
  EXPECT_EQ(archive_.contact_of(again_), contact(again_));
  EXPECT_EQ(archive_.contact_of(anna_), contact(anna_));
}

TEST_F(DeskTest, AllPersonasOfTheStoreAreLearnedFrom) {
  const auto personas = value_of(personas_in(*archive_.reader()));
  ASSERT_EQ(personas.size(), 4U);
  EXPECT_EQ(personas[3].emails, std::vector<std::string>{"anna@rossi.example"});
}

}  // namespace
}  // namespace patchbay::identity
