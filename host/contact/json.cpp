#include "contact/json.hpp"

namespace patchbay::contact {
namespace {

using Json = nlohmann::json;

Json text_or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

// What the store keeps as JSON text was checked when it came in.
Json stored_object(std::string_view text) {
  Json json = Json::parse(text, nullptr, false);
  return json.is_object() ? json : Json::object();
}

Json identifiers_json(const std::vector<store::Identifier>& identifiers) {
  Json all = Json::array();
  for (const store::Identifier& identifier : identifiers) all.push_back(to_json(identifier));
  return all;
}

Json attachment_json(const store::Attachment& attachment, std::size_t ordinal) {
  const bool stored = !attachment.data.empty() || attachment.size != 0;
  return {{"ordinal", ordinal},
          {"name", attachment.name},
          {"media_type", attachment.media_type},
          {"size", stored ? Json(attachment.size) : Json()},
          {"sha256", attachment.sha256 ? Json(hex(bytes_of(*attachment.sha256))) : Json()},
          {"state", stored ? "stored" : "at_provider"},
          {"reference", text_or_null(attachment.reference)}};
}

}  // namespace

Json contact_id_json(store::ContactId id) { return store::number(id) > 0 ? Json(store::public_id(id)) : Json(); }

Json to_json(const store::Identifier& identifier) {
  return {{"kind", identifier.kind},
          {"value", identifier.normal.empty() ? identifier.value : identifier.normal},
          {"scope", identifier.scope},
          {"trust", store::name_of(identifier.trust)}};
}

Json to_json(const store::Contact& contact) {
  Json golden = stored_object(contact.golden);
  Json aliases = Json::array();
  for (const store::ContactId alias : contact.aliases) aliases.push_back(store::public_id(alias));
  return {{"id", store::public_id(contact.id)},
          {"aliases", std::move(aliases)},
          {"revision", contact.revision},
          {"name", std::move(golden["name"])},
          {"identifiers", golden.contains("identifiers") ? std::move(golden["identifiers"]) : Json::array()},
          {"created_at", rfc3339(contact.created_at)},
          {"updated_at", rfc3339(contact.updated_at)}};
}

Json to_json(const store::Interaction& interaction, std::string_view connector,
             std::span<const SeenParticipant> participants) {
  Json people = Json::array();
  for (const SeenParticipant& participant : participants)
    people.push_back({{"role", store::name_of(participant.role)},
                      {"persona", store::public_id(participant.persona.id)},
                      {"contact", contact_id_json(participant.persona.contact)},
                      {"identifiers", identifiers_json(participant.persona.identifiers)}});
  Json attachments = Json::array();
  for (const store::Attachment& attachment : interaction.attachments)
    attachments.push_back(attachment_json(attachment, attachments.size()));
  return {{"id", store::public_id(interaction.id)},
          {"channel", interaction.channel_name},
          {"connector", connector},
          {"account", interaction.account},
          {"kind", store::name_of(interaction.kind)},
          {"direction", store::name_of(interaction.direction)},
          {"visibility", store::name_of(interaction.visibility)},
          {"historical", interaction.historical},
          {"possible_duplicate", interaction.possible_duplicate},
          {"occurred_at", rfc3339(interaction.occurred_at)},
          {"precision", store::name_of(interaction.precision)},
          {"received_at", rfc3339(interaction.received_at)},
          {"revision", interaction.revision},
          {"external_id", interaction.external_id},
          {"conversation", interaction.conversation ? Json(store::public_id(*interaction.conversation)) : Json()},
          {"in_reply_to", text_or_null(interaction.in_reply_to)},
          {"language", text_or_null(interaction.language)},
          {"subject", text_or_null(interaction.subject)},
          {"text", interaction.text},
          {"content", stored_object(interaction.content)},
          {"participants", std::move(people)},
          {"attachments", std::move(attachments)}};
}

Json reference_json(store::InteractionId id, std::string_view channel, std::string_view external_id) {
  return {{"id", store::public_id(id)}, {"channel", channel}, {"external_id", external_id}};
}

Json to_json(const store::Fact& fact, const store::Persona* actor) {
  Json who;
  if (actor) who = {{"persona", store::public_id(actor->id)}, {"contact", contact_id_json(actor->contact)}};
  return {{"id", store::public_id(fact.id)},
          {"kind", store::name_of(fact.kind)},
          {"occurred_at", rfc3339(fact.occurred_at)},
          {"received_at", rfc3339(fact.received_at)},
          {"precision", store::name_of(fact.precision)},
          {"receipt", fact.receipt == store::Receipt::none ? Json() : Json(store::name_of(fact.receipt))},
          {"text", fact.text},
          {"actor", std::move(who)},
          {"content", stored_object(fact.content)}};
}

}  // namespace patchbay::contact
