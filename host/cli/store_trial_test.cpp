#include "cli/store_trial.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/must.hpp"
#include "base/temporary_folder.hpp"

namespace patchbay::cli {
namespace {

using identity::LabelledRow;
using identity::Persona;

// Everything that a field map can name, and people of whom nothing but a name or an address is known.
std::vector<LabelledRow> table() {
  std::vector<LabelledRow> rows;
  identity::Label truth = 0;
  for (const char* word : {"quercia", "betulla", "larice"}) {
    const std::string mailbox = std::string(word) + "@rossi.example";
    Persona shop{.given_name = "Anna", .family_name = "Rossi", .region = "IT"};
    shop.emails = {mailbox};
    shop.phones = {"347 123456" + std::to_string(truth)};
    shop.ids = {{"tax_code", "it", std::string("RSS") + word, identity::IdentifierRule::one_per_person}};
    shop.address = {
        .street = std::string("Via ") + word, .number = "7", .postcode = "10121", .town = "Torino", .country = "IT"};
    shop.birth_date = "1980-02-2" + std::to_string(truth);
    shop.language = "it";
    Persona mail{.name = "Rossi, A."};
    mail.emails = {mailbox};
    Persona call{.region = "IT"};
    call.phones = {"+39 347 123456" + std::to_string(truth)};
    Persona name{.name = "Anna Rossi"};
    for (const Persona& persona : {shop, mail, call, name, name}) rows.push_back({persona, truth});
    ++truth;
  }
  return rows;
}

TEST(StoreTrial, MakesTheContactsThatTheEngineAloneMakesInEveryOrder) {
  const std::vector<LabelledRow> rows = table();
  const identity::Model model(identity::shipped_parameters());
  const SystemClock clock;
  const identity::Orders orders{.count = 4, .seed = 2};
  const auto nothing = [](double) {};
  const identity::Evaluation stored = value_of(identity::evaluate(
      rows, orders, clock, [&] { return trial_in_store(model, clock); }, nothing));
  const identity::Evaluation alone = value_of(identity::evaluate(
      rows, orders, clock,
      [&]() -> Result<std::unique_ptr<identity::Trial>> { return identity::trial_in_memory(model); }, nothing));
  EXPECT_DOUBLE_EQ(identity::jaccard(stored.found, alone.found), 1);
  EXPECT_DOUBLE_EQ(stored.jaccard_min, 1);
  EXPECT_DOUBLE_EQ(stored.worst.f1, alone.worst.f1);
  EXPECT_DOUBLE_EQ(stored.worst.precision, 1);
  EXPECT_GT(stored.worst.recall, 0);
  EXPECT_DOUBLE_EQ(stored.review_rate, alone.review_rate);
}

TEST(StoreTrial, LeavesNothingBehindWhenTheProcessIsAskedToEnd) {
  const TemporaryFolder folder;
  ASSERT_EQ(::setenv("TMPDIR", folder.path().c_str(), 1), 0);
  const SystemClock clock;
  auto trial = value_of(trial_in_store(identity::Model(identity::shipped_parameters()), clock));
  ASSERT_EQ(::unsetenv("TMPDIR"), 0);
  check(trial->add(0, table().front().persona));
  EXPECT_FALSE(std::filesystem::is_empty(folder.path()));
  std::raise(SIGTERM);
  EXPECT_FALSE(trial->add(1, table().back().persona));
  trial.reset();
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace patchbay::cli
