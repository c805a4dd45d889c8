#include "store/records.hpp"

#include <gtest/gtest.h>

namespace patchbay::store {
namespace {

TEST(PublicId, HasTheWordInFrontOfTheNumber) {
  EXPECT_EQ(public_id(ContactId{17}), "contact_17");
  EXPECT_EQ(public_id(PersonaId{17}), "persona_17");
  EXPECT_EQ(public_id(ConversationId{17}), "conversation_17");
  EXPECT_EQ(public_id(InteractionId{17}), "interaction_17");
  EXPECT_EQ(public_id(FactId{17}), "fact_17");
  EXPECT_EQ(public_id(EventId{17}), "event_17");
  EXPECT_EQ(public_id(QuarantineId{17}), "quarantine_17");
}

TEST(PublicId, IsReadWithItsWordOrAsABareNumberAndNotOtherwise) {
  struct Case {
    const char* what;
    const char* text;
    std::optional<std::int64_t> number;
  };
  for (const Case& c : {Case{"with its word", "contact_17", 17}, Case{"bare", "17", 17},
                        Case{"the largest", "contact_9223372036854775807", 9223372036854775807},
                        Case{"too large", "9223372036854775808", {}}, Case{"another word", "event_17", {}},
                        Case{"no number", "contact_", {}}, Case{"the word alone", "contact", {}},
                        Case{"nothing", "", {}}, Case{"negative", "-17", {}},
                        Case{"negative with its word", "contact_-17", {}}, Case{"a tail", "contact_17x", {}},
                        Case{"a space", "contact_ 17", {}}, Case{"the word twice", "contact_contact_17", {}}}) {
    EXPECT_EQ(number_of(c.text, "contact"), c.number) << c.what;
  }
}

TEST(Names, AreTheWordsOfEventsAndApi) {
  EXPECT_EQ(name_of(EventType::contact_created), "contact.created");
  EXPECT_EQ(name_of(EventType::interaction_reacted), "interaction.reacted");
  EXPECT_EQ(name_of(EventType::channel_notice), "channel.notice");
  EXPECT_EQ(name_of(Visibility::private_), "private");
  EXPECT_EQ(name_of(Visibility::public_), "public");
  EXPECT_EQ(name_of(Role::on_behalf_of), "on_behalf_of");
  EXPECT_EQ(name_of(Receipt::delivered), "delivered");
  EXPECT_EQ(name_of(DeliveryState::dead), "dead");
  EXPECT_EQ(name_of(QuarantineState::held), "held");
}

}  // namespace
}  // namespace patchbay::store
