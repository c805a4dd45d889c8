#include "identity/model.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace patchbay::identity {
namespace {

class Unshared final : public Sharing {
 public:
  explicit Unshared(Step step = Step::up_to_2) : step_(step) {}
  [[nodiscard]] Step step(std::uint64_t) const override { return step_; }

 private:
  Step step_;
};

Features features(std::string name, std::string email = {}, std::string phone = {}) {
  Persona persona{.name = std::move(name), .region = "IT"};
  if (!email.empty()) persona.emails = {std::move(email)};
  if (!phone.empty()) persona.phones = {std::move(phone)};
  return features_of(persona);
}

Judgement judge(const Features& left, const Features& right, Step step = Step::up_to_2) {
  return Model(shipped_parameters()).judge(compare(left, right, Unshared(step)));
}

TEST(Model, OddsBecomeProbabilities) {
  EXPECT_EQ(probability_of(0), 500'000);
  EXPECT_EQ(probability_of(1000), 666'667);  // 2 to 1
  EXPECT_EQ(probability_of(-1000), 333'333);
  EXPECT_EQ(probability_of(10'000), 999'024);  // 1024 to 1
  EXPECT_EQ(probability_of(1'000'000), 999'999);
  EXPECT_EQ(probability_of(-1'000'000), 1);
}

TEST(Model, TheWaterfallSumsToTheScore) {
  const Judgement judgement =
      judge(features("Anna Rossi", "anna@rossi.example", "347 1234567"), features("A. Rossi", "anna@rossi.example"));
  Millibits sum = std::accumulate(judgement.field.begin(), judgement.field.end(), Millibits{0});
  sum = std::accumulate(judgement.term.begin(), judgement.term.end(), sum);
  EXPECT_EQ(sum, judgement.total);
  EXPECT_EQ(judgement.probability, probability_of(judgement.total));
}

TEST(Model, ANameNeverLinksByItselfHoweverRare) {
  const Model model(shipped_parameters());
  const Judgement alone = judge(features("Sidonie Spangenberg"), features("Sidonie Spangenberg"));
  EXPECT_LT(alone.probability, model.possible());
  const Judgement mailboxes = judge(features("Sidonie Spangenberg", "sidonie.spangenberg@uno.example"),
                                    features("Sidonie Spangenberg", "sidonie.spangenberg@due.example"));
  EXPECT_LT(mailboxes.probability, model.link());
}

TEST(Model, AnAddressThatManyUseSaysLittle) {
  const Features named = features("Anna Rossi", "post@firm.example");
  const Features nameless = features("", "post@firm.example");
  const Model model(shipped_parameters());
  EXPECT_GE(judge(named, nameless).probability, model.link());
  EXPECT_LT(judge(named, nameless, Step::up_to_600).probability, model.link());
}

TEST(Model, SharingMoreNeverRaisesAScore) {
  const Features left = features("Anna Rossi", "post@firm.example", "02 1234567");
  const Features right = features("Anna Rosso", "post@firm.example", "02 1234567");
  Millibits last = judge(left, right, Step::up_to_2).total;
  for (std::size_t step = 1; step < steps; ++step) {
    const Millibits total = judge(left, right, static_cast<Step>(step)).total;
    EXPECT_LE(total, last);
    last = total;
  }
}

TEST(Model, ItsVersionFollowsWhatItHolds) {
  Parameters other = shipped_parameters();
  EXPECT_EQ(Model(shipped_parameters()).version(), Model(other).version());
  other.prior += 1;
  EXPECT_NE(Model(shipped_parameters()).version(), Model(other).version());
}

}  // namespace
}  // namespace patchbay::identity
