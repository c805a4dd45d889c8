// Whose interaction it is: the business, people who are only mentioned, and contacts that become one (promises 3 and
// 6).
#include "intake/recorder_fixture.hpp"

namespace patchbay::intake {
namespace {

using store::Direction;

TEST_F(RecorderTest, TheBusinessIsNeverAContact) {
  own_ = value_of(OwnAddresses::from({"rossi.example", "+39021234567"}, "IT"));
  for (const IncomingParticipant& business :
       {ours(Role::author), person(Role::author, {phone("02 1234567"), name("Rossi")}),
        person(Role::author, {email("Info@Rossi.example")})}) {
    IncomingInteraction note = message("", "Note to ourselves", {business});
    note.region = "IT";
    take(note);
    EXPECT_EQ(told(helpdesk_), (Lines{"interaction.received channel/whatsapp"})) << business.identifiers.front().value;
    EXPECT_EQ(data_of("interaction.received")["contact"], nullptr);
    EXPECT_EQ(data_of("interaction.received")["interaction"]["participants"][0]["contact"], nullptr);
  }
  EXPECT_EQ(counts().contacts, 0);
}

TEST_F(RecorderTest, AnAddressThatIsNoLongerTheBusinesssOwnBecomesAPerson) {
  own_ = value_of(OwnAddresses::from({kasia}, "PL"));
  take(message("m1", "Hello"));
  EXPECT_EQ(counts().contacts, 0);
  own_ = {};
  take(message("m2", "Hello"));
  ASSERT_EQ(told(odoo_).size(), 2U);
  EXPECT_EQ(told(odoo_)[0].substr(0, 15), "contact.created");
  own_ = value_of(OwnAddresses::from({kasia}, "PL"));
  take(message("m3", "Hello"));
  EXPECT_EQ(told(odoo_), (Lines{"interaction.received channel/whatsapp"}));
}

TEST_F(RecorderTest, AnInteractionIsWithWhoWroteItOrWhomTheBusinessWroteTo) {
  const auto someone = [](Role role, const char* user) { return person(role, {identifier("whatsapp_user", user)}); };
  struct Case {
    const char* what;
    Direction direction;
    std::vector<IncomingParticipant> participants;
    int with;  // the place of the participant, -1 = nobody
  };
  const Case cases[] = {
      {"the author", Direction::inbound, {ours(Role::recipient), someone(Role::author, "a")}, 1},
      {"the first author", Direction::inbound, {someone(Role::author, "a"), someone(Role::author, "b")}, 0},
      {"on whose behalf it was written",
       Direction::inbound,
       {someone(Role::author, "a"), someone(Role::on_behalf_of, "b")},
       1},
      {"the recipient of what is sent", Direction::outbound, {ours(Role::author), someone(Role::recipient, "a")}, 1},
      {"never the author of what is sent",
       Direction::outbound,
       {someone(Role::author, "a"), someone(Role::recipient, "b")},
       1},
      {"nobody, where people are only copied in", Direction::inbound, {someone(Role::copy, "a")}, -1},
      {"nobody, where the business writes to itself",
       Direction::outbound,
       {ours(Role::author), ours(Role::recipient)},
       -1},
  };
  for (const Case& c : cases) {
    IncomingInteraction incoming = message("", c.what, c.participants);
    incoming.interaction.direction = c.direction;
    take(incoming);
    const char* type = c.direction == Direction::inbound ? "interaction.received" : "interaction.sent";
    const json data = data_of(type);
    ASSERT_TRUE(data.is_object()) << c.what;
    if (c.with < 0)
      EXPECT_EQ(data["contact"], nullptr) << c.what;
    else
      EXPECT_EQ(data["contact"]["id"], data["interaction"]["participants"][static_cast<std::size_t>(c.with)]["contact"])
          << c.what;
  }
}

TEST_F(RecorderTest, AStrangerDoesNotJoinAThreadOfOthersSilently) {
  const auto in_thread = [](const char* id, std::vector<IncomingParticipant> participants) {
    IncomingInteraction incoming = message(id, "Hello", std::move(participants));
    incoming.thread = "t";
    return incoming;
  };
  const auto conversation = [this] { return data_of("interaction.received")["interaction"]["conversation"]; };
  const std::string third = "+48603456789";
  take(in_thread("m1", {author(kasia), ours(Role::recipient), person(Role::copy, {phone(third)})}));
  EXPECT_EQ(conversation(), "conversation_1");
  take(in_thread("m2", {author(third), ours(Role::recipient)}));
  EXPECT_EQ(conversation(), "conversation_1") << "was copied in";

  take(in_thread("m3", {author(marek), ours(Role::recipient)}));
  EXPECT_EQ(conversation(), "conversation_2");
  const json notice = data_of("channel.notice");
  ASSERT_TRUE(notice.is_object());
  EXPECT_EQ(notice["kind"], "stranger_in_thread");
  EXPECT_EQ(notice["content"]["thread"], "conversation_1");
  EXPECT_EQ(notice["content"]["conversation"], "conversation_2");
  EXPECT_EQ(notice["content"]["interaction"], "interaction_3");
  take(in_thread("m4", {author(marek), ours(Role::recipient)}));
  EXPECT_EQ(conversation(), "conversation_2");
  EXPECT_EQ(data_of("channel.notice"), json()) << "is told once";

  // The business lets in whom it writes to.
  const std::string fourth = "+48604567890";
  IncomingInteraction sent = in_thread("m5", {ours(Role::author), person(Role::recipient, {phone(fourth)})});
  sent.interaction.direction = Direction::outbound;
  take(sent);
  take(in_thread("m6", {author(fourth), ours(Role::recipient)}));
  EXPECT_EQ(conversation(), "conversation_1");
}

TEST_F(RecorderTest, AnOpenThreadIsAnybodys) {
  for (const auto visibility : {store::Visibility::group, store::Visibility::public_})
    for (const char* const who : {kasia, marek}) {
      IncomingInteraction incoming = message("", "Hello", {author(who)});
      incoming.thread = "t";
      incoming.interaction.visibility = visibility;
      take(incoming);
      EXPECT_EQ(data_of("interaction.received")["interaction"]["conversation"], "conversation_1");
    }
}

TEST_F(RecorderTest, WhoIsOnlyMentionedIsAnnouncedWhenTheyWrite) {
  take(message("m1", "Ask Marek", {author(kasia), person(Role::mentioned, {phone(marek)})}));
  EXPECT_EQ(told(odoo_), (Lines{"contact.created contact_1", "interaction.received contact_1"}));
  take(message("m2", "Marek, I said", {author(kasia), person(Role::mentioned, {phone(marek), name("Marek")})}));
  EXPECT_EQ(told(odoo_), (Lines{"interaction.received contact_1"})) << "still only mentioned";

  take(message("m3", "I am Marek", {author(marek)}));
  EXPECT_EQ(told(odoo_), (Lines{"contact.created contact_2", "interaction.received contact_2"}));
  const json created = data_of("contact.created");
  EXPECT_EQ(created["contact"]["name"], "Marek");
  EXPECT_EQ(created["contact"]["revision"], 1);
  EXPECT_EQ(created["cause"], "interaction_3");
  EXPECT_EQ(data_of("interaction.received")["contact"], created["contact"]);
  take(message("m4", "Me again", {author(marek)}));
  EXPECT_EQ(told(odoo_), (Lines{"interaction.received contact_2"}));
}

TEST_F(RecorderTest, WhoWasMentionedAndWritesUnderMoreIdentifiersIsAnnouncedOnce) {
  take(message("m1", "Ask Marek", {author(kasia), person(Role::mentioned, {phone(marek)})}));
  take(message("m2", "I am Marek", {person(Role::author, {phone(marek), email("marek@example.pl")})}));
  EXPECT_EQ(told(odoo_), (Lines{"contact.created contact_2", "interaction.received contact_2"}));
}

TEST_F(RecorderTest, NewsOfAContactIsPublishedAndNoNewsIsNot) {
  take(message("m1", "Hello"));
  take(message("m2", "Hello", {author("0048 601 234 567")}));
  EXPECT_EQ(told(odoo_), (Lines{"interaction.received contact_1"})) << "the same number in another form";
  take(message("m3", "Hello", {person(Role::author, {phone(kasia), name("Kasia")})}));
  EXPECT_EQ(told(odoo_), (Lines{"contact.updated contact_1", "interaction.received contact_1"}));
  const json updated = data_of("contact.updated");
  EXPECT_EQ(keys_of(updated), (Lines{"cause", "contact"}));
  EXPECT_EQ(updated["contact"]["revision"], 2);
  EXPECT_EQ(updated["contact"]["name"], "Kasia");
}

TEST_F(RecorderTest, AMergeJoinsTheLanesBeforeItIsToldPromise3) {
  take(message("m1", "Hello"));
  take(message("m2", "Hello", {author(marek)}));
  take(message("m3", "I have two phones", {person(Role::author, {phone(marek), phone(kasia)})}));
  EXPECT_EQ(told(odoo_),
            (Lines{"join contact_2 contact_1", "contact.merged contact_1", "interaction.received contact_1"}));
  const json merged = data_of("contact.merged");
  EXPECT_EQ(keys_of(merged), (Lines{"cause", "contact", "evidence", "merged"}));
  EXPECT_EQ(merged["merged"], json::array({"contact_2"}));
  EXPECT_EQ(merged["contact"]["aliases"], json::array({"contact_2"}));
  EXPECT_EQ(merged["contact"]["identifiers"].size(), 2U);
  Lines shared;
  for (const json& line : merged["evidence"])
    if (line["value"] != "") shared.push_back(line["value"].get<std::string>());
  EXPECT_EQ(shared, (Lines{marek, kasia})) << "why each of the two is the person who has both";
  EXPECT_EQ(merged["cause"], "interaction_3");
  for (const std::int64_t lane : lanes(odoo_)) EXPECT_EQ(lane, 1) << "what was still open follows";

  take(message("m4", "Hello", {author(marek)}));
  EXPECT_EQ(told(odoo_), (Lines{"interaction.received contact_1"}));
  take(fact(store::FactKind::edit, "m2", "Hi"));
  EXPECT_EQ(told(odoo_), (Lines{"interaction.edited contact_1"})) << "of an interaction from before the merge";
}

TEST_F(RecorderTest, WhatWasRolledBackLeavesNoTraceInTheDirectory) {
  take(message("m1", "Hello"));
  check(writer().begin());
  static_cast<void>(value_of(recorder_->record(
      writer(), whatsapp_, of({message("m2", "Hi", {person(Role::author, {phone(kasia), phone(marek)})})}), now_)));
  roll_back();
  take(message("m3", "Hello", {author(marek)}));
  EXPECT_EQ(told(odoo_), (Lines{"contact.created contact_2", "interaction.received contact_2"}));
}

// The contact is created and merged before anything is published: its creation must not go into a lane that nobody
// joins any more.
TEST_F(RecorderTest, AContactThatIsMergedByTheInteractionItComesWithIsToldInTheLaneThatIsLeftPromise3) {
  take(message("m1", "Hello"));
  take(message("m2", "Hello",
               {author(marek), person(Role::copy, {phone(kasia), phone(marek)}), person(Role::copy, {phone(marek)})}));
  EXPECT_EQ(told(odoo_), (Lines{"join contact_2 contact_1", "contact.created contact_2", "contact.merged contact_1",
                                "interaction.received contact_1"}));
  EXPECT_EQ(lanes(odoo_), (std::vector<std::int64_t>{1, 1, 1, 1, 1}));
  for (const Step& step : steps_)
    if (const auto* open = std::get_if<store::OpenDelivery>(&step)) {
      EXPECT_EQ(open->delivery.lane, store::ContactId{1});
    }
  const json received = data_of("interaction.received");
  for (const json& participant : received["interaction"]["participants"])
    EXPECT_EQ(participant["contact"], "contact_1");
}

TEST_F(RecorderTest, ChainedMergesWithinOneInteractionLeaveOneContactForAll) {
  const auto mail = [](Role role) { return person(role, {email("k@example.pl")}); };
  take(message("m1", "Hello"));                        // contact_1
  take(message("m2", "Hello", {author(marek)}));       // contact_2
  take(message("m3", "Hello", {mail(Role::author)}));  // contact_3
  take(message("m4", "Hello",
               {mail(Role::author), person(Role::copy, {phone(marek), email("k@example.pl")}),
                person(Role::copy, {phone(marek), phone(kasia)})}));
  EXPECT_EQ(told(odoo_), (Lines{"join contact_3 contact_2", "join contact_2 contact_1", "contact.merged contact_2",
                                "contact.merged contact_1", "interaction.received contact_1"}));
  for (const std::int64_t lane : lanes(odoo_)) EXPECT_EQ(lane, 1);
  EXPECT_EQ(shown(4).interaction.contact, store::ContactId{1});
}

TEST_F(RecorderTest, AMergeWithinOneSubmissionReachesTheInteractionsBehindIt) {
  take(of(
      {message("m1", "a"), message("m2", "b", {author(marek)}),
       message("m3", "c", {person(Role::author, {phone(marek), phone(kasia)})}), message("m4", "d", {author(marek)})},
      {fact(store::FactKind::deletion, "m2")}));
  EXPECT_EQ(
      told(odoo_),
      (Lines{"contact.created contact_1", "interaction.received contact_1", "contact.created contact_2",
             "interaction.received contact_2", "join contact_2 contact_1", "contact.merged contact_1",
             "interaction.received contact_1", "interaction.received contact_1", "interaction.deleted contact_1"}));
  for (const std::int64_t lane : lanes(odoo_)) EXPECT_EQ(lane, 1);
}

TEST_F(RecorderTest, WhoeverReactsMayBringTwoContactsTogether) {
  take(message("m1", "Hello"));
  take(message("m2", "Hello", {author(marek)}));
  IncomingFact reaction = fact(store::FactKind::reaction, "m2", "+");
  reaction.participants = {person(Role::author, {phone(kasia), phone(marek)})};
  take(reaction);
  EXPECT_EQ(told(odoo_),
            (Lines{"join contact_2 contact_1", "contact.merged contact_1", "interaction.reacted contact_1"}));
  EXPECT_EQ(data_of("interaction.reacted")["contact"]["id"], "contact_1");
  for (const std::int64_t lane : lanes(odoo_)) EXPECT_EQ(lane, 1);
}

TEST_F(RecorderTest, NumbersWithoutARegionAreReadInTheBusinesss) {
  take(message("m1", "Hello"));
  IncomingInteraction national = message("m2", "Hello", {author("601 234 567")});
  take(national);
  EXPECT_EQ(told(odoo_), (Lines{"interaction.received contact_1"}));
  national.interaction.external_id = "m3";
  national.region = "IT";  // where that is no number of Kasia's
  take(national);
  EXPECT_EQ(told(odoo_).front().substr(0, 15), "contact.created");

  IncomingFact reaction = fact(store::FactKind::reaction, "m1", "+");
  reaction.participants = {author("601234567")};
  take(reaction);
  EXPECT_EQ(data_of("interaction.reacted")["fact"]["actor"]["contact"], "contact_1");
}

}  // namespace
}  // namespace patchbay::intake
