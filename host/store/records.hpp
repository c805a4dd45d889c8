// The domain's rows: what the store keeps, in the words of the house.
//
// Plain values, owned by whoever holds them. Any thread. Text is UTF-8. Integers are the store's own keys; outside the
// host they are written with their word in front ("contact_17"), see public_id below.
#pragma once

#include "base/digest.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::store {

enum class ChannelId : std::int64_t {};
enum class DestinationId : std::int64_t {};
enum class PersonaId : std::int64_t {};
enum class ContactId : std::int64_t {};  // the id of the contact's first persona
enum class ConversationId : std::int64_t {};
enum class InteractionId : std::int64_t {};  // grows in commit order: the commit sequence
enum class FactId : std::int64_t {};
enum class EventId : std::int64_t {};  // grows in commit order
enum class QuarantineId : std::int64_t {};
enum class OutboundId : std::int64_t {};  // grows in the order of acceptance

// The contact that is none: personas of the business itself bear it, and no row stands behind it.
inline constexpr ContactId the_business{-1};
// Where an interaction is with nobody in particular (a notice of the channel to itself).
inline constexpr ContactId no_contact{0};

template <class Id>
[[nodiscard]] constexpr std::int64_t number(Id id) noexcept {
  return static_cast<std::int64_t>(id);
}

[[nodiscard]] std::string public_id(ContactId id);       // "contact_17"
[[nodiscard]] std::string public_id(PersonaId id);       // "persona_17"
[[nodiscard]] std::string public_id(ConversationId id);  // "conversation_17"
[[nodiscard]] std::string public_id(InteractionId id);   // "interaction_17"
[[nodiscard]] std::string public_id(FactId id);          // "fact_17"
[[nodiscard]] std::string public_id(EventId id);         // "event_17"
[[nodiscard]] std::string public_id(QuarantineId id);    // "quarantine_17"
[[nodiscard]] std::string public_id(OutboundId id);      // "outbound_17"
// The number behind "word_17" (or a bare "17"); nothing when it is neither.
[[nodiscard]] std::optional<std::int64_t> number_of(std::string_view public_id, std::string_view word);

enum class Kind : std::uint8_t { message, letter, review, comment, call };
enum class Direction : std::uint8_t { inbound, outbound };
enum class Visibility : std::uint8_t { private_, group, public_ };
enum class Precision : std::uint8_t { microsecond, second, minute, day };
enum class Role : std::uint8_t { author, recipient, copy, on_behalf_of, mentioned, agent };
enum class Trust : std::uint8_t { attested, claimed };
enum class FactKind : std::uint8_t { edit, deletion, reaction, receipt };
enum class Receipt : std::uint8_t { none, sent, delivered, read, failed };
enum class Severity : std::uint8_t { information, warning, alert };
enum class ConsentState : std::uint8_t { unknown, granted, withdrawn };

// The words under which these values appear in API, events and console.
[[nodiscard]] std::string_view name_of(Kind value);
[[nodiscard]] std::string_view name_of(Direction value);
[[nodiscard]] std::string_view name_of(Visibility value);
[[nodiscard]] std::string_view name_of(Precision value);
[[nodiscard]] std::string_view name_of(Role value);
[[nodiscard]] std::string_view name_of(Trust value);
[[nodiscard]] std::string_view name_of(FactKind value);
[[nodiscard]] std::string_view name_of(Receipt value);
[[nodiscard]] std::string_view name_of(Severity value);
[[nodiscard]] std::string_view name_of(ConsentState value);

// As given by the channel, with its normal form beside it. `normal` is empty where the kind has none or the value could
// not be read; such an identifier is shown and never matched.
struct Identifier {
  std::string kind;
  std::string value;
  std::string scope;
  Trust trust = Trust::attested;
  std::string normal;
};

struct Persona {
  PersonaId id{};
  Digest16 digest{};  // of the identifiers: personas equal in all of them are one row
  ContactId contact{};
  std::vector<Identifier> identifiers;
  TimePoint first_seen{};
};

// Why a persona belongs to its contact.
struct Link {
  PersonaId persona{};
  ContactId contact{};
  std::string evidence;  // JSON array of {field, value, level, ...}
  TimePoint decided_at{};
};

enum class Verdict : std::uint8_t { same, not_the_same };
[[nodiscard]] std::string_view name_of(Verdict value);

// What an operator decided about two personas. It holds until it is taken back; the last about a pair is the one.
struct Decision {
  PersonaId left{}, right{};  // left is the smaller
  Verdict verdict = Verdict::same;
  TimePoint decided_at{};
};

// The weights by which it is decided who is who, once others than those that ship were adopted.
struct LearnedModel {
  std::string learned;  // JSON of identity's own; empty: those that ship, again
  TimePoint adopted_at{};
};

struct Contact {
  ContactId id{};
  std::int64_t revision = 0;  // grows with each change of the golden record
  std::string golden;         // JSON object
  TimePoint created_at{};
  TimePoint updated_at{};
  std::vector<ContactId> aliases;  // ids of contacts merged into this one
};

struct Participant {
  Role role = Role::author;
  PersonaId persona{};
};

// `data` holds the content of a small attachment, `sha256` names the file of a large one; neither is set while the
// content is still at the provider under `reference`.
struct Attachment {
  std::string name;
  std::string media_type;
  std::string reference;
  std::uint64_t size = 0;
  std::optional<Digest32> sha256;
  std::string data;
};

struct Original {
  std::string bytes;
  std::string media_type;
};

struct Interaction {
  InteractionId id{};
  ChannelId channel{};
  std::string channel_name;  // filled in by reads
  Kind kind = Kind::message;
  Direction direction = Direction::inbound;
  Visibility visibility = Visibility::private_;
  bool historical = false;
  bool possible_duplicate = false;
  bool deleted = false;
  Precision precision = Precision::second;
  TimePoint occurred_at{};
  TimePoint received_at{};
  std::string account;
  std::string external_id;
  Digest16 dedupe{};          // of (account, external id), or random where the source has no ids
  Digest16 content_digest{};  // of the normalised content
  std::int64_t revision = 0;  // 0, then one more with each edit
  std::optional<ConversationId> conversation;
  ContactId contact{};  // whom it is with; reads follow merges and splits
  PersonaId with{};     // the persona that this contact was seen as; 0 where it is with nobody
  std::string in_reply_to;
  std::string language;
  std::string subject;
  std::string text;
  std::string content;  // JSON object
  std::vector<Participant> participants;
  std::vector<Attachment> attachments;
  std::optional<Original> original;
};

struct Fact {
  FactId id{};
  InteractionId interaction{};
  FactKind kind = FactKind::edit;
  Receipt receipt = Receipt::none;
  Precision precision = Precision::second;
  TimePoint occurred_at{};
  TimePoint received_at{};
  Digest16 dedupe{};
  std::optional<PersonaId> actor;
  std::string text;
  std::string content;  // JSON object
  std::optional<Original> original;
};

// A fact whose interaction has not come. `fact` is the intake's own encoding of it.
struct Parked {
  std::int64_t id = 0;
  ChannelId channel{};
  Digest16 target{};  // the dedupe digest of the interaction it waits for
  Digest16 dedupe{};
  TimePoint parked_at{};
  std::string fact;
};

struct Notice {
  ChannelId channel{};
  Digest16 dedupe{};
  Severity severity = Severity::information;
  TimePoint occurred_at{};
  TimePoint received_at{};
  std::string account, kind, text, content;
};

struct Consent {
  ChannelId channel{};
  PersonaId persona{};
  ConsentState state = ConsentState::unknown;
  TimePoint occurred_at{};
  std::string category, content;
};

enum class EventType : std::uint8_t {
  contact_created,
  contact_updated,
  contact_merged,
  contact_split,
  contact_erased,
  interaction_received,
  interaction_sent,
  interaction_edited,
  interaction_deleted,
  interaction_reacted,
  interaction_receipt,
  channel_notice
};
[[nodiscard]] std::string_view name_of(EventType value);  // "contact.created"

using Payload = std::shared_ptr<const std::string>;  // shared: one event goes to several destinations

struct Event {
  EventId id{};
  EventType type{};
  std::optional<ContactId> contact;
  std::optional<InteractionId> interaction;
  TimePoint at{};
  Payload payload;                     // CloudEvents 1.0 JSON, frozen at commit
  std::optional<ChannelId> channel{};  // on which it happened; reads leave it out
};

enum class DeliveryState : std::uint8_t { open, delivered, dead };
[[nodiscard]] std::string_view name_of(DeliveryState value);

// One event on its way to one destination. Deliveries of one (destination, lane) go in the order of their events.
struct Delivery {
  DestinationId destination{};
  EventId event{};
  ContactId lane{};  // 0 for events without a contact: a lane of their own
  DeliveryState state = DeliveryState::open;
  std::uint32_t attempts = 0;
  TimePoint due{};
  std::uint32_t last_status = 0;
  std::string last_reason;
  std::string destination_name;  // filled in by reads
};

enum class QuarantineState : std::uint8_t { held, replayed };
[[nodiscard]] std::string_view name_of(QuarantineState value);

struct Quarantine {
  QuarantineId id{};
  ChannelId channel{};
  std::string channel_name;  // filled in by reads
  TimePoint received_at{};
  QuarantineState state = QuarantineState::held;
  std::string reason;
  std::string remedy;
  Original original;
};

enum class OutboundState : std::uint8_t {
  queued,     // waits for its turn
  sending,    // an attempt is under way: recorded before the channel is asked
  sent,       // taken by the provider, and an interaction since
  failed,     // given up on, with the reason
  uncertain,  // whether the provider took it is not known: the operator decides
  refused     // never handed to the channel: suppressed, or outside the window
};
[[nodiscard]] std::string_view name_of(OutboundState value);

// Something that the business wants to send, from its acceptance on. The members above `state` never change.
struct Outbound {
  OutboundId id{};
  ChannelId channel{};
  std::string channel_name;  // filled in by reads
  std::string account;
  Digest16 lane{};      // of the recipient: what goes to one goes in order
  std::string key;      // the caller's idempotency key
  Digest16 request{};   // of what the caller asked for under it
  bool forced = false;  // the operator's own list does not hold it up
  TimePoint accepted_at{};
  std::optional<InteractionId> answers;
  std::vector<Participant> participants;  // whose personas are known: of the interaction that it answers
  std::vector<Identifier> recipient;      // as given, with normal forms
  std::optional<ConversationId> conversation;
  std::string thread;       // the channel's own
  std::string in_reply_to;  // external id
  std::string category;     // of consent that it needs
  std::string subject, text, content;

  OutboundState state = OutboundState::queued;
  std::uint32_t attempts = 0;
  TimePoint changed_at{};
  TimePoint due{};
  std::optional<InteractionId> interaction;  // what it became
  std::string external_id;
  std::string reason, remedy;  // of the state, or why it still waits
};

// An identifier that the operator wants nothing sent to, on any channel.
struct Suppression {
  std::int64_t id = 0;
  Identifier identifier;  // by its normal form, where it has one
  std::string reason;
  TimePoint added_at{};
};

}  // namespace patchbay::store
