// Which destinations hear of a contact: those of the channel, and whoever was told of it before (docs/events.md).
#include "intake/recorder_fixture.hpp"

#include <algorithm>

namespace patchbay::intake {
namespace {

IncomingInteraction named(std::string external_id, const char* number, std::string who) {
  return message(std::move(external_id), "Hello", {person(Role::author, {phone(number), name(std::move(who))})});
}

TEST_F(RecorderTest, NewsOfAContactGoesToWhoeverWasToldOfItWhateverTheChannel) {
  take(message("m1", "Hello"));  // over WhatsApp, to both
  take(sms_, of({named("s1", kasia, "Kasia")}));
  EXPECT_EQ(told(odoo_), (Lines{"contact.updated contact_1", "interaction.received contact_1"}));
  EXPECT_EQ(told(helpdesk_), (Lines{"contact.updated contact_1"})) << "which gets nothing else of the channel";
  take(letters_, of({named("l1", kasia, "Katarzyna")}));
  EXPECT_EQ(told(odoo_), (Lines{"contact.updated contact_1"}));
  EXPECT_EQ(told(helpdesk_), (Lines{"contact.updated contact_1"}));
}

TEST_F(RecorderTest, AMergeIsToldToWhoeverKnewOneOfTheTwo) {
  take(message("m1", "Hello"));                               // contact_1, to both
  take(sms_, of({message("s1", "Hello", {author(marek)})}));  // contact_2, to odoo alone
  take(sms_, of({message("s2", "I have two phones", {person(Role::author, {phone(marek), phone(kasia)})})}));
  const Lines merged = {"join contact_2 contact_1", "contact.merged contact_1"};
  EXPECT_EQ(told(helpdesk_), merged);
  EXPECT_EQ(told(odoo_).size(), 3U);
  EXPECT_EQ(lanes(helpdesk_), (std::vector<std::int64_t>{1, 1, 1}));
}

TEST_F(RecorderTest, OneWhoKnewOnlyTheContactThatIsGoneIsToldOfTheMergeToo) {
  take(sms_, of({message("s1", "Hello")}));       // contact_1, to odoo alone
  take(message("m1", "Hello", {author(marek)}));  // contact_2, to both
  take(sms_, of({message("s2", "I have two phones", {person(Role::author, {phone(marek), phone(kasia)})})}));
  EXPECT_EQ(told(helpdesk_), (Lines{"join contact_2 contact_1", "contact.merged contact_1"}));
  take(sms_, of({named("s3", kasia, "Kasia")}));
  EXPECT_EQ(told(helpdesk_), (Lines{"contact.updated contact_1"})) << "since it holds the contact that was joined";
}

TEST_F(RecorderTest, WhatIsBackfilledChangesContactsAlsoWhereBackfillDoesNotGo) {
  take(message("m1", "Hello"));
  IncomingInteraction old = named("m0", kasia, "Kasia");
  old.interaction.historical = true;
  take(old);
  EXPECT_EQ(told(helpdesk_), (Lines{"contact.updated contact_1"}));
  IncomingInteraction stranger = named("m00", marek, "Marek");
  stranger.interaction.historical = true;
  take(stranger);
  EXPECT_EQ(told(helpdesk_), Lines{}) << "of whom it never heard";
}

TEST_F(RecorderTest, ADestinationThatNothingLeadsToAnyMoreIsToldNothing) {
  take(message("m1", "Hello"));
  routes_[whatsapp_.id] = {{odoo_, Historical::include}};
  take(named("m2", kasia, "Kasia"));
  EXPECT_EQ(told(odoo_), (Lines{"contact.updated contact_1", "interaction.received contact_1"}));
  EXPECT_EQ(told(helpdesk_), Lines{});
}

TEST_F(RecorderTest, WhoTakesPartBesideTheContactIsIntroducedToThoseWhoNeverHeardOfThem) {
  take(sms_, of({named("s1", kasia, "Kasia")}));  // contact_1, to odoo alone
  take(message("m1", "Kasia reads this", {author(marek), person(Role::copy, {phone(kasia)})}));
  EXPECT_EQ(told(odoo_), (Lines{"contact.created contact_2", "interaction.received contact_2"}));
  EXPECT_EQ(told(helpdesk_),
            (Lines{"contact.created contact_2", "contact.updated contact_1", "interaction.received contact_2"}));
  const json introduced = data_of("contact.updated");
  EXPECT_EQ(introduced["contact"]["name"], "Kasia");
  EXPECT_EQ(introduced["contact"]["revision"], 1) << "nothing new is known of her";
  EXPECT_EQ(introduced["cause"], "interaction_2");
  take(message("m2", "And this", {author(marek), person(Role::copy, {phone(kasia)})}));
  EXPECT_EQ(told(helpdesk_), (Lines{"interaction.received contact_2"}));
}

TEST_F(RecorderTest, ADestinationThatFirstHearsOfAContactByAFactIsToldWhoItIs) {
  routes_[whatsapp_.id] = {{odoo_, Historical::include}};
  take(message("m1", "Hello"));
  take(sms_, of({message("s1", "Hello", {author(marek)})}));
  routes_[whatsapp_.id] = {{odoo_, Historical::include}, {helpdesk_, Historical::leave_out}};
  IncomingFact reaction = fact(store::FactKind::reaction, "m1", "+");
  reaction.participants = {author(marek)};
  take(reaction);
  EXPECT_EQ(told(helpdesk_),
            (Lines{"contact.updated contact_1", "contact.updated contact_2", "interaction.reacted contact_1"}));
  EXPECT_EQ(told(odoo_), (Lines{"interaction.reacted contact_1"}));
  take(fact(store::FactKind::deletion, "m1"));
  EXPECT_EQ(told(helpdesk_), (Lines{"interaction.deleted contact_1"}));
}

TEST_F(RecorderTest, ADestinationThatWasAddedLaterIsFilledWithWhatItsChannelBrought) {
  take(letters_, of({message("l1", "Hello")}));   // to nobody
  take(message("m1", "Hello", {author(marek)}));  // to both
  take(letters_, of({message("l2", "Hello", {person(Role::author, {phone(marek), phone(kasia)})})}));
  check(writer().begin());
  const store::DestinationId archive = value_of(writer().destination("archive", "webhook"));
  const store::Opened opened = value_of(writer().fill_deliveries(
      {archive, {{letters_.id, Historical::include}}, {}, {}}, {{}, writer().last_event(), 1000}, now_));
  commit();
  Lines filled;
  for (const auto& open : value_of(reader().open_deliveries(archive, {}, 1000)))
    filled.push_back(std::string(store::name_of(open.event.type)));
  EXPECT_EQ(filled, (Lines{"contact.created", "interaction.received", "contact.created", "contact.merged",
                           "interaction.received"}))
      << "and with the other contact that it hears to be the same";
  EXPECT_EQ(opened.deliveries, 5);
}

}  // namespace
}  // namespace patchbay::intake
