#include "identity/exact.hpp"

#include "identity/normalise.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>

namespace patchbay::identity {
namespace {

auto as_tuple(const store::Identifier& identifier) {
  return std::tie(identifier.kind, identifier.value, identifier.scope, identifier.trust);
}

// One order whatever the channel's, and each identifier once.
void bring_into_order(std::vector<store::Identifier>& identifiers) {
  std::sort(identifiers.begin(), identifiers.end(),
            [](const auto& left, const auto& right) { return as_tuple(left) < as_tuple(right); });
  identifiers.erase(std::unique(identifiers.begin(), identifiers.end(),
                                [](const auto& left, const auto& right) { return as_tuple(left) == as_tuple(right); }),
                    identifiers.end());
}

nlohmann::json evidence_of(const store::Match& match) {
  return {{"field", match.identifier.kind},
          {"value", match.identifier.normal},
          {"scope", match.identifier.scope},
          {"level", "exact"},
          {"persona", store::public_id(match.persona)}};
}

}  // namespace

Digest16 persona_digest(const std::vector<store::Identifier>& identifiers, std::string_view region) {
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

Result<Resolution> ExactResolver::resolve(store::Writer& writer, std::vector<store::Identifier> identifiers,
                                          std::string_view region, TimePoint at) {
  bring_into_order(identifiers);
  Digest16 digest = persona_digest(identifiers, region);
  if (auto known = PATCHBAY_TRY(writer.find_persona(digest))) return Resolution{.persona = std::move(*known)};

  std::vector<store::Identifier> comparable;
  for (store::Identifier& identifier : identifiers) {
    if (identifier.trust == store::Trust::claimed) continue;
    if (auto normal = normal_form(identifier.kind, identifier.value, region)) {
      identifier.normal = std::move(*normal);
      comparable.push_back(identifier);
    }
  }
  if (comparable.empty()) random_(digest);  // nobody else is ever this persona
  const std::vector<store::Match> matches = PATCHBAY_TRY(writer.find_matches(comparable));

  Resolution resolution{.is = PersonaIs::added};
  std::vector<store::ContactId> contacts;
  nlohmann::json evidence = nlohmann::json::array();
  for (const store::Match& match : matches) {
    evidence.push_back(evidence_of(match));
    if (std::find(contacts.begin(), contacts.end(), match.contact) == contacts.end()) contacts.push_back(match.contact);
  }
  resolution.evidence = evidence.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);

  // The contact that was born first keeps its id, whichever persona brings the others to it.
  std::sort(contacts.begin(), contacts.end());
  store::Persona persona{.digest = digest, .identifiers = std::move(identifiers), .first_seen = at};
  if (!contacts.empty()) persona.contact = contacts.front();
  resolution.persona = PATCHBAY_TRY(writer.add_persona(std::move(persona)));
  resolution.contact_created = contacts.empty();
  PATCHBAY_CHECK(writer.add_link({resolution.persona.id, resolution.persona.contact, resolution.evidence, at}));

  for (std::size_t i = 1; i < contacts.size(); ++i) {
    store::Contact from = PATCHBAY_TRY(writer.contact(contacts[i]));
    PATCHBAY_CHECK(writer.merge_contact(contacts[i], contacts.front(), resolution.evidence, at));
    resolution.merges.push_back({std::move(from), contacts.front()});
  }
  return resolution;
}

}  // namespace patchbay::identity
