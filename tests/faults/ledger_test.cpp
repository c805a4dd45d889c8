#include "faults/ledger.hpp"

#include <gtest/gtest.h>

namespace patchbay::faults {
namespace {

// Two people; the second one's two contacts prove to be one.
Ledger sound() {
  Ledger ledger;
  for (const char* id : {"m1", "m2", "m3"}) ledger.read_accepted(id);
  ledger.read_applied("applied event_1 1 contact.created contact_1 - -");
  ledger.read_applied("applied event_3 3 contact.created contact_2 - -");
  ledger.read_applied("applied event_2 2 interaction.received contact_1 m1 -");
  ledger.read_applied("again event_2");
  ledger.read_applied("applied event_4 4 interaction.received contact_2 m2 -");
  ledger.read_applied("applied event_5 5 contact.merged contact_1 - contact_2");
  ledger.read_applied("applied event_6 6 interaction.received contact_1 m3 -");
  return ledger;
}

TEST(Ledger, FindsNothingWhereEverythingCameOnceAndInTheOrderOfItsContact) {
  Ledger ledger = sound();
  ledger.read_faults("# life 1: receiver slow");
  ledger.read_faults("kill 1 unanswered 4");
  ledger.read_faults("recovery 61.5");
  ledger.read_faults("kill 2 unanswered 0");
  const Verdict verdict = ledger.verdict();
  EXPECT_TRUE(verdict.clean());
  EXPECT_EQ(verdict.line(), "faults: kills=2 accepted=3 delivered=3 lost=0 doubled=0 disorder=0 recovery_p99_ms=62");
  EXPECT_EQ(verdict.unanswered_kills, 1U);
  EXPECT_EQ(verdict.repeated, 1U);
}

TEST(Ledger, CountsAnAcceptedInteractionThatNeverCame) {
  Ledger ledger = sound();
  ledger.read_accepted("m4");
  EXPECT_EQ(ledger.verdict().lost, 1U);
  ASSERT_FALSE(ledger.verdict().findings.empty());
  EXPECT_EQ(ledger.verdict().findings[0], "lost: the interaction m4 was accepted and never came");
}

TEST(Ledger, CountsACommittedEventThatNeverCame) {
  Ledger ledger = sound();
  ledger.read_applied("applied event_9 9 contact.updated contact_1 - -");
  EXPECT_EQ(ledger.verdict().lost, 2U) << "7 and 8";
}

TEST(Ledger, ForgivesWhatCameAndWasNotAnswered) {
  Ledger ledger = sound();
  ledger.read_applied("applied event_7 7 interaction.received contact_1 m9 -");
  EXPECT_TRUE(ledger.verdict().clean());
  EXPECT_EQ(ledger.verdict().delivered, 4U);
}

TEST(Ledger, CountsOneExternalIdThatMadeTwoInteractions) {
  Ledger ledger = sound();
  ledger.read_applied("applied event_7 7 interaction.received contact_1 m1 -");
  EXPECT_EQ(ledger.verdict().doubled, 1U);
}

TEST(Ledger, CountsAnEventThatWasAppliedTwice) {
  Ledger ledger = sound();
  ledger.read_applied("applied event_5 5 contact.merged contact_1 - contact_2");
  EXPECT_EQ(ledger.verdict().doubled, 1U);
}

TEST(Ledger, CountsAContactThatWasCreatedTwice) {
  Ledger ledger = sound();
  ledger.read_applied("applied event_7 7 contact.created contact_1 - -");
  EXPECT_EQ(ledger.verdict().doubled, 1U);
}

TEST(Ledger, CountsAnEventThatOvertookAnEarlierOneOfItsContact) {
  Ledger ledger = sound();
  ledger.read_applied("applied event_8 8 interaction.received contact_1 m8 -");
  ledger.read_applied("applied event_7 7 interaction.received contact_1 m7 -");
  EXPECT_EQ(ledger.verdict().disorder, 1U);
  EXPECT_EQ(ledger.verdict().lost, 0U);
}

TEST(Ledger, LetsOtherContactsOvertake) {
  Ledger ledger = sound();
  ledger.read_applied("applied event_8 8 interaction.received contact_3 m8 -");
  ledger.read_applied("applied event_7 7 interaction.received contact_1 m7 -");
  EXPECT_TRUE(ledger.verdict().clean());
}

TEST(Ledger, CountsAMergeThatDidNotWaitForBothLanes) {
  Ledger ledger;
  ledger.read_applied("applied event_3 3 contact.merged contact_1 - contact_2");
  ledger.read_applied("applied event_2 2 interaction.received contact_2 m2 -");
  ledger.read_applied("applied event_1 1 interaction.received contact_1 m1 -");
  EXPECT_EQ(ledger.verdict().disorder, 2U);
}

TEST(Ledger, CountsWhatFollowedAMergeAndCameBeforeIt) {
  Ledger ledger;
  ledger.read_applied("applied event_1 1 interaction.received contact_1 m1 -");
  ledger.read_applied("applied event_3 3 interaction.received contact_1 m3 -");
  ledger.read_applied("applied event_2 2 contact.merged contact_1 - contact_2");
  EXPECT_EQ(ledger.verdict().disorder, 1U);
}

TEST(Ledger, RefusesALineThatIsNoneOfItsJournal) {
  Ledger ledger;
  EXPECT_THROW(ledger.read_applied("applied event_1"), std::runtime_error);
  EXPECT_THROW(ledger.read_applied("applied event_1 one interaction.received contact_1 m1 -"), std::runtime_error);
  EXPECT_THROW(ledger.read_accepted(""), std::runtime_error);
  EXPECT_THROW(ledger.read_faults("kill 1"), std::runtime_error);
}

}  // namespace
}  // namespace patchbay::faults
