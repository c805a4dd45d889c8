// What a channel submitted, owned and checked: the C ABI's batch on its way to the committer.
//
// decode() borrows the batch for the call and copies what it keeps. It checks what every later step relies on: that
// lists and bytes are there, JSON objects where JSON is promised, sizes within the limits below, and that every
// interaction has participants and every consent one. An unknown enumerator is read as the zero of its enumeration. Its
// error names the place ("interactions/2/participants/0: ..."). Pure; any thread.
#pragma once

#include <patchbay/abi.h>

#include "base/result.hpp"
#include "store/records.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace patchbay::intake {

enum class Party : std::uint8_t { person, business };

struct IncomingParticipant {
  store::Role role = store::Role::author;
  Party party = Party::person;
  std::vector<store::Identifier> identifiers;  // as given, without normal forms
  std::optional<store::PersonaId> known{};     // the persona, where it is settled already; then the rest says nothing
};

struct IncomingInteraction {
  store::Interaction interaction;  // what the channel says; ids, digests and personas come later
  std::string region;
  std::string thread;  // the channel's own
  std::vector<IncomingParticipant> participants;
  std::vector<std::uint64_t> attachment_handles;  // beside interaction.attachments; 0 = no handle
};

struct IncomingFact {
  store::Fact fact;
  std::string account;
  std::string region;
  std::string target;
  std::string external_id;
  std::vector<IncomingParticipant> participants;
};

struct IncomingNotice {
  store::Notice notice;
  std::string external_id;
};

struct IncomingConsent {
  store::Consent consent;
  std::string account;
  std::string region;
  IncomingParticipant participant;
};

struct Answer {
  pb_request request = 0;
  std::uint32_t status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

struct Submission {
  pb_token token = 0;
  std::vector<IncomingInteraction> interactions;
  std::vector<IncomingFact> facts;
  std::vector<IncomingNotice> notices;
  std::vector<IncomingConsent> consents;
  std::vector<store::Quarantine> quarantines;
  std::vector<std::pair<std::string, std::string>> states;
  std::optional<Answer> answer;
};

inline constexpr std::size_t most_elements = 10'000;           // of one batch, all lists together
inline constexpr std::size_t most_participants = 1'000;        // of one interaction
inline constexpr std::size_t most_identifiers = 64;            // of one persona
inline constexpr std::size_t longest_text = 16 * 1024 * 1024;  // any one text
inline constexpr std::size_t longest_identifier = 4 * 1024;    // kind, value or scope
inline constexpr std::size_t longest_state = 64 * 1024;
inline constexpr std::size_t deepest_json = 64;  // objects and lists in each other: writing them out recurses

[[nodiscard]] Result<Submission> decode(const pb_batch& batch);

// A fact that must wait, as the store keeps it, and back. CBOR (RFC 8949).
[[nodiscard]] std::string encode_parked(const IncomingFact& fact);
[[nodiscard]] Result<IncomingFact> decode_parked(std::string_view bytes);

}  // namespace patchbay::intake
