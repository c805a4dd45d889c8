#include "intake/own_addresses.hpp"

#include "identity/normalise.hpp"

#include <algorithm>

namespace patchbay::intake {

Result<OwnAddresses> OwnAddresses::from(const std::vector<std::string>& entries, std::string_view region) {
  OwnAddresses own;
  for (const std::string& entry : entries) {
    // "365ab.test" is no number, though libphonenumber would read its letters as the digits of a keypad.
    const bool has_letters = std::any_of(entry.begin(), entry.end(), [](char letter) {
      return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
    });
    if (entry.find('@') != std::string::npos) {
      if (auto email = identity::normal_form("email", entry, region)) {
        own.emails_.insert(std::move(*email));
        continue;
      }
    } else if (auto phone = has_letters ? std::nullopt : identity::normal_form("phone", entry, region)) {
      own.phones_.insert(std::move(*phone));
      continue;
    } else if (auto email = identity::normal_form("email", "x@" + entry, region)) {
      own.domains_.insert(email->substr(2));
      continue;
    }
    return failure(
        ErrorCode::invalid,
        "reading the business's own addresses: expected a domain, an e-mail address or a phone number, got \"" + entry +
            "\"",
        "write it as rossi.example, info@rossi.example or +39021234567");
  }
  return own;
}

bool OwnAddresses::include(const std::vector<store::Identifier>& identifiers, std::string_view region) const {
  for (const store::Identifier& identifier : identifiers) {
    const bool email = identifier.kind == "email" && !(domains_.empty() && emails_.empty());
    const bool phone = identifier.kind == "phone" && !phones_.empty();
    if (!email && !phone) continue;
    const auto normal = identity::normal_form(identifier.kind, identifier.value, region);
    if (!normal) continue;
    if (phone && phones_.contains(*normal)) return true;
    if (email && (emails_.contains(*normal) || domains_.contains(normal->substr(normal->rfind('@') + 1)))) return true;
  }
  return false;
}

}  // namespace patchbay::intake
