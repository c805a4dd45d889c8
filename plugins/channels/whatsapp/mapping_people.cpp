#include "mapping_parts.hpp"

#include <algorithm>

namespace patchbay::whatsapp {

namespace {

// E.164 allows 15 digits; shorter than 5 is a service code, not somebody.
constexpr std::size_t fewest_digits = 5;
constexpr std::size_t most_digits = 15;
// Meta sends one contact with a message. Where there are many they are other messages' contacts.
constexpr std::size_t most_unmatched_contacts = 3;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter_or_digit(char c) { return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

// "US.13491208655302741918", and "US.ENT.1181" of a parent portfolio.
bool looks_like_user_id(std::string_view text) {
  return text.size() > 3 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'A' && text[1] <= 'Z' && text[2] == '.' &&
         std::all_of(text.begin() + 3, text.end(), [](char c) { return is_letter_or_digit(c) || c == '.'; });
}

// The contact that carries the id by which the element names the person. A contact with another id is another person,
// whatever its place in the list: joining the two would merge strangers. Only where the element itself has no readable
// id at all, the one contact of the change is meant.
const Json* matching_contact(const Context& context, const std::string& phone, const std::string& user_id) {
  if (context.contacts == nullptr) return nullptr;
  if (const auto at = context.contact_by_user_id.find(user_id); at != context.contact_by_user_id.end())
    return at->second;
  if (const auto at = context.contact_by_phone.find(phone); at != context.contact_by_phone.end()) {
    if (user_id.empty() || text_at(*at->second, "user_id").empty()) return at->second;
  }
  if (phone.empty() && user_id.empty() && context.contacts->size() == 1) return &context.contacts->front();
  return nullptr;
}

}  // namespace

std::string phone_of(std::string_view text) {
  std::string phone = "+";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_digit(c))
      phone.push_back(c);
    else if (!(c == ' ' || c == '-' || c == '(' || c == ')' || (c == '+' && i == 0)))
      return {};
  }
  const std::size_t digits = phone.size() - 1;
  return digits >= fewest_digits && digits <= most_digits ? phone : std::string();
}

void add_identifier(Participant& participant, Identifier identifier) {
  if (identifier.value.empty()) return;
  for (Identifier& known : participant.identifiers) {
    if (known.kind != identifier.kind || known.value != identifier.value || known.scope != identifier.scope) continue;
    if (identifier.trust == Trust::attested) known.trust = Trust::attested;
    return;
  }
  participant.identifiers.push_back(std::move(identifier));
}

Person person_of(const Context& context, const Json& element, const PersonFields& fields, Role role) {
  const std::string named = text_at(element, fields.phone);
  std::string phone = phone_of(named);
  std::string user_id = text_at(element, fields.user_id);
  if (user_id.empty() && looks_like_user_id(named)) user_id = named;

  Person person;
  person.participant.role = role;
  const Json* contact = matching_contact(context, phone, user_id);
  person.known_contact = contact != nullptr;
  person.parent_user_id = text_at(element, fields.parent_user_id);
  if (contact != nullptr) {
    if (person.parent_user_id.empty()) person.parent_user_id = text_at(*contact, "parent_user_id");
    if (user_id.empty()) user_id = text_at(*contact, "user_id");
    if (phone.empty()) phone = phone_of(text_at(*contact, "wa_id"));
  }
  person.id = user_id.empty() ? phone.substr(phone.empty() ? 0 : 1) : user_id;
  add_identifier(person.participant, {"whatsapp_user", user_id, context.numbers.portfolio, Trust::attested});
  add_identifier(person.participant, {"phone", phone, "", Trust::attested});
  if (contact == nullptr) return person;
  if (const Json* profile = object_member(*contact, "profile")) {
    add_identifier(person.participant, {"name", text_at(*profile, "name"), "", Trust::claimed});
    add_identifier(person.participant, {"username", text_at(*profile, "username"), "whatsapp", Trust::claimed});
  }
  add_identifier(person.participant, {"username", text_at(*contact, "username"), "whatsapp", Trust::claimed});
  return person;
}

Participant business_of(const Context& context, Role role) {
  Participant business;
  business.role = role;
  business.party = Party::business;
  add_identifier(business, {"whatsapp_number", context.number_id, "", Trust::attested});
  add_identifier(business, {"phone", context.display_number, "", Trust::attested});
  add_identifier(business, {"name", context.business_name, "", Trust::attested});
  return business;
}

std::string conversation_with(const Context& context, std::string_view person_id) {
  if (person_id.empty()) return {};
  return std::string(person_id) + "@" + context.number_id;
}

void describe_person(const Context& context, const Person& person, Json& content) {
  if (!person.parent_user_id.empty()) content["parent_user_id"] = person.parent_user_id;
  if (person.known_contact || context.contacts == nullptr || context.contacts->empty()) return;
  if (context.contacts->size() > most_unmatched_contacts) return;
  content["unmatched_contacts"] = *context.contacts;
}

}  // namespace patchbay::whatsapp
