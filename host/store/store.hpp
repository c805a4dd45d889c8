// What the host remembers, behind operations of the domain, so that each engine can be good at them.
//
// A Store makes one Writer and any number of Readers; all of them end before it.
//
// Writer: one thread at a time owns it (the committer). begin, then operations, then commit or roll_back; what was done
// in between is durable when commit returns, fsync included, and gone otherwise. After an operation failed the only
// call is roll_back. A failure is `unavailable` where another try may succeed (disk full, I/O error), `corrupt` where
// the data is damaged.
//
// Reader: one thread at a time owns it. Each call sees one consistent, committed state.
#pragma once

#include "base/result.hpp"
#include "store/records.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace patchbay::store {

struct KnownInteraction {
  InteractionId id{};
  ContactId contact{};  // after merges and splits
  PersonaId with{};     // as in the interaction
  std::int64_t revision = 0;
  Receipt receipt = Receipt::none;  // the furthest so far
  bool deleted = false;
  Direction direction = Direction::inbound;
  bool historical = false;
};

struct Outcome {
  DestinationId destination{};
  EventId event{};
  DeliveryState state = DeliveryState::open;
  std::uint32_t attempts = 0;
  TimePoint due{};  // of the next attempt, when still open
  std::uint32_t status = 0;
  std::string reason;
  std::optional<TimePoint> disabled_at{};  // the destination is disabled from then on, for the same reason
};

struct DeliveryFilter {
  std::optional<std::string> destination;
  std::optional<DeliveryState> state;
  std::optional<EventId> event;
  std::optional<TimePoint> since{}, until{};  // of the event's commit; `until` itself is outside
  std::optional<std::string> reason{};        // a part of the last answer, in upper or lower case
  std::optional<ContactId> contact{};         // also under the ids of contacts that were merged into it
};

// The events behind `after` up to `last`, in commit order, of which one transaction looks at `most` deliveries.
struct Stretch {
  EventId after{}, last{};
  std::size_t most = 0;
};

// What of a stretch was opened.
struct Opened {
  EventId after{};  // all up to this event were looked at
  std::int64_t deliveries = 0;
  std::vector<std::pair<DestinationId, EventId>> first;  // of each destination that has any
};

enum class Historical : std::uint8_t { leave_out, include };

// A destination and what its routes bring to it.
struct Filling {
  DestinationId destination{};
  std::vector<std::pair<ChannelId, Historical>> channels;
  std::optional<TimePoint> since{}, until{};  // as in a DeliveryFilter
};

// How far a task has come that takes many transactions.
struct Progress {
  EventId after{}, last{};      // done up to the one, and to be done up to the other
  std::int64_t deliveries = 0;  // opened so far
  TimePoint started_at{};
};

// When somebody last wrote to an account of a channel, and in which conversation.
struct LastInbound {
  TimePoint at{};
  std::optional<ConversationId> conversation;
};

// Whose consent to use an account it is.
using GrantOwner = std::variant<ChannelId, DestinationId>;

class Writer {
 public:
  virtual ~Writer() = default;

  virtual Status begin() = 0;
  virtual Status commit() = 0;
  virtual void roll_back() noexcept = 0;
  // Moves committed pages from the log to the database where enough have gathered. Between transactions, when nothing
  // waits: it does not delay an acceptance.
  virtual Status checkpoint_if_due() = 0;

  // Channels and destinations get a number once, by name, for ever.
  virtual Result<ChannelId> channel(std::string_view name, std::string_view connector) = 0;
  virtual Result<DestinationId> destination(std::string_view name, std::string_view sink) = 0;
  // The operator wants the channel to rest from then on; nothing: no more.
  virtual Status pause_channel(ChannelId id, std::optional<TimePoint> since) = 0;

  // Personas and contacts.
  virtual Result<std::optional<Persona>> find_persona(const Digest16& digest) = 0;
  [[nodiscard]] virtual PersonaId next_persona() const = 0;  // the id of the one that is added next
  // Adds it with its normal identifiers. `persona.contact` zero makes it the first of a contact of its own id.
  virtual Result<Persona> add_persona(Persona persona) = 0;
  virtual Status add_link(const Link& link) = 0;
  virtual Result<Contact> contact(ContactId id) = 0;  // follows aliases
  virtual Status put_contact(const Contact& contact) = 0;
  // All personas and links of `from` go to `into`, `from` becomes its alias, open deliveries change lanes.
  virtual Status merge_contact(ContactId from, ContactId into, std::string_view evidence, TimePoint at) = 0;
  // These personas of `from` become the contact `into`, which bears the id of the first of them; what was an alias by
  // one of them is its alias. It starts without a golden record, and is known where `from` is. Deliveries that are open
  // stay in the lane of `from`.
  virtual Status split_contact(ContactId from, ContactId into, std::span<const PersonaId> personas,
                               std::string_view evidence, TimePoint at) = 0;
  virtual Result<std::vector<Persona>> personas_of(ContactId contact) = 0;  // by id
  virtual Status put_decision(const Decision& decision) = 0;                // one about that pair gives way
  virtual Status remove_decision(PersonaId left, PersonaId right) = 0;      // not_found
  virtual Status add_model(const LearnedModel& model) = 0;                  // in the place of the last one

  // Interactions and what happens to them.
  virtual Result<std::optional<KnownInteraction>> find_interaction(ChannelId channel, const Digest16& dedupe) = 0;
  virtual Result<InteractionId> add_interaction(const Interaction& interaction) = 0;
  // Whether that content was seen before under this interaction; remembers it when not.
  virtual Result<bool> content_seen(InteractionId id, const Digest16& content_digest) = 0;
  // The new revision. The subject stays where none is given.
  virtual Result<std::int64_t> edit_interaction(InteractionId id, std::string_view text, std::string_view content,
                                                std::optional<std::string_view> subject) = 0;
  virtual Status delete_interaction(InteractionId id) = 0;
  virtual Status advance_receipt(InteractionId id, Receipt receipt) = 0;
  // Of a thread of the channel: the one of all who take part in it. With a contact who does not, where the thread has
  // one already: theirs apart, for good. Without a thread: with the contact.
  virtual Result<ConversationId> conversation(ChannelId channel, std::string_view thread, ContactId contact) = 0;
  virtual Result<bool> fact_known(ChannelId channel, const Digest16& dedupe) = 0;  // also while parked
  virtual Result<FactId> add_fact(ChannelId channel, const Fact& fact) = 0;
  virtual Status park(const Parked& parked) = 0;
  virtual Result<std::vector<Parked>> parked_for(ChannelId channel, const Digest16& target) = 0;
  virtual Result<std::vector<Parked>> parked_before(TimePoint time, std::size_t limit) = 0;
  virtual Status unpark(std::int64_t id) = 0;

  virtual Result<bool> add_notice(const Notice& notice) = 0;  // false: known already
  virtual Status add_consent(const Consent& consent) = 0;
  virtual Result<QuarantineId> add_quarantine(const Quarantine& quarantine) = 0;
  virtual Status mark_replayed(QuarantineId id) = 0;
  // An empty value removes the entry.
  virtual Status put_state(ChannelId channel, std::string_view key, std::string_view value) = 0;

  // Events and deliveries. The payload is made once the id is known, since it names it.
  virtual Result<EventId> next_event_id() = 0;
  virtual Status add_event(const Event& event) = 0;
  virtual Status add_delivery(const Delivery& delivery) = 0;
  virtual Status record(const Outcome& outcome) = 0;
  // The destinations that were ever sent an event about the contact or about one that was merged into it.
  virtual Result<std::vector<DestinationId>> told_of(ContactId contact) = 0;

  // Opens what is closed: deliveries in the filter's state, `dead` or `delivered`, become open and due, as if never
  // attempted; the last answer stays to be seen.
  virtual Result<Opened> reopen_deliveries(const DeliveryFilter& filter, const Stretch& stretch, TimePoint due) = 0;
  // Opens deliveries of those events that the destination does not have and that would have been sent to it: those of
  // the channels, and news of contacts that it was told of.
  virtual Result<Opened> fill_deliveries(const Filling& filling, const Stretch& stretch, TimePoint due) = 0;
  [[nodiscard]] virtual EventId last_event() const = 0;
  virtual Result<std::optional<Progress>> progress(std::string_view task) = 0;
  // Nothing forgets the task.
  virtual Status put_progress(std::string_view task, const std::optional<Progress>& progress) = 0;

  // What the business sends, and who is not to be written to.
  virtual Result<std::optional<Outbound>> find_outbound(std::string_view key) = 0;
  virtual Result<Outbound> outbound(OutboundId id) = 0;  // not_found
  virtual Result<OutboundId> add_outbound(const Outbound& outbound) = 0;
  virtual Status put_outbound(const Outbound& outbound) = 0;  // its state and what is below that
  virtual Result<Persona> persona(PersonaId id) = 0;          // not_found
  // All personas with one of these normal identifiers, whoever they belong to, by id.
  virtual Result<std::vector<PersonaId>> personas_with(std::span<const Identifier> identifiers) = 0;
  // The newest inbound interaction that one of them wrote to the account since that time.
  virtual Result<std::optional<LastInbound>> last_inbound(ChannelId channel, std::string_view account,
                                                          std::span<const PersonaId> personas, TimePoint since) = 0;
  // What they allowed and forbade on the channel, the latest last.
  virtual Result<std::vector<Consent>> consents(ChannelId channel, std::span<const PersonaId> personas) = 0;
  virtual Status put_suppression(const Suppression& suppression) = 0;         // one that is there gets the new reason
  virtual Result<bool> remove_suppression(const Identifier& identifier) = 0;  // false: there was none
  virtual Result<std::optional<Suppression>> find_suppression(const Identifier& identifier) = 0;
  // It may be sent to again. `not_found` where it is not known.
  virtual Status enable_destination(DestinationId id) = 0;
  // What OAuth2 left behind, encrypted by whoever puts it there. An empty value removes it.
  virtual Status put_grant(const GrantOwner& owner, std::string_view sealed) = 0;
};

struct ContactDetails {
  Contact contact;
  std::vector<Persona> personas;
  std::vector<Link> links;
};

struct InteractionDetails {
  Interaction interaction;        // without attachment data and original bytes: see content below
  std::vector<Persona> personas;  // of its participants, in their order
  std::vector<Fact> facts;
  std::string thread;  // of its conversation, as the channel calls it
};

struct OpenDelivery {
  Delivery delivery;
  Event event;
};

struct Counts {
  std::int64_t contacts = 0, interactions = 0, events = 0;
  std::int64_t deliveries_open = 0, deliveries_delivered = 0, dead_letters = 0;
  std::int64_t quarantined = 0, parked = 0;
  std::int64_t outbound_queued = 0, outbound_uncertain = 0;
};

struct ChannelRow {
  ChannelId id{};
  std::string name, connector;
  std::optional<TimePoint> paused_at;
};

struct DestinationRow {
  DestinationId id{};
  std::string name, sink;
  std::optional<TimePoint> disabled_at;
  std::string disabled_for;  // the reason
};

struct Page {
  std::int64_t after = 0;  // the key behind which to go on; 0 = from the start
  std::size_t limit = 50;
};

struct InteractionFilter {
  std::optional<ContactId> contact;
  std::optional<std::string> channel;
};

struct OutboundFilter {
  std::optional<std::string> channel;
  std::optional<OutboundState> state;
};

class Reader {
 public:
  virtual ~Reader() = default;

  virtual Result<Counts> counts() = 0;
  virtual Result<std::optional<std::string>> state(ChannelId channel, std::string_view key) = 0;

  // Contacts whose golden record or identifiers hold the text (already normalised forms are found, too).
  virtual Result<std::vector<Contact>> find_contacts(std::string_view text, Page page) = 0;
  virtual Result<ContactDetails> show_contact(ContactId id) = 0;  // follows aliases; not_found
  // All personas but the business's own, behind `after`, by id.
  virtual Result<std::vector<Persona>> list_personas(PersonaId after, std::size_t limit) = 0;
  virtual Result<std::vector<Decision>> list_decisions() = 0;  // by their personas
  // The ids alone, behind `after`, ascending.
  virtual Result<std::vector<ContactId>> list_contact_ids(ContactId after, std::size_t limit) = 0;
  virtual Result<std::optional<LearnedModel>> model() = 0;  // the last one
  // Newest first by occurrence where a contact is named (its timeline, over all merged personas), else by commit.
  virtual Result<std::vector<Interaction>> list_interactions(const InteractionFilter& filter, Page page) = 0;
  virtual Result<InteractionDetails> show_interaction(InteractionId id) = 0;
  virtual Result<std::optional<Original>> original(InteractionId id) = 0;
  virtual Result<std::string> attachment_content(InteractionId id, std::size_t ordinal) = 0;

  virtual Result<std::vector<OpenDelivery>> list_deliveries(const DeliveryFilter& filter, Page page) = 0;
  virtual Result<std::int64_t> count_deliveries(const DeliveryFilter& filter) = 0;
  // The oldest open deliveries of a destination behind `after`, in event order, with payloads: what the dispatcher
  // takes up at start and when its memory has room again.
  virtual Result<std::vector<OpenDelivery>> open_deliveries(DestinationId destination, EventId after,
                                                            std::size_t limit) = 0;

  virtual Result<std::vector<ChannelRow>> channels() = 0;          // by number, also those not in the settings any more
  virtual Result<std::vector<DestinationRow>> destinations() = 0;  // the same

  virtual Result<std::vector<Quarantine>> list_quarantine(Page page) = 0;  // without the bytes
  virtual Result<Quarantine> show_quarantine(QuarantineId id) = 0;

  virtual Result<std::vector<Outbound>> list_outbound(const OutboundFilter& filter, Page page) = 0;  // newest first
  virtual Result<Outbound> show_outbound(OutboundId id) = 0;
  // What is queued on a channel behind `after`, oldest first.
  virtual Result<std::vector<Outbound>> queued_outbound(ChannelId channel, OutboundId after, std::size_t limit) = 0;
  virtual Result<std::vector<Suppression>> list_suppressions(Page page) = 0;
  // What put_grant() left.
  virtual Result<std::optional<std::string>> grant(const GrantOwner& owner) = 0;
};

class Store {
 public:
  virtual ~Store() = default;
  [[nodiscard]] virtual Writer& writer() = 0;
  [[nodiscard]] virtual Result<std::unique_ptr<Reader>> reader() = 0;
  // Names this store among all others; part of every event's `source`.
  [[nodiscard]] virtual const std::string& id() const = 0;
};

}  // namespace patchbay::store
