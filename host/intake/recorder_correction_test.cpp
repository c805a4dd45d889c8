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

// Anna and Bruno share a telephone, and the third message from it bears no name.
IncomingInteraction from_the_shared_phone(std::string external_id, std::string who) {
  std::vector<store::Identifier> identifiers{phone(marek)};
  if (!who.empty()) identifiers.push_back(name(std::move(who)));
  return message(std::move(external_id), "Hello", {person(Role::author, std::move(identifiers))});
}

TEST_F(RecorderTest, AQuestionIsAnsweredForBothContactsAndTheAnswerIsUndoneWhole) {
  take(from_the_shared_phone("m1", "Anna Rossi"));
  take(from_the_shared_phone("m2", "Bruno Rossi"));
  take(from_the_shared_phone("m3", ""));
  take(message("m4", "Hello",
               {person(Role::author, {phone(marek), email("bruno@rossi.example"), name("Bruno Rossi")})}));
  ASSERT_EQ(counts().contacts, 3);

  EXPECT_EQ(value_of(correct({.what = Correct::same, .personas = {PersonaId{2}, PersonaId{3}}})),
            Contacts{ContactId{2}});
  EXPECT_EQ(told(odoo_), (Lines{"join contact_3 contact_2", "contact.merged contact_2"}));
  EXPECT_EQ(value_of(reader().list_decisions()).size(), 2U) << "persona 4 is held with them";
  const auto opposite = correct({.what = Correct::not_the_same, .personas = {PersonaId{3}, PersonaId{2}}});
  EXPECT_EQ(opposite.error().code, ErrorCode::conflict);
  EXPECT_EQ(value_of(correct({.what = Correct::undo, .personas = {PersonaId{2}, PersonaId{3}}})),
            (Contacts{ContactId{2}, ContactId{3}}));
  EXPECT_TRUE(value_of(reader().list_decisions()).empty());
  EXPECT_EQ(told(odoo_), (Lines{"split contact_2 contact_3", "contact.split contact_3", "contact.updated contact_2"}));

  EXPECT_EQ(value_of(correct({.what = Correct::not_the_same, .personas = {PersonaId{2}, PersonaId{3}}})),
            (Contacts{ContactId{2}, ContactId{3}}));
  EXPECT_EQ(told(odoo_), Lines{}) << "they were apart";
  EXPECT_EQ(shown(4).interaction.contact, ContactId{2});
  EXPECT_EQ(correct({.what = Correct::same, .personas = {PersonaId{2}, PersonaId{3}}}).error().code,
            ErrorCode::conflict);
  EXPECT_EQ(value_of(correct({.what = Correct::undo, .personas = {PersonaId{2}, PersonaId{3}}})),
            (Contacts{ContactId{2}, ContactId{3}}));
  EXPECT_TRUE(value_of(reader().list_decisions()).empty());
}

TEST_F(RecorderTest, TwoWhoWereJoinedBecomeTwoWithThoseThatLookLikeThem) {
  const auto mario = [](std::string external_id, std::string who, std::string number) {
    return message(std::move(external_id), "Hello",
                   {person(Role::author, {phone("+39021234567"), identifier("postal_address", std::move(number)),
                                          name(std::move(who))})});
  };
  const char* const home = R"({"street": "Via Roma", "number": "12", "postcode": "20121", "town": "Milano"})";
  const char* const spelt = R"({"street": "VIA ROMA", "number": "12", "postcode": "20121", "town": "Milano"})";
  take(mario("m1", "Mario Rossi", home));
  take(mario("m2", "Mario Rossi Jr", home));
  take(mario("m3", "Mario Rossi Jr", spelt));
  ASSERT_EQ(counts().contacts, 1);
  EXPECT_EQ(value_of(correct({.what = Correct::not_the_same, .personas = {PersonaId{1}, PersonaId{2}}})),
            (Contacts{ContactId{1}, ContactId{2}}));
  EXPECT_EQ(shown(3).interaction.contact, ContactId{2}) << "equal to the second in all that is compared";
  EXPECT_EQ(value_of(correct({.what = Correct::undo, .personas = {PersonaId{1}, PersonaId{2}}})),
            Contacts{ContactId{1}});
  EXPECT_TRUE(value_of(reader().list_decisions()).empty());
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
      {"one persona", {.what = Correct::same, .personas = {PersonaId{1}}}, ErrorCode::invalid},
      {"one persona twice",
       {.what = Correct::not_the_same, .personas = {PersonaId{1}, PersonaId{1}}},
       ErrorCode::invalid},
      {"an unknown other", {.what = Correct::same, .personas = {PersonaId{1}, PersonaId{9}}}, ErrorCode::not_found},
      {"two, of whom one is unknown",
       {.what = Correct::not_the_same, .personas = {PersonaId{9}, PersonaId{1}}},
       ErrorCode::not_found},
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
