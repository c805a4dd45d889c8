// A persona in its normal forms: what comparison, keys and counts read. Placeholders ("n/a", 0000) and addresses that
// are nobody's (no-reply@) are left out.
//
// Pure, but for the tables of ICU and libphonenumber. Any thread. What cannot be read as its field is not there.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/digest.hpp"
#include "identity/name.hpp"
#include "identity/persona.hpp"

namespace patchbay::identity {

// A folded text and the fingerprint under which its frequency is counted; 0 where there is none.
struct Value {
  std::string text;
  std::uint64_t value = 0;

  [[nodiscard]] bool there() const { return value != 0; }
};

struct Email {
  std::string address;
  std::size_t at = 0;  // of the @
  std::uint64_t value = 0;
  bool of_a_role = false;  // info@, office@: more than one person reads it until something else is known

  [[nodiscard]] std::string_view mailbox() const { return std::string_view(address).substr(0, at); }
  [[nodiscard]] std::string_view domain() const { return std::string_view(address).substr(at + 1); }
};

enum class PhoneSort : std::uint8_t { mobile, unknown, landline };

struct Phone {
  std::string e164;
  std::uint64_t value = 0;
  PhoneSort sort = PhoneSort::unknown;
};

struct Id {
  std::uint64_t kind = 0;   // of kind and scope
  std::uint64_t value = 0;  // of kind, scope and value
  IdentifierRule rule = IdentifierRule::account;
};

// Of the calendar, or with a month or day of 0 where only the rest is known.
struct BirthDate {
  std::uint16_t year = 0;
  std::uint8_t month = 0;
  std::uint8_t day = 0;
  std::uint64_t value = 0;

  [[nodiscard]] bool there() const { return value != 0; }
  // The first of January is where "some time in that year" is written.
  [[nodiscard]] bool year_only() const { return month == 0 || day == 0 || (month == 1 && day == 1); }
};

struct Features {
  Name name;
  std::vector<Email> emails;
  std::vector<Phone> phones;
  std::vector<Id> ids;  // ascending by value
  BirthDate birth_date;
  Value postcode;
  std::string postal_district;  // the part of the postcode that names a region
  Value town;
  Value street;
  Value number;
  Value country;
  std::uint64_t house = 0;  // stands for street, number and postcode or town; 0 where one is missing
  Value birth_place;
  Value occupation;
  Value language;
  // What tells names apart when the holders of a value are counted: coarse enough that one person's misspelt names
  // mostly fall together (for what people own), or fine enough to tell a thousand Rossis apart (for frequencies).
  // 0 without a name.
  std::uint64_t coarse_signature = 0;
  std::uint64_t fine_signature = 0;
  // Of everything above: personas equal in it are told apart by nothing.
  Digest16 content{};
  // Of identifiers, name and birth date alone; see variants.hpp.
  Digest16 sender{};

  [[nodiscard]] bool has_identifier() const { return !emails.empty() || !phones.empty() || !ids.empty(); }
};

[[nodiscard]] Features features_of(const Persona& persona);

// What follows from the rest of the features.
void renew_derived(Features& features);  // the postal district and the house
void renew_digests(Features& features);  // content and sender

}  // namespace patchbay::identity
