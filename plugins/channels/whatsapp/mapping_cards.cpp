#include "mapping_parts.hpp"

namespace patchbay::whatsapp {

namespace {

// WhatsApp marks the card that a person sent in answer to a request for their own number. A card that went through
// other hands, or names another user, proves nothing about its sender.
bool attests_sender(const Json& message, const Json& card, std::string_view sender_user_id) {
  if (text_at(card, "origin") != "contact_request") return false;
  if (const Json* context = object_member(message, "context")) {
    if (true_at(*context, "forwarded") || true_at(*context, "frequently_forwarded")) return false;
  }
  const std::string user_id = text_at(card, "user_id");
  return user_id.empty() || sender_user_id.empty() || user_id == sender_user_id;
}

std::string name_of(const Json& card) {
  const Json* name = object_member(card, "name");
  if (name == nullptr) return {};
  std::string formatted = text_at(*name, "formatted_name");
  if (!formatted.empty()) return formatted;
  std::string whole = text_at(*name, "first_name");
  const std::string last = text_at(*name, "last_name");
  if (!whole.empty() && !last.empty()) whole += ' ';
  return whole + last;
}

}  // namespace

void add_cards(const Context& context, const Json& message, Participant& author, std::string_view author_user_id,
               std::vector<Participant>& participants) {
  const Json* cards = list_member(message, "contacts");
  if (cards == nullptr) return;
  const bool from_customer = author.party == Party::person;
  for (const Json& card : *cards) {
    const bool own = from_customer && attests_sender(message, card, author_user_id);
    Participant mentioned;
    mentioned.role = Role::mentioned;
    Participant& subject = own ? author : mentioned;
    add_identifier(subject, {"name", name_of(card), "", Trust::claimed});
    if (const Json* phones = list_member(card, "phones")) {
      for (const Json& phone : *phones) {
        // What WhatsApp vouches for is the account behind the number, not how somebody wrote it down.
        const std::string account_phone = phone_of(text_at(phone, "wa_id"));
        const std::string written = text_at(phone, "phone");
        if (own)
          add_identifier(subject,
                         {"phone", account_phone.empty() ? phone_of(written) : account_phone, "", Trust::attested});
        else
          add_identifier(subject, {"phone", written.empty() ? account_phone : written, "", Trust::claimed});
      }
    }
    if (const Json* emails = list_member(card, "emails")) {
      for (const Json& email : *emails) add_identifier(subject, {"email", text_at(email, "email"), "", Trust::claimed});
    }
    if (!own) {
      add_identifier(mentioned, {"whatsapp_user", text_at(card, "user_id"), context.numbers.portfolio, Trust::claimed});
      if (!mentioned.identifiers.empty()) participants.push_back(std::move(mentioned));
    }
  }
}

}  // namespace patchbay::whatsapp
