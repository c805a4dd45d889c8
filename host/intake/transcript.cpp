#include "intake/transcript.hpp"

#include "contact/json_text.hpp"

#include <nlohmann/json.hpp>

namespace patchbay::intake {

using nlohmann::json;
using store::EventType;

namespace {

// What makes two deliveries of one external id the same: all that a person would read.
Digest16 content_digest(const store::Interaction& interaction) {
  std::string attachments;
  for (const store::Attachment& attachment : interaction.attachments) {
    attachments.append(attachment.name).append(1, '\0');
    attachments.append(attachment.media_type).append(1, '\0');
    const Digest32 content = attachment.sha256 ? *attachment.sha256 : sha256(attachment.data);
    if (attachment.sha256 || !attachment.data.empty())
      attachments.append(bytes_of(content));
    else
      attachments.append(attachment.reference);
    attachments.append(1, '\0');
  }
  return digest_of({interaction.subject, interaction.text, interaction.content, attachments});
}

}  // namespace

Recorder::Transcript::Transcript(Recorder& recorder, store::Writer& writer, const Source& source, TimePoint received_at)
    : recorder_(recorder),
      writer_(writer),
      source_(source),
      received_at_(received_at),
      publisher_(writer, recorder.routes_, recorder.store_id_, source.id, received_at),
      people_(writer, recorder.directory_, recorder.own_, publisher_, received_at) {}

Recorded Recorder::Transcript::take() { return {counts_, publisher_.take_steps()}; }

Digest16 Recorder::Transcript::dedupe_of(std::string_view account, std::string_view external_id) const {
  if (!external_id.empty()) return digest_of({account, external_id});
  Digest16 unique{};
  recorder_.random_(unique);
  return unique;
}

Status Recorder::Transcript::interaction(const IncomingInteraction& incoming) {
  const store::Interaction& given = incoming.interaction;
  const Digest16 dedupe = dedupe_of(given.account, given.external_id);
  publisher_.publish_for(about(given.historical));
  std::optional<store::KnownInteraction> known;
  if (!given.external_id.empty()) known = PATCHBAY_TRY(writer_.find_interaction(source_.id, dedupe));
  if (!known) {
    PATCHBAY_CHECK(add(incoming, dedupe));
    return {};
  }
  // A late retry of an old text must not undo an edit: whatever was seen under this id before is a duplicate.
  if (PATCHBAY_TRY(writer_.content_seen(known->id, content_digest(given)))) {
    ++counts_.duplicates;
    return {};
  }
  return edited_at_source(incoming, *known);
}

Result<store::InteractionId> Recorder::Transcript::add(const IncomingInteraction& incoming, const Digest16& dedupe) {
  const std::vector<contact::SeenParticipant> participants =
      PATCHBAY_TRY(people_.resolve(incoming.participants, region_of(incoming.region), dedupe));

  store::Interaction interaction = incoming.interaction;
  interaction.channel = source_.id;
  interaction.channel_name = source_.name;
  interaction.received_at = received_at_;
  if (interaction.occurred_at == TimePoint{}) interaction.occurred_at = received_at_;
  interaction.dedupe = dedupe;
  interaction.content_digest = content_digest(interaction);
  if (const store::Persona* with = People::counterpart(interaction.direction, participants)) {
    interaction.contact = with->contact;
    interaction.with = with->id;
  }
  const auto kept_out_of = PATCHBAY_TRY(converse(interaction, incoming.thread));
  for (const contact::SeenParticipant& participant : participants)
    interaction.participants.push_back({participant.role, participant.persona.id});
  interaction.id = PATCHBAY_TRY(writer_.add_interaction(interaction));
  ++counts_.accepted;
  PATCHBAY_CHECK(people_.publish_changes(interaction.id));
  PATCHBAY_CHECK(introduce_others(interaction, participants));

  std::string whom = "null";
  std::string subject = "channel/" + source_.name;
  if (interaction.contact != store::no_contact) {
    store::Contact with = PATCHBAY_TRY(writer_.contact(interaction.contact));
    if (with.revision == 0) PATCHBAY_CHECK(people_.announce(with, interaction.id));
    whom = contact::to_text(with);
    subject = store::public_id(interaction.contact);
  }
  std::string data;
  contact::ObjectText(data)
      .json("contact", whom)
      .json("interaction", contact::to_text(interaction, source_.connector, participants))
      .end();
  const EventType type = interaction.direction == store::Direction::inbound ? EventType::interaction_received
                                                                            : EventType::interaction_sent;
  PATCHBAY_CHECK(publisher_.publish(type, interaction.contact, interaction.id, subject, std::string_view(data)));
  if (!interaction.external_id.empty()) PATCHBAY_CHECK(apply_parked(dedupe));
  if (kept_out_of && !interaction.historical) PATCHBAY_CHECK(tell_stranger(interaction, *kept_out_of));
  return interaction.id;
}

// In private only those take part in a thread who wrote in it or were written to: whoever learns how a channel names
// the thread of others would else write into their conversation. What the business sends goes where it says.
Result<std::optional<store::ConversationId>> Recorder::Transcript::converse(store::Interaction& interaction,
                                                                            std::string_view thread) {
  if (thread.empty()) return std::optional<store::ConversationId>{};
  const bool is_asked =
      interaction.direction == store::Direction::inbound && interaction.visibility == store::Visibility::private_;
  const store::ContactId who = is_asked ? interaction.contact : store::no_contact;
  interaction.conversation = PATCHBAY_TRY(writer_.conversation(source_.id, thread, who));
  if (who == store::no_contact) return std::optional<store::ConversationId>{};
  const store::ConversationId shared = PATCHBAY_TRY(writer_.conversation(source_.id, thread, store::no_contact));
  if (shared == *interaction.conversation) return std::optional<store::ConversationId>{};
  return std::optional<store::ConversationId>{shared};
}

// Once for each conversation that began so.
Result<bool> Recorder::Transcript::tell_stranger(const store::Interaction& interaction, store::ConversationId thread) {
  const std::string own = store::public_id(*interaction.conversation);
  IncomingNotice heard;
  heard.external_id = "stranger in a thread " + own;
  heard.notice.account = interaction.account;
  heard.notice.kind = "stranger_in_thread";
  heard.notice.occurred_at = interaction.occurred_at;
  heard.notice.text = "Somebody answered into " + store::public_id(thread) + " who takes no part in it; " +
                      store::public_id(interaction.id) + " is in " + own + " instead.";
  heard.notice.content = json{{"interaction", store::public_id(interaction.id)},
                              {"conversation", own},
                              {"thread", store::public_id(thread)},
                              {"contact", contact::contact_id_json(interaction.contact)}}
                             .dump();
  return notice(heard);
}

Result<store::InteractionId> Recorder::Transcript::sent(const Sending& sending) {
  const store::Outbound& outbound = sending.outbound;
  const Digest16 dedupe = dedupe_of(outbound.account, sending.external_id);
  if (!sending.external_id.empty())
    if (const auto known = PATCHBAY_TRY(writer_.find_interaction(source_.id, dedupe))) return known->id;

  IncomingInteraction incoming;
  store::Interaction& interaction = incoming.interaction;
  interaction.direction = store::Direction::outbound;
  interaction.precision = store::Precision::microsecond;
  interaction.occurred_at = sending.occurred_at;
  interaction.account = outbound.account;
  interaction.external_id = sending.external_id;
  interaction.conversation = outbound.conversation;
  interaction.in_reply_to = outbound.in_reply_to;
  interaction.subject = outbound.subject;
  interaction.text = outbound.text;
  interaction.content = outbound.content;
  for (const store::Participant& participant : outbound.participants)
    incoming.participants.push_back({.role = participant.role, .identifiers = {}, .known = participant.persona});
  if (outbound.participants.empty())
    incoming.participants.push_back({.role = store::Role::recipient, .identifiers = outbound.recipient});
  publisher_.publish_for(About::news);
  return add(incoming, dedupe);
}

// Whom the interaction is with comes whole with its event; of the others it has the ids alone.
Status Recorder::Transcript::introduce_others(const store::Interaction& interaction,
                                              const std::vector<contact::SeenParticipant>& participants) {
  std::vector<store::ContactId> others;
  for (const contact::SeenParticipant& participant : participants)
    if (participant.persona.contact != interaction.contact) others.push_back(participant.persona.contact);
  return people_.introduce(others, interaction.id);
}

// The same external id with content not seen before: the source edited it in place (a review, a re-sent mail).
Status Recorder::Transcript::edited_at_source(const IncomingInteraction& incoming,
                                              const store::KnownInteraction& known) {
  IncomingFact edit;
  edit.fact.kind = store::FactKind::edit;
  edit.fact.precision = incoming.interaction.precision;
  edit.fact.occurred_at = incoming.interaction.occurred_at;
  if (edit.fact.occurred_at == TimePoint{}) edit.fact.occurred_at = received_at_;
  edit.fact.received_at = received_at_;
  edit.fact.text = incoming.interaction.text;
  edit.fact.content = incoming.interaction.content;
  edit.fact.original = incoming.interaction.original;
  edit.fact.dedupe = dedupe_of({}, {});
  edit.account = incoming.interaction.account;
  edit.region = incoming.region;
  edit.target = incoming.interaction.external_id;
  for (const IncomingParticipant& participant : incoming.participants)
    if (participant.role == store::Role::author) edit.participants.push_back(participant);
  ++counts_.edits;
  return apply(edit, known, incoming.interaction.subject);
}

Result<bool> Recorder::Transcript::notice(const IncomingNotice& incoming) {
  store::Notice notice = incoming.notice;
  notice.channel = source_.id;
  notice.received_at = received_at_;
  // Of the time as given: a repeat of news without a time comes at another one.
  notice.dedupe =
      incoming.external_id.empty()
          ? digest_of({"notice", notice.account, notice.kind, notice.text, notice.content, rfc3339(notice.occurred_at)})
          : digest_of({"notice", notice.account, incoming.external_id});
  if (notice.occurred_at == TimePoint{}) notice.occurred_at = received_at_;
  publisher_.publish_for(About::news);
  if (!PATCHBAY_TRY(writer_.add_notice(notice))) {
    ++counts_.duplicates;
    return false;
  }
  const json data = {{"channel", source_.name},
                     {"account", notice.account},
                     {"kind", notice.kind},
                     {"severity", store::name_of(notice.severity)},
                     {"text", notice.text},
                     {"occurred_at", rfc3339(notice.occurred_at)},
                     {"received_at", rfc3339(notice.received_at)},
                     {"content", json::parse(notice.content, nullptr, false)}};
  PATCHBAY_CHECK(
      publisher_.publish(EventType::channel_notice, store::no_contact, std::nullopt, "channel/" + source_.name, data));
  return true;
}

Status Recorder::Transcript::consent(const IncomingConsent& incoming) {
  const Digest16 from = digest_of(
      {"consent", source_.name, incoming.account, incoming.consent.category, rfc3339(incoming.consent.occurred_at)});
  const auto who = PATCHBAY_TRY(people_.resolve({incoming.participant}, region_of(incoming.region), from));
  publisher_.publish_for(About::news);
  PATCHBAY_CHECK(people_.publish_changes(std::nullopt));
  store::Consent consent = incoming.consent;
  consent.channel = source_.id;
  consent.persona = who.front().persona.id;
  const bool timed = consent.occurred_at != TimePoint{};
  if (!timed) consent.occurred_at = received_at_;
  const std::string when = (timed ? "" : "received ") + rfc3339(consent.occurred_at);
  // The CRM must hear of it, and there is no event of its own for it; the notice also tells a repeat apart. Without a
  // time none is taken for a repeat: one that is heard twice does no harm, and a withdrawal that is lost does.
  IncomingNotice heard;
  heard.external_id = "consent " + store::public_id(consent.persona) + " " + consent.category + " " +
                      std::string(store::name_of(consent.state)) + " " + when + " " +
                      hex(bytes_of(digest_of({consent.content})));  // to resume and to sign up in one second are two
  heard.notice.account = incoming.account;
  heard.notice.kind = "consent";
  heard.notice.occurred_at = consent.occurred_at;
  heard.notice.text = "Consent to " + consent.category + " is now " + std::string(store::name_of(consent.state)) + ".";
  const store::ContactId contact = who.front().persona.contact;
  heard.notice.content = json{{"category", consent.category},
                              {"state", store::name_of(consent.state)},
                              {"persona", store::public_id(consent.persona)},
                              {"contact", contact::contact_id_json(contact)},
                              {"details", json::parse(consent.content, nullptr, false)}}
                             .dump();
  if (PATCHBAY_TRY(notice(heard))) return writer_.add_consent(consent);
  return {};
}

Status Recorder::Transcript::quarantine(store::Quarantine quarantine) {
  quarantine.channel = source_.id;
  quarantine.received_at = received_at_;
  PATCHBAY_CHECK(writer_.add_quarantine(quarantine));
  ++counts_.quarantined;
  return {};
}

Status Recorder::Transcript::move(std::span<const identity::Move> moves) {
  PATCHBAY_CHECK(people_.move(moves));
  return people_.publish_changes(std::nullopt);
}

Status Recorder::Transcript::state(std::string_view key, std::string_view value) {
  return writer_.put_state(source_.id, key, value);
}

}  // namespace patchbay::intake
