// What of a DeliveryFilter the Reader and the Writer hold each delivery against, in SQL. Pure.
#pragma once

#include "store/store.hpp"

// For a row `d` of delivery: ?2 since, ?3 until, ?4 reason, ?5 the living contact; ?1 is left to the destination. A
// macro, since a Statement's text is one literal.
#define PATCHBAY_DELIVERY_FILTER                                        \
  "(?2 IS NULL OR (SELECT at FROM event WHERE id = d.event) >= ?2) "    \
  "AND (?3 IS NULL OR (SELECT at FROM event WHERE id = d.event) < ?3) " \
  "AND (?4 IS NULL OR instr(lower(d.last_reason), lower(?4)) > 0) "     \
  "AND (?5 IS NULL OR coalesce((SELECT contact FROM alias WHERE id = d.lane), d.lane) = ?5) "
