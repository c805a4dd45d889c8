#include "mapping_parts.hpp"

namespace patchbay::whatsapp {

void add_system_identifiers(const Context& context, const Json& message, Participant& author) {
  const Json* system = object_member(message, "system");
  if (system == nullptr) return;
  const std::string type = text_at(*system, "type");
  // "customer_identity_changed" and what may come later tell of one person, but of no second identifier.
  if (type != "user_changed_number" && type != "customer_changed_number" && type != "user_changed_user_id") return;
  const std::string& portfolio = context.numbers.portfolio;
  for (const char* key : {"previous_user_id", "user_id"})
    add_identifier(author, {"whatsapp_user", text_at(*system, key), portfolio, Trust::attested});
  for (const char* key : {"wa_id", "new_wa_id"})
    add_identifier(author, {"phone", phone_of(text_at(*system, key)), "", Trust::attested});
}

}  // namespace patchbay::whatsapp
