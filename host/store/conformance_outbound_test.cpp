// What an engine keeps of what the business sends, and of who is not to be written to.
#include "store/store_conformance.hpp"
#include "store/store_test_data.hpp"

namespace patchbay::store {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

Outbound outbound_of(ChannelId channel, std::string key) {
  Outbound outbound;
  outbound.channel = channel;
  outbound.account = "111";
  outbound.lane = digest("lane of " + key);
  outbound.request = digest("request of " + key);
  outbound.key = std::move(key);
  outbound.forced = true;
  outbound.accepted_at = outbound.changed_at = outbound.due = noon;
  outbound.answers = InteractionId{4};
  outbound.participants = {{Role::author, PersonaId{1}}, {Role::recipient, PersonaId{2}}};
  outbound.recipient = {phone("+390211"), display_name("Anna")};
  outbound.conversation = ConversationId{3};
  outbound.thread = "thread";
  outbound.in_reply_to = "m4";
  outbound.category = "service";
  outbound.subject = "subject";
  outbound.text = "text";
  outbound.content = R"({"a":1})";
  return outbound;
}

void expect_same(const Outbound& one, const Outbound& other) {
  EXPECT_EQ(one.id, other.id);
  EXPECT_EQ(one.channel, other.channel);
  EXPECT_EQ(one.account, other.account);
  EXPECT_EQ(one.lane, other.lane);
  EXPECT_EQ(one.key, other.key);
  EXPECT_EQ(one.request, other.request);
  EXPECT_EQ(one.forced, other.forced);
  EXPECT_EQ(one.accepted_at, other.accepted_at);
  EXPECT_EQ(one.answers, other.answers);
  ASSERT_EQ(one.participants.size(), other.participants.size());
  for (std::size_t i = 0; i < one.participants.size(); ++i) {
    EXPECT_EQ(one.participants[i].role, other.participants[i].role);
    EXPECT_EQ(one.participants[i].persona, other.participants[i].persona);
  }
  ASSERT_EQ(one.recipient.size(), other.recipient.size());
  for (std::size_t i = 0; i < one.recipient.size(); ++i) {
    EXPECT_EQ(one.recipient[i].value, other.recipient[i].value);
    EXPECT_EQ(one.recipient[i].normal, other.recipient[i].normal);
    EXPECT_EQ(one.recipient[i].trust, other.recipient[i].trust);
  }
  EXPECT_EQ(one.conversation, other.conversation);
  EXPECT_EQ(one.thread, other.thread);
  EXPECT_EQ(one.in_reply_to, other.in_reply_to);
  EXPECT_EQ(one.category, other.category);
  EXPECT_EQ(one.subject, other.subject);
  EXPECT_EQ(one.text, other.text);
  EXPECT_EQ(one.content, other.content);
  EXPECT_EQ(one.state, other.state);
  EXPECT_EQ(one.attempts, other.attempts);
  EXPECT_EQ(one.changed_at, other.changed_at);
  EXPECT_EQ(one.due, other.due);
  EXPECT_EQ(one.interaction, other.interaction);
  EXPECT_EQ(one.external_id, other.external_id);
  EXPECT_EQ(one.reason, other.reason);
  EXPECT_EQ(one.remedy, other.remedy);
}

TEST_P(StoreConformance, AnOutboundIsKeptWholeAndFoundByItsKeyAndId) {
  begin();
  const ChannelId channel = VALUE_OF(writer().channel("support", "imap"));
  Outbound outbound = outbound_of(channel, "key-1");
  outbound.id = VALUE_OF(writer().add_outbound(outbound));
  EXPECT_FALSE(VALUE_OF(writer().find_outbound("key-2")).has_value());
  expect_same(VALUE_OF(writer().find_outbound("key-1")).value(), outbound);
  commit();
  reopen();
  begin();
  outbound.state = OutboundState::sent;
  outbound.attempts = 3;
  outbound.changed_at = noon + minutes{1};
  outbound.due = noon + minutes{2};
  outbound.interaction = InteractionId{9};
  outbound.external_id = "w9";
  outbound.reason = "reason";
  outbound.remedy = "remedy";
  EXPECT_DONE(writer().put_outbound(outbound));
  expect_same(VALUE_OF(writer().outbound(outbound.id)), outbound);
  commit();
  const Outbound shown = VALUE_OF(reader().show_outbound(outbound.id));
  expect_same(shown, outbound);
  EXPECT_EQ(shown.channel_name, "support");
  EXPECT_EQ(reader().show_outbound(OutboundId{99}).error().code, ErrorCode::not_found);
}

TEST_P(StoreConformance, AKeyStandsForOneOutbound) {
  begin();
  const ChannelId channel = VALUE_OF(writer().channel("support", "imap"));
  EXPECT_DONE(writer().add_outbound(outbound_of(channel, "key-1")));
  EXPECT_EQ(writer().add_outbound(outbound_of(channel, "key-1")).error().code, ErrorCode::conflict);
  writer().roll_back();
  begin();
  EXPECT_EQ(writer().put_outbound(outbound_of(channel, "key-1")).error().code, ErrorCode::not_found);
  writer().roll_back();
}

TEST_P(StoreConformance, OutboundIsListedNewestFirstAndQueuedOldestFirst) {
  begin();
  const ChannelId support = VALUE_OF(writer().channel("support", "imap"));
  const ChannelId sms = VALUE_OF(writer().channel("sms", "sms"));
  std::vector<OutboundId> ids;
  for (const auto& [channel, state] : {std::pair{support, OutboundState::queued},
                                       {sms, OutboundState::queued},
                                       {support, OutboundState::uncertain},
                                       {support, OutboundState::sending},
                                       {support, OutboundState::queued},
                                       {sms, OutboundState::sent}}) {
    Outbound outbound = outbound_of(channel, "key-" + std::to_string(ids.size()));
    outbound.state = state;
    ids.push_back(VALUE_OF(writer().add_outbound(outbound)));
  }
  commit();
  const auto listed = [&](const OutboundFilter& filter, Page page) {
    std::vector<OutboundId> found;
    for (const Outbound& one : VALUE_OF(reader().list_outbound(filter, page))) found.push_back(one.id);
    return found;
  };
  using Ids = std::vector<OutboundId>;
  EXPECT_EQ(listed({}, {.limit = 2}), (Ids{ids[5], ids[4]}));
  EXPECT_EQ(listed({}, {.after = number(ids[4]), .limit = 50}), (Ids{ids[3], ids[2], ids[1], ids[0]}));
  EXPECT_EQ(listed({.channel = "sms", .state = {}}, {}), (Ids{ids[5], ids[1]}));
  EXPECT_EQ(listed({.channel = {}, .state = OutboundState::queued}, {}), (Ids{ids[4], ids[1], ids[0]}));
  EXPECT_EQ(listed({.channel = {}, .state = OutboundState::uncertain}, {}), Ids{ids[2]});
  EXPECT_EQ(listed({.channel = "sms", .state = OutboundState::sending}, {}), Ids{});

  std::vector<OutboundId> queued;
  for (const Outbound& one : VALUE_OF(reader().queued_outbound(support, OutboundId{}, 10))) queued.push_back(one.id);
  EXPECT_EQ(queued, (Ids{ids[0], ids[4]}));
  EXPECT_EQ(VALUE_OF(reader().queued_outbound(support, ids[0], 10)).size(), 1U);
  EXPECT_EQ(VALUE_OF(reader().queued_outbound(support, OutboundId{}, 1)).size(), 1U);
  const Counts counts = VALUE_OF(reader().counts());
  EXPECT_EQ(counts.outbound_queued, 3);
  EXPECT_EQ(counts.outbound_uncertain, 1);
}

TEST_P(StoreConformance, WhoSharesAnIdentifierIsFoundAndAPersonaByItsId) {
  begin();
  const Persona anna = VALUE_OF(writer().add_persona(persona_of({phone("+390211"), display_name("Anna")}, "anna")));
  const Persona later =
      VALUE_OF(writer().add_persona(persona_of({phone("+390211"), display_name("Anna B.")}, "later", anna.contact)));
  EXPECT_DONE(writer().add_persona(persona_of({phone("+390222")}, "other")));
  const std::vector<Identifier> shared{phone("+390211"), display_name("Anna")};
  EXPECT_EQ(VALUE_OF(writer().personas_with(shared)), (std::vector<PersonaId>{anna.id, later.id}));
  const Persona read = VALUE_OF(writer().persona(later.id));
  EXPECT_EQ(read.contact, anna.contact);
  ASSERT_EQ(read.identifiers.size(), 2U);
  EXPECT_EQ(read.identifiers[1].value, "Anna B.");
  EXPECT_EQ(writer().persona(PersonaId{99}).error().code, ErrorCode::not_found);
  writer().roll_back();
}

TEST_P(StoreConformance, TheLastInboundIsWhatTheyThemselvesWroteToTheAccount) {
  begin();
  const ChannelId support = VALUE_OF(writer().channel("support", "imap"));
  const ChannelId sms = VALUE_OF(writer().channel("sms", "sms"));
  const Persona anna = VALUE_OF(writer().add_persona(persona_of({phone("+390211")}, "anna")));
  const Persona bert = VALUE_OF(writer().add_persona(persona_of({phone("+390222")}, "bert")));
  const ConversationId conversation = VALUE_OF(writer().conversation(support, "t1", anna.contact));
  Interaction first = message(support, anna, "m1", noon);
  first.conversation = conversation;
  EXPECT_DONE(writer().add_interaction(first));
  const std::vector<PersonaId> personas{anna.id};
  const auto last = [&](TimePoint since) { return VALUE_OF(writer().last_inbound(support, "111", personas, since)); };
  ASSERT_TRUE(last(noon).has_value());
  EXPECT_EQ(last(noon)->at, noon);
  EXPECT_EQ(last(noon)->conversation, conversation);
  EXPECT_FALSE(last(noon + Duration{1}).has_value());

  Interaction sent = message(support, anna, "m2", noon + hours{1});
  sent.direction = Direction::outbound;
  EXPECT_DONE(writer().add_interaction(sent));
  Interaction about_her = message(support, bert, "m3", noon + hours{2});
  about_her.participants.push_back({Role::mentioned, anna.id});
  EXPECT_DONE(writer().add_interaction(about_her));
  EXPECT_DONE(writer().add_interaction(message(sms, anna, "m4", noon + hours{3})));
  Interaction elsewhere = message(support, anna, "m5", noon + hours{4});
  elsewhere.account = "222";
  EXPECT_DONE(writer().add_interaction(elsewhere));
  EXPECT_EQ(last(noon)->at, noon) << "none of these was written by her to this account";

  EXPECT_DONE(writer().add_interaction(message(support, anna, "m6", noon + hours{5})));
  EXPECT_DONE(writer().add_interaction(message(support, bert, "m7", noon + hours{6})));
  EXPECT_EQ(last(noon)->at, noon + hours{5});
  const std::vector<PersonaId> both{anna.id, bert.id};
  EXPECT_EQ(VALUE_OF(writer().last_inbound(support, "111", both, noon))->at, noon + hours{6});
  writer().roll_back();
}

TEST_P(StoreConformance, ConsentsOfAChannelComeInTheOrderInWhichTheyWereGiven) {
  begin();
  const ChannelId support = VALUE_OF(writer().channel("support", "imap"));
  const ChannelId sms = VALUE_OF(writer().channel("sms", "sms"));
  const Persona anna = VALUE_OF(writer().add_persona(persona_of({phone("+390211")}, "anna")));
  const Persona again = VALUE_OF(writer().add_persona(persona_of({phone("+390211")}, "again", anna.contact)));
  const auto consent = [&](ChannelId channel, const Persona& who, ConsentState state, TimePoint at) {
    EXPECT_DONE(writer().add_consent({channel, who.id, state, at, "marketing", "{}"}));
  };
  consent(support, anna, ConsentState::granted, noon + hours{2});
  consent(support, again, ConsentState::withdrawn, noon + hours{1});
  consent(sms, anna, ConsentState::withdrawn, noon + hours{3});
  const std::vector<PersonaId> both{anna.id, again.id};
  const auto found = VALUE_OF(writer().consents(support, both));
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].state, ConsentState::withdrawn);
  EXPECT_EQ(found[1].state, ConsentState::granted);
  EXPECT_EQ(found[1].category, "marketing");
  writer().roll_back();
}

TEST_P(StoreConformance, TheSuppressionListHoldsAnIdentifierOnce) {
  begin();
  const Suppression by_letter{0, phone("+390211"), "by letter", noon};
  EXPECT_DONE(writer().put_suppression(by_letter));
  EXPECT_DONE(writer().put_suppression({0, phone("+390211"), "by phone", noon + hours{1}}));
  EXPECT_DONE(writer().put_suppression({0, {"customer_number", "17", "shop", Trust::attested, ""}, "", noon}));
  commit();
  const auto listed = VALUE_OF(reader().list_suppressions({}));
  ASSERT_EQ(listed.size(), 2U);
  EXPECT_EQ(listed[0].identifier.normal, "+390211");
  EXPECT_EQ(listed[0].reason, "by phone");
  EXPECT_EQ(listed[0].added_at, noon) << "it is on the list since then";
  EXPECT_EQ(VALUE_OF(reader().list_suppressions({.after = listed[0].id, .limit = 5})).size(), 1U);
  begin();
  EXPECT_EQ(VALUE_OF(writer().find_suppression(phone("+390211")))->reason, "by phone");
  EXPECT_FALSE(VALUE_OF(writer().find_suppression({"customer_number", "17", "", Trust::attested, ""})).has_value());
  EXPECT_TRUE(VALUE_OF(writer().remove_suppression(phone("+390211"))));
  EXPECT_FALSE(VALUE_OF(writer().remove_suppression(phone("+390211"))));
  EXPECT_FALSE(VALUE_OF(writer().find_suppression(phone("+390211"))).has_value());
  commit();
}

TEST_P(StoreConformance, AnInteractionIsShownWithTheThreadOfItsConversation) {
  begin();
  const ChannelId support = VALUE_OF(writer().channel("support", "imap"));
  const Persona anna = VALUE_OF(writer().add_persona(persona_of({phone("+390211")}, "anna")));
  Interaction threaded = message(support, anna, "m1");
  threaded.conversation = VALUE_OF(writer().conversation(support, "t1", anna.contact));
  const InteractionId with = VALUE_OF(writer().add_interaction(threaded));
  const InteractionId without = VALUE_OF(writer().add_interaction(message(support, anna, "m2")));
  commit();
  EXPECT_EQ(VALUE_OF(reader().show_interaction(with)).thread, "t1");
  EXPECT_EQ(VALUE_OF(reader().show_interaction(without)).thread, "");
}

}  // namespace
}  // namespace patchbay::store
