// The Writer's operations on interactions and what happens to them.
#include "store/sqlite/codec.hpp"
#include "store/sqlite/writer.hpp"

#include <sqlite3.h>

namespace patchbay::store::sqlite {

Result<std::optional<KnownInteraction>> Writer::find_interaction(ChannelId channel, const Digest16& dedupe) {
  Rows rows = find_interaction_.with(channel, dedupe);
  if (!PATCHBAY_TRY(rows.next())) return std::optional<KnownInteraction>{};
  KnownInteraction known;
  known.id = rows.as<InteractionId>(0);
  known.contact = rows.as<ContactId>(1);
  known.revision = rows.integer(2);
  known.receipt = rows.as<Receipt>(3);
  known.deleted = rows.integer(4) != 0;
  known.direction = rows.as<Direction>(5);
  known.historical = rows.integer(6) != 0;
  known.with = rows.as<PersonaId>(7);
  return std::optional<KnownInteraction>{known};
}

Result<InteractionId> Writer::add_interaction(const Interaction& interaction) {
  const InteractionId id{next_.interaction};
  // By the persona, so that the row need not change when contacts do.
  const std::int64_t with = interaction.with == PersonaId{} ? number(interaction.contact) : number(interaction.with);
  const std::string participants = encode(interaction.participants);
  PATCHBAY_CHECK(add_interaction_.run(
      id, interaction.channel, interaction.dedupe, interaction.kind, interaction.direction, interaction.visibility,
      interaction.historical, interaction.possible_duplicate, interaction.deleted, interaction.revision,
      interaction.precision, interaction.occurred_at, interaction.received_at, with, interaction.conversation,
      interaction.content_digest, participants, interaction.account, interaction.external_id, interaction.in_reply_to,
      interaction.language, interaction.subject, interaction.text, interaction.content));
  ++next_.interaction;
  for (const Participant& one : interaction.participants) {
    PATCHBAY_CHECK(add_to_timeline_.run(one.persona, interaction.occurred_at, id));
    if (interaction.conversation && interaction.visibility == Visibility::private_)
      PATCHBAY_CHECK(add_member_.run(*interaction.conversation, one.persona));
  }
  PATCHBAY_CHECK(add_attachments(id, interaction.attachments));
  if (interaction.original) {
    const Placed placed = PATCHBAY_TRY(place(interaction.original->bytes));
    PATCHBAY_CHECK(
        add_interaction_original_.run(id, interaction.original->media_type, placed.sha256, Blob{placed.bytes}));
  }
  return id;
}

Status Writer::add_attachments(InteractionId id, std::span<const Attachment> attachments) {
  std::int64_t ordinal = 0;
  for (const Attachment& one : attachments) {
    Placed placed = PATCHBAY_TRY(place(one.data));
    if (one.data.empty()) placed.sha256 = one.sha256;
    const std::uint64_t size = one.data.empty() ? one.size : one.data.size();
    PATCHBAY_CHECK(add_attachment_.run(id, ordinal++, one.name, one.media_type, one.reference, size, placed.sha256,
                                       Blob{placed.bytes}));
  }
  return {};
}

Result<bool> Writer::content_seen(InteractionId id, const Digest16& content_digest) {
  {
    // The first content's digest stands in the row itself: most interactions never get a second one.
    Rows rows = find_content_digest_.with(id);
    if (!PATCHBAY_TRY(rows.next())) return refuse(ErrorCode::not_found, public_id(id) + ": no such interaction");
    if (rows.digest16(0) == content_digest) return true;
  }
  PATCHBAY_CHECK(add_content_digest_.run(id, content_digest));
  return sqlite3_changes64(connection_.handle()) == 0;
}

Result<std::int64_t> Writer::edit_interaction(InteractionId id, std::string_view text, std::string_view content,
                                              std::optional<std::string_view> subject) {
  Rows rows = edit_interaction_.with(id, text, content, subject);
  if (!PATCHBAY_TRY(rows.next())) return refuse(ErrorCode::not_found, public_id(id) + ": no such interaction");
  const std::int64_t revision = rows.integer(0);
  PATCHBAY_CHECK(rows.next());
  return revision;
}

Status Writer::delete_interaction(InteractionId id) {
  PATCHBAY_CHECK(delete_interaction_.run(id));
  return expect_one_row("interaction", number(id));
}

Status Writer::advance_receipt(InteractionId id, Receipt receipt) {
  PATCHBAY_CHECK(advance_receipt_.run(id, receipt));
  return expect_one_row("interaction", number(id));
}

Result<std::optional<ConversationId>> Writer::find_conversation(ChannelId channel, std::string_view thread,
                                                                ContactId contact) {
  Rows known = find_conversation_.with(channel, thread, contact);
  if (!PATCHBAY_TRY(known.next())) return std::optional<ConversationId>{};
  return std::optional<ConversationId>{known.as<ConversationId>(0)};
}

Result<ConversationId> Writer::conversation(ChannelId channel, std::string_view thread, ContactId contact) {
  ContactId with = contact == no_contact ? contact : PATCHBAY_TRY(living(contact));
  // Without a thread it is with a contact; one that they have apart stays theirs.
  if (thread.empty() || with != no_contact)
    if (const auto own = PATCHBAY_TRY(find_conversation(channel, thread, with))) return *own;
  if (!thread.empty()) {
    const auto shared = PATCHBAY_TRY(find_conversation(channel, thread, no_contact));
    bool is_apart = false;
    if (shared && with != no_contact) {
      Rows rows = takes_part_.with(*shared, with);
      PATCHBAY_CHECK(rows.next());
      is_apart = rows.integer(0) == 0;
    }
    if (shared && !is_apart) return *shared;
    if (!is_apart) with = no_contact;
  }
  Rows added = add_conversation_.with(channel, thread, with, least_id_);
  PATCHBAY_CHECK(added.next());
  const auto id = added.as<ConversationId>(0);
  PATCHBAY_CHECK(added.next());
  return id;
}

Result<bool> Writer::fact_known(ChannelId channel, const Digest16& dedupe) {
  Rows rows = fact_known_.with(channel, dedupe);
  PATCHBAY_CHECK(rows.next());
  return rows.integer(0) != 0;
}

Result<FactId> Writer::add_fact(ChannelId channel, const Fact& fact) {
  FactId id{};
  {
    Rows rows = add_fact_.with(fact.interaction, channel, fact.dedupe, fact.kind, fact.receipt, fact.precision,
                               fact.occurred_at, fact.received_at, fact.actor, fact.text, fact.content, least_id_);
    PATCHBAY_CHECK(rows.next());
    id = rows.as<FactId>(0);
    PATCHBAY_CHECK(rows.next());
  }
  if (fact.original) {
    const Placed placed = PATCHBAY_TRY(place(fact.original->bytes));
    PATCHBAY_CHECK(add_fact_original_.run(id, fact.original->media_type, placed.sha256, Blob{placed.bytes}));
  }
  return id;
}

Status Writer::park(const Parked& parked) {
  return park_.run(parked.channel, parked.target, parked.dedupe, parked.parked_at, Blob{parked.fact});
}

Result<std::vector<Parked>> Writer::collect_parked(Rows& rows) {
  std::vector<Parked> found;
  while (PATCHBAY_TRY(rows.next())) {
    found.push_back(
        {rows.integer(0), rows.as<ChannelId>(1), rows.digest16(2), rows.digest16(3), rows.time(4), rows.text(5)});
  }
  return found;
}

Result<std::vector<Parked>> Writer::parked_for(ChannelId channel, const Digest16& target) {
  Rows rows = parked_for_.with(channel, target);
  return collect_parked(rows);
}

Result<std::vector<Parked>> Writer::parked_before(TimePoint time, std::size_t limit) {
  Rows rows = parked_before_.with(time, limit);
  return collect_parked(rows);
}

Status Writer::unpark(std::int64_t id) {
  PATCHBAY_CHECK(unpark_.run(id));
  return expect_one_row("parked", id);
}

}  // namespace patchbay::store::sqlite
