#include <array>
#include <nlohmann/json.hpp>

#include "intake/transcript.hpp"

// Facts: what happens to an interaction after it is there, or before.

namespace patchbay::intake {

using nlohmann::json;
using store::EventType;
using store::FactKind;
using store::Receipt;

namespace {

// Receipts only move forward, and a failure is the end: sent < delivered < read, and nothing after failed.
bool moves_forward(Receipt from, Receipt to) {
  if (from == Receipt::failed || to == Receipt::none) return false;
  if (to == Receipt::failed) return from == Receipt::none || from == Receipt::sent;
  return to > from;
}

EventType event_of(FactKind kind) {
  switch (kind) {
    case FactKind::edit:
      return EventType::interaction_edited;
    case FactKind::deletion:
      return EventType::interaction_deleted;
    case FactKind::reaction:
      return EventType::interaction_reacted;
    case FactKind::receipt:
      break;
  }
  return EventType::interaction_receipt;
}

// Facts without an id of their own are the same when they say the same.
Digest16 fact_dedupe(const IncomingFact& incoming) {
  const store::Fact& fact = incoming.fact;
  if (!incoming.external_id.empty())
    return digest_of({"fact", incoming.account, store::name_of(fact.kind), incoming.external_id});
  std::string who;
  for (const IncomingParticipant& participant : incoming.participants)
    for (const store::Identifier& identifier : participant.identifiers)
      who.append(identifier.kind).append(1, '\0').append(identifier.value).append(1, '\0');
  return digest_of({"fact", incoming.account, store::name_of(fact.kind), incoming.target, store::name_of(fact.receipt),
                    fact.text, fact.content, rfc3339(fact.occurred_at), who});
}

}  // namespace

Status Recorder::Transcript::fact(IncomingFact incoming) {
  incoming.fact.dedupe = fact_dedupe(incoming);
  incoming.region = region_of(incoming.region);
  incoming.fact.received_at = received_at_;
  if (incoming.fact.occurred_at == TimePoint{}) incoming.fact.occurred_at = received_at_;
  if (PATCHBAY_TRY(writer_.fact_known(source_.id, incoming.fact.dedupe))) {
    ++counts_.duplicates;
    return {};
  }
  const Digest16 target = digest_of({incoming.account, incoming.target});
  if (const auto known = PATCHBAY_TRY(writer_.find_interaction(source_.id, target))) return apply(incoming, *known);

  ++counts_.parked;
  return writer_.park({.channel = source_.id,
                       .target = target,
                       .dedupe = incoming.fact.dedupe,
                       .parked_at = received_at_,
                       .fact = encode_parked(incoming)});
}

Status Recorder::Transcript::apply_parked(const Digest16& target) {
  for (const store::Parked& parked : PATCHBAY_TRY(writer_.parked_for(source_.id, target))) {
    PATCHBAY_CHECK(writer_.unpark(parked.id));
    Result<IncomingFact> incoming = decode_parked(parked.fact);
    if (!incoming) {
      PATCHBAY_CHECK(set_aside(parked, incoming.error()));
      continue;
    }
    // Asked anew for each: an edit or receipt before this one has moved the interaction on.
    const auto known = PATCHBAY_TRY(writer_.find_interaction(source_.id, target));
    if (known) PATCHBAY_CHECK(apply(*incoming, *known));
  }
  return {};
}

// What cannot be read any more must not keep its interaction, or the facts behind it, from being taken.
Status Recorder::Transcript::set_aside(const store::Parked& parked, const Error& error) {
  return quarantine({.id = {},
                     .channel = parked.channel,
                     .channel_name = {},
                     .received_at = {},
                     .reason = error.reason,
                     .remedy = error.remedy,
                     .original = {parked.fact, "application/cbor"}});
}

Status Recorder::Transcript::apply(IncomingFact& incoming, store::KnownInteraction known,
                                   std::optional<std::string_view> subject) {
  store::Fact& fact = incoming.fact;
  fact.interaction = known.id;
  const auto people = PATCHBAY_TRY(people_.resolve(incoming.participants, region_of(incoming.region), fact.dedupe));
  // Whoever did it may have brought two contacts together.
  known.contact = people_.living(store::ContactId{store::number(known.with)});
  publisher_.publish_for(about(known.historical));
  const store::Persona* actor = people.empty() ? nullptr : &people.front().persona;
  if (actor) fact.actor = actor->id;
  fact.id = PATCHBAY_TRY(writer_.add_fact(source_.id, fact));
  PATCHBAY_CHECK(people_.publish_changes(known.id));

  switch (fact.kind) {
    case FactKind::edit:
      PATCHBAY_CHECK(writer_.edit_interaction(known.id, fact.text, fact.content, subject));
      break;
    case FactKind::deletion:
      PATCHBAY_CHECK(writer_.delete_interaction(known.id));
      break;
    case FactKind::receipt:
      if (!moves_forward(known.receipt, fact.receipt)) return {};  // kept, and no news
      PATCHBAY_CHECK(writer_.advance_receipt(known.id, fact.receipt));
      break;
    case FactKind::reaction:
      break;
  }
  return publish_fact(incoming, known, actor);
}

Status Recorder::Transcript::publish_fact(const IncomingFact& incoming, const store::KnownInteraction& known,
                                          const store::Persona* actor) {
  // The event has their ids alone, and a destination may have come after the interaction.
  PATCHBAY_CHECK(people_.introduce(std::array{known.contact, actor ? actor->contact : store::no_contact}, known.id));
  json data = {{"interaction", contact::reference_json(known.id, source_.name, incoming.target)},
               {"contact", nullptr},
               {"fact", contact::to_json(incoming.fact, actor)}};
  std::string subject = "channel/" + source_.name;
  if (store::number(known.contact) > 0) {
    subject = store::public_id(known.contact);
    data["contact"] = {{"id", subject}};
  }
  return publisher_.publish(event_of(incoming.fact.kind), known.contact, known.id, subject, data);
}

Status Recorder::Transcript::orphan(const store::Parked& parked) {
  PATCHBAY_CHECK(writer_.unpark(parked.id));
  const Result<IncomingFact> read = decode_parked(parked.fact);
  if (!read) return set_aside(parked, read.error());
  const IncomingFact& fact = *read;
  IncomingInteraction alone;
  alone.interaction.direction =
      fact.fact.kind == FactKind::receipt ? store::Direction::outbound : store::Direction::inbound;
  alone.interaction.precision = fact.fact.precision;
  alone.interaction.occurred_at = fact.fact.occurred_at;
  alone.interaction.account = fact.account;
  alone.interaction.text = fact.fact.text;
  alone.interaction.original = fact.fact.original;
  alone.interaction.content = json{{"type", "orphaned_fact"},
                                   {"fact", store::name_of(fact.fact.kind)},
                                   {"receipt", store::name_of(fact.fact.receipt)},
                                   {"target", fact.target},
                                   {"details", json::parse(fact.fact.content, nullptr, false)}}
                                  .dump(-1, ' ', false, json::error_handler_t::replace);
  alone.region = fact.region;
  alone.participants = fact.participants;
  PATCHBAY_CHECK(add(alone, dedupe_of({}, {})));
  return {};
}

}  // namespace patchbay::intake
