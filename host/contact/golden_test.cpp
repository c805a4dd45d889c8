#include "contact/golden.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace patchbay::contact {
namespace {

using store::Trust;
using Persona = std::vector<store::Identifier>;

const Persona by_user_id = {{"name", "Kasia", "", Trust::claimed, ""},
                            {"whatsapp_user", "PL.1", "1029", Trust::attested, "PL.1"}};
const Persona by_phone = {{"name", "Kasia Nowak", "", Trust::claimed, ""},
                          {"phone", "48 601 234 567", "", Trust::attested, "+48601234567"}};
const Persona by_claimed_phone = {{"phone", "+48601234567", "", Trust::claimed, ""}};

TEST(GoldenRecord, TakesTheFullestNameAndEveryIdentifierOnce) {
  EXPECT_EQ(with_persona(with_persona("", by_user_id), by_phone),
            R"({"identifiers":[{"kind":"phone","scope":"","trust":"attested","value":"+48601234567"},)"
            R"({"kind":"whatsapp_user","scope":"1029","trust":"attested","value":"PL.1"}],"name":"Kasia Nowak"})");
}

TEST(GoldenRecord, HasNoNameWhereNobodyGaveOne) {
  EXPECT_EQ(with_persona("", by_claimed_phone),
            R"({"identifiers":[{"kind":"phone","scope":"","trust":"claimed","value":"+48601234567"}],"name":null})");
}

TEST(GoldenRecord, IsTheSameInEveryOrder) {
  std::vector<Persona> personas = {by_user_id, by_phone, by_claimed_phone};
  const std::string expected = with_persona(with_persona(with_persona("", personas[0]), personas[1]), personas[2]);
  std::vector<int> order = {0, 1, 2};
  do {
    std::string golden;
    for (const int i : order) golden = with_persona(golden, personas[static_cast<std::size_t>(i)]);
    EXPECT_EQ(golden, expected);
  } while (std::next_permutation(order.begin(), order.end()));
  EXPECT_EQ(joined(with_persona("", by_claimed_phone), with_persona(with_persona("", by_phone), by_user_id)), expected);
}

TEST(GoldenRecord, SurvivesBrokenText) {
  EXPECT_NO_THROW(static_cast<void>(with_persona("", {{"name", "Kas\xff", "", Trust::claimed, ""}})));
}

}  // namespace
}  // namespace patchbay::contact
