// Interactions, facts and what is parked, for every engine.
#include "store/store_conformance.hpp"
#include "store/store_test_data.hpp"

#include <gmock/gmock.h>

namespace patchbay::store {
namespace {

using testing::ElementsAre;
using namespace std::chrono_literals;

std::vector<InteractionId> ids_of(const std::vector<Interaction>& interactions) {
  std::vector<InteractionId> ids;
  for (const Interaction& one : interactions) ids.push_back(one.id);
  return ids;
}

}  // namespace

TEST_P(StoreConformance, AnInteractionComesBackWhole) {
  begin();
  const ChannelId channel = VALUE_OF(writer().channel("support", "imap"));
  const Persona anna = VALUE_OF(writer().add_persona(persona_of({display_name("Anna")}, "anna")));
  const Persona bert = VALUE_OF(writer().add_persona(persona_of({display_name("Bert")}, "bert")));
  Interaction given = message(channel, anna, "m1");
  given.kind = Kind::review;
  given.direction = Direction::outbound;
  given.visibility = Visibility::public_;
  given.historical = true;
  given.possible_duplicate = true;
  given.precision = Precision::day;
  given.revision = 4;
  given.conversation = VALUE_OF(writer().conversation(channel, "thread 9", anna.contact));
  given.in_reply_to = "m0";
  given.language = "it";
  given.subject = "Pacco";
  given.text = "Dov'è il mio pacco?";
  given.participants = {{Role::recipient, bert.id}, {Role::author, anna.id}, {Role::copy, bert.id}};
  const std::string small(64 * 1024, 's');  // the largest that stays in the store
  const std::string large(64 * 1024 + 1, 'l');
  given.attachments.resize(3);
  given.attachments[0].name = "photo.jpg";
  given.attachments[0].media_type = "image/jpeg";
  given.attachments[0].data = small;
  given.attachments[1].data = large;
  given.attachments[2].reference = "provider/77";
  given.attachments[2].size = 5;
  given.original = {std::string("MIME\0bytes", 10), "message/rfc822"};
  const InteractionId id = VALUE_OF(writer().add_interaction(given));
  commit();
  reopen();

  const InteractionDetails shown = VALUE_OF(reader().show_interaction(id));
  const Interaction& found = shown.interaction;
  EXPECT_EQ(found.id, id);
  EXPECT_EQ(found.channel, channel);
  EXPECT_EQ(found.channel_name, "support");
  EXPECT_EQ(found.kind, Kind::review);
  EXPECT_EQ(found.direction, Direction::outbound);
  EXPECT_EQ(found.visibility, Visibility::public_);
  EXPECT_TRUE(found.historical);
  EXPECT_TRUE(found.possible_duplicate);
  EXPECT_FALSE(found.deleted);
  EXPECT_EQ(found.precision, Precision::day);
  EXPECT_EQ(found.occurred_at, noon);
  EXPECT_EQ(found.received_at, noon + 1s);
  EXPECT_EQ(found.account, "111");
  EXPECT_EQ(found.external_id, "m1");
  EXPECT_EQ(found.dedupe, given.dedupe);
  EXPECT_EQ(found.content_digest, given.content_digest);
  EXPECT_EQ(found.revision, 4);
  EXPECT_EQ(found.conversation, given.conversation);
  EXPECT_EQ(found.contact, anna.contact);
  EXPECT_EQ(found.in_reply_to, "m0");
  EXPECT_EQ(found.language, "it");
  EXPECT_EQ(found.subject, "Pacco");
  EXPECT_EQ(found.text, "Dov'è il mio pacco?");
  EXPECT_EQ(found.content, R"({"type":"text"})");
  ASSERT_EQ(found.participants.size(), 3U);
  EXPECT_EQ(found.participants[0].role, Role::recipient);
  EXPECT_EQ(found.participants[2].role, Role::copy);
  ASSERT_EQ(shown.personas.size(), 3U);
  EXPECT_EQ(shown.personas[0].id, bert.id);
  EXPECT_EQ(shown.personas[1].identifiers.at(0).value, "Anna");

  ASSERT_EQ(found.attachments.size(), 3U);
  EXPECT_EQ(found.attachments[0].name, "photo.jpg");
  EXPECT_EQ(found.attachments[0].media_type, "image/jpeg");
  EXPECT_EQ(found.attachments[0].size, small.size());
  EXPECT_EQ(found.attachments[0].sha256, std::nullopt);
  EXPECT_EQ(found.attachments[1].size, large.size());
  EXPECT_EQ(found.attachments[1].sha256, sha256(large));
  EXPECT_EQ(found.attachments[2].reference, "provider/77");
  EXPECT_EQ(VALUE_OF(reader().attachment_content(id, 0)), small);
  EXPECT_EQ(VALUE_OF(reader().attachment_content(id, 1)), large);
  EXPECT_EQ(reader().attachment_content(id, 2).error().code, ErrorCode::not_found);
  EXPECT_EQ(reader().attachment_content(id, 3).error().code, ErrorCode::not_found);
  ASSERT_TRUE(found.original);
  EXPECT_EQ(found.original->media_type, "message/rfc822");
  EXPECT_EQ(found.original->bytes, "") << "bytes are read on request";
  EXPECT_EQ(VALUE_OF(reader().original(id))->bytes, std::string("MIME\0bytes", 10));
  EXPECT_EQ(reader().show_interaction(InteractionId{99}).error().code, ErrorCode::not_found);
  EXPECT_EQ(reader().original(InteractionId{99}).error().code, ErrorCode::not_found);
}

TEST_P(StoreConformance, AnInteractionIsKnownByChannelAndDedupeKey) {
  begin();
  const ChannelId one = VALUE_OF(writer().channel("one", "sms"));
  const ChannelId two = VALUE_OF(writer().channel("two", "sms"));
  const Persona anna = VALUE_OF(writer().add_persona(persona_of({}, "anna")));
  const InteractionId id = VALUE_OF(writer().add_interaction(message(one, anna, "m1")));
  const auto known = VALUE_OF(writer().find_interaction(one, digest("m1")));
  ASSERT_TRUE(known);
  EXPECT_EQ(known->id, id);
  EXPECT_EQ(known->contact, anna.contact);
  EXPECT_EQ(known->direction, Direction::inbound);
  EXPECT_FALSE(known->historical);
  EXPECT_EQ(known->receipt, Receipt::none);
  EXPECT_FALSE(VALUE_OF(writer().find_interaction(two, digest("m1"))));
  EXPECT_FALSE(VALUE_OF(writer().find_interaction(one, digest("m2"))));
  EXPECT_LT(id, VALUE_OF(writer().add_interaction(message(two, anna, "m1"))));
  commit();
  begin();
  EXPECT_EQ(writer().add_interaction(message(one, anna, "m1")).error().code, ErrorCode::conflict);
  writer().roll_back();
  EXPECT_EQ(VALUE_OF(reader().counts()).interactions, 2);
}

TEST_P(StoreConformance, ContentIsSeenOnceItWasAddedOrRemembered) {
  begin();
  const ChannelId channel = VALUE_OF(writer().channel("reviews", "google"));
  const Persona anna = VALUE_OF(writer().add_persona(persona_of({}, "anna")));
  const InteractionId id = VALUE_OF(writer().add_interaction(message(channel, anna, "r1")));
  const InteractionId other = VALUE_OF(writer().add_interaction(message(channel, anna, "r2")));
  EXPECT_TRUE(VALUE_OF(writer().content_seen(id, digest("content of r1"))));
  EXPECT_FALSE(VALUE_OF(writer().content_seen(id, digest("edited"))));
  EXPECT_TRUE(VALUE_OF(writer().content_seen(id, digest("edited"))));
  EXPECT_TRUE(VALUE_OF(writer().content_seen(id, digest("content of r1"))));
  EXPECT_FALSE(VALUE_OF(writer().content_seen(other, digest("edited"))));
  EXPECT_EQ(writer().content_seen(InteractionId{99}, digest("x")).error().code, ErrorCode::not_found);
  writer().roll_back();
}

TEST_P(StoreConformance, EditsDeletionsAndReceiptsShowOnTheInteraction) {
  begin();
  const ChannelId channel = VALUE_OF(writer().channel("whatsapp", "whatsapp"));
  const Persona anna = VALUE_OF(writer().add_persona(persona_of({}, "anna")));
  const InteractionId id = VALUE_OF(writer().add_interaction(message(channel, anna, "m1")));
  EXPECT_EQ(VALUE_OF(writer().edit_interaction(id, "new", R"({"a":1})", "about")), 1);
  EXPECT_EQ(VALUE_OF(writer().edit_interaction(id, "newer", R"({"a":2})", "about it")), 2);
  EXPECT_EQ(VALUE_OF(writer().edit_interaction(id, "newest", R"({"a":3})", std::nullopt)), 3);
  EXPECT_DONE(writer().advance_receipt(id, Receipt::read));
  EXPECT_DONE(writer().advance_receipt(id, Receipt::delivered));  // comes late, and takes nothing back
  EXPECT_DONE(writer().delete_interaction(id));
  const auto known = VALUE_OF(writer().find_interaction(channel, digest("m1")));
  ASSERT_TRUE(known);
  EXPECT_EQ(known->revision, 3);
  EXPECT_EQ(known->receipt, Receipt::read);
  EXPECT_TRUE(known->deleted);
  commit();
  const Interaction shown = VALUE_OF(reader().show_interaction(id)).interaction;
  EXPECT_EQ(shown.text, "newest");
  EXPECT_EQ(shown.content, R"({"a":3})");
  EXPECT_EQ(shown.subject, "about it");  // the last edit named none
  EXPECT_EQ(shown.revision, 3);
  EXPECT_TRUE(shown.deleted);
  for (const auto& missing : {+[](Writer& w) { return w.delete_interaction(InteractionId{99}); },
                              +[](Writer& w) { return w.advance_receipt(InteractionId{99}, Receipt::read); }}) {
    begin();
    EXPECT_EQ(missing(writer()).error().code, ErrorCode::not_found);
    writer().roll_back();
  }
}

TEST_P(StoreConformance, AConversationIsTheChannelsThreadOrElseTheContact) {
  begin();
  const ChannelId one = VALUE_OF(writer().channel("one", "imap"));
  const ChannelId two = VALUE_OF(writer().channel("two", "imap"));
  const ContactId anna = VALUE_OF(writer().add_persona(persona_of({}, "anna"))).contact;
  const ContactId bert = VALUE_OF(writer().add_persona(persona_of({}, "bert"))).contact;
  const auto conversation = [&](ChannelId channel, const char* thread, ContactId contact) {
    return VALUE_OF(writer().conversation(channel, thread, contact));
  };
  EXPECT_EQ(conversation(one, "t", no_contact), conversation(one, "t", no_contact));
  EXPECT_NE(conversation(one, "t", no_contact), conversation(one, "u", no_contact));
  EXPECT_NE(conversation(one, "t", no_contact), conversation(two, "t", no_contact));
  const ConversationId begun = conversation(one, "v", anna);
  EXPECT_EQ(conversation(one, "v", no_contact), begun) << "the first is no stranger";
  EXPECT_NE(conversation(one, "", anna), conversation(one, "", bert));
  EXPECT_EQ(conversation(one, "", anna), conversation(one, "", anna));
  writer().roll_back();
}

TEST_P(StoreConformance, APrivateThreadIsOfThoseWhoTakePartInIt) {
  begin();
  const ChannelId channel = VALUE_OF(writer().channel("support", "imap"));
  const Persona anna = VALUE_OF(writer().add_persona(persona_of({}, "anna")));
  const Persona bert = VALUE_OF(writer().add_persona(persona_of({}, "bert")));
  const Persona carl = VALUE_OF(writer().add_persona(persona_of({}, "carl")));
  const auto of = [&](const char* thread, ContactId contact) {
    return VALUE_OF(writer().conversation(channel, thread, contact));
  };
  const auto add = [&](const char* id, ConversationId conversation, Visibility visibility) {
    Interaction one = message(channel, anna, id);
    one.conversation = conversation;
    one.visibility = visibility;
    one.participants = {{Role::author, anna.id}, {Role::copy, bert.id}};
    EXPECT_TRUE(writer().add_interaction(one));
  };
  const ConversationId thread = of("t", anna.contact);
  add("m1", thread, Visibility::private_);
  EXPECT_EQ(of("t", anna.contact), thread);
  EXPECT_EQ(of("t", bert.contact), thread) << "was written to";
  const ConversationId apart = of("t", carl.contact);
  EXPECT_NE(apart, thread);
  EXPECT_EQ(of("t", carl.contact), apart) << "stays apart";
  EXPECT_EQ(of("t", no_contact), thread);

  // One who is the same person as a member is one.
  EXPECT_DONE(writer().merge_contact(carl.contact, bert.contact, "{}", noon));
  EXPECT_EQ(of("t", carl.contact), thread);

  const ConversationId open = of("list", anna.contact);
  add("m2", open, Visibility::group);
  EXPECT_NE(of("list", bert.contact), open) << "nobody is kept of an open one: it is asked for without a contact";
  writer().roll_back();
}

TEST_P(StoreConformance, FactsAreKnownOnceAndShownWithTheirInteraction) {
  begin();
  const ChannelId channel = VALUE_OF(writer().channel("whatsapp", "whatsapp"));
  const Persona anna = VALUE_OF(writer().add_persona(persona_of({}, "anna")));
  const InteractionId id = VALUE_OF(writer().add_interaction(message(channel, anna, "m1")));
  Fact fact;
  fact.interaction = id;
  fact.kind = FactKind::reaction;
  fact.precision = Precision::minute;
  fact.occurred_at = noon + 1min;
  fact.received_at = noon + 2min;
  fact.dedupe = digest("reaction 1");
  fact.actor = anna.id;
  fact.text = "👍";
  fact.content = R"({"emoji":"👍"})";
  fact.original = {"raw", "application/json"};
  EXPECT_FALSE(VALUE_OF(writer().fact_known(channel, fact.dedupe)));
  const FactId added = VALUE_OF(writer().add_fact(channel, fact));
  EXPECT_TRUE(VALUE_OF(writer().fact_known(channel, fact.dedupe)));
  Fact receipt;
  receipt.interaction = id;
  receipt.kind = FactKind::receipt;
  receipt.receipt = Receipt::delivered;
  receipt.dedupe = digest("receipt 1");
  EXPECT_LT(added, VALUE_OF(writer().add_fact(channel, receipt)));
  commit();
  const auto facts = VALUE_OF(reader().show_interaction(id)).facts;
  ASSERT_EQ(facts.size(), 2U);
  EXPECT_EQ(facts[0].id, added);
  EXPECT_EQ(facts[0].interaction, id);
  EXPECT_EQ(facts[0].kind, FactKind::reaction);
  EXPECT_EQ(facts[0].precision, Precision::minute);
  EXPECT_EQ(facts[0].occurred_at, noon + 1min);
  EXPECT_EQ(facts[0].received_at, noon + 2min);
  EXPECT_EQ(facts[0].dedupe, digest("reaction 1"));
  EXPECT_EQ(facts[0].actor, anna.id);
  EXPECT_EQ(facts[0].text, "👍");
  EXPECT_EQ(facts[0].content, R"({"emoji":"👍"})");
  EXPECT_EQ(facts[0].original->media_type, "application/json");
  EXPECT_EQ(facts[1].receipt, Receipt::delivered);
  EXPECT_EQ(facts[1].actor, std::nullopt);
  EXPECT_FALSE(facts[1].original);
}

TEST_P(StoreConformance, WhatIsParkedWaitsForItsTargetAndCanBeTakenWhenItIsOld) {
  begin();
  const ChannelId channel = VALUE_OF(writer().channel("whatsapp", "whatsapp"));
  const auto parked = [&](const char* target, const char* dedupe, TimePoint at) {
    return Parked{0, channel, digest(target), digest(dedupe), at, std::string("fact\0", 5) + dedupe};
  };
  EXPECT_DONE(writer().park(parked("m1", "f1", noon + 2h)));
  EXPECT_DONE(writer().park(parked("m1", "f2", noon)));
  EXPECT_DONE(writer().park(parked("m2", "f3", noon + 1h)));
  commit();
  EXPECT_EQ(VALUE_OF(reader().counts()).parked, 3);
  reopen();
  begin();
  EXPECT_TRUE(VALUE_OF(writer().fact_known(channel, digest("f1"))));
  const auto waiting = VALUE_OF(writer().parked_for(channel, digest("m1")));
  ASSERT_EQ(waiting.size(), 2U);  // in the order in which they came
  EXPECT_EQ(waiting[0].dedupe, digest("f1"));
  EXPECT_EQ(waiting[0].fact, std::string("fact\0", 5) + "f1");
  EXPECT_EQ(waiting[0].parked_at, noon + 2h);
  EXPECT_TRUE(VALUE_OF(writer().parked_for(channel, digest("m3"))).empty());
  EXPECT_TRUE(VALUE_OF(writer().parked_for(ChannelId{99}, digest("m1"))).empty());

  EXPECT_TRUE(VALUE_OF(writer().parked_before(noon, 10)).empty());
  const auto old = VALUE_OF(writer().parked_before(noon + 2h, 10));
  ASSERT_EQ(old.size(), 2U);  // the oldest first
  EXPECT_EQ(old[0].dedupe, digest("f2"));
  EXPECT_EQ(old[1].target, digest("m2"));
  EXPECT_EQ(VALUE_OF(writer().parked_before(noon + 3h, 1)).size(), 1U);

  EXPECT_DONE(writer().unpark(waiting[0].id));
  EXPECT_FALSE(VALUE_OF(writer().fact_known(channel, digest("f1"))));
  EXPECT_EQ(VALUE_OF(writer().parked_for(channel, digest("m1"))).size(), 1U);
  commit();
  EXPECT_EQ(VALUE_OF(reader().counts()).parked, 2);
}

TEST_P(StoreConformance, ATimelineIsByOccurrenceOverAllMergedPersonas) {
  begin();
  const ChannelId mail = VALUE_OF(writer().channel("mail", "imap"));
  const ChannelId sms = VALUE_OF(writer().channel("sms", "sms"));
  const Persona anna = VALUE_OF(writer().add_persona(persona_of({}, "anna")));
  const Persona phone_of_anna = VALUE_OF(writer().add_persona(persona_of({}, "anna's phone")));
  const Persona bert = VALUE_OF(writer().add_persona(persona_of({}, "bert")));
  const auto add = [&](ChannelId channel, const Persona& who, const char* id, TimePoint at) {
    return VALUE_OF(writer().add_interaction(message(channel, who, id, at)));
  };
  const InteractionId second = add(mail, anna, "1", noon + 2h);
  const InteractionId first = add(sms, phone_of_anna, "2", noon + 1h);
  const InteractionId tie = add(sms, anna, "3", noon + 2h);
  const InteractionId others = add(mail, bert, "4", noon + 3h);
  Interaction both = message(mail, bert, "5", noon + 4h);
  both.participants = {{Role::author, bert.id}, {Role::copy, anna.id}, {Role::copy, phone_of_anna.id}};
  const InteractionId shared = VALUE_OF(writer().add_interaction(both));
  commit();
  const auto timeline = [&](ContactId contact, Page page = {}, std::optional<std::string> channel = {}) {
    return ids_of(VALUE_OF(reader().list_interactions({contact, std::move(channel)}, page)));
  };
  EXPECT_THAT(timeline(anna.contact), ElementsAre(shared, tie, second));
  EXPECT_THAT(timeline(phone_of_anna.contact), ElementsAre(shared, first));
  begin();
  EXPECT_DONE(writer().merge_contact(phone_of_anna.contact, anna.contact, "[]", noon));
  commit();
  for (const ContactId id : {anna.contact, phone_of_anna.contact}) {
    EXPECT_THAT(timeline(id), ElementsAre(shared, tie, second, first)) << "once, though two personas took part";
  }
  EXPECT_EQ(VALUE_OF(reader().show_interaction(first)).interaction.contact, anna.contact) << "reads follow merges";
  begin();
  EXPECT_EQ(VALUE_OF(writer().find_interaction(sms, digest("2")))->contact, anna.contact);
  writer().roll_back();

  EXPECT_THAT(timeline(anna.contact, {0, 2}), ElementsAre(shared, tie));
  EXPECT_THAT(timeline(anna.contact, {number(tie), 2}), ElementsAre(second, first));
  EXPECT_THAT(timeline(anna.contact, {number(first), 2}), ElementsAre());
  EXPECT_THAT(timeline(anna.contact, {}, "sms"), ElementsAre(tie, first));
  EXPECT_THAT(timeline(anna.contact, {}, "none"), ElementsAre());

  const auto list = [&](Page page, std::optional<std::string> channel = {}) {
    return ids_of(VALUE_OF(reader().list_interactions({{}, std::move(channel)}, page)));
  };
  EXPECT_THAT(list({}), ElementsAre(shared, others, tie, first, second)) << "by commit, the newest first";
  EXPECT_THAT(list({0, 2}), ElementsAre(shared, others));
  EXPECT_THAT(list({number(others), 2}), ElementsAre(tie, first));
  EXPECT_THAT(list({number(second), 2}), ElementsAre());
  EXPECT_THAT(list({}, "mail"), ElementsAre(shared, others, second));
  EXPECT_THAT(list({}, "none"), ElementsAre());
}

}  // namespace patchbay::store
