#include "api/views.hpp"

#include "contact/json.hpp"

namespace patchbay::api {
namespace {

using nlohmann::json;

json object_or_null(std::string_view text) {
  json parsed = json::parse(text, nullptr, false);
  return parsed.is_discarded() ? json() : parsed;
}

json text_or_null(const std::string& text) { return text.empty() ? json() : json(text); }

template <class Id>
json public_or_null(const std::optional<Id>& id) {
  return id ? json(store::public_id(*id)) : json();
}

json id_or_null(const std::optional<store::ContactId>& id) { return id ? contact::contact_id_json(*id) : json(); }

template <class Row, class View, class Key>
json page(const std::vector<Row>& rows, store::Page asked, View view_of, Key key_of) {
  json items = json::array();
  for (const Row& row : rows) items.push_back(view_of(row));
  const bool more = rows.size() >= asked.limit && !rows.empty();
  return {{"items", std::move(items)}, {"next", more ? json(key_of(rows.back())) : json()}};
}

// A line of a list: what tells interactions apart, without their people.
json summary(const store::Interaction& interaction) {
  json line = contact::to_json(interaction, {}, {});
  for (const char* left_out : {"connector", "participants", "attachments", "content"}) line.erase(left_out);
  line["contact"] = contact::contact_id_json(interaction.contact);
  line["deleted"] = interaction.deleted;
  line["attachments"] = interaction.attachments.size();
  return line;
}

}  // namespace

json view(const GatewayStatus& status, const store::Counts& counts) {
  json channels = json::array(), destinations = json::array();
  for (const ChannelStatus& channel : status.channels)
    channels.push_back({{"name", channel.name},
                        {"connector", channel.connector},
                        {"state", channel.state},
                        {"reason", channel.reason.empty() ? json() : json(channel.reason)},
                        {"accepted", channel.accepted},
                        {"duplicates", channel.duplicates},
                        {"edits", channel.edits},
                        {"parked", channel.parked},
                        {"quarantined", channel.quarantined},
                        {"refused", channel.refused},
                        {"outbound",
                         {{"waiting", channel.outbound_waiting},
                          {"in_flight", channel.outbound_in_flight},
                          {"sent", channel.outbound_sent},
                          {"retried", channel.outbound_retried},
                          {"failed", channel.outbound_failed},
                          {"uncertain", channel.outbound_uncertain},
                          {"refused", channel.outbound_refused},
                          {"rests", text_or_null(channel.outbound_rests)}}}});
  for (const DestinationStatus& destination : status.destinations)
    destinations.push_back({{"name", destination.name},
                            {"sink", destination.sink},
                            {"state", destination.state},
                            {"reason", destination.reason.empty() ? json() : json(destination.reason)},
                            {"remedy", destination.remedy.empty() ? json() : json(destination.remedy)},
                            {"until", destination.until ? json(rfc3339(*destination.until)) : json()},
                            {"waiting", destination.waiting},
                            {"in_flight", destination.in_flight},
                            {"attempts", destination.attempts},
                            {"delivered", destination.delivered},
                            {"retried", destination.retried},
                            {"dead", destination.dead}});
  return {
      {"version", status.version},
      {"store", status.store_id},
      {"started_at", rfc3339(status.started_at)},
      {"ready", status.ready},
      {"contacts", counts.contacts},
      {"interactions", counts.interactions},
      {"deliveries",
       {{"open", counts.deliveries_open}, {"delivered", counts.deliveries_delivered}, {"dead", counts.dead_letters}}},
      {"quarantined", counts.quarantined},
      {"parked", counts.parked},
      {"outbound", {{"queued", counts.outbound_queued}, {"uncertain", counts.outbound_uncertain}}},
      {"channels", std::move(channels)},
      {"destinations", std::move(destinations)}};
}

json view(const store::ContactDetails& details) {
  json shown = contact::to_json(details.contact);
  json personas = json::array();
  for (const store::Persona& persona : details.personas) {
    json identifiers = json::array();
    for (const store::Identifier& identifier : persona.identifiers) identifiers.push_back(contact::to_json(identifier));
    json evidence = json::array();
    for (const store::Link& link : details.links)
      if (link.persona == persona.id) evidence = object_or_null(link.evidence);
    personas.push_back({{"id", store::public_id(persona.id)},
                        {"first_seen", rfc3339(persona.first_seen)},
                        {"identifiers", std::move(identifiers)},
                        {"evidence", std::move(evidence)}});
  }
  shown["personas"] = std::move(personas);
  return shown;
}

json view(const store::InteractionDetails& details) {
  std::vector<contact::SeenParticipant> participants;
  for (std::size_t i = 0; i < details.interaction.participants.size() && i < details.personas.size(); ++i)
    participants.push_back({details.interaction.participants[i].role, details.personas[i]});
  json shown = contact::to_json(details.interaction, {}, participants);
  shown.erase("connector");
  shown["contact"] = contact::contact_id_json(details.interaction.contact);
  shown["deleted"] = details.interaction.deleted;
  json facts = json::array();
  for (const store::Fact& fact : details.facts) {
    json one = contact::to_json(fact, nullptr);
    one["actor"] = fact.actor ? json(store::public_id(*fact.actor)) : json();
    facts.push_back(std::move(one));
  }
  shown["facts"] = std::move(facts);
  return shown;
}

json view(const store::OpenDelivery& delivery) {
  return {
      {"destination", delivery.delivery.destination_name},
      {"event", store::public_id(delivery.delivery.event)},
      {"type", store::name_of(delivery.event.type)},
      {"contact", id_or_null(delivery.event.contact)},
      {"state", store::name_of(delivery.delivery.state)},
      {"attempts", delivery.delivery.attempts},
      {"due", delivery.delivery.state == store::DeliveryState::open ? json(rfc3339(delivery.delivery.due)) : json()},
      {"last_status", delivery.delivery.last_status == 0 ? json() : json(delivery.delivery.last_status)},
      {"last_reason", delivery.delivery.last_reason.empty() ? json() : json(delivery.delivery.last_reason)},
      {"at", rfc3339(delivery.event.at)},
      {"payload", delivery.event.payload ? object_or_null(*delivery.event.payload) : json()}};
}

json view(const store::Quarantine& quarantine) {
  return {{"id", store::public_id(quarantine.id)},
          {"channel", quarantine.channel_name},
          {"received_at", rfc3339(quarantine.received_at)},
          {"state", store::name_of(quarantine.state)},
          {"reason", quarantine.reason},
          {"remedy", quarantine.remedy},
          {"media_type", quarantine.original.media_type},
          {"original", quarantine.original.bytes.empty() ? json() : json(quarantine.original.bytes)}};
}

json accepted_view(const store::Outbound& outbound) {
  json recipient = json::array();
  for (const store::Identifier& identifier : outbound.recipient) recipient.push_back(contact::to_json(identifier));
  return {{"id", store::public_id(outbound.id)},
          {"channel", outbound.channel_name},
          {"account", text_or_null(outbound.account)},
          {"in_reply_to", public_or_null(outbound.answers)},
          {"recipient", std::move(recipient)},
          {"category", outbound.category},
          {"forced", outbound.forced},
          {"accepted_at", rfc3339(outbound.accepted_at)}};
}

json view(const store::Outbound& outbound) {
  json shown = accepted_view(outbound);
  const bool waits = outbound.state == store::OutboundState::queued;
  shown.update({{"key", outbound.key},
                {"subject", text_or_null(outbound.subject)},
                {"text", outbound.text},
                {"content", object_or_null(outbound.content)},
                {"state", store::name_of(outbound.state)},
                {"attempts", outbound.attempts},
                {"changed_at", rfc3339(outbound.changed_at)},
                {"due", waits ? json(rfc3339(outbound.due)) : json()},
                {"interaction", public_or_null(outbound.interaction)},
                {"external_id", text_or_null(outbound.external_id)},
                {"reason", text_or_null(outbound.reason)},
                {"remedy", text_or_null(outbound.remedy)}});
  return shown;
}

json view(const store::Suppression& suppression) {
  const store::Identifier& identifier = suppression.identifier;
  return {{"kind", identifier.kind},
          {"value", identifier.normal.empty() ? identifier.value : identifier.normal},
          {"scope", identifier.scope},
          {"reason", text_or_null(suppression.reason)},
          {"added_at", rfc3339(suppression.added_at)}};
}

json view(const Error& error) {
  return {{"error", {{"code", name_of(error.code)}, {"reason", error.reason}, {"remedy", error.remedy}}}};
}

json page_of(const std::vector<store::Contact>& contacts, store::Page asked) {
  return page(
      contacts, asked, [](const store::Contact& contact) { return contact::to_json(contact); },
      [](const store::Contact& contact) { return store::number(contact.id); });
}
json page_of(const std::vector<store::Interaction>& interactions, store::Page asked) {
  return page(interactions, asked, summary,
              [](const store::Interaction& interaction) { return store::number(interaction.id); });
}
json page_of(const std::vector<store::OpenDelivery>& deliveries, store::Page asked) {
  return page(
      deliveries, asked,
      [](const store::OpenDelivery& delivery) {
        json line = view(delivery);
        line.erase("payload");
        return line;
      },
      [](const store::OpenDelivery& delivery) { return store::number(delivery.delivery.event); });
}
json page_of(const std::vector<store::Quarantine>& quarantines, store::Page asked) {
  return page(
      quarantines, asked,
      [](const store::Quarantine& quarantine) {
        json line = view(quarantine);
        line.erase("original");
        return line;
      },
      [](const store::Quarantine& quarantine) { return store::number(quarantine.id); });
}

json page_of(const std::vector<store::Outbound>& outbound, store::Page asked) {
  return page(
      outbound, asked, [](const store::Outbound& one) { return view(one); },
      [](const store::Outbound& one) { return store::number(one.id); });
}
json page_of(const std::vector<store::Suppression>& suppressions, store::Page asked) {
  return page(
      suppressions, asked, [](const store::Suppression& one) { return view(one); },
      [](const store::Suppression& one) { return one.id; });
}

std::string_view name_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid:
      return "invalid";
    case ErrorCode::not_found:
      return "not_found";
    case ErrorCode::conflict:
      return "conflict";
    case ErrorCode::unavailable:
      return "unavailable";
    case ErrorCode::denied:
      return "denied";
    case ErrorCode::corrupt:
      return "corrupt";
    case ErrorCode::internal:
      break;
  }
  return "internal";
}

std::uint32_t status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid:
      return 400;
    case ErrorCode::not_found:
      return 404;
    case ErrorCode::conflict:
      return 409;
    case ErrorCode::unavailable:
      return 503;
    case ErrorCode::denied:
      return 401;
    case ErrorCode::corrupt:
    case ErrorCode::internal:
      break;
  }
  return 500;
}

}  // namespace patchbay::api
