#include "identity/evaluation.hpp"

#include <gtest/gtest.h>

#include <string>

#include "base/must.hpp"

namespace patchbay::identity {
namespace {

Persona seen(std::string name, std::string email) {
  Persona persona{.name = std::move(name)};
  persona.emails = {std::move(email)};
  return persona;
}

TEST(Evaluation, CountsTheWorstOfSeveralOrders) {
  std::vector<LabelledRow> rows;
  Label truth = 0;
  for (const char* word : {"quercia", "betulla", "larice", "olmo", "faggio", "pioppo"}) {
    for (const char* name : {"Anna Rossi", "A. Rossi", ""})
      rows.push_back({seen(name, std::string(word) + "@rossi.example"), truth});
    ++truth;
  }
  const SystemClock clock;
  double last = 0;
  const Model model(shipped_parameters());
  const Evaluation evaluation = value_of(evaluate(
      rows, {.count = 4, .seed = 3}, clock, [&]() -> Result<std::unique_ptr<Trial>> { return trial_in_memory(model); },
      [&last](double share) { last = share; }));
  EXPECT_DOUBLE_EQ(evaluation.worst.f1, 1);
  EXPECT_DOUBLE_EQ(evaluation.jaccard_min, 1);
  EXPECT_EQ(evaluation.found.size(), rows.size());
  EXPECT_DOUBLE_EQ(last, 1);
}

}  // namespace
}  // namespace patchbay::identity
