#include "identity/evidence.hpp"

#include <algorithm>
#include <string_view>

namespace patchbay::identity {
namespace {

using nlohmann::json;

std::string_view name_of(Term term) {
  switch (term) {
    case Term::prior:
      return "prior";
    case Term::swapped_names:
      return "swapped names";
    case Term::name_limit:
      return "name limit";
    case Term::name_alone:
      return "name alone";
    case Term::household:
      return "household";
  }
  return "rule";
}

bool is_of(const store::Identifier& identifier, Field field) {
  if (identifier.normal.empty()) return false;
  const bool is_email = identifier.kind == "email";
  const bool is_phone = identifier.kind == "phone";
  if (field == Field::email) return is_email;
  if (field == Field::phone) return is_phone;
  return field == Field::id && !is_email && !is_phone;
}

// The identifier of that field that both have.
const store::Identifier* shared(Field field, const store::Persona& persona, const store::Persona& other) {
  for (const store::Identifier& one : persona.identifiers) {
    if (one.trust == store::Trust::claimed || !is_of(one, field)) continue;
    const bool theirs_too =
        std::any_of(other.identifiers.begin(), other.identifiers.end(), [&](const store::Identifier& theirs) {
          return theirs.trust != store::Trust::claimed && theirs.kind == one.kind && theirs.normal == one.normal &&
                 theirs.scope == one.scope;
        });
    if (theirs_too) return &one;
  }
  return nullptr;
}

}  // namespace

json evidence_of(const Explanation& explanation, const store::Persona& persona, const store::Persona& other) {
  json lines = json::array();
  const std::string with = store::public_id(other.id);
  for (std::size_t i = 0; i < fields; ++i) {
    const auto field = static_cast<Field>(i);
    const Level level = explanation.comparison.of(field);
    const Millibits weight = explanation.judgement.field[i];
    if (level == no_level && weight == 0) continue;
    json line = {{"field", identity::name_of(field)},
                 {"level", level == no_level ? std::string_view("-") : identity::name_of(field, level)},
                 {"millibits", weight},
                 {"value", ""},
                 {"scope", ""},
                 {"persona", with}};
    if (level == 0) {
      if (const store::Identifier* both = shared(field, persona, other)) {
        line["field"] = both->kind;
        line["value"] = both->normal;
        line["scope"] = both->scope;
      }
    }
    lines.push_back(std::move(line));
  }
  for (std::size_t i = 0; i < terms; ++i)
    if (const Millibits weight = explanation.judgement.term[i]; weight != 0)
      lines.push_back({{"field", name_of(static_cast<Term>(i))},
                       {"level", "rule"},
                       {"value", ""},
                       {"scope", ""},
                       {"millibits", weight},
                       {"persona", with}});
  return lines;
}

}  // namespace patchbay::identity
