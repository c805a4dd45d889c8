#include "contact/json.hpp"

#include <utility>

namespace patchbay::contact {
namespace {

using Json = nlohmann::json;

// An object's members, moved in place: nlohmann's initialiser lists make an array of two for each of them first, which
// costs several times as much, and every event is made here. Cheapest where the names come in alphabetical order.
class Members {
 public:
  Members& add(const char* name, Json value) {
    members_.emplace_hint(members_.end(), name, std::move(value));
    return *this;
  }
  [[nodiscard]] Json json() { return Json(std::move(members_)); }

 private:
  Json::object_t members_;
};

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
  return Members()
      .add("media_type", attachment.media_type)
      .add("name", attachment.name)
      .add("ordinal", ordinal)
      .add("reference", text_or_null(attachment.reference))
      .add("sha256", attachment.sha256 ? Json(hex(bytes_of(*attachment.sha256))) : Json())
      .add("size", stored ? Json(attachment.size) : Json())
      .add("state", stored ? "stored" : "at_provider")
      .json();
}

}  // namespace

Json contact_id_json(store::ContactId id) { return store::number(id) > 0 ? Json(store::public_id(id)) : Json(); }

Json to_json(const store::Identifier& identifier) {
  return Members()
      .add("kind", identifier.kind)
      .add("scope", identifier.scope)
      .add("trust", store::name_of(identifier.trust))
      .add("value", identifier.normal.empty() ? identifier.value : identifier.normal)
      .json();
}

Json to_json(const store::Contact& contact) {
  Json golden = stored_object(contact.golden);
  Json aliases = Json::array();
  for (const store::ContactId alias : contact.aliases) aliases.push_back(store::public_id(alias));
  return Members()
      .add("aliases", std::move(aliases))
      .add("created_at", rfc3339(contact.created_at))
      .add("id", store::public_id(contact.id))
      .add("identifiers", golden.contains("identifiers") ? std::move(golden["identifiers"]) : Json::array())
      .add("name", std::move(golden["name"]))
      .add("revision", contact.revision)
      .add("updated_at", rfc3339(contact.updated_at))
      .json();
}

Json to_json(const store::Interaction& interaction, std::string_view connector,
             std::span<const SeenParticipant> participants) {
  Json people = Json::array();
  for (const SeenParticipant& participant : participants)
    people.push_back(Members()
                         .add("contact", contact_id_json(participant.persona.contact))
                         .add("identifiers", identifiers_json(participant.persona.identifiers))
                         .add("persona", store::public_id(participant.persona.id))
                         .add("role", store::name_of(participant.role))
                         .json());
  Json attachments = Json::array();
  for (const store::Attachment& attachment : interaction.attachments)
    attachments.push_back(attachment_json(attachment, attachments.size()));
  return Members()
      .add("account", interaction.account)
      .add("attachments", std::move(attachments))
      .add("channel", interaction.channel_name)
      .add("connector", connector)
      .add("content", stored_object(interaction.content))
      .add("conversation", interaction.conversation ? Json(store::public_id(*interaction.conversation)) : Json())
      .add("direction", store::name_of(interaction.direction))
      .add("external_id", interaction.external_id)
      .add("historical", interaction.historical)
      .add("id", store::public_id(interaction.id))
      .add("in_reply_to", text_or_null(interaction.in_reply_to))
      .add("kind", store::name_of(interaction.kind))
      .add("language", text_or_null(interaction.language))
      .add("occurred_at", rfc3339(interaction.occurred_at))
      .add("participants", std::move(people))
      .add("possible_duplicate", interaction.possible_duplicate)
      .add("precision", store::name_of(interaction.precision))
      .add("received_at", rfc3339(interaction.received_at))
      .add("revision", interaction.revision)
      .add("subject", text_or_null(interaction.subject))
      .add("text", interaction.text)
      .add("visibility", store::name_of(interaction.visibility))
      .json();
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
