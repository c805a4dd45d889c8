// The border between the C ABI and intake: every check with its place, and what differs from version to version.
#include <patchbay/bytes.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <functional>

#include "intake/submission.hpp"

namespace patchbay::intake {
namespace {

template <class Struct>
Struct sized() {
  Struct value{};
  value.size = sizeof(Struct);
  return value;
}
template <class Struct>
pb_list one(const Struct& element) {
  return {&element, 1, sizeof(Struct)};
}

// One of everything, valid; a test breaks one member of it.
struct Batch {
  pb_identifier identifier = sized<pb_identifier>();
  pb_participant participant = sized<pb_participant>();
  pb_attachment attachment = sized<pb_attachment>();
  pb_interaction interaction = sized<pb_interaction>();
  pb_fact fact = sized<pb_fact>();
  pb_notice notice = sized<pb_notice>();
  pb_consent consent = sized<pb_consent>();
  pb_quarantine quarantine = sized<pb_quarantine>();
  pb_state state = sized<pb_state>();
  pb_header header = sized<pb_header>();
  pb_http_response answer = sized<pb_http_response>();
  pb_batch batch = sized<pb_batch>();

  Batch() {
    identifier.kind = bytes("phone");
    identifier.value = bytes("+48601234567");
    participant.identifiers = one(identifier);
    attachment.name = bytes("a.jpg");
    interaction.participants = one(participant);
    interaction.attachments = one(attachment);
    fact.target = bytes("m1");
    fact.participants = one(participant);
    notice.kind = bytes("quality");
    consent.category = bytes("marketing");
    consent.participants = one(participant);
    quarantine.reason = bytes("reading JSON");
    state.key = bytes("cursor");
    header.name = bytes("x-a");
    answer.status = 200;
    answer.headers = one(header);
    batch.token = 7;
    batch.interactions = one(interaction);
    batch.facts = one(fact);
    batch.notices = one(notice);
    batch.consents = one(consent);
    batch.quarantines = one(quarantine);
    batch.states = one(state);
    batch.answers = one(answer);
  }
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;
};

std::string error_of(const Batch& batch) {
  const Result<Submission> decoded = decode(batch.batch);
  return decoded ? "none" : decoded.error().text();
}
Submission submission_of(const Batch& batch) {
  Result<Submission> decoded = decode(batch.batch);
  EXPECT_TRUE(decoded) << (decoded ? "" : decoded.error().text());
  return decoded ? std::move(*decoded) : Submission{};
}

TEST(Decode, AnEmptyBatchIsAnEmptySubmission) {
  const Result<Submission> decoded = decode(sized<pb_batch>());
  ASSERT_TRUE(decoded);
  EXPECT_TRUE(decoded->interactions.empty());
  EXPECT_FALSE(decoded->answer);
}

TEST(Decode, EveryMemberFindsItsPlace) {
  Batch b;
  b.identifier.scope = bytes("1029");
  b.identifier.flags = PB_IDENTIFIER_CLAIMED;
  b.participant.role = PB_ROLE_AGENT;
  b.participant.flags = PB_PARTICIPANT_BUSINESS;
  const std::string digest(32, '\x11');
  b.attachment.handle = 5;
  b.attachment.media_type = bytes("image/jpeg");
  b.attachment.data = bytes("jpeg");
  b.attachment.reference = bytes("media/1");
  b.attachment.sha256 = bytes(digest);
  b.interaction.kind = PB_KIND_CALL;
  b.interaction.direction = PB_OUTBOUND;
  b.interaction.visibility = PB_PUBLIC;
  b.interaction.flags = PB_INTERACTION_HISTORICAL | PB_INTERACTION_POSSIBLE_DUPLICATE;
  b.interaction.precision = PB_PRECISION_DAY;
  b.interaction.occurred_us = 17;
  b.interaction.account = bytes("111");
  b.interaction.region = bytes("PL");
  b.interaction.external_id = bytes("m1");
  b.interaction.conversation = bytes("thread");
  b.interaction.in_reply_to = bytes("m0");
  b.interaction.language = bytes("pl");
  b.interaction.subject = bytes("Subject");
  b.interaction.text = bytes("Text");
  b.interaction.content = bytes(R"({"a":[1]})");
  b.interaction.original = bytes("raw");
  b.interaction.original_type = bytes("text/plain");
  b.fact.kind = PB_FACT_RECEIPT;
  b.fact.receipt = PB_RECEIPT_FAILED;
  b.fact.external_id = bytes("f1");
  b.notice.severity = PB_SEVERITY_ALERT;
  b.notice.external_id = bytes("n1");
  b.consent.state = PB_CONSENT_WITHDRAWN;
  b.consent.account = bytes("222");
  b.quarantine.remedy = bytes("look");
  b.state.value = bytes("17");
  b.answer.id = 9;
  b.answer.body = bytes("ok");
  b.header.value = bytes("1");

  const Submission s = submission_of(b);
  EXPECT_EQ(s.token, 7U);
  const IncomingInteraction& incoming = s.interactions.at(0);
  const store::Interaction& interaction = incoming.interaction;
  EXPECT_EQ(interaction.kind, store::Kind::call);
  EXPECT_EQ(interaction.direction, store::Direction::outbound);
  EXPECT_EQ(interaction.visibility, store::Visibility::public_);
  EXPECT_TRUE(interaction.historical);
  EXPECT_TRUE(interaction.possible_duplicate);
  EXPECT_EQ(interaction.precision, store::Precision::day);
  EXPECT_EQ(interaction.occurred_at, TimePoint{Duration{17}});
  EXPECT_EQ(interaction.account, "111");
  EXPECT_EQ(incoming.region, "PL");
  EXPECT_EQ(interaction.external_id, "m1");
  EXPECT_EQ(incoming.thread, "thread");
  EXPECT_EQ(interaction.in_reply_to, "m0");
  EXPECT_EQ(interaction.language, "pl");
  EXPECT_EQ(interaction.subject, "Subject");
  EXPECT_EQ(interaction.text, "Text");
  EXPECT_EQ(interaction.content, R"({"a":[1]})");
  EXPECT_EQ(interaction.original->bytes, "raw");
  EXPECT_EQ(interaction.original->media_type, "text/plain");
  const IncomingParticipant& participant = incoming.participants.at(0);
  EXPECT_EQ(participant.role, store::Role::agent);
  EXPECT_EQ(participant.party, Party::business);
  EXPECT_EQ(participant.identifiers.at(0).trust, store::Trust::claimed);
  EXPECT_EQ(participant.identifiers.at(0).scope, "1029");
  EXPECT_EQ(incoming.attachment_handles.at(0), 5U);
  EXPECT_EQ(interaction.attachments.at(0).data, "jpeg");
  EXPECT_EQ(interaction.attachments.at(0).size, 4U);
  EXPECT_EQ(bytes_of(*interaction.attachments.at(0).sha256), digest);
  EXPECT_EQ(s.facts.at(0).fact.receipt, store::Receipt::failed);
  EXPECT_EQ(s.facts.at(0).target, "m1");
  EXPECT_EQ(s.facts.at(0).external_id, "f1");
  EXPECT_EQ(s.notices.at(0).notice.severity, store::Severity::alert);
  EXPECT_EQ(s.notices.at(0).external_id, "n1");
  EXPECT_EQ(s.consents.at(0).consent.state, store::ConsentState::withdrawn);
  EXPECT_EQ(s.consents.at(0).account, "222");
  EXPECT_EQ(s.quarantines.at(0).remedy, "look");
  EXPECT_EQ(s.states.at(0), std::pair(std::string("cursor"), std::string("17")));
  ASSERT_TRUE(s.answer);
  EXPECT_EQ(s.answer->request, 9U);
  EXPECT_EQ(s.answer->body, "ok");
  EXPECT_EQ(s.answer->headers.at(0), std::pair(std::string("x-a"), std::string("1")));
}

TEST(Decode, AMistakeIsNamedWithItsPlace) {
  const std::string long_name(longest_identifier + 1, 'x');
  const std::string long_state(longest_state + 1, 'x');
  std::string deep;
  for (std::size_t i = 0; i <= deepest_json; ++i) deep += R"({"a":)";
  struct Case {
    const char* what;
    std::function<void(Batch&)> breaks;
    std::string says;
  };
  const Case cases[] = {
      {"no participants", [](Batch& b) { b.interaction.participants.count = 0; },
       "at /interactions/0/participants: expected at least one, got none"},
      {"too many participants", [](Batch& b) { b.interaction.participants.count = most_participants + 1; },
       "at /interactions/0/participants: expected at most 1000, got 1001"},
      {"no identifiers", [](Batch& b) { b.participant.identifiers.count = 0; },
       "at /interactions/0/participants/0/identifiers: expected 1 to 64, got 0"},
      {"too many identifiers", [](Batch& b) { b.participant.identifiers.count = 65; },
       "at /interactions/0/participants/0/identifiers: expected 1 to 64, got 65"},
      {"no kind", [](Batch& b) { b.identifier.kind = {}; },
       "at /interactions/0/participants/0/identifiers/0/kind: expected text, got nothing"},
      {"a long value", [&](Batch& b) { b.identifier.value = bytes(long_name); },
       "at /interactions/0/participants/0/identifiers/0/value: expected at most 4096 bytes, got 4097"},
      {"a long external id", [&](Batch& b) { b.interaction.external_id = bytes(long_name); },
       "at /interactions/0/external_id: expected at most 4096 bytes, got 4097"},
      {"content that is no JSON", [](Batch& b) { b.interaction.content = bytes("{"); },
       "at /interactions/0/content: expected a JSON object, got text that is no JSON"},
      {"content that is no object", [](Batch& b) { b.interaction.content = bytes("[1]"); },
       "at /interactions/0/content: expected a JSON object, got array"},
      {"content too deep to be written out again", [&](Batch& b) { b.interaction.content = bytes(deep); },
       "at /interactions/0/content: expected JSON at most 64 levels deep, got 65"},
      {"half a digest", [](Batch& b) { b.attachment.sha256 = bytes("0123456789abcdef"); },
       "at /interactions/0/attachments/0/sha256: expected 32 bytes, got 16"},
      {"bytes without an address",
       [](Batch& b) {
         b.interaction.text = {nullptr, 5};
       },
       "at /interactions/0/text: expected 5 bytes, got no address"},
      {"a list without an address", [](Batch& b) { b.batch.facts.first = nullptr; },
       "at /facts: expected elements with a size, got no address"},
      {"a list without a stride", [](Batch& b) { b.interaction.attachments.stride = 0; },
       "at /interactions/0/attachments: expected elements with a size, got a stride of 0"},
      {"a fact without a target", [](Batch& b) { b.fact.target = {}; },
       "at /facts/0/target: expected text, got nothing"},
      {"a notice without a kind", [](Batch& b) { b.notice.kind = {}; },
       "at /notices/0/kind: expected text, got nothing"},
      {"a notice's content", [](Batch& b) { b.notice.content = bytes("7"); },
       "at /notices/0/content: expected a JSON object, got number"},
      {"a consent to nothing", [](Batch& b) { b.consent.category = {}; },
       "at /consents/0/category: expected text, got nothing"},
      {"a consent of nobody", [](Batch& b) { b.consent.participants.count = 0; },
       "at /consents/0/participants: expected exactly one, got 0"},
      {"a quarantine without a reason", [](Batch& b) { b.quarantine.reason = {}; },
       "at /quarantines/0/reason: expected text, got nothing"},
      {"a state without a key", [](Batch& b) { b.state.key = {}; }, "at /states/0/key: expected text, got nothing"},
      {"a large state", [&](Batch& b) { b.state.value = bytes(long_state); },
       "at /states/0/value: expected at most 65536 bytes, got 65537"},
      {"an interim answer", [](Batch& b) { b.answer.status = 100; },
       "at /answers/0/status: expected 200 to 599, got 100"},
      {"an answer's header without a name", [](Batch& b) { b.header.name = {}; },
       "at /answers/0/headers/0/name: expected text, got nothing"},
      {"two answers", [](Batch& b) { b.batch.answers.count = 2; }, "at /answers: expected at most one, got 2"},
      {"too many elements", [](Batch& b) { b.batch.states.count = most_elements; },
       "expected at most 10000 elements, got 10005; submit it in smaller batches"},
  };
  for (const Case& c : cases) {
    Batch batch;
    ASSERT_EQ(error_of(batch), "none") << "the batch is right until it is broken";
    c.breaks(batch);
    EXPECT_NE(error_of(batch).find(c.says), std::string::npos) << c.what << ": " << error_of(batch);
  }
}

TEST(Decode, AnEnumeratorThatIsNotKnownIsTheZeroOfItsEnumeration) {
  for (const std::int32_t unknown : {-1, 99, INT32_MIN, INT32_MAX}) {
    Batch b;
    b.interaction.kind = b.interaction.direction = b.interaction.visibility = b.interaction.precision = unknown;
    b.participant.role = b.fact.kind = b.fact.receipt = b.notice.severity = b.consent.state = unknown;
    const Submission s = submission_of(b);
    EXPECT_EQ(s.interactions.at(0).interaction.kind, store::Kind::message);
    EXPECT_EQ(s.interactions.at(0).interaction.direction, store::Direction::inbound);
    EXPECT_EQ(s.interactions.at(0).interaction.visibility, store::Visibility::private_);
    EXPECT_EQ(s.interactions.at(0).interaction.precision, store::Precision::microsecond);
    EXPECT_EQ(s.interactions.at(0).participants.at(0).role, store::Role::author);
    EXPECT_EQ(s.facts.at(0).fact.kind, store::FactKind::edit);
    EXPECT_EQ(s.facts.at(0).fact.receipt, store::Receipt::none);
    EXPECT_EQ(s.notices.at(0).notice.severity, store::Severity::information);
    EXPECT_EQ(s.consents.at(0).consent.state, store::ConsentState::unknown);
  }
  Batch flags;
  flags.interaction.flags = ~3U;
  flags.participant.flags = ~1U;
  flags.identifier.flags = ~1U;
  const Submission s = submission_of(flags);
  EXPECT_FALSE(s.interactions.at(0).interaction.historical);
  EXPECT_EQ(s.interactions.at(0).participants.at(0).party, Party::person);
  EXPECT_EQ(s.interactions.at(0).participants.at(0).identifiers.at(0).trust, store::Trust::attested);
}

TEST(Decode, AnOlderPluginsShorterStructIsReadAsFarAsItGoes) {
  Batch b;
  b.interaction.account = bytes("111");
  b.interaction.text = bytes("behind the end");
  b.interaction.size = offsetof(pb_interaction, text);
  b.interaction.subject = bytes("before it");
  // Participants stand behind the text: an interaction that ends before it has none.
  EXPECT_NE(error_of(b).find("/interactions/0/participants: expected at least one"), std::string::npos);

  b.interaction.size = offsetof(pb_interaction, original);
  b.interaction.original = bytes("behind the end");
  const Submission s = submission_of(b);
  EXPECT_EQ(s.interactions.at(0).interaction.text, "behind the end");
  EXPECT_FALSE(s.interactions.at(0).interaction.original);
}

TEST(Decode, ANewerPluginsLongerStructsAreWalkedByTheirStride) {
  struct Newer {
    pb_state known;
    std::uint64_t added[3];
  };
  std::vector<Newer> states(2);
  for (std::size_t i = 0; i < states.size(); ++i) {
    states[i].known.size = sizeof(Newer);
    states[i].known.key = bytes(i == 0 ? "one" : "two");
    states[i].added[0] = UINT64_MAX;
  }
  Batch b;
  b.batch.states = list(states);
  const Submission s = submission_of(b);
  ASSERT_EQ(s.states.size(), 2U);
  EXPECT_EQ(s.states[1].first, "two");
}

TEST(Decode, BrokenTextIsRepairedAndBytesAreLeftAlone) {
  const std::string broken = "Kas\xff!";
  const std::string repaired = "Kas\xEF\xBF\xBD!";
  Batch b;
  b.interaction.text = b.interaction.subject = b.interaction.external_id = bytes(broken);
  b.interaction.original = b.attachment.data = b.state.value = b.answer.body = bytes(broken);
  b.identifier.value = b.fact.text = b.notice.text = bytes(broken);
  b.quarantine.original = b.fact.original = bytes(broken);
  const std::string content = "{\"a\":\"" + broken + "\"}";
  b.interaction.content = bytes(content);
  const Submission s = submission_of(b);
  const store::Interaction& interaction = s.interactions.at(0).interaction;
  for (const std::string& text :
       {interaction.text, interaction.subject, interaction.external_id, s.facts.at(0).fact.text,
        s.notices.at(0).notice.text, s.interactions.at(0).participants.at(0).identifiers.at(0).value})
    EXPECT_EQ(text, repaired);
  EXPECT_EQ(interaction.content, "{\"a\":\"" + repaired + "\"}");
  for (const std::string& raw :
       {interaction.original->bytes, interaction.attachments.at(0).data, s.states.at(0).second, s.answer->body,
        s.quarantines.at(0).original.bytes, s.facts.at(0).fact.original->bytes})
    EXPECT_EQ(raw, broken);
}

TEST(Decode, BracketsInsideTextAreNoNesting) {
  Batch b;
  const std::string content =
      R"({"a":"\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[","b":[[],[]]})";
  b.interaction.content = bytes(content);
  EXPECT_EQ(error_of(b), "none");
}

}  // namespace
}  // namespace patchbay::intake
