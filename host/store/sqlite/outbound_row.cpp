#include "store/sqlite/outbound_row.hpp"

#include "store/sqlite/codec.hpp"

namespace patchbay::store::sqlite {

Result<Outbound> outbound_from(const Rows& row) {
  Outbound outbound;
  outbound.id = row.as<OutboundId>(0);
  outbound.channel = row.as<ChannelId>(1);
  outbound.channel_name = row.text(2);
  outbound.account = row.text(3);
  outbound.lane = row.digest16(4);
  outbound.key = row.text(5);
  outbound.request = row.digest16(6);
  outbound.forced = row.integer(7) != 0;
  outbound.accepted_at = row.time(8);
  outbound.answers = row.maybe<InteractionId>(9);
  outbound.participants = PATCHBAY_TRY(decode_participants(row.view(10)));
  outbound.recipient = PATCHBAY_TRY(decode_identifiers(row.view(11)));
  outbound.conversation = row.maybe<ConversationId>(12);
  outbound.thread = row.text(13);
  outbound.in_reply_to = row.text(14);
  outbound.category = row.text(15);
  outbound.subject = row.text(16);
  outbound.text = row.text(17);
  outbound.content = row.text(18);
  outbound.state = row.as<OutboundState>(19);
  outbound.attempts = static_cast<std::uint32_t>(row.integer(20));
  outbound.changed_at = row.time(21);
  outbound.due = row.time(22);
  outbound.interaction = row.maybe<InteractionId>(23);
  outbound.external_id = row.text(24);
  outbound.reason = row.text(25);
  outbound.remedy = row.text(26);
  return outbound;
}

Suppression suppression_from(const Rows& row) {
  Suppression suppression;
  suppression.id = row.integer(0);
  suppression.identifier = {row.text(1), row.text(2), row.text(3), Trust::attested, row.text(4)};
  suppression.reason = row.text(5);
  suppression.added_at = row.time(6);
  return suppression;
}

}  // namespace patchbay::store::sqlite
