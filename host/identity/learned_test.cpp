#include "identity/learned.hpp"

#include <gtest/gtest.h>

#include "base/must.hpp"

namespace patchbay::identity {
namespace {

using nlohmann::json;

store::LearnedModel stored(const std::string& text) { return {text, {}}; }

TEST(Learned, WhatTrainingChangesIsReadAsItWasWritten) {
  Parameters parameters = shipped_parameters();
  parameters.prior = -13.25;
  parameters.population = 4711;
  parameters.same[static_cast<std::size_t>(Field::birth_date)][1] = 1.0 / 3;
  parameters.strangers[static_cast<std::size_t>(Field::given_name)][6] = 0.1;
  const json learned = learned_json(parameters);
  EXPECT_EQ(learned["same"]["birth_date"]["day and month turned"], 1.0 / 3);
  const StoredModel read = value_of(stored_model(stored(learned.dump())));
  EXPECT_EQ(Model(read.parameters).version(), Model(parameters).version());
  EXPECT_EQ(read.written_as, version_text(Model(parameters)));
  EXPECT_EQ(read.written_as.size(), 16U);
  EXPECT_NE(read.written_as, version_text(Model(shipped_parameters())));
}

TEST(Learned, WhatIsNotThereIsAsItShips) {
  const std::uint64_t shipped = Model(shipped_parameters()).version();
  EXPECT_EQ(Model(value_of(stored_model(std::nullopt)).parameters).version(), shipped);
  EXPECT_EQ(Model(value_of(stored_model(stored(""))).parameters).version(), shipped);
  EXPECT_EQ(Model(value_of(stored_model(stored("{}"))).parameters).version(), shipped);
  EXPECT_EQ(value_of(stored_model(stored("{}"))).written_as, "");
  // A field and a level that only a newer version knows.
  const Parameters read = value_of(parameters_of(
      {{"prior", -14}, {"same", {{"shoe_size", {{"exact", 0.5}}}, {"phone", {{"exact", 0.5}, {"nearly", 0.1}}}}}}));
  EXPECT_EQ(read.prior, -14);
  EXPECT_EQ(read.same[static_cast<std::size_t>(Field::phone)][0], 0.5);
}

TEST(Learned, WhatCannotBeLearnedIsRefused) {
  for (const char* text :
       {"", "[]", "7", R"({"prior": "-14"})", R"({"prior": 1})", R"({"prior": -400})", R"({"population": 0})",
        R"({"population": 1e300})", R"({"same": []})", R"({"same": {"phone": 0.5}})",
        R"({"same": {"phone": {"exact": 0}}})", R"({"strangers": {"phone": {"exact": 1.5}}})",
        R"({"strangers": {"phone": {"exact": null}}})"}) {
    const auto read = parameters_of(json::parse(text, nullptr, false));
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, ErrorCode::invalid) << text;
  }
}

}  // namespace
}  // namespace patchbay::identity
