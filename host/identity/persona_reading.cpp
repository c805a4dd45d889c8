#include "identity/persona_reading.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <tuple>

namespace patchbay::identity {
namespace {

auto as_tuple(const store::Identifier& identifier) {
  return std::tie(identifier.kind, identifier.value, identifier.scope, identifier.trust);
}

// Of several the longest, and of those the first in the alphabet.
void offer(std::string& text, const std::string& value) {
  if (value.size() > text.size() || (value.size() == text.size() && value < text)) text = value;
}

// {"street", "number", "postcode", "town", "country"}; text without members is shown to people and not compared.
void read_address(const std::string& value, PostalAddress& address) {
  const nlohmann::json json = nlohmann::json::parse(value, nullptr, false);
  if (!json.is_object()) return;
  const std::array members{std::pair("street", &PostalAddress::street), std::pair("number", &PostalAddress::number),
                           std::pair("postcode", &PostalAddress::postcode), std::pair("town", &PostalAddress::town),
                           std::pair("country", &PostalAddress::country)};
  for (const auto& [name, member] : members)
    if (const auto found = json.find(name); found != json.end() && found->is_string())
      address.*member = found->get<std::string>();
}

std::string Persona::*plain_member(std::string_view kind) {
  static constexpr std::array<std::pair<std::string_view, std::string Persona::*>, 6> members{{
      {"given_name", &Persona::given_name},
      {"family_name", &Persona::family_name},
      {"birth_date", &Persona::birth_date},
      {"birth_place", &Persona::birth_place},
      {"occupation", &Persona::occupation},
      {"language", &Persona::language},
  }};
  const auto found = std::find_if(members.begin(), members.end(), [&](const auto& one) { return one.first == kind; });
  return found == members.end() ? nullptr : found->second;
}

// Everybody has one of them at most, and nobody another's.
bool one_per_person(std::string_view kind) { return kind == "customer_number" || kind == "national_id"; }

}  // namespace

void bring_into_order(std::vector<store::Identifier>& identifiers) {
  std::sort(identifiers.begin(), identifiers.end(),
            [](const auto& left, const auto& right) { return as_tuple(left) < as_tuple(right); });
  identifiers.erase(std::unique(identifiers.begin(), identifiers.end(),
                                [](const auto& left, const auto& right) { return as_tuple(left) == as_tuple(right); }),
                    identifiers.end());
}

Digest16 persona_digest(std::span<const store::Identifier> identifiers, std::string_view region) {
  std::string fields;
  const auto append = [&fields](std::string_view field) {
    fields.append(std::to_string(field.size())).append(":").append(field);
  };
  for (const store::Identifier& identifier : identifiers) {
    append(identifier.kind);
    append(identifier.value);
    append(identifier.scope);
    append(store::name_of(identifier.trust));
  }
  return digest_of({region, fields});
}

Persona read_persona(std::span<const store::Identifier> identifiers) {
  Persona persona;
  persona.form = Form::normal;
  for (const store::Identifier& identifier : identifiers) {
    if (identifier.kind == "name") {
      offer(persona.name, identifier.value);
      continue;
    }
    if (identifier.trust == store::Trust::claimed) continue;
    if (std::string Persona::*member = plain_member(identifier.kind)) {
      offer(persona.*member, identifier.value);
    } else if (identifier.kind == "postal_address") {
      read_address(identifier.value, persona.address);
    } else if (identifier.normal.empty()) {
      continue;
    } else if (identifier.kind == "email") {
      persona.emails.push_back(identifier.normal);
    } else if (identifier.kind == "phone") {
      persona.phones.push_back(identifier.normal);
    } else {
      persona.ids.push_back(
          {identifier.kind, identifier.scope, identifier.normal,
           one_per_person(identifier.kind) ? IdentifierRule::one_per_person : IdentifierRule::account});
    }
  }
  return persona;
}

}  // namespace patchbay::identity
