#include "identity/features.hpp"

#include <phonenumbers/phonenumberutil.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "identity/country.hpp"
#include "identity/normalise.hpp"
#include "identity/text.hpp"

namespace patchbay::identity {
namespace {

Value value_of(std::string_view sort, std::string_view text) {
  std::string plain = folded(text);
  if (is_placeholder(plain)) return {};
  const std::uint64_t value = fingerprint(sort, plain);
  return {std::move(plain), value};
}

template <std::size_t Size>
bool holds(const std::array<std::string_view, Size>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

constexpr auto nobodys_mailboxes = std::to_array<std::string_view>(
    {"noreply",  "no-reply",     "no_reply",      "donotreply",    "do-not-reply", "do_not_reply",
     "notreply", "noresponse",   "no-response",   "mailer-daemon", "postmaster",   "bounce",
     "bounces",  "notification", "notifications", "unknown",       "none",         "na",
     "n.a",      "test",         "noone",         "nobody",        "email",        "no"});
constexpr auto role_mailboxes = std::to_array<std::string_view>({"info",           "office",
                                                                 "sales",          "contact",
                                                                 "support",        "hello",
                                                                 "mail",           "admin",
                                                                 "service",        "billing",
                                                                 "accounts",       "team",
                                                                 "enquiries",      "help",
                                                                 "reception",      "orders",
                                                                 "kontakt",        "biuro",
                                                                 "sekretariat",    "buero",
                                                                 "service",        "vertrieb",
                                                                 "contatti",       "ufficio",
                                                                 "segreteria",     "amministrazione",
                                                                 "vendite",        "contacto",
                                                                 "oficina",        "ventas",
                                                                 "administracion", "kantoor",
                                                                 "verkoop",        "administratie",
                                                                 "accueil",        "bureau",
                                                                 "commercial",     "webmaster",
                                                                 "marketing",      "booking"});

std::optional<std::string> normal_form_of(std::string_view kind, const std::string& given, const Persona& persona) {
  return persona.form == Form::normal ? given : normal_form(kind, given, persona.region);
}

std::optional<Email> email_of(const std::string& given, const Persona& persona) {
  std::optional<std::string> address = normal_form_of("email", given, persona);
  if (!address) return std::nullopt;
  Email email{.address = std::move(*address)};
  email.at = email.address.rfind('@');
  // A tag behind a plus is the owner's own mark (RFC 5233).
  const std::size_t plus = email.address.find('+');
  if (plus != std::string::npos && plus > 0 && plus < email.at) {
    email.address.erase(plus, email.at - plus);
    email.at = plus;
  }
  if (holds(nobodys_mailboxes, email.mailbox())) return std::nullopt;
  email.of_a_role = holds(role_mailboxes, email.mailbox());
  email.value = fingerprint("email", email.address);
  return email;
}

std::optional<std::uint32_t> digits(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// Reads what libphonenumber itself has written, which needs none of its care.
std::optional<i18n::phonenumbers::PhoneNumber> number_in(std::string_view e164) {
  constexpr std::size_t longest_country_code = 3;
  for (std::size_t length = 1; length <= longest_country_code && length + 1 < e164.size(); ++length) {
    const auto code = digits(e164.substr(1, length));
    std::string region;
    if (code)
      i18n::phonenumbers::PhoneNumberUtil::GetInstance()->GetRegionCodeForCountryCode(static_cast<int>(*code), &region);
    if (!code || region == "ZZ") continue;
    const std::string_view national = e164.substr(1 + length);
    std::uint64_t value = 0;
    std::from_chars(national.data(), national.data() + national.size(), value);
    i18n::phonenumbers::PhoneNumber number;
    number.set_country_code(static_cast<std::int32_t>(*code));
    number.set_national_number(value);
    const std::size_t zeros = std::min(national.find_first_not_of('0'), national.size() - 1);
    if (zeros > 0) number.set_italian_leading_zero(true);
    if (zeros > 1) number.set_number_of_leading_zeros(static_cast<std::int32_t>(zeros));
    return number;
  }
  return std::nullopt;
}

PhoneSort sort_of(std::string_view e164) {
  using i18n::phonenumbers::PhoneNumberUtil;
  const auto number = number_in(e164);
  if (!number) return PhoneSort::unknown;
  switch (PhoneNumberUtil::GetInstance()->GetNumberType(*number)) {
    case PhoneNumberUtil::MOBILE:
      return PhoneSort::mobile;
    case PhoneNumberUtil::FIXED_LINE:
      return PhoneSort::landline;
    default:
      return PhoneSort::unknown;
  }
}

std::optional<Phone> phone_of(const std::string& given, const Persona& persona) {
  std::optional<std::string> e164 = normal_form_of("phone", given, persona);
  if (!e164) return std::nullopt;
  // 000000, 99999999: nobody has such a number. The last six digits are the subscriber's.
  const std::string_view subscriber =
      std::string_view(*e164).substr(e164->size() - std::min<std::size_t>(6, e164->size()));
  if (subscriber.find_first_not_of(subscriber[0]) == std::string_view::npos) return std::nullopt;
  Phone phone{.value = fingerprint("phone", *e164), .sort = sort_of(*e164)};
  phone.e164 = std::move(*e164);
  return phone;
}

std::optional<Id> id_of(const ServiceId& given) {
  // Upper and lower case are one, as people read such numbers out: and so are the marks between their groups.
  const std::string plain = folded(given.value);
  std::string joined_up;
  std::copy_if(plain.begin(), plain.end(), std::back_inserter(joined_up), [](char letter) { return letter != ' '; });
  // An account's name may hold any sign, and each counts.
  if (given.rule == IdentifierRule::account) joined_up = given.value;
  if (joined_up.empty() || is_placeholder(plain)) return std::nullopt;
  const std::uint64_t kind = joined(fingerprint("id", given.kind), fingerprint("scope", given.scope));
  return Id{kind, joined(kind, fingerprint("value", joined_up)), given.rule};
}

BirthDate birth_date_of(std::string_view given) {
  const std::string text = folded(given);
  const std::vector<std::string_view> words = words_of(text);
  std::array<std::string_view, 3> parts;  // year, month, day
  if (words.size() == 1 && words[0].size() == 8) {
    parts = {words[0].substr(0, 4), words[0].substr(4, 2), words[0].substr(6, 2)};
  } else if (words.size() == 3 && words[0].size() == 4) {
    parts = {words[0], words[1], words[2]};
  } else if (words.size() == 3 && words[2].size() == 4) {
    parts = {words[2], words[1], words[0]};
  } else if (words.size() == 1 && words[0].size() == 4) {
    parts = {words[0], "0", "0"};
  } else {
    return {};
  }
  const auto year = digits(parts[0]);
  const auto month = digits(parts[1]);
  const auto day = digits(parts[2]);
  if (!year || !month || !day || *year < 1000 || *year > 2999 || *month > 99 || *day > 99) return {};
  // What forms write where nobody told them.
  const bool placeholder = (*year == 1900 || *year == 1970 || *year == 9999) && *month <= 1 && *day <= 1;
  if (placeholder) return {};
  BirthDate date{static_cast<std::uint16_t>(*year), static_cast<std::uint8_t>(*month), static_cast<std::uint8_t>(*day)};
  date.value = fingerprint("birth_date", std::to_string(*year * 10000 + *month * 100 + *day));
  return date;
}

// "Via Roma 12", "12 High Street": the number stands first or last.
void read_address(const PostalAddress& given, Features& features) {
  std::string street = folded(given.street);
  std::string number = folded(given.number);
  if (number.empty()) {
    const auto has_digit = [](std::string_view word) {
      return word.find_first_of("0123456789") != std::string_view::npos;
    };
    const std::size_t first = street.find(' ');
    const std::size_t last = street.rfind(' ');
    if (last != std::string::npos && has_digit(std::string_view(street).substr(last + 1))) {
      number = street.substr(last + 1);
      street.resize(last);
    } else if (first != std::string::npos && has_digit(std::string_view(street).substr(0, first))) {
      number = street.substr(0, first);
      street.erase(0, first + 1);
    }
  }
  features.street = value_of("street", street);
  features.number = value_of("number", number);
  features.town = value_of("town", given.town);

  const std::string country = country_code(given.country);
  if (!country.empty()) features.country = {country, fingerprint("country", country)};

  features.postcode = value_of("postcode", given.postcode);
}

void sign(Features& features) {
  const NameWord* given = first_given(features.name);
  const NameWord* family = last_family(features.name);
  if (!given && !family) return;
  const auto start = [](const NameWord* word, std::size_t length) {
    return word ? std::string_view(word->text).substr(0, length) : std::string_view{};
  };
  // Forms of one name are one: Peppe is no other user of Giuseppe's telephone.
  const bool formal = given && !given->known.formal.empty();
  const std::uint64_t first = formal ? given->known.formal.front() + 1U : fingerprint("start", start(given, 1));
  features.coarse_signature = joined(first, fingerprint("start", start(family, 3)));
  features.fine_signature = joined(fingerprint("start", start(given, 3)), fingerprint("start", start(family, 3)));
}

template <class T>
void sort_by_value(std::vector<T>& values) {
  std::sort(values.begin(), values.end(), [](const T& left, const T& right) { return left.value < right.value; });
  values.erase(std::unique(values.begin(), values.end(),
                           [](const T& left, const T& right) { return left.value == right.value; }),
               values.end());
}

// Two customer numbers on one form: neither is the one that its holder has.
void weaken_ambiguous(std::vector<Id>& ids) {
  for (Id& id : ids)
    for (Id& other : ids)
      if (id.kind == other.kind && id.value != other.value) id.rule = other.rule = IdentifierRule::account;
}

// What a sender stays: identifiers, name and birth date.
std::string sender_of(const Features& features) {
  std::string text;
  const auto append = [&text](std::uint64_t value) { text.append(std::to_string(value)).append(","); };
  for (const NameWord& word : features.name.words) {
    append(static_cast<std::uint64_t>(word.role));
    append(word.value);
  }
  append(static_cast<std::uint64_t>(features.name.generation));
  for (const Email& email : features.emails) append(email.value);
  text += "/";
  for (const Phone& phone : features.phones) append(phone.value);
  text += "/";
  for (const Id& id : features.ids) append(id.value);
  text += "/";
  append(features.birth_date.value);
  return text;
}

Digest16 content_of(const Features& features, std::string text) {
  const auto append = [&text](std::uint64_t value) { text.append(std::to_string(value)).append(","); };
  for (const Value* value : {&features.postcode, &features.town, &features.street, &features.number, &features.country,
                             &features.birth_place, &features.occupation, &features.language})
    append(value->value);
  return digest_of({text});
}

}  // namespace

Features features_of(const Persona& persona) {
  Features features;
  features.name = persona.given_name.empty() && persona.family_name.empty()
                      ? read_name(persona.name)
                      : read_name(persona.given_name, persona.family_name);
  for (const std::string& given : persona.emails)
    if (auto email = email_of(given, persona)) features.emails.push_back(std::move(*email));
  for (const std::string& given : persona.phones)
    if (auto phone = phone_of(given, persona)) features.phones.push_back(std::move(*phone));
  for (const ServiceId& given : persona.ids)
    if (auto id = id_of(given)) features.ids.push_back(*id);
  sort_by_value(features.emails);
  sort_by_value(features.phones);
  sort_by_value(features.ids);
  weaken_ambiguous(features.ids);
  features.birth_date = birth_date_of(persona.birth_date);
  read_address(persona.address, features);
  features.birth_place = value_of("birth_place", persona.birth_place);
  features.occupation = value_of("occupation", persona.occupation);
  features.language = value_of("language", persona.language.substr(0, persona.language.find('-')));
  renew_derived(features);
  sign(features);
  renew_digests(features);
  return features;
}

void renew_derived(Features& features) {
  const Value& place = features.postcode.there() ? features.postcode : features.town;
  const bool has_house = features.street.there() && features.number.there() && place.there();
  features.house = has_house ? joined(joined(features.street.value, features.number.value), place.value) : 0;
  const std::string& postcode = features.postcode.text;
  const std::size_t space = postcode.find(' ');
  features.postal_district.assign(postcode, 0, space != std::string::npos ? space : std::size_t{3});
}

void renew_digests(Features& features) {
  std::string sender = sender_of(features);
  features.sender = digest_of({"sender", sender});
  features.content = content_of(features, std::move(sender));
}

}  // namespace patchbay::identity
