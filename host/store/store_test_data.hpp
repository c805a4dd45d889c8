// Rows for the tests of stores: small, whole, and told apart by a word.
#pragma once

#include "base/temporary_folder.hpp"
#include "store/store.hpp"

#include <gtest/gtest.h>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::store {

// The value, or the end of the test with the error's text.
#define VALUE_OF(expression) ::patchbay::store::value_or_end((expression), #expression)
template <class Value>
Value value_or_end(Result<Value> result, const char* expression) {
  if (!result) throw std::runtime_error(std::string{expression} + ": " + result.error().text());
  return std::move(*result);
}

#define EXPECT_DONE(expression)                                         \
  do {                                                                  \
    const auto done_result = (expression);                              \
    EXPECT_TRUE(done_result.has_value()) << done_result.error().text(); \
  } while (false)

inline constexpr TimePoint noon{std::chrono::hours{491'532}};  // 2026-01-27T12:00:00Z

inline Digest16 digest(std::string_view word) { return digest_of({word}); }

inline Identifier phone(std::string normal, Trust trust = Trust::attested) {
  return {"phone", "00" + normal.substr(1), "", trust, std::move(normal)};
}
inline Identifier display_name(std::string name) { return {"name", std::move(name), "", Trust::claimed, ""}; }

inline Persona persona_of(std::vector<Identifier> identifiers, std::string_view word, ContactId contact = {}) {
  Persona persona;
  persona.digest = digest(word);
  persona.contact = contact;
  persona.identifiers = std::move(identifiers);
  persona.first_seen = noon;
  return persona;
}

inline Interaction message(ChannelId channel, const Persona& author, std::string external_id, TimePoint at = noon) {
  Interaction interaction;
  interaction.channel = channel;
  interaction.occurred_at = at;
  interaction.received_at = at + std::chrono::seconds{1};
  interaction.account = "111";
  interaction.dedupe = digest(external_id);
  interaction.content_digest = digest("content of " + external_id);
  interaction.external_id = std::move(external_id);
  interaction.contact = author.contact;
  interaction.text = "Where is my parcel?";
  interaction.content = R"({"type":"text"})";
  interaction.participants = {{Role::author, author.id}};
  return interaction;
}

inline Event event_about(EventId id, ContactId contact, InteractionId interaction) {
  return {id,      EventType::interaction_received,
          contact, interaction,
          noon,    std::make_shared<const std::string>(R"({"id":")" + public_id(id) + R"("})")};
}

inline Delivery delivery_of(DestinationId destination, EventId event, ContactId lane) {
  Delivery delivery;
  delivery.destination = destination;
  delivery.event = event;
  delivery.lane = lane;
  delivery.due = noon;
  return delivery;
}

inline Outcome outcome_of(DestinationId destination, EventId event, DeliveryState state) {
  return {destination, event, state, 1, noon, state == DeliveryState::delivered ? 200U : 500U, "as the receiver said"};
}

}  // namespace patchbay::store
