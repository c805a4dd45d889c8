// Contacts, interactions and facts as JSON: the one shape in which events, the admin API and `--json` show them.
//
// Pure; any thread. docs/schemas holds the JSON Schemas; docs/events.md says what each member means.
#pragma once

#include "store/records.hpp"

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>

namespace patchbay::contact {

// A participant together with the persona that the store knows it by.
struct SeenParticipant {
  store::Role role = store::Role::author;
  store::Persona persona;
};

// As text, for the events: one is written with every interaction. The documents below have the same members.
[[nodiscard]] std::string to_text(const store::Contact& contact);
[[nodiscard]] std::string to_text(const store::Interaction& interaction, std::string_view connector,
                                  std::span<const SeenParticipant> participants);

[[nodiscard]] nlohmann::json to_json(const store::Contact& contact);
[[nodiscard]] nlohmann::json to_json(const store::Identifier& identifier);
[[nodiscard]] nlohmann::json to_json(const store::Interaction& interaction, std::string_view connector,
                                     std::span<const SeenParticipant> participants);
// Enough to find an interaction that was sent whole before.
[[nodiscard]] nlohmann::json reference_json(store::InteractionId id, std::string_view channel,
                                            std::string_view external_id);
[[nodiscard]] nlohmann::json to_json(const store::Fact& fact, const store::Persona* actor);
// "contact_5", or null for the business itself and where there is none.
[[nodiscard]] nlohmann::json contact_id_json(store::ContactId id);

}  // namespace patchbay::contact
