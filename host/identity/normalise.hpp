// The normal forms under which identifiers are compared.
//
// Pure, but for libphonenumber's own tables. Any thread. What cannot be read as its kind has no normal form: it is kept
// and shown as given, and never matched.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace patchbay::identity {

// `kind` as in abi.h; `region` (ISO 3166-1 alpha-2) is used to read phone numbers in national form.
//   email          RFC 5321 address: domain lower case and in ASCII (IDNA 2008), local part lower case
//   phone          E.164 with "+", by libphonenumber; possible numbers only
//   whatsapp_user, instagram_user, customer_number ... as they are, white space trimmed
//   name, given_name, family_name, username, birth_date, birth_place, occupation, language, postal_address
//                  none: they are weighed with the rest, and nobody is found by them alone
[[nodiscard]] std::optional<std::string> normal_form(std::string_view kind, std::string_view value,
                                                     std::string_view region);

}  // namespace patchbay::identity
