// The Writer's operations on notices, quarantine, events and deliveries.
#include "store/sqlite/writer.hpp"

#include <sqlite3.h>

namespace patchbay::store::sqlite {

Result<bool> Writer::add_notice(const Notice& notice) {
  PATCHBAY_CHECK(add_notice_.run(notice.channel, notice.dedupe, notice.severity, notice.occurred_at, notice.received_at,
                                 notice.account, notice.kind, notice.text, notice.content));
  return sqlite3_changes64(connection_.handle()) == 1;
}

Status Writer::add_consent(const Consent& consent) {
  return add_consent_.run(consent.channel, consent.persona, consent.state, consent.occurred_at, consent.category,
                          consent.content);
}

Result<QuarantineId> Writer::add_quarantine(const Quarantine& quarantine) {
  const Placed placed = PATCHBAY_TRY(place(quarantine.original.bytes));
  Rows rows =
      add_quarantine_.with(quarantine.channel, quarantine.received_at, quarantine.state, quarantine.reason,
                           quarantine.remedy, quarantine.original.media_type, placed.sha256, Blob{placed.bytes});
  PATCHBAY_CHECK(rows.next());
  const auto id = rows.as<QuarantineId>(0);
  PATCHBAY_CHECK(rows.next());
  return id;
}

Status Writer::mark_replayed(QuarantineId id) {
  PATCHBAY_CHECK(mark_replayed_.run(id, QuarantineState::replayed));
  return expect_one_row("quarantine", number(id));
}

Result<EventId> Writer::next_event_id() { return EventId{next_.event++}; }

Status Writer::add_event(const Event& event) {
  static const std::string empty;
  const std::string& payload = event.payload ? *event.payload : empty;
  return add_event_.run(event.id, event.type, event.contact, event.interaction, event.at, payload, event.channel);
}

Status Writer::add_delivery(const Delivery& delivery) {
  PATCHBAY_CHECK(add_delivery_.run(delivery.destination, delivery.event, delivery.lane, delivery.state,
                                   delivery.attempts, delivery.due, delivery.last_status, delivery.last_reason));
  if (delivery.lane == no_contact) return {};
  return add_told_.run(delivery.lane, delivery.destination, delivery.event);
}

Status Writer::record(const Outcome& outcome) {
  PATCHBAY_CHECK(record_.run(outcome.destination, outcome.event, outcome.state, outcome.attempts, outcome.due,
                             outcome.status, outcome.reason));
  if (sqlite3_changes64(connection_.handle()) != 1)
    return refuse(ErrorCode::not_found, "recording an outcome of " + public_id(outcome.event) + " at destination " +
                                            std::to_string(number(outcome.destination)) + ": no such delivery");
  if (!outcome.disabled_at) return {};
  return disable_destination_.run(outcome.destination, *outcome.disabled_at, outcome.reason);
}

Status Writer::enable_destination(DestinationId id) {
  PATCHBAY_CHECK(enable_destination_.run(id));
  return expect_one_row("destination", number(id));
}

}  // namespace patchbay::store::sqlite
