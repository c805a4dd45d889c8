// The Writer over one SQLite connection; see store.hpp for what each operation promises.
//
// Its statements are prepared once and kept. The next ids live in memory, so that they grow in commit order without a
// counter row that every commit would rewrite; a transaction that is rolled back gives its ids back.
#pragma once

#include "store/sqlite/blobs.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/delivery_filter.hpp"
#include "store/sqlite/outbound_row.hpp"
#include "store/sqlite/persona_cache.hpp"
#include "store/store.hpp"

#include <cstdint>

namespace patchbay::store::sqlite {

class Writer final : public store::Writer {
 public:
  // Connection and blobs outlive it. The log is moved once it has so many pages. The schema is the newest; nobody else
  // writes.
  Writer(Connection& connection, Blobs& blobs, int pages_until_checkpoint);
  ~Writer() override;
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Reads where the ids stand. Before anything else.
  [[nodiscard]] Status start();

  Status begin() override;
  Status commit() override;
  void roll_back() noexcept override;
  Status checkpoint_if_due() override;

  Result<ChannelId> channel(std::string_view name, std::string_view connector) override;
  Result<DestinationId> destination(std::string_view name, std::string_view sink) override;

  Result<std::optional<Persona>> find_persona(const Digest16& digest) override;
  [[nodiscard]] PersonaId next_persona() const override { return PersonaId{next_.persona}; }
  Result<Persona> add_persona(Persona persona) override;
  Status add_link(const Link& link) override;
  Result<Contact> contact(ContactId id) override;
  Status put_contact(const Contact& contact) override;
  Status merge_contact(ContactId from, ContactId into, std::string_view evidence, TimePoint at) override;
  Status split_contact(ContactId from, ContactId into, std::span<const PersonaId> personas, std::string_view evidence,
                       TimePoint at) override;
  Result<std::vector<Persona>> personas_of(ContactId contact) override;
  Status put_decision(const Decision& decision) override;
  Status remove_decision(PersonaId left, PersonaId right) override;
  Status add_model(const LearnedModel& model) override;

  Result<std::optional<KnownInteraction>> find_interaction(ChannelId channel, const Digest16& dedupe) override;
  Result<InteractionId> add_interaction(const Interaction& interaction) override;
  Result<bool> content_seen(InteractionId id, const Digest16& content_digest) override;
  Result<std::int64_t> edit_interaction(InteractionId id, std::string_view text, std::string_view content,
                                        std::optional<std::string_view> subject) override;
  Status delete_interaction(InteractionId id) override;
  Status advance_receipt(InteractionId id, Receipt receipt) override;
  Result<ConversationId> conversation(ChannelId channel, std::string_view thread, ContactId contact) override;
  Result<bool> fact_known(ChannelId channel, const Digest16& dedupe) override;
  Result<FactId> add_fact(ChannelId channel, const Fact& fact) override;
  Status park(const Parked& parked) override;
  Result<std::vector<Parked>> parked_for(ChannelId channel, const Digest16& target) override;
  Result<std::vector<Parked>> parked_before(TimePoint time, std::size_t limit) override;
  Status unpark(std::int64_t id) override;

  Result<bool> add_notice(const Notice& notice) override;
  Status add_consent(const Consent& consent) override;
  Result<QuarantineId> add_quarantine(const Quarantine& quarantine) override;
  Status mark_replayed(QuarantineId id) override;
  Status put_state(ChannelId channel, std::string_view key, std::string_view value) override;

  Result<EventId> next_event_id() override;
  Status add_event(const Event& event) override;
  Status add_delivery(const Delivery& delivery) override;
  Status record(const Outcome& outcome) override;
  Result<std::vector<DestinationId>> told_of(ContactId contact) override;

  Result<Opened> reopen_deliveries(const DeliveryFilter& filter, const Stretch& stretch, TimePoint due) override;
  Result<Opened> fill_deliveries(const Filling& filling, const Stretch& stretch, TimePoint due) override;
  [[nodiscard]] EventId last_event() const override { return EventId{next_.event - 1}; }
  Result<std::optional<Progress>> progress(std::string_view task) override;
  Status put_progress(std::string_view task, const std::optional<Progress>& progress) override;

  Result<std::optional<Outbound>> find_outbound(std::string_view key) override;
  Result<Outbound> outbound(OutboundId id) override;
  Result<OutboundId> add_outbound(const Outbound& outbound) override;
  Status put_outbound(const Outbound& outbound) override;
  Result<Persona> persona(PersonaId id) override;
  Result<std::vector<PersonaId>> personas_with(std::span<const Identifier> identifiers) override;
  Result<std::optional<LastInbound>> last_inbound(ChannelId channel, std::string_view account,
                                                  std::span<const PersonaId> personas, TimePoint since) override;
  Result<std::vector<Consent>> consents(ChannelId channel, std::span<const PersonaId> personas) override;
  Status put_suppression(const Suppression& suppression) override;
  Result<bool> remove_suppression(const Identifier& identifier) override;
  Result<std::optional<Suppression>> find_suppression(const Identifier& identifier) override;
  Status enable_destination(DestinationId id) override;
  Status put_grant(const GrantOwner& owner, std::string_view sealed) override;
  Status pause_channel(ChannelId id, std::optional<TimePoint> since) override;

 private:
  enum class Transaction : std::uint8_t { none, open };
  struct Ids {
    std::int64_t persona = 1, interaction = 1, event = 1;
  };
  // Where content goes: into the row, or into a file whose name goes into the row.
  struct Placed {
    std::optional<Digest32> sha256;
    std::string_view bytes;
  };

  [[nodiscard]] Result<Placed> place(std::string_view bytes);
  [[nodiscard]] Result<ContactId> living(ContactId id);
  [[nodiscard]] Result<std::optional<ConversationId>> find_conversation(ChannelId channel, std::string_view thread,
                                                                        ContactId contact);
  // An error of the caller's making inside a transaction: marks it, so that commit is refused.
  [[nodiscard]] tl::unexpected<Error> refuse(ErrorCode code, std::string reason);
  [[nodiscard]] Status expect_one_row(std::string_view what, std::int64_t id);
  [[nodiscard]] Result<std::int64_t> named(Statement& find, Statement& add, std::string_view name,
                                           std::string_view plugin);
  [[nodiscard]] Result<std::vector<Parked>> collect_parked(Rows& rows);
  [[nodiscard]] Status add_attachments(InteractionId id, std::span<const Attachment> attachments);
  // A delivery that is closed.
  struct Closed {
    EventId event{};
    DestinationId destination{};
  };
  struct ClosedPage {
    std::vector<Closed> deliveries;  // by event
    EventId after{};                 // and behind this one the next page starts
  };
  Result<bool> told_before(ContactId contact, DestinationId destination, EventId event);
  [[nodiscard]] Result<ClosedPage> closed_deliveries(const DeliveryFilter& filter, const Stretch& stretch);

  Connection& connection_;
  Blobs& blobs_;
  int pages_until_checkpoint_;
  Transaction transaction_ = Transaction::none;
  Ids next_;
  PersonaCache personas_;
  Ids next_at_begin_;
  std::int64_t least_id_ = 1;
  int log_pages_ = 0;        // in the write-ahead log after the last commit
  int log_pages_tried_ = 0;  // when the last checkpoint was tried in vain

  Statement begin_{connection_, "BEGIN IMMEDIATE"};
  Statement commit_{connection_, "COMMIT"};
  Statement roll_back_{connection_, "ROLLBACK"};

  Statement find_channel_{connection_, "SELECT id, connector FROM channel WHERE name = ?1"};
  Statement add_channel_{connection_,
                         "INSERT INTO channel(name, connector) VALUES(?1, ?2) "
                         "ON CONFLICT(name) DO UPDATE SET connector = excluded.connector RETURNING id"};
  Statement pause_channel_{connection_, "UPDATE channel SET paused_at = ?2 WHERE id = ?1"};
  Statement find_destination_{connection_, "SELECT id, sink FROM destination WHERE name = ?1"};
  Statement add_destination_{connection_,
                             "INSERT INTO destination(name, sink) VALUES(?1, ?2) "
                             "ON CONFLICT(name) DO UPDATE SET sink = excluded.sink RETURNING id"};
  Statement disable_destination_{connection_,
                                 "UPDATE destination SET disabled_at = ?2, disabled_for = ?3 "
                                 "WHERE id = ?1 AND disabled_at IS NULL"};
  Statement enable_destination_{connection_,
                                "UPDATE destination SET disabled_at = NULL, disabled_for = '' WHERE id = ?1"};
  Statement put_state_{connection_,
                       "INSERT INTO channel_state(channel, key, value) VALUES(?1, ?2, ?3) "
                       "ON CONFLICT(channel, key) DO UPDATE SET value = excluded.value"};

  Statement remove_state_{connection_, "DELETE FROM channel_state WHERE channel = ?1 AND key = ?2"};

  Statement find_persona_{connection_, "SELECT id, contact, first_seen, identifiers FROM persona WHERE digest = ?1"};
  Statement add_persona_{
      connection_, "INSERT INTO persona(id, digest, contact, first_seen, identifiers) VALUES(?1, ?2, ?3, ?4, ?5)"};
  Statement add_identifier_{connection_,
                            "INSERT OR IGNORE INTO identifier(kind, normal, scope, persona, trust, value) "
                            "VALUES(?1, ?2, ?3, ?4, ?5, ?6)"};
  Statement add_link_{connection_,
                      "INSERT INTO link(persona, number, evidence, decided_at) VALUES(?1, "
                      "(SELECT coalesce(max(number), 0) + 1 FROM link WHERE persona = ?1), ?2, ?3)"};
  Statement find_alias_{connection_, "SELECT contact FROM alias WHERE id = ?1"};
  Statement find_aliases_{connection_, "SELECT id FROM alias WHERE contact = ?1 ORDER BY id"};
  Statement find_contact_{connection_, "SELECT revision, golden, created_at, updated_at FROM contact WHERE id = ?1"};
  Statement put_contact_{connection_,
                         "INSERT INTO contact(id, revision, golden, created_at, updated_at) VALUES(?1, ?2, ?3, ?4, ?5) "
                         "ON CONFLICT(id) DO UPDATE SET revision = excluded.revision, golden = excluded.golden, "
                         "created_at = excluded.created_at, updated_at = excluded.updated_at"};
  Statement move_personas_{connection_, "UPDATE persona SET contact = ?2 WHERE contact = ?1"};
  Statement move_aliases_{connection_, "UPDATE alias SET contact = ?2 WHERE contact = ?1"};
  Statement add_alias_{connection_, "INSERT INTO alias(id, contact, evidence, decided_at) VALUES(?1, ?2, ?3, ?4)"};
  Statement remove_contact_{connection_, "DELETE FROM contact WHERE id = ?1"};
  Statement move_told_{connection_,
                       "INSERT INTO told(contact, destination, event) SELECT ?2, destination, event FROM told "
                       "WHERE contact = ?1 ON CONFLICT DO UPDATE SET event = min(event, excluded.event)"};
  Statement forget_told_{connection_, "DELETE FROM told WHERE contact = ?1"};
  Statement personas_of_{connection_,
                         "SELECT id, digest, contact, first_seen, identifiers FROM persona WHERE contact = ?1 "
                         "ORDER BY id"};
  Statement split_persona_{connection_, "UPDATE persona SET contact = ?3 WHERE id = ?1 AND contact = ?2"};
  Statement remove_alias_{connection_, "DELETE FROM alias WHERE id = ?1"};
  Statement split_aliases_{connection_,
                           "UPDATE alias SET contact = ?2 WHERE contact = ?1 "
                           "AND (SELECT contact FROM persona WHERE persona.id = alias.id) = ?2"};
  Statement copy_told_{connection_,
                       "INSERT INTO told(contact, destination, event) SELECT ?2, destination, event FROM told "
                       "WHERE contact = ?1"};
  Statement put_decision_{connection_,
                          "INSERT INTO decision(left_persona, right_persona, verdict, decided_at) "
                          "VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET verdict = excluded.verdict, "
                          "decided_at = excluded.decided_at"};
  Statement remove_decision_{connection_, "DELETE FROM decision WHERE left_persona = ?1 AND right_persona = ?2"};
  Statement add_model_{connection_, "INSERT INTO model(learned, adopted_at) VALUES(?1, ?2)"};
  Statement move_lane_{connection_,
                       "UPDATE delivery INDEXED BY delivery_lane SET lane = ?2 WHERE lane = ?1 AND state = 0"};

  Statement find_interaction_{
      connection_,
      "SELECT i.id, coalesce(p.contact, i.contact), i.revision, i.receipt, i.deleted, "
      "i.direction, i.historical, i.contact FROM interaction AS i LEFT JOIN persona AS p ON p.id = i.contact "
      "WHERE i.channel = ?1 AND i.dedupe = ?2"};
  Statement add_interaction_{
      connection_,
      "INSERT INTO interaction(id, channel, dedupe, kind, direction, visibility, historical, possible_duplicate, "
      "deleted, receipt, revision, precision, occurred_at, received_at, contact, conversation, content_digest, "
      "participants, account, external_id, in_reply_to, language, subject, text, content) "
      "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, "
      "?23, ?24)"};
  Statement add_to_timeline_{connection_,
                             "INSERT OR IGNORE INTO timeline(persona, occurred_at, interaction) VALUES(?1, ?2, ?3)"};
  Statement add_interaction_original_{
      connection_, "INSERT INTO interaction_original(interaction, media_type, sha256, bytes) VALUES(?1, ?2, ?3, ?4)"};
  Statement add_attachment_{connection_,
                            "INSERT INTO attachment(interaction, ordinal, name, media_type, reference, size, sha256, "
                            "data) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"};
  Statement find_content_digest_{connection_, "SELECT content_digest FROM interaction WHERE id = ?1"};
  Statement add_content_digest_{connection_, "INSERT OR IGNORE INTO content_seen(interaction, digest) VALUES(?1, ?2)"};
  Statement edit_interaction_{connection_,
                              "UPDATE interaction SET revision = revision + 1, text = ?2, content = ?3, "
                              "subject = coalesce(?4, subject) "
                              "WHERE id = ?1 RETURNING revision"};
  Statement delete_interaction_{connection_, "UPDATE interaction SET deleted = 1 WHERE id = ?1"};
  Statement advance_receipt_{connection_, "UPDATE interaction SET receipt = max(receipt, ?2) WHERE id = ?1"};
  Statement find_conversation_{connection_,
                               "SELECT id FROM conversation WHERE channel = ?1 AND thread = ?2 AND contact = ?3"};
  Statement add_conversation_{connection_,
                              "INSERT INTO conversation(id, channel, thread, contact) VALUES((SELECT "
                              "max(coalesce(max(id), 0) + 1, ?4) FROM conversation), ?1, ?2, ?3) RETURNING id"};
  Statement takes_part_{connection_,
                        "SELECT EXISTS(SELECT 1 FROM member AS m JOIN persona AS p ON p.id = m.persona "
                        "WHERE m.conversation = ?1 AND p.contact = ?2)"};
  Statement add_member_{connection_, "INSERT OR IGNORE INTO member(conversation, persona) VALUES(?1, ?2)"};
  Statement fact_known_{connection_,
                        "SELECT EXISTS(SELECT 1 FROM fact WHERE channel = ?1 AND dedupe = ?2) "
                        "OR EXISTS(SELECT 1 FROM parked WHERE channel = ?1 AND dedupe = ?2)"};
  Statement add_fact_{
      connection_,
      "INSERT INTO fact(id, interaction, channel, dedupe, kind, receipt, precision, occurred_at, "
      "received_at, actor, text, content) VALUES((SELECT max(coalesce(max(id), 0) + 1, ?12) FROM fact), "
      "?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) "
      "RETURNING id"};
  Statement add_fact_original_{connection_,
                               "INSERT INTO fact_original(fact, media_type, sha256, bytes) VALUES(?1, ?2, ?3, ?4)"};
  Statement park_{connection_,
                  "INSERT INTO parked(channel, target, dedupe, parked_at, fact) VALUES(?1, ?2, ?3, ?4, ?5)"};
  Statement parked_for_{connection_,
                        "SELECT id, channel, target, dedupe, parked_at, fact FROM parked "
                        "WHERE channel = ?1 AND target = ?2 ORDER BY id"};
  Statement parked_before_{connection_,
                           "SELECT id, channel, target, dedupe, parked_at, fact FROM parked WHERE parked_at < ?1 "
                           "ORDER BY parked_at, id LIMIT ?2"};
  Statement unpark_{connection_, "DELETE FROM parked WHERE id = ?1"};

  Statement add_notice_{connection_,
                        "INSERT OR IGNORE INTO notice(channel, dedupe, severity, occurred_at, received_at, account, "
                        "kind, text, content) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"};
  Statement add_consent_{connection_,
                         "INSERT INTO consent(channel, persona, state, occurred_at, category, content) "
                         "VALUES(?1, ?2, ?3, ?4, ?5, ?6)"};
  Statement add_quarantine_{connection_,
                            "INSERT INTO quarantine(channel, received_at, state, reason, remedy, media_type, sha256, "
                            "bytes) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) RETURNING id"};
  Statement mark_replayed_{connection_, "UPDATE quarantine SET state = ?2 WHERE id = ?1"};

  Statement add_event_{connection_,
                       "INSERT INTO event(id, type, contact, interaction, at, payload, channel) "
                       "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)"};
  Statement add_delivery_{connection_,
                          "INSERT INTO delivery(destination, event, lane, state, attempts, due, last_status, "
                          "last_reason) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"};
  Statement record_{connection_,
                    "UPDATE delivery SET state = ?3, attempts = ?4, due = ?5, last_status = ?6, last_reason = ?7 "
                    "WHERE destination = ?1 AND event = ?2"};
  Statement add_told_{connection_,
                      "INSERT INTO told(contact, destination, event) VALUES(?1, ?2, ?3) "
                      "ON CONFLICT DO UPDATE SET event = excluded.event WHERE excluded.event < event"};
  Statement told_of_{connection_, "SELECT destination FROM told WHERE contact = ?1 ORDER BY destination"};
  Statement told_before_{connection_, "SELECT 1 FROM told WHERE contact = ?1 AND destination = ?2 AND event < ?3"};

  Statement destinations_{connection_, "SELECT id FROM destination WHERE ?1 IS NULL OR name = ?1 ORDER BY id"};
  Statement dead_letters_{connection_,
                          "SELECT event FROM delivery INDEXED BY delivery_pending WHERE state <> 1 AND state = 2 "
                          "AND destination = ?1 AND event > ?2 AND event <= ?3 ORDER BY event LIMIT ?4"};
  Statement any_deliveries_{connection_,
                            "SELECT event FROM delivery WHERE destination = ?1 AND event > ?2 AND event <= ?3 "
                            "ORDER BY event LIMIT ?4"};
  Statement reopen_{connection_,
                    "UPDATE delivery AS d SET state = 0, attempts = 0, due = ?8, "
                    "lane = coalesce((SELECT contact FROM alias WHERE id = d.lane), d.lane) "
                    "WHERE destination = ?1 AND " PATCHBAY_DELIVERY_FILTER "AND event = ?6 AND state = ?7"};
  Statement events_{connection_,
                    "SELECT e.id, e.type, coalesce((SELECT contact FROM alias WHERE id = e.contact), e.contact), "
                    "e.interaction, e.at, coalesce(e.channel, i.channel, CASE WHEN e.type = 11 THEN (SELECT c.id FROM "
                    "channel AS c WHERE c.name = json_extract(e.payload, '$.data.channel')) END), i.historical "
                    "FROM event AS e LEFT JOIN interaction AS i ON i.id = e.interaction "
                    "WHERE e.id > ?1 AND e.id <= ?2 ORDER BY e.id LIMIT ?3"};
  Statement fill_{connection_,
                  "INSERT OR IGNORE INTO delivery(destination, event, lane, state, attempts, due, last_status, "
                  "last_reason) VALUES(?1, ?2, ?3, 0, 0, ?4, 0, '')"};
  Statement progress_{connection_,
                      "SELECT after_event, last_event, deliveries, started_at FROM progress WHERE task = ?1"};
  Statement put_progress_{connection_,
                          "INSERT INTO progress(task, after_event, last_event, deliveries, started_at) "
                          "VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT(task) DO UPDATE SET after_event = "
                          "excluded.after_event, last_event = excluded.last_event, deliveries = excluded.deliveries"};
  Statement end_progress_{connection_, "DELETE FROM progress WHERE task = ?1"};

  Statement find_outbound_{connection_, find_outbound_by_key};
  Statement outbound_{connection_, find_outbound_by_id};
  Statement add_outbound_{
      connection_,
      "INSERT INTO outbound(id, channel, account, lane, key, request, forced, accepted_at, answers, participants, "
      "recipient, conversation, thread, in_reply_to, category, subject, text, content, state, attempts, changed_at, "
      "due, interaction, external_id, reason, remedy) VALUES((SELECT max(coalesce(max(id), 0) + 1, ?26) FROM "
      "outbound), "
      "?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, "
      "?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25) RETURNING id"};
  Statement put_outbound_{connection_,
                          "UPDATE outbound SET state = ?2, attempts = ?3, changed_at = ?4, due = ?5, interaction = ?6, "
                          "external_id = ?7, reason = ?8, remedy = ?9 WHERE id = ?1"};
  Statement persona_{connection_, "SELECT digest, contact, first_seen, identifiers FROM persona WHERE id = ?1"};
  Statement personas_with_{connection_,
                           "SELECT persona FROM identifier WHERE kind = ?1 AND normal = ?2 AND scope = ?3"};
  // Role 0 is the author: who is only mentioned wrote nothing.
  Statement last_inbound_{connection_,
                          "SELECT t.occurred_at, i.conversation FROM timeline AS t "
                          "JOIN interaction AS i ON i.id = t.interaction "
                          "WHERE t.persona = ?1 AND t.occurred_at >= ?2 AND i.channel = ?3 AND i.account = ?4 "
                          "AND i.direction = 0 AND EXISTS(SELECT 1 FROM json_each(i.participants) AS p WHERE "
                          "json_extract(p.value, '$[0]') = 0 AND json_extract(p.value, '$[1]') = t.persona) "
                          "ORDER BY t.occurred_at DESC LIMIT 1"};
  Statement consents_{connection_,
                      "SELECT id, state, occurred_at, category, content FROM consent INDEXED BY consent_persona "
                      "WHERE persona = ?1 AND channel = ?2"};
  Statement put_suppression_{
      connection_,
      "INSERT INTO suppression(kind, normal, scope, value, reason, added_at) VALUES(?1, ?2, ?3, ?4, ?5, ?6) "
      "ON CONFLICT(kind, normal, scope) DO UPDATE SET reason = excluded.reason"};
  Statement remove_suppression_{connection_, "DELETE FROM suppression WHERE kind = ?1 AND normal = ?2 AND scope = ?3"};
  Statement find_suppression_{connection_,
                              "SELECT id, kind, value, scope, normal, reason, added_at FROM suppression "
                              "WHERE kind = ?1 AND normal = ?2 AND scope = ?3"};
  Statement put_grant_{connection_,
                       "INSERT INTO oauth2_grant(kind, owner, sealed) VALUES(?1, ?2, ?3) ON CONFLICT(kind, owner) DO "
                       "UPDATE SET sealed = excluded.sealed"};
  Statement remove_grant_{connection_, "DELETE FROM oauth2_grant WHERE kind = ?1 AND owner = ?2"};
};

}  // namespace patchbay::store::sqlite
