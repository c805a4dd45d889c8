// The Reader over one read-only SQLite connection of its own; see store.hpp for what each operation promises.
//
// Every call runs in one read transaction, so that it sees one committed state; the transaction ends with the call, so
// that the writer's log can start again.
#pragma once

#include "store/sqlite/blobs.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/delivery_filter.hpp"
#include "store/sqlite/outbound_row.hpp"
#include "store/store.hpp"

#include <memory>

namespace patchbay::store::sqlite {

class Reader final : public store::Reader {
 public:
  Reader(std::unique_ptr<Connection> connection, Blobs blobs);

  Result<Counts> counts() override;
  Result<std::optional<std::string>> state(ChannelId channel, std::string_view key) override;
  Result<std::optional<std::string>> grant(const GrantOwner& owner) override;

  Result<std::vector<Contact>> find_contacts(std::string_view text, Page page) override;
  Result<ContactDetails> show_contact(ContactId id) override;
  Result<std::vector<Persona>> list_personas(PersonaId after, std::size_t limit) override;
  Result<std::vector<Decision>> list_decisions() override;
  Result<std::vector<ContactId>> list_contact_ids(ContactId after, std::size_t limit) override;
  Result<std::optional<LearnedModel>> model() override;
  Result<std::vector<Interaction>> list_interactions(const InteractionFilter& filter, Page page) override;
  Result<InteractionDetails> show_interaction(InteractionId id) override;
  Result<std::optional<Original>> original(InteractionId id) override;
  Result<std::string> attachment_content(InteractionId id, std::size_t ordinal) override;

  Result<std::vector<OpenDelivery>> list_deliveries(const DeliveryFilter& filter, Page page) override;
  Result<std::int64_t> count_deliveries(const DeliveryFilter& filter) override;
  Result<std::vector<OpenDelivery>> open_deliveries(DestinationId destination, EventId after,
                                                    std::size_t limit) override;

  Result<std::vector<ChannelRow>> channels() override;
  Result<std::vector<DestinationRow>> destinations() override;

  Result<std::vector<Quarantine>> list_quarantine(Page page) override;
  Result<Quarantine> show_quarantine(QuarantineId id) override;

  Result<std::vector<Outbound>> list_outbound(const OutboundFilter& filter, Page page) override;
  Result<Outbound> show_outbound(OutboundId id) override;
  Result<std::vector<Outbound>> queued_outbound(ChannelId channel, OutboundId after, std::size_t limit) override;
  Result<std::vector<Suppression>> list_suppressions(Page page) override;

 private:
  // The read transaction of one call.
  class Snapshot {
   public:
    explicit Snapshot(Reader& reader) : reader_(reader), begun_(reader.begin_.run()) {}
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;
    ~Snapshot() {
      if (begun_) static_cast<void>(reader_.end_.run());
    }
    [[nodiscard]] const Status& begun() const { return begun_; }

   private:
    Reader& reader_;
    Status begun_;
  };
  struct Place {
    std::int64_t event, destination;
  };

  [[nodiscard]] Result<ContactId> living(ContactId id);
  [[nodiscard]] Result<Contact> load_contact(ContactId id);
  [[nodiscard]] Result<Interaction> load_interaction(InteractionId id);
  [[nodiscard]] Result<std::vector<Interaction>> load_interactions(Rows& ids);
  [[nodiscard]] Result<std::vector<Fact>> load_facts(InteractionId id);
  [[nodiscard]] Result<std::vector<Place>> find_deliveries(const DeliveryFilter& filter, Page page);
  [[nodiscard]] Result<OpenDelivery> load_delivery(Place place);
  [[nodiscard]] Result<std::string> content(Rows& row, int sha256_column, int bytes_column);

  std::unique_ptr<Connection> connection_;
  Blobs blobs_;

  Statement begin_{*connection_, "BEGIN"};
  Statement end_{*connection_, "COMMIT"};

  // Interactions and events get their ids without gaps and are not removed, so the last id is their number; counting
  // rows would read all of them.
  Statement counts_{*connection_,
                    "SELECT (SELECT count(*) FROM contact), (SELECT coalesce(max(id), 0) FROM interaction), "
                    "(SELECT coalesce(max(id), 0) FROM event), (SELECT count(*) FROM delivery), "
                    "(SELECT count(*) FROM delivery INDEXED BY delivery_pending WHERE state <> 1 AND state = 0), "
                    "(SELECT count(*) FROM delivery INDEXED BY delivery_pending WHERE state <> 1 AND state = 2), "
                    "(SELECT count(*) FROM quarantine WHERE state = 0), (SELECT count(*) FROM parked), "
                    "(SELECT count(*) FROM outbound INDEXED BY outbound_queued WHERE state = 0), "
                    "(SELECT count(*) FROM outbound INDEXED BY outbound_doubtful WHERE state IN (1, 4) AND state = 4)"};
  Statement state_{*connection_, "SELECT value FROM channel_state WHERE channel = ?1 AND key = ?2"};

  Statement find_contacts_{*connection_,
                           "SELECT c.id FROM contact AS c WHERE c.id > ?1 AND (c.golden LIKE ?2 ESCAPE '\\' "
                           "OR c.id IN (SELECT p.contact FROM identifier AS i JOIN persona AS p ON p.id = i.persona "
                           "WHERE i.normal = ?3 OR i.value = ?3)) ORDER BY c.id LIMIT ?4"};
  Statement find_alias_{*connection_, "SELECT contact FROM alias WHERE id = ?1"};
  Statement find_aliases_{*connection_, "SELECT id FROM alias WHERE contact = ?1 ORDER BY id"};
  Statement find_contact_{*connection_, "SELECT revision, golden, created_at, updated_at FROM contact WHERE id = ?1"};
  Statement personas_of_{*connection_,
                         "SELECT id, digest, contact, first_seen, identifiers FROM persona WHERE contact = ?1 "
                         "ORDER BY id"};
  Statement find_persona_{*connection_,
                          "SELECT id, digest, contact, first_seen, identifiers FROM persona WHERE id = ?1"};
  Statement list_personas_{*connection_,
                           "SELECT id, digest, contact, first_seen, identifiers FROM persona "
                           "WHERE id > ?1 AND contact > 0 ORDER BY id LIMIT ?2"};
  Statement list_decisions_{*connection_,
                            "SELECT left_persona, right_persona, verdict, decided_at FROM decision "
                            "ORDER BY left_persona, right_persona"};
  Statement list_contact_ids_{*connection_,
                              "SELECT DISTINCT contact FROM persona WHERE contact > max(?1, 0) ORDER BY contact "
                              "LIMIT ?2"};
  Statement model_{*connection_, "SELECT learned, adopted_at FROM model ORDER BY id DESC LIMIT 1"};
  Statement links_of_{*connection_,
                      "SELECT l.persona, p.contact, l.evidence, l.decided_at FROM persona AS p "
                      "JOIN link AS l ON l.persona = p.id WHERE p.contact = ?1 ORDER BY l.persona, l.number"};

  // The + keeps SQLite from taking the dedupe index, whose order would then have to be sorted.
  Statement list_interactions_{*connection_,
                               "SELECT i.id FROM interaction AS i WHERE i.id < ?1 AND (?2 IS NULL OR +i.channel = "
                               "(SELECT id FROM channel WHERE name = ?2)) ORDER BY i.id DESC LIMIT ?3"};
  Statement timeline_{*connection_,
                      "SELECT DISTINCT t.interaction, t.occurred_at FROM persona AS p "
                      "CROSS JOIN timeline AS t ON t.persona = p.id WHERE p.contact = ?1 AND (?2 = 0 OR "
                      "(t.occurred_at, t.interaction) < ((SELECT occurred_at FROM interaction WHERE id = ?2), ?2)) "
                      "AND (?3 IS NULL OR (SELECT channel FROM interaction WHERE id = t.interaction) = "
                      "(SELECT id FROM channel WHERE name = ?3)) "
                      "ORDER BY t.occurred_at DESC, t.interaction DESC LIMIT ?4"};
  Statement find_interaction_{
      *connection_,
      "SELECT i.channel, c.name, i.kind, i.direction, i.visibility, i.historical, i.possible_duplicate, i.deleted, "
      "i.precision, i.occurred_at, i.received_at, i.account, i.external_id, i.dedupe, i.content_digest, i.revision, "
      "i.conversation, coalesce(p.contact, i.contact), i.in_reply_to, i.language, i.subject, i.text, i.content, "
      "i.participants, o.media_type FROM interaction AS i LEFT JOIN channel AS c ON c.id = i.channel "
      "LEFT JOIN persona AS p ON p.id = i.contact LEFT JOIN interaction_original AS o ON o.interaction = i.id "
      "WHERE i.id = ?1"};
  Statement attachments_of_{*connection_,
                            "SELECT name, media_type, reference, size, sha256 FROM attachment WHERE interaction = ?1 "
                            "ORDER BY ordinal"};
  Statement facts_of_{*connection_,
                      "SELECT f.id, f.kind, f.receipt, f.precision, f.occurred_at, f.received_at, f.dedupe, f.actor, "
                      "f.text, f.content, o.media_type FROM fact AS f LEFT JOIN fact_original AS o ON o.fact = f.id "
                      "WHERE f.interaction = ?1 ORDER BY f.id"};
  Statement find_original_{*connection_,
                           "SELECT o.media_type, o.sha256, o.bytes FROM interaction AS i "
                           "LEFT JOIN interaction_original AS o ON o.interaction = i.id WHERE i.id = ?1"};
  Statement find_attachment_{
      *connection_, "SELECT sha256, data, size, reference FROM attachment WHERE interaction = ?1 AND ordinal = ?2"};

  Statement channel_rows_{*connection_, "SELECT id, name, connector, paused_at FROM channel ORDER BY id"};
  Statement destination_rows_{*connection_,
                              "SELECT id, name, sink, disabled_at, disabled_for FROM destination ORDER BY id"};
  Statement destinations_{*connection_, "SELECT id FROM destination WHERE ?1 IS NULL OR name = ?1"};
  Statement deliveries_{*connection_,
                        "SELECT event FROM delivery AS d WHERE destination = ?1 AND " PATCHBAY_DELIVERY_FILTER
                        "AND (?6 IS NULL OR state = ?6) AND event >= ?7 AND event < ?8 ORDER BY event DESC LIMIT ?9"};
  Statement pending_deliveries_{*connection_,
                                "SELECT event FROM delivery AS d INDEXED BY delivery_pending WHERE state <> 1 "
                                "AND destination = ?1 AND " PATCHBAY_DELIVERY_FILTER
                                "AND state = ?6 AND event >= ?7 AND event < ?8 ORDER BY event DESC LIMIT ?9"};
  Statement count_deliveries_{*connection_,
                              "SELECT count(*) FROM delivery AS d WHERE destination = ?1 AND " PATCHBAY_DELIVERY_FILTER
                              "AND (?6 IS NULL OR state = ?6) AND event >= ?7 AND event < ?8"};
  Statement count_pending_{*connection_,
                           "SELECT count(*) FROM delivery AS d INDEXED BY delivery_pending WHERE state <> 1 "
                           "AND destination = ?1 AND " PATCHBAY_DELIVERY_FILTER
                           "AND state = ?6 AND event >= ?7 AND event < ?8"};
  Statement find_delivery_{*connection_,
                           "SELECT d.destination, d.event, coalesce(a.contact, d.lane), d.state, d.attempts, d.due, "
                           "d.last_status, d.last_reason, n.name, e.type, e.contact, e.interaction, e.at, e.payload "
                           "FROM delivery AS d JOIN event AS e ON e.id = d.event "
                           "LEFT JOIN destination AS n ON n.id = d.destination LEFT JOIN alias AS a ON a.id = d.lane "
                           "WHERE d.destination = ?1 AND d.event = ?2"};
  Statement open_deliveries_{*connection_,
                             "SELECT event FROM delivery INDEXED BY delivery_pending WHERE state <> 1 AND state = 0 "
                             "AND destination = ?1 AND event > ?2 ORDER BY event LIMIT ?3"};

  Statement list_quarantine_{*connection_,
                             "SELECT q.id, q.channel, c.name, q.received_at, q.state, q.reason, q.remedy, "
                             "q.media_type FROM quarantine AS q LEFT JOIN channel AS c ON c.id = q.channel "
                             "WHERE q.id < ?1 ORDER BY q.id DESC LIMIT ?2"};
  Statement find_quarantine_{*connection_,
                             "SELECT q.id, q.channel, c.name, q.received_at, q.state, q.reason, q.remedy, "
                             "q.media_type, q.sha256, q.bytes FROM quarantine AS q "
                             "LEFT JOIN channel AS c ON c.id = q.channel WHERE q.id = ?1"};

  Statement find_thread_{*connection_, "SELECT thread FROM conversation WHERE id = ?1"};
  Statement list_outbound_{*connection_, list_outbound_rows};
  Statement list_doubtful_outbound_{*connection_, list_doubtful_outbound_rows};
  Statement find_outbound_{*connection_, find_outbound_by_id};
  Statement queued_outbound_{*connection_, list_queued_outbound};
  Statement list_suppressions_{*connection_,
                               "SELECT id, kind, value, scope, normal, reason, added_at FROM suppression "
                               "WHERE id > ?1 ORDER BY id LIMIT ?2"};
  Statement grant_{*connection_, "SELECT sealed FROM oauth2_grant WHERE kind = ?1 AND owner = ?2"};
};

}  // namespace patchbay::store::sqlite
