#include "mapping_parts.hpp"

namespace patchbay::whatsapp {

Context context_of(const Numbers& numbers, const Change& change, TimePoint now, Batch& batch) {
  Context context{.numbers = numbers, .change = change, .now = now, .batch = batch};
  if (const Json* metadata = object_member(*change.value, "metadata")) {
    context.number_id = text_at(*metadata, "phone_number_id");
    context.display_number = phone_of(text_at(*metadata, "display_phone_number"));
  }
  context.account = context.number_id;
  if (const auto at = numbers.by_id.find(context.number_id); at != numbers.by_id.end()) {
    context.account = at->second.key;
    context.region = at->second.region;
    context.business_name = at->second.name;
  }
  context.contacts = list_member(*change.value, "contacts");
  if (context.contacts == nullptr) return context;
  for (const Json& contact : *context.contacts) {
    // The first of several with one id counts, as it would in a search from the front.
    if (std::string user_id = text_at(contact, "user_id"); !user_id.empty())
      context.contact_by_user_id.emplace(std::move(user_id), &contact);
    if (std::string phone = phone_of(text_at(contact, "wa_id")); !phone.empty())
      context.contact_by_phone.emplace(std::move(phone), &contact);
  }
  return context;
}

}  // namespace patchbay::whatsapp
