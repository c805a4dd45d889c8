// The Writer's operations on what the business sends, and on who is not to be written to.
#include "store/sqlite/codec.hpp"
#include "store/sqlite/writer.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <utility>

namespace patchbay::store::sqlite {

namespace {

// What an identifier is found by: its normal form, and itself where it has none.
const std::string& comparable(const Identifier& identifier) {
  return identifier.normal.empty() ? identifier.value : identifier.normal;
}

}  // namespace

Result<std::optional<Outbound>> Writer::find_outbound(std::string_view key) {
  Rows rows = find_outbound_.with(key);
  if (!PATCHBAY_TRY(rows.next())) return std::optional<Outbound>{};
  return std::optional<Outbound>{PATCHBAY_TRY(outbound_from(rows))};
}

Result<Outbound> Writer::outbound(OutboundId id) {
  Rows rows = outbound_.with(id);
  if (!PATCHBAY_TRY(rows.next())) return refuse(ErrorCode::not_found, public_id(id) + ": no such outbound");
  return outbound_from(rows);
}

Result<OutboundId> Writer::add_outbound(const Outbound& outbound) {
  const std::string participants = encode(outbound.participants);
  const std::string recipient = encode(outbound.recipient);
  Rows rows = add_outbound_.with(outbound.channel, outbound.account, outbound.lane, outbound.key, outbound.request,
                                 outbound.forced, outbound.accepted_at, outbound.answers, participants, recipient,
                                 outbound.conversation, outbound.thread, outbound.in_reply_to, outbound.category,
                                 outbound.subject, outbound.text, outbound.content, outbound.state, outbound.attempts,
                                 outbound.changed_at, outbound.due, outbound.interaction, outbound.external_id,
                                 outbound.reason, outbound.remedy, least_id_);
  PATCHBAY_CHECK(rows.next());
  const auto id = rows.as<OutboundId>(0);
  PATCHBAY_CHECK(rows.next());
  return id;
}

Status Writer::put_outbound(const Outbound& outbound) {
  PATCHBAY_CHECK(put_outbound_.run(outbound.id, outbound.state, outbound.attempts, outbound.changed_at, outbound.due,
                                   outbound.interaction, outbound.external_id, outbound.reason, outbound.remedy));
  return expect_one_row("outbound", number(outbound.id));
}

Result<Persona> Writer::persona(PersonaId id) {
  Rows rows = persona_.with(id);
  if (!PATCHBAY_TRY(rows.next())) return refuse(ErrorCode::not_found, public_id(id) + ": no such persona");
  Persona persona;
  persona.id = id;
  persona.digest = rows.digest16(0);
  persona.contact = rows.as<ContactId>(1);
  persona.first_seen = rows.time(2);
  persona.identifiers = PATCHBAY_TRY(decode_identifiers(rows.view(3)));
  return persona;
}

Result<std::vector<PersonaId>> Writer::personas_with(std::span<const Identifier> identifiers) {
  std::vector<PersonaId> found;
  for (const Identifier& identifier : identifiers) {
    if (identifier.normal.empty()) continue;
    Rows rows = personas_with_.with(identifier.kind, identifier.normal, identifier.scope);
    while (PATCHBAY_TRY(rows.next())) found.push_back(rows.as<PersonaId>(0));
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

Result<std::optional<LastInbound>> Writer::last_inbound(ChannelId channel, std::string_view account,
                                                        std::span<const PersonaId> personas, TimePoint since) {
  std::optional<LastInbound> newest;
  for (const PersonaId persona : personas) {
    Rows rows = last_inbound_.with(persona, newest ? newest->at : since, channel, account);
    if (PATCHBAY_TRY(rows.next())) newest = LastInbound{rows.time(0), rows.maybe<ConversationId>(1)};
  }
  return newest;
}

Result<std::vector<Consent>> Writer::consents(ChannelId channel, std::span<const PersonaId> personas) {
  std::vector<std::pair<std::int64_t, Consent>> found;
  for (const PersonaId persona : personas) {
    Rows rows = consents_.with(persona, channel);
    while (PATCHBAY_TRY(rows.next())) {
      Consent consent;
      consent.channel = channel;
      consent.persona = persona;
      consent.state = rows.as<ConsentState>(1);
      consent.occurred_at = rows.time(2);
      consent.category = rows.text(3);
      consent.content = rows.text(4);
      found.emplace_back(rows.integer(0), std::move(consent));
    }
  }
  std::sort(found.begin(), found.end(), [](const auto& one, const auto& other) {
    return std::pair(one.second.occurred_at, one.first) < std::pair(other.second.occurred_at, other.first);
  });
  std::vector<Consent> ordered;
  ordered.reserve(found.size());
  for (auto& [id, consent] : found) ordered.push_back(std::move(consent));
  return ordered;
}

Status Writer::put_suppression(const Suppression& suppression) {
  const Identifier& identifier = suppression.identifier;
  return put_suppression_.run(identifier.kind, comparable(identifier), identifier.scope, identifier.value,
                              suppression.reason, suppression.added_at);
}

Result<bool> Writer::remove_suppression(const Identifier& identifier) {
  PATCHBAY_CHECK(remove_suppression_.run(identifier.kind, comparable(identifier), identifier.scope));
  return sqlite3_changes64(connection_.handle()) != 0;
}

Result<std::optional<Suppression>> Writer::find_suppression(const Identifier& identifier) {
  Rows rows = find_suppression_.with(identifier.kind, comparable(identifier), identifier.scope);
  if (!PATCHBAY_TRY(rows.next())) return std::optional<Suppression>{};
  return std::optional<Suppression>{suppression_from(rows)};
}

}  // namespace patchbay::store::sqlite
