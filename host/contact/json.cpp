#include "contact/json.hpp"

#include "contact/json_text.hpp"

#include <utility>

namespace patchbay::contact {
namespace {

using Json = nlohmann::json;

// What the store keeps as JSON text was checked when it came in.
Json stored_object(std::string_view text) {
  Json json = Json::parse(text, nullptr, false);
  return json.is_object() ? json : Json::object();
}

// "contact_5" needs no escapes, nor does any other id or time.
std::string in_quotes(std::string_view text) { return std::string(1, '"').append(text).append(1, '"'); }

std::string contact_id_text(store::ContactId id) {
  return store::number(id) > 0 ? in_quotes(store::public_id(id)) : "null";
}

template <class List, class Append>
void append_list(std::string& to, const List& list, Append&& append) {
  to += '[';
  bool is_first = true;
  for (const auto& one : list) {
    if (!is_first) to += ',';
    is_first = false;
    append(one);
  }
  to += ']';
}

void append(std::string& to, const store::Identifier& identifier) {
  ObjectText(to)
      .text("kind", identifier.kind)
      .text("scope", identifier.scope)
      .text("trust", store::name_of(identifier.trust))
      .text("value", identifier.normal.empty() ? identifier.value : identifier.normal)
      .end();
}

void append(std::string& to, const store::Attachment& attachment, std::size_t ordinal) {
  const bool stored = !attachment.data.empty() || attachment.size != 0;
  ObjectText(to)
      .text("media_type", attachment.media_type)
      .text("name", attachment.name)
      .number("ordinal", static_cast<std::int64_t>(ordinal))
      .text_or_null("reference", attachment.reference)
      .text_or_null("sha256", attachment.sha256 ? hex(bytes_of(*attachment.sha256)) : std::string())
      .json("size", stored ? std::to_string(attachment.size) : "null")
      .text("state", stored ? "stored" : "at_provider")
      .end();
}

void append(std::string& to, const SeenParticipant& participant) {
  ObjectText members(to);
  members.json("contact", contact_id_text(participant.persona.contact));
  append_list(members.member("identifiers"), participant.persona.identifiers,
              [&](const store::Identifier& identifier) { append(to, identifier); });
  members.json("persona", in_quotes(store::public_id(participant.persona.id)))
      .text("role", store::name_of(participant.role))
      .end();
}

// The golden record's members, which are the contact's as well. They are written by this module, so that they can stand
// here as they are; the empty record of a contact that is being made has none.
void append_golden(ObjectText& members, std::string_view golden) {
  if (golden.starts_with(R"({"identifiers":)"))
    members.splice(golden.substr(1, golden.size() - 2));
  else
    members.json("identifiers", "[]").json("name", "null");
}

Json parsed(const std::string& text) { return Json::parse(text, nullptr, false); }

}  // namespace

Json contact_id_json(store::ContactId id) { return store::number(id) > 0 ? Json(store::public_id(id)) : Json(); }

std::string to_text(const store::Contact& contact) {
  std::string to;
  ObjectText members(to);
  append_list(members.member("aliases"), contact.aliases,
              [&](store::ContactId alias) { to += in_quotes(store::public_id(alias)); });
  members.json("created_at", in_quotes(rfc3339(contact.created_at)))
      .json("id", in_quotes(store::public_id(contact.id)));
  append_golden(members, contact.golden);
  members.number("revision", contact.revision).json("updated_at", in_quotes(rfc3339(contact.updated_at))).end();
  return to;
}

std::string to_text(const store::Interaction& interaction, std::string_view connector,
                    std::span<const SeenParticipant> participants) {
  std::string to;
  to.reserve(1024 + interaction.text.size() + interaction.content.size());
  ObjectText members(to);
  members.text("account", interaction.account);
  std::size_t ordinal = 0;
  append_list(members.member("attachments"), interaction.attachments,
              [&](const store::Attachment& attachment) { append(to, attachment, ordinal++); });
  members.text("channel", interaction.channel_name)
      .text("connector", connector)
      // What the store keeps as JSON text was checked when it came in.
      .json("content", interaction.content.empty() ? std::string_view("{}") : interaction.content)
      .json("conversation", interaction.conversation ? in_quotes(store::public_id(*interaction.conversation)) : "null")
      .text("direction", store::name_of(interaction.direction))
      .text("external_id", interaction.external_id)
      .truth("historical", interaction.historical)
      .json("id", in_quotes(store::public_id(interaction.id)))
      .text_or_null("in_reply_to", interaction.in_reply_to)
      .text("kind", store::name_of(interaction.kind))
      .text_or_null("language", interaction.language)
      .json("occurred_at", in_quotes(rfc3339(interaction.occurred_at)));
  append_list(members.member("participants"), participants,
              [&](const SeenParticipant& participant) { append(to, participant); });
  members.truth("possible_duplicate", interaction.possible_duplicate)
      .text("precision", store::name_of(interaction.precision))
      .json("received_at", in_quotes(rfc3339(interaction.received_at)))
      .number("revision", interaction.revision)
      .text_or_null("subject", interaction.subject)
      .text("text", interaction.text)
      .text("visibility", store::name_of(interaction.visibility))
      .end();
  return to;
}

Json to_json(const store::Identifier& identifier) {
  std::string text;
  append(text, identifier);
  return parsed(text);
}

Json to_json(const store::Contact& contact) { return parsed(to_text(contact)); }

Json to_json(const store::Interaction& interaction, std::string_view connector,
             std::span<const SeenParticipant> participants) {
  return parsed(to_text(interaction, connector, participants));
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
