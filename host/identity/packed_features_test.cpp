#include "identity/packed_features.hpp"

#include "identity/compare.hpp"

#include <gtest/gtest.h>

#include <string>

namespace patchbay::identity {
namespace {

Persona everything() {
  Persona persona{.name = "Dott. Giuseppe van der Spangenberg Jr", .region = "IT"};
  persona.emails = {"info@rossi.example", "Peppe+blu@SPANGENBERG-und-soehne.example"};
  persona.phones = {"347 1234567", "011 5612345"};
  persona.ids = {{"customer_number", "shop", "C-17", IdentifierRule::one_per_person},
                 {"instagram_user", "", "peppe_1", IdentifierRule::account}};
  persona.address = {
      .street = "Via Roma 12", .number = "", .postcode = "SW1A 1AA", .town = "Łódź", .country = "Italia"};
  persona.birth_date = "29.02.1980";
  persona.birth_place = "Torino";
  persona.occupation = "notaio";
  persona.language = "it-CH";
  return persona;
}

class Shares final : public Sharing {
 public:
  [[nodiscard]] Step step(std::uint64_t value) const override { return static_cast<Step>(value % steps); }
};

// Two that nothing tells apart, as far as anything looks.
void expect_alike(const Features& features, const Features& read) {
  EXPECT_EQ(read.content, features.content);
  EXPECT_EQ(read.sender, features.sender);
  EXPECT_EQ(read.coarse_signature, features.coarse_signature);
  EXPECT_EQ(read.fine_signature, features.fine_signature);
  const auto values = counted_values_of(features);
  const auto read_values = counted_values_of(read);
  ASSERT_EQ(read_values.size(), values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(read_values[i].value, values[i].value);
    EXPECT_EQ(read_values[i].signature, values[i].signature);
  }
  Persona relative = everything();
  relative.name = "Peppe Spangenberg";
  relative.emails = {"pepe@spangenberg-und-soehne.example"};
  relative.address.postcode = "SW1A 2AA";
  relative.birth_date = "1980-02-28";
  const Features other = features_of(relative);
  const Comparison before = compare(features, other, Shares());
  const Comparison after = compare(read, other, Shares());
  EXPECT_EQ(after.level, before.level);
  EXPECT_EQ(after.step, before.step);
  EXPECT_EQ(after.house, before.house);
  EXPECT_EQ(after.phone_sort, before.phone_sort);
  EXPECT_EQ(after.generation_of_one, before.generation_of_one);
}

void expect_keys(const KeyList& packed, const std::vector<Key>& keys) {
  const std::span<const Key> list = packed;
  ASSERT_EQ(list.size(), keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    EXPECT_EQ(list[i].value, keys[i].value);
    EXPECT_EQ(list[i].rule, keys[i].rule);
  }
}

TEST(PackedFeatures, AreReadAsTheyWere) {
  const Features features = features_of(everything());
  const PackedFeatures packed(features);
  Features read;
  packed.read(read);
  renew_digests(read);
  expect_alike(features, read);
  expect_keys(packed.keys(), keys_of(features));
}

TEST(PackedFeatures, LeaveNothingOfWhatWasReadIntoTheSameMemoryBefore) {
  const PackedFeatures full(features_of(everything()));
  for (Persona persona : {Persona{}, Persona{.name = "Anna"}}) {
    const Features features = features_of(persona);
    Features read;
    full.read(read);
    PackedFeatures(features).read(read);
    renew_digests(read);
    expect_alike(features, read);
  }
}

TEST(PackedFeatures, TakeMoreIdentifiersThanAByteCounts) {
  Persona persona;
  for (int i = 0; i < 300; ++i) persona.emails.push_back("anna" + std::to_string(i) + "@rossi.example");
  const Features features = features_of(persona);
  const PackedFeatures packed(features);
  Features read;
  packed.read(read);
  ASSERT_EQ(read.emails.size(), 300U);
  EXPECT_EQ(read.emails.back().address, features.emails.back().address);
  expect_keys(packed.keys(), keys_of(features));
}

}  // namespace
}  // namespace patchbay::identity
