// The Reader's operations on interactions.
#include "store/sqlite/codec.hpp"
#include "store/sqlite/persona_row.hpp"
#include "store/sqlite/reader.hpp"

#include <limits>

namespace patchbay::store::sqlite {

namespace {

tl::unexpected<Error> no_such(InteractionId id) {
  return failure(ErrorCode::not_found, public_id(id) + ": no such interaction", "see `patchbay interaction list`");
}

// Its media type alone: the bytes are read when they are asked for.
std::optional<Original> original_from(const Rows& row, int media_type_column) {
  if (row.null(media_type_column)) return std::nullopt;
  return Original{{}, row.text(media_type_column)};
}

}  // namespace

Result<Interaction> Reader::load_interaction(InteractionId id) {
  Rows row = find_interaction_.with(id);
  if (!PATCHBAY_TRY(row.next())) return no_such(id);
  Interaction interaction;
  interaction.id = id;
  interaction.channel = row.as<ChannelId>(0);
  interaction.channel_name = row.text(1);
  interaction.kind = row.as<Kind>(2);
  interaction.direction = row.as<Direction>(3);
  interaction.visibility = row.as<Visibility>(4);
  interaction.historical = row.integer(5) != 0;
  interaction.possible_duplicate = row.integer(6) != 0;
  interaction.deleted = row.integer(7) != 0;
  interaction.precision = row.as<Precision>(8);
  interaction.occurred_at = row.time(9);
  interaction.received_at = row.time(10);
  interaction.account = row.text(11);
  interaction.external_id = row.text(12);
  interaction.dedupe = row.digest16(13);
  interaction.content_digest = row.digest16(14);
  interaction.revision = row.integer(15);
  interaction.conversation = row.maybe<ConversationId>(16);
  interaction.contact = row.as<ContactId>(17);
  interaction.in_reply_to = row.text(18);
  interaction.language = row.text(19);
  interaction.subject = row.text(20);
  interaction.text = row.text(21);
  interaction.content = row.text(22);
  interaction.participants = PATCHBAY_TRY(decode_participants(row.view(23)));
  interaction.original = original_from(row, 24);

  Rows attachments = attachments_of_.with(id);
  while (PATCHBAY_TRY(attachments.next())) {
    Attachment one;
    one.name = attachments.text(0);
    one.media_type = attachments.text(1);
    one.reference = attachments.text(2);
    one.size = static_cast<std::uint64_t>(attachments.integer(3));
    if (!attachments.null(4)) one.sha256 = attachments.digest32(4);
    interaction.attachments.push_back(std::move(one));
  }
  return interaction;
}

Result<std::vector<Interaction>> Reader::load_interactions(Rows& ids) {
  std::vector<Interaction> interactions;
  while (PATCHBAY_TRY(ids.next())) {
    interactions.push_back(PATCHBAY_TRY(load_interaction(ids.as<InteractionId>(0))));
  }
  return interactions;
}

Result<std::vector<Interaction>> Reader::list_interactions(const InteractionFilter& filter, Page page) {
  const Snapshot snapshot(*this);
  PATCHBAY_CHECK(snapshot.begun());
  if (filter.contact) {
    const ContactId alive = PATCHBAY_TRY(living(*filter.contact));
    Rows rows = timeline_.with(alive, page.after, filter.channel, page.limit);
    return load_interactions(rows);
  }
  const std::int64_t below = page.after == 0 ? std::numeric_limits<std::int64_t>::max() : page.after;
  Rows rows = list_interactions_.with(below, filter.channel, page.limit);
  return load_interactions(rows);
}

Result<std::vector<Fact>> Reader::load_facts(InteractionId id) {
  std::vector<Fact> facts;
  Rows row = facts_of_.with(id);
  while (PATCHBAY_TRY(row.next())) {
    Fact fact;
    fact.id = row.as<FactId>(0);
    fact.interaction = id;
    fact.kind = row.as<FactKind>(1);
    fact.receipt = row.as<Receipt>(2);
    fact.precision = row.as<Precision>(3);
    fact.occurred_at = row.time(4);
    fact.received_at = row.time(5);
    fact.dedupe = row.digest16(6);
    fact.actor = row.maybe<PersonaId>(7);
    fact.text = row.text(8);
    fact.content = row.text(9);
    fact.original = original_from(row, 10);
    facts.push_back(std::move(fact));
  }
  return facts;
}

Result<InteractionDetails> Reader::show_interaction(InteractionId id) {
  const Snapshot snapshot(*this);
  PATCHBAY_CHECK(snapshot.begun());
  InteractionDetails details;
  details.interaction = PATCHBAY_TRY(load_interaction(id));
  for (const Participant& one : details.interaction.participants) {
    Rows rows = find_persona_.with(one.persona);
    std::vector<Persona> found = PATCHBAY_TRY(personas_in(rows));
    if (found.empty()) {
      return failure(ErrorCode::corrupt, "reading " + public_id(id) + ": " + public_id(one.persona) + " is missing",
                     "restore the last backup");
    }
    details.personas.push_back(std::move(found.front()));
  }
  details.facts = PATCHBAY_TRY(load_facts(id));
  if (details.interaction.conversation) {
    Rows row = find_thread_.with(*details.interaction.conversation);
    if (PATCHBAY_TRY(row.next())) details.thread = row.text(0);
  }
  return details;
}

Result<std::optional<Original>> Reader::original(InteractionId id) {
  Rows row = find_original_.with(id);
  if (!PATCHBAY_TRY(row.next())) return no_such(id);
  if (row.null(0)) return std::optional<Original>{};
  Original original;
  original.media_type = row.text(0);
  original.bytes = PATCHBAY_TRY(content(row, 1, 2));
  return std::optional<Original>{std::move(original)};
}

Result<std::string> Reader::attachment_content(InteractionId id, std::size_t ordinal) {
  const std::string what = public_id(id) + ", attachment " + std::to_string(ordinal);
  Rows row = find_attachment_.with(id, ordinal);
  if (!PATCHBAY_TRY(row.next())) return failure(ErrorCode::not_found, what + ": no such attachment");
  const auto at_provider = failure(ErrorCode::not_found, what + ": the content is still at the provider");
  Result<std::string> bytes = content(row, 0, 1);
  // A digest beside a reference is the provider's word for what it has.
  if (!bytes && bytes.error().code == ErrorCode::corrupt && !row.view(3).empty()) return at_provider;
  if (bytes && bytes->empty() && row.integer(2) != 0) return at_provider;
  return bytes;
}

}  // namespace patchbay::store::sqlite
