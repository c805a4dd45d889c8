// A row of the table `outbound` as Writer and Reader both read it: its columns, in one order, and what they become.
//
// [the thread that owns the connection] What cannot be read is `corrupt`.
#pragma once

#include "store/records.hpp"
#include "store/sqlite/connection.hpp"

namespace patchbay::store::sqlite {

#define PATCHBAY_OUTBOUND_COLUMNS                                                                                    \
  "SELECT o.id, o.channel, c.name, o.account, o.lane, o.key, o.request, o.forced, o.accepted_at, o.answers, "        \
  "o.participants, o.recipient, o.conversation, o.thread, o.in_reply_to, o.category, o.subject, o.text, o.content, " \
  "o.state, o.attempts, o.changed_at, o.due, o.interaction, o.external_id, o.reason, o.remedy FROM outbound AS o "

inline constexpr const char* find_outbound_by_key =
    PATCHBAY_OUTBOUND_COLUMNS "LEFT JOIN channel AS c ON c.id = o.channel WHERE o.key = ?1";
inline constexpr const char* find_outbound_by_id =
    PATCHBAY_OUTBOUND_COLUMNS "LEFT JOIN channel AS c ON c.id = o.channel WHERE o.id = ?1";
inline constexpr const char* list_outbound_rows = PATCHBAY_OUTBOUND_COLUMNS
    "LEFT JOIN channel AS c ON c.id = o.channel WHERE o.id < ?1 AND (?2 IS NULL OR c.name = ?2) "
    "AND (?3 IS NULL OR o.state = ?3) ORDER BY o.id DESC LIMIT ?4";
// The few whose end is open, without a look at all that were ever sent.
inline constexpr const char* list_doubtful_outbound_rows = PATCHBAY_OUTBOUND_COLUMNS
    "INDEXED BY outbound_doubtful LEFT JOIN channel AS c ON c.id = o.channel WHERE o.state IN (1, 4) AND o.state = ?3 "
    "AND o.id < ?1 AND (?2 IS NULL OR c.name = ?2) ORDER BY o.id DESC LIMIT ?4";
inline constexpr const char* list_queued_outbound = PATCHBAY_OUTBOUND_COLUMNS
    "INDEXED BY outbound_queued LEFT JOIN channel AS c ON c.id = o.channel WHERE o.state = 0 AND o.channel = ?1 "
    "AND o.id > ?2 ORDER BY o.id LIMIT ?3";

#undef PATCHBAY_OUTBOUND_COLUMNS

// The current row.
[[nodiscard]] Result<Outbound> outbound_from(const Rows& row);
[[nodiscard]] Suppression suppression_from(const Rows& row);

}  // namespace patchbay::store::sqlite
