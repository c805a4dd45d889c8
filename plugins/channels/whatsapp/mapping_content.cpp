#include "mapping_parts.hpp"

#include <array>

namespace patchbay::whatsapp {

namespace {

constexpr std::array<std::string_view, 5> media_types = {"image", "video", "audio", "document", "sticker"};
// Types whose content needs nothing but to be kept as Meta sent it.
constexpr std::array<std::string_view, 2> plain_types = {"location", "system"};

bool one_of(std::string_view type, auto& types) {
  for (const std::string_view known : types)
    if (known == type) return true;
  return false;
}

// Takes text out of content[type][key], where it would only stand twice.
std::string take_text(Json& part, const char* key) {
  std::string text = text_at(part, key);
  if (part.is_object()) part.erase(key);
  return text;
}

void read_media(Json& media, MessageBody& to) {
  to.text = take_text(media, "caption");
  Attachment attachment;
  attachment.name = text_at(media, "filename");
  attachment.media_type = text_at(media, "mime_type");
  attachment.reference = text_at(media, "id");
  attachment.sha256 = sha256_from_base64(text_at(media, "sha256"));
  // The address expires within minutes and differs each time that Meta sends the message again, which would make a
  // repetition look like an edit. The id is what lasts.
  const std::string url = take_text(media, "url");
  if (attachment.reference.empty()) attachment.reference = url;
  to.understood = !attachment.reference.empty();
  if (to.understood) to.attachments.push_back(std::move(attachment));
}

void read_interactive(Json& interactive, MessageBody& to) {
  const std::string type = text_at(interactive, "type");
  const Json* reply = object_member(interactive, type);
  if (reply == nullptr) {
    to.understood = false;
    return;
  }
  if (type == "button_reply" || type == "list_reply") {
    to.text = text_at(*reply, "title");
  } else if (type == "nfm_reply") {
    to.text = text_at(*reply, "body");
    // A form's answers, as the form's author shaped them: mostly an object, but any JSON is allowed.
    const std::string answers = text_at(*reply, "response_json");
    if (nesting(answers, deepest_nesting) <= deepest_nesting) {
      Json parsed = Json::parse(answers, nullptr, false);
      if (!parsed.is_discarded()) interactive[type]["response"] = std::move(parsed);
    }
  } else {
    to.understood = false;
  }
}

}  // namespace

MessageBody body_of(const Json& message) {
  MessageBody body;
  body.content = message;
  const std::string type = text_at(message, "type");
  // What the interaction or fact says in members of its own.
  for (const char* key :
       {"id", "timestamp", "from", "from_user_id", "from_parent_user_id", "to", "to_user_id", "to_parent_user_id"})
    body.content.erase(key);
  if (Json* context = body.content.contains("context") ? &body.content["context"] : nullptr;
      context != nullptr && context->is_object()) {
    context->erase("id");
    if (context->empty()) body.content.erase("context");
  }

  if (type == "contacts") {
    body.understood = list_member(message, "contacts") != nullptr;
    return body;
  }
  if (type == "request_welcome" || type == "referral") return body;  // the type says it all
  if (object_member(message, type) == nullptr) {
    body.understood = false;
    return body;
  }
  Json& part = body.content[type];
  if (type == "text") {
    body.text = take_text(part, "body");
    if (part.empty()) body.content.erase(type);
  } else if (one_of(type, media_types)) {
    read_media(part, body);
  } else if (type == "interactive") {
    read_interactive(part, body);
  } else if (type == "button" || type == "order") {
    body.text = text_at(part, "text");
  } else {
    body.understood = one_of(type, plain_types);
    if (type == "system") body.text = text_at(part, "body");
  }
  return body;
}

}  // namespace patchbay::whatsapp
