#include <gtest/gtest.h>
#include <patchbay/detail/encode.hpp>
#include <patchbay/testkit/recorded.hpp>

namespace patchbay {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint then{1'700'000'000s + 123456us};

Participant kasia() {
  return {
      Role::recipient,
      {{"email", "kasia@example.org", "", Trust::claimed}, {"whatsapp_user", "PL.77", "portfolio-1", Trust::attested}}};
}

// Every member set to something that is not its default.
Batch everything() {
  Batch batch;
  Interaction interaction;
  interaction.kind = Kind::review;
  interaction.direction = Direction::outbound;
  interaction.visibility = Visibility::public_;
  interaction.historical = interaction.possible_duplicate = true;
  interaction.precision = Precision::day;
  interaction.occurred_at = then;
  interaction.account = "account";
  interaction.region = "PL";
  interaction.external_id = "external";
  interaction.conversation = "conversation";
  interaction.in_reply_to = "earlier";
  interaction.language = "pl-PL";
  interaction.subject = "subject";
  interaction.text = "Zażółć gęślą jaźń";
  interaction.content = {{"stars", 5}};
  interaction.participants = {kasia(), {Role::agent, {}}};
  interaction.attachments = {{"a.pdf", "application/pdf", "%PDF", 7, "ref", std::string(32, 's')}};
  interaction.original = std::string("\0raw", 4);
  interaction.original_type = "application/json";
  batch.interactions = {interaction, Interaction{}};

  Fact fact;
  fact.kind = FactKind::receipt;
  fact.receipt = Receipt::read;
  fact.precision = Precision::minute;
  fact.occurred_at = then;
  fact.account = "account";
  fact.region = "IT";
  fact.target = "target";
  fact.external_id = "fact-1";
  fact.text = "text";
  fact.content = {{"price", 1}};
  fact.participants = {kasia()};
  fact.original = "raw";
  fact.original_type = "text/plain";
  batch.facts = {fact};

  batch.notices = {{Severity::alert, then, "account", "notice-1", "quality", "It dropped.", {{"to", "red"}}}};
  batch.consents = {{ConsentState::withdrawn, then, "account", "DE", "marketing", kasia(), {{"by", "user"}}}};
  batch.quarantines = {{"bytes", "text/plain", "reading: no", "look"}};
  batch.states = {{"cursor", "9"}, {"token", ""}};
  batch.answers = 12;
  batch.answer = {418, {{"retry-after", "5"}}, "teapot"};
  return batch;
}

void expect_kasia(const Participant& who) {
  EXPECT_EQ(who.role, Role::recipient);
  ASSERT_EQ(who.identifiers.size(), 2u);
  EXPECT_EQ(who.identifiers[0].kind, "email");
  EXPECT_EQ(who.identifiers[0].value, "kasia@example.org");
  EXPECT_EQ(who.identifiers[0].trust, Trust::claimed);
  EXPECT_EQ(who.identifiers[1].scope, "portfolio-1");
  EXPECT_EQ(who.identifiers[1].trust, Trust::attested);
}

TEST(Values, AnInteractionCrossesTheBorderWhole) {
  const Batch batch = everything();
  detail::Encoder encoder;
  const Interaction got = testkit::recorded(encoder.batch(1, batch)).interactions.at(0);
  EXPECT_EQ(got.kind, Kind::review);
  EXPECT_EQ(got.direction, Direction::outbound);
  EXPECT_EQ(got.visibility, Visibility::public_);
  EXPECT_TRUE(got.historical);
  EXPECT_TRUE(got.possible_duplicate);
  EXPECT_EQ(got.precision, Precision::day);
  EXPECT_EQ(got.occurred_at, then);
  EXPECT_EQ(got.account, "account");
  EXPECT_EQ(got.region, "PL");
  EXPECT_EQ(got.external_id, "external");
  EXPECT_EQ(got.conversation, "conversation");
  EXPECT_EQ(got.in_reply_to, "earlier");
  EXPECT_EQ(got.language, "pl-PL");
  EXPECT_EQ(got.subject, "subject");
  EXPECT_EQ(got.text, "Zażółć gęślą jaźń");
  EXPECT_EQ(got.content, Json({{"stars", 5}}));
  ASSERT_EQ(got.participants.size(), 2u);
  expect_kasia(got.participants[0]);
  EXPECT_EQ(got.participants[1].role, Role::agent);
  const Attachment& attachment = got.attachments.at(0);
  EXPECT_EQ(attachment.name + attachment.media_type + attachment.data + attachment.reference,
            "a.pdfapplication/pdf%PDFref");
  EXPECT_EQ(attachment.handle, 7u);
  EXPECT_EQ(attachment.sha256, std::string(32, 's'));
  EXPECT_EQ(got.original, std::string("\0raw", 4));
  EXPECT_EQ(got.original_type, "application/json");
}

TEST(Values, WhatElseABatchHoldsCrossesTheBorderWhole) {
  const Batch batch = everything();
  detail::Encoder encoder;
  const pb_batch encoded = encoder.batch(99, batch);
  EXPECT_EQ(encoded.token, 99u);
  const Batch got = testkit::recorded(encoded);
  const Fact& fact = got.facts.at(0);
  EXPECT_EQ(fact.kind, FactKind::receipt);
  EXPECT_EQ(fact.receipt, Receipt::read);
  EXPECT_EQ(fact.precision, Precision::minute);
  EXPECT_EQ(fact.occurred_at, then);
  EXPECT_EQ(fact.account + fact.region + fact.target + fact.external_id + fact.text, "accountITtargetfact-1text");
  EXPECT_EQ(fact.content, Json({{"price", 1}}));
  expect_kasia(fact.participants.at(0));
  EXPECT_EQ(fact.original + fact.original_type, "rawtext/plain");
  const Notice& notice = got.notices.at(0);
  EXPECT_EQ(notice.severity, Severity::alert);
  EXPECT_EQ(notice.occurred_at, then);
  EXPECT_EQ(notice.account + notice.external_id + notice.kind + notice.text, "accountnotice-1qualityIt dropped.");
  EXPECT_EQ(notice.content, Json({{"to", "red"}}));
  const Consent& consent = got.consents.at(0);
  EXPECT_EQ(consent.state, ConsentState::withdrawn);
  EXPECT_EQ(consent.account + consent.region + consent.category, "accountDEmarketing");
  expect_kasia(consent.participant);
  const Original& original = got.quarantines.at(0);
  EXPECT_EQ(original.bytes + original.media_type + original.reason + original.remedy, "bytestext/plainreading: nolook");
  EXPECT_EQ(got.states, batch.states);
  EXPECT_EQ(got.answers, 12u);
  EXPECT_EQ(got.answer.status, 418u);
  EXPECT_EQ(got.answer.headers.at(0).value, "5");
  EXPECT_EQ(got.answer.body, "teapot");
}

TEST(Values, TextIsBorrowedAndEmptyContentIsNoBytes) {
  Batch batch;
  batch.interactions.resize(2);
  batch.interactions[0].text = "a text that is too long for the small string optimisation";
  batch.interactions[1].content = {{"broken", "\xff\xfe"}};
  detail::Encoder encoder;
  const pb_batch encoded = encoder.batch(1, batch);
  const auto* const first = static_cast<const pb_interaction*>(encoded.interactions.first);
  EXPECT_EQ(static_cast<const void*>(first[0].text.data), batch.interactions[0].text.data());
  EXPECT_EQ(first[0].content.length, 0u);
  EXPECT_EQ(encoded.answers.count, 0u);
  // What is no UTF-8 becomes U+FFFD instead of an exception.
  EXPECT_EQ(view(first[1].content), "{\"broken\":\"\xEF\xBF\xBD\xEF\xBF\xBD\"}");
}

TEST(Values, AShorterStructOfAnOlderWriterReadsAsZeroBeyondItsEnd) {
  pb_http_request request = detail::sized<pb_http_request>();
  request.id = 4;
  request.method = bytes("POST");
  request.body = bytes("never written by a writer that does not know it");
  request.size = offsetof(pb_http_request, body);
  const HttpRequest got = detail::decode(&request);
  EXPECT_EQ(got.id, 4u);
  EXPECT_EQ(got.method, "POST");
  EXPECT_EQ(got.body, "");
}

TEST(Values, ALongerStructOfANewerWriterReadsAsFarAsItIsKnown) {
  struct Newer {
    pb_identifier known;
    std::uint64_t more;
  };
  Newer elements[2] = {};
  for (Newer& element : elements) {
    element.known.size = sizeof(Newer);
    element.known.kind = bytes("email");
    element.more = ~std::uint64_t{0};
  }
  elements[0].known.value = bytes("a@example.org");
  elements[1].known.value = bytes("b@example.org");
  pb_participant who = detail::sized<pb_participant>();
  who.identifiers = {elements, 2, sizeof(Newer)};
  const std::vector<Participant> got = detail::participants({&who, 1, sizeof who});
  ASSERT_EQ(got.at(0).identifiers.size(), 2u);
  EXPECT_EQ(got[0].identifiers[0].value, "a@example.org");
  EXPECT_EQ(got[0].identifiers[1].value, "b@example.org");
}

TEST(Values, AnUnknownEnumeratorIsTheEnumsZeroAndAnUnknownFlagIsIgnored) {
  pb_interaction from = detail::sized<pb_interaction>();
  from.kind = 77;
  from.visibility = -1;
  from.flags = ~3u;
  const Interaction got = testkit::recorded(from);
  EXPECT_EQ(got.kind, Kind::message);
  EXPECT_EQ(got.visibility, Visibility::private_);
  EXPECT_FALSE(got.historical);
  EXPECT_FALSE(got.possible_duplicate);
}

TEST(Values, ContentThatIsNoObjectIsTheOtherSidesBrokenPromise) {
  for (const char* const content : {"[]", "{", "1", "\xff"}) {
    pb_outbound outbound = detail::sized<pb_outbound>();
    outbound.content = bytes(content);
    try {
      (void)detail::decode(&outbound);
      ADD_FAILURE() << content;
    } catch (const Failure& failure) {
      EXPECT_EQ(failure.code(), PB_BUG) << content;
    }
  }
}

}  // namespace
}  // namespace patchbay
