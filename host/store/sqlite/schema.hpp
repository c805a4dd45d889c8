// The schema, as numbered migrations: entry n brings a database of version n to version n + 1. What is released is
// never changed, only followed by another.
//
// Times are microseconds since 1970, enumerations are the numbers of records.hpp, digests are raw bytes. Comments in
// the text stay in the database, for whoever looks at it with a tool.
#pragma once

#include <array>

namespace patchbay::store::sqlite {

inline constexpr std::array migrations{R"sql(
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE channel(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, connector TEXT NOT NULL) STRICT;
CREATE TABLE destination(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, sink TEXT NOT NULL) STRICT;
CREATE TABLE channel_state(
  channel INTEGER NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL,
  PRIMARY KEY(channel, key)) STRICT, WITHOUT ROWID;

CREATE TABLE contact(
  id INTEGER PRIMARY KEY,  -- of its first persona
  revision INTEGER NOT NULL, golden TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL) STRICT;
CREATE TABLE alias(
  id INTEGER PRIMARY KEY,     -- of a contact that was merged
  contact INTEGER NOT NULL,   -- always a living one
  evidence TEXT NOT NULL, decided_at INTEGER NOT NULL) STRICT;
CREATE INDEX alias_contact ON alias(contact);
CREATE TABLE relation(
  contact INTEGER NOT NULL, kind INTEGER NOT NULL,  -- 0 household, 1 employer
  other INTEGER NOT NULL, evidence TEXT NOT NULL, decided_at INTEGER NOT NULL,
  PRIMARY KEY(contact, kind, other)) STRICT, WITHOUT ROWID;
CREATE TABLE persona(
  id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, contact INTEGER NOT NULL, first_seen INTEGER NOT NULL,
  identifiers TEXT NOT NULL  -- as given: [[kind, value, scope, trust, normal], ...]
  ) STRICT;
CREATE INDEX persona_contact ON persona(contact);
CREATE TABLE identifier(
  kind TEXT NOT NULL, normal TEXT NOT NULL, scope TEXT NOT NULL, persona INTEGER NOT NULL,
  trust INTEGER NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY(kind, normal, scope, persona)) STRICT, WITHOUT ROWID;
CREATE TABLE link(  -- the contact is the persona's
  persona INTEGER NOT NULL, number INTEGER NOT NULL, evidence TEXT NOT NULL, decided_at INTEGER NOT NULL,
  PRIMARY KEY(persona, number)) STRICT, WITHOUT ROWID;

CREATE TABLE conversation(
  id INTEGER PRIMARY KEY, channel INTEGER NOT NULL,
  thread TEXT NOT NULL,       -- the channel's own, or empty
  contact INTEGER NOT NULL,   -- where the thread is empty, else 0
  UNIQUE(channel, thread, contact)) STRICT;
CREATE TABLE interaction(
  id INTEGER PRIMARY KEY, channel INTEGER NOT NULL, dedupe BLOB NOT NULL,
  kind INTEGER NOT NULL, direction INTEGER NOT NULL, visibility INTEGER NOT NULL,
  historical INTEGER NOT NULL, possible_duplicate INTEGER NOT NULL, deleted INTEGER NOT NULL,
  receipt INTEGER NOT NULL,  -- the furthest so far
  revision INTEGER NOT NULL, precision INTEGER NOT NULL, occurred_at INTEGER NOT NULL, received_at INTEGER NOT NULL,
  contact INTEGER NOT NULL,  -- as decided at commit; reads follow alias
  conversation INTEGER, content_digest BLOB NOT NULL,
  participants TEXT NOT NULL,  -- [[role, persona], ...] in their order
  account TEXT NOT NULL, external_id TEXT NOT NULL, in_reply_to TEXT NOT NULL, language TEXT NOT NULL,
  subject TEXT NOT NULL, text TEXT NOT NULL, content TEXT NOT NULL) STRICT;
CREATE UNIQUE INDEX interaction_dedupe ON interaction(channel, dedupe);
CREATE TABLE timeline(  -- an index of interaction.participants by persona
  persona INTEGER NOT NULL, occurred_at INTEGER NOT NULL, interaction INTEGER NOT NULL,
  PRIMARY KEY(persona, occurred_at, interaction)) STRICT, WITHOUT ROWID;
CREATE TABLE interaction_original(
  interaction INTEGER PRIMARY KEY, media_type TEXT NOT NULL,
  sha256 BLOB,  -- of a file below blobs/; the bytes are empty then
  bytes BLOB NOT NULL) STRICT;
CREATE TABLE attachment(
  interaction INTEGER NOT NULL, ordinal INTEGER NOT NULL, name TEXT NOT NULL, media_type TEXT NOT NULL,
  reference TEXT NOT NULL, size INTEGER NOT NULL, sha256 BLOB, data BLOB NOT NULL) STRICT;
CREATE UNIQUE INDEX attachment_place ON attachment(interaction, ordinal);
CREATE TABLE content_seen(  -- beside interaction.content_digest
  interaction INTEGER NOT NULL, digest BLOB NOT NULL, PRIMARY KEY(interaction, digest)) STRICT, WITHOUT ROWID;
CREATE TABLE fact(
  id INTEGER PRIMARY KEY, interaction INTEGER NOT NULL, channel INTEGER NOT NULL, dedupe BLOB NOT NULL,
  kind INTEGER NOT NULL, receipt INTEGER NOT NULL, precision INTEGER NOT NULL,
  occurred_at INTEGER NOT NULL, received_at INTEGER NOT NULL, actor INTEGER,
  text TEXT NOT NULL, content TEXT NOT NULL) STRICT;
CREATE UNIQUE INDEX fact_dedupe ON fact(channel, dedupe);
CREATE INDEX fact_interaction ON fact(interaction);
CREATE TABLE fact_original(
  fact INTEGER PRIMARY KEY, media_type TEXT NOT NULL, sha256 BLOB, bytes BLOB NOT NULL) STRICT;
CREATE TABLE parked(
  id INTEGER PRIMARY KEY, channel INTEGER NOT NULL, target BLOB NOT NULL, dedupe BLOB NOT NULL,
  parked_at INTEGER NOT NULL, fact BLOB NOT NULL) STRICT;
CREATE UNIQUE INDEX parked_dedupe ON parked(channel, dedupe);
CREATE INDEX parked_target ON parked(channel, target);
CREATE INDEX parked_time ON parked(parked_at);

CREATE TABLE notice(
  id INTEGER PRIMARY KEY, channel INTEGER NOT NULL, dedupe BLOB NOT NULL, severity INTEGER NOT NULL,
  occurred_at INTEGER NOT NULL, received_at INTEGER NOT NULL,
  account TEXT NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL, content TEXT NOT NULL) STRICT;
CREATE UNIQUE INDEX notice_dedupe ON notice(channel, dedupe);
CREATE TABLE consent(
  id INTEGER PRIMARY KEY, channel INTEGER NOT NULL, persona INTEGER NOT NULL, state INTEGER NOT NULL,
  occurred_at INTEGER NOT NULL, category TEXT NOT NULL, content TEXT NOT NULL) STRICT;
CREATE INDEX consent_persona ON consent(persona);
CREATE TABLE quarantine(
  id INTEGER PRIMARY KEY, channel INTEGER NOT NULL, received_at INTEGER NOT NULL, state INTEGER NOT NULL,
  reason TEXT NOT NULL, remedy TEXT NOT NULL, media_type TEXT NOT NULL, sha256 BLOB, bytes BLOB NOT NULL) STRICT;

CREATE TABLE event(
  id INTEGER PRIMARY KEY, type INTEGER NOT NULL, contact INTEGER, interaction INTEGER, at INTEGER NOT NULL,
  payload TEXT NOT NULL) STRICT;
CREATE TABLE delivery(
  destination INTEGER NOT NULL, event INTEGER NOT NULL, lane INTEGER NOT NULL,
  state INTEGER NOT NULL,  -- 0 open, 1 delivered, 2 dead
  attempts INTEGER NOT NULL, due INTEGER NOT NULL, last_status INTEGER NOT NULL, last_reason TEXT NOT NULL,
  PRIMARY KEY(destination, event)) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_pending ON delivery(state, destination, event) WHERE state <> 1;
CREATE INDEX delivery_lane ON delivery(lane) WHERE state = 0;
)sql",
                                       R"sql(
CREATE TABLE told(  -- which destinations were ever sent an event about a contact
  contact INTEGER NOT NULL,  -- always a living one
  destination INTEGER NOT NULL,
  event INTEGER NOT NULL,  -- the first of them
  PRIMARY KEY(contact, destination)) STRICT, WITHOUT ROWID;
INSERT INTO told(contact, destination, event)
  SELECT coalesce(a.contact, e.contact), d.destination, min(e.id) FROM delivery AS d JOIN event AS e ON e.id = d.event
  LEFT JOIN alias AS a ON a.id = e.contact WHERE e.contact IS NOT NULL GROUP BY 1, 2;
ALTER TABLE event ADD COLUMN channel INTEGER;  -- on which it happened; of older events only the interaction tells it
CREATE TABLE progress(  -- of replays and fillings that are not finished
  task TEXT PRIMARY KEY, after_event INTEGER NOT NULL, last_event INTEGER NOT NULL, deliveries INTEGER NOT NULL,
  started_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
)sql",

                                       R"sql(
CREATE TABLE outbound(
  id INTEGER PRIMARY KEY, channel INTEGER NOT NULL, account TEXT NOT NULL,
  lane BLOB NOT NULL,              -- of the recipient
  key TEXT NOT NULL UNIQUE,        -- the caller's idempotency key
  request BLOB NOT NULL,           -- digest of what was asked for under it
  forced INTEGER NOT NULL, accepted_at INTEGER NOT NULL,
  answers INTEGER,                 -- an interaction
  participants TEXT NOT NULL,      -- [[role, persona], ...]
  recipient TEXT NOT NULL,         -- [[kind, value, scope, trust, normal], ...]
  conversation INTEGER, thread TEXT NOT NULL, in_reply_to TEXT NOT NULL, category TEXT NOT NULL,
  subject TEXT NOT NULL, text TEXT NOT NULL, content TEXT NOT NULL,
  state INTEGER NOT NULL,          -- 0 queued, 1 sending, 2 sent, 3 failed, 4 uncertain, 5 refused
  attempts INTEGER NOT NULL, changed_at INTEGER NOT NULL, due INTEGER NOT NULL,
  interaction INTEGER,             -- what it became
  external_id TEXT NOT NULL, reason TEXT NOT NULL, remedy TEXT NOT NULL) STRICT;
CREATE INDEX outbound_queued ON outbound(channel, id) WHERE state = 0;
CREATE INDEX outbound_doubtful ON outbound(state, id) WHERE state IN (1, 4);
CREATE TABLE suppression(
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, normal TEXT NOT NULL, scope TEXT NOT NULL, value TEXT NOT NULL,
  reason TEXT NOT NULL, added_at INTEGER NOT NULL, UNIQUE(kind, normal, scope)) STRICT;
)sql",

                                       R"sql(
ALTER TABLE destination ADD COLUMN disabled_at INTEGER;  -- since it answered that it wants nothing any more
ALTER TABLE destination ADD COLUMN disabled_for TEXT NOT NULL DEFAULT '';
)sql",

                                       R"sql(
ALTER TABLE channel ADD COLUMN paused_at INTEGER;  -- since the operator wants it to rest
)sql",

                                       R"sql(
CREATE TABLE oauth2_grant(  -- encrypted with a key that is in the settings
  kind INTEGER NOT NULL,    -- of the owner: 0 channel, 1 destination
  owner INTEGER NOT NULL, sealed BLOB NOT NULL,
  PRIMARY KEY(kind, owner)) STRICT, WITHOUT ROWID;
)sql",

                                       R"sql(
-- From here on interaction.contact is the id of a persona of the contact that it is with, as a contact's id always was.
CREATE TABLE decision(  -- of operators about two personas
  left_persona INTEGER NOT NULL, right_persona INTEGER NOT NULL,  -- the smaller id is on the left
  verdict INTEGER NOT NULL,  -- 0 the same, 1 not the same
  decided_at INTEGER NOT NULL,
  PRIMARY KEY(left_persona, right_persona)) STRICT, WITHOUT ROWID;
)sql",

                                       R"sql(
-- A thread of others may have a contact's own conversation beside the one of all who take part in it.
CREATE TABLE member(  -- who takes part in a private conversation
  conversation INTEGER NOT NULL, persona INTEGER NOT NULL, PRIMARY KEY(conversation, persona)) STRICT, WITHOUT ROWID;
INSERT OR IGNORE INTO member(conversation, persona)
  SELECT i.conversation, json_extract(p.value, '$[1]') FROM interaction AS i, json_each(i.participants) AS p
  WHERE i.conversation IS NOT NULL AND i.visibility = 0;
)sql",

                                       R"sql(
DROP TABLE relation;  -- never written: who is related is what the engine sees
CREATE TABLE model(  -- of identity, in their order; the last one holds from the next start on
  id INTEGER PRIMARY KEY,
  learned TEXT NOT NULL,  -- JSON; empty: the weights that ship
  adopted_at INTEGER NOT NULL) STRICT;
)sql"};

}  // namespace patchbay::store::sqlite
