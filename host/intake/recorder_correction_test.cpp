// What operators say of who is who, and what destinations hear of it (promises 3 and 6).
#include "intake/recorder_fixture.hpp"

namespace patchbay::intake {
namespace {

using store::ContactId;
using store::PersonaId;

using Contacts = std::vector<ContactId>;

TEST_F(RecorderTest, ASplitIsToldInALaneOfItsOwnAndWhatIsLeftInTheOldOnePromise6) {
  take(message("m1", "Hello"));
  take(message("m2", "Hello", {author(marek)}));
  take(message("m3", "I have two phones", {person(Role::author, {phone(marek), phone(kasia)})}));

  EXPECT_EQ(value_of(correct({.what = Correct::split, .personas = {PersonaId{2}}})),
            (Contacts{ContactId{1}, ContactId{2}}));
  EXPECT_EQ(told(odoo_), (Lines{"split contact_1 contact_2", "contact.split contact_2", "contact.updated contact_1"}));
  EXPECT_EQ(told(helpdesk_), told(odoo_)) << "whoever was told of the one hears of the other";
  const json split = data_of("contact.split");
  EXPECT_EQ(keys_of(split), (Lines{"cause", "contact", "from", "personas"}));
  EXPECT_EQ(split["from"], "contact_1");
  EXPECT_EQ(split["personas"], json::array({"persona_2"}));
  EXPECT_EQ(split["contact"]["identifiers"].size(), 1U);
  EXPECT_EQ(split["contact"]["identifiers"][0]["value"], marek);
  const json rest = data_of("contact.updated")["contact"];
  EXPECT_EQ(rest["aliases"], json::array());
  EXPECT_EQ(rest["identifiers"].size(), 2U) << "persona_3 has both, and stays";

  take(fact(store::FactKind::edit, "m2", "Hi"));
  EXPECT_EQ(told(odoo_), (Lines{"interaction.edited contact_2"})) << "what Marek wrote went with him";
  take(message("m4", "Hello", {author(marek)}));
  EXPECT_EQ(told(odoo_), (Lines{"interaction.received contact_2"}));

  const auto revision = split["contact"]["revision"].get<std::int64_t>();
  EXPECT_EQ(value_of(correct({.what = Correct::undo, .personas = {PersonaId{2}}})), (Contacts{ContactId{1}}));
  EXPECT_EQ(told(odoo_), (Lines{"join contact_2 contact_1", "contact.merged contact_1"}));
  EXPECT_GT(data_of("contact.merged")["contact"]["revision"].get<std::int64_t>(), revision);
  EXPECT_EQ(data_of("contact.merged")["contact"]["aliases"], json::array({"contact_2"}));
}

TEST_F(RecorderTest, AMergeByHandIsUndoneToTheOldIds) {
  take(message("m1", "Hello"));
  take(message("m2", "Hello", {author(marek)}));
  EXPECT_EQ(value_of(correct({.what = Correct::merge, .contacts = {ContactId{2}, ContactId{1}}})),
            (Contacts{ContactId{1}}));
  EXPECT_EQ(told(odoo_), (Lines{"join contact_2 contact_1", "contact.merged contact_1"}));
  ASSERT_EQ(data_of("contact.merged")["evidence"].size(), 1U);
  EXPECT_EQ(data_of("contact.merged")["evidence"][0]["field"], "operator");
  take(message("m3", "Hello", {author(marek)}));
  EXPECT_EQ(told(odoo_), (Lines{"interaction.received contact_1"}));

  EXPECT_EQ(value_of(correct({.what = Correct::undo, .personas = {PersonaId{1}}})),
            (Contacts{ContactId{1}, ContactId{2}}));
  EXPECT_EQ(told(odoo_), (Lines{"split contact_1 contact_2", "contact.split contact_2", "contact.updated contact_1"}));
  EXPECT_EQ(shown(3).interaction.contact, ContactId{2});
}

TEST_F(RecorderTest, ACorrectionThatMakesNoSenseChangesNothingAndSaysWhy) {
  take(message("m1", "Hello"));
  take(message("m2", "Hello", {author(marek)}));
  struct Case {
    const char* what;
    Correction correction;
    ErrorCode code;
  };
  const Case cases[] = {
      {"one contact", {.what = Correct::merge, .contacts = {ContactId{1}}}, ErrorCode::invalid},
      {"a contact and itself", {.what = Correct::merge, .contacts = {ContactId{1}, ContactId{1}}}, ErrorCode::invalid},
      {"nobody", {.what = Correct::merge, .contacts = {ContactId{1}, ContactId{9}}}, ErrorCode::not_found},
      {"all of a contact", {.what = Correct::split, .personas = {PersonaId{1}}}, ErrorCode::invalid},
      {"no persona", {.what = Correct::split}, ErrorCode::invalid},
      {"an unknown one", {.what = Correct::split, .personas = {PersonaId{9}}}, ErrorCode::not_found},
      {"those of two contacts", {.what = Correct::split, .personas = {PersonaId{1}, PersonaId{2}}}, ErrorCode::invalid},
      {"what nobody decided", {.what = Correct::undo, .personas = {PersonaId{1}}}, ErrorCode::not_found},
  };
  for (const Case& c : cases) {
    const auto corrected = correct(c.correction);
    ASSERT_FALSE(corrected) << c.what;
    EXPECT_EQ(corrected.error().code, c.code) << c.what;
  }
  EXPECT_EQ(counts().contacts, 2);
}

}  // namespace
}  // namespace patchbay::intake
