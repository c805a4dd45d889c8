// What a channel showed of somebody, field by field, as given. Plain values; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace patchbay::identity {

// How much a kind of identifier says about who holds it.
enum class IdentifierRule : std::uint8_t {
  one_per_person,  // customer number, national id: two different ones are two people
  account,         // a user of some service: one person may have several
};

struct ServiceId {
  std::string kind;   // "customer_number", "whatsapp_user", or one that a plugin declares
  std::string scope;  // within which the value is unique
  std::string value;
  IdentifierRule rule = IdentifierRule::account;
};

struct PostalAddress {
  std::string street;  // may end in the number
  std::string number;
  std::string postcode;
  std::string town;
  std::string country;  // ISO 3166-1 alpha-2, or its name
};

// How the e-mail addresses and telephone numbers of a persona are written.
enum class Form : std::uint8_t {
  as_given,
  normal,  // as normal_form() leaves them (normalise.hpp)
};

struct Persona {
  std::string name;  // as displayed; or the two below, where the source tells them apart
  std::string given_name;
  std::string family_name;
  std::vector<std::string> emails;
  std::vector<std::string> phones;
  std::vector<ServiceId> ids;
  PostalAddress address;
  std::string birth_date;  // 1980-02-29, 19800229 or 29.02.1980
  std::string birth_place;
  std::string occupation;
  std::string language;  // BCP 47
  std::string region;    // ISO 3166-1 alpha-2: where national phone numbers are read
  Form form = Form::as_given;
};

}  // namespace patchbay::identity
