// The golden record: what a contact is called and how it can be reached, derived from its personas.
//
// A pure fold that does not care about order: adding personas A and B in either order, or joining two golden records,
// gives the same bytes. Any thread. The JSON is {"name": text or null, "identifiers": [...]}.
#pragma once

#include "store/records.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace patchbay::contact {

// The golden record of a contact whose record was `golden` (empty for a new one) with one more persona.
[[nodiscard]] std::string with_persona(std::string_view golden, const std::vector<store::Identifier>& identifiers);
// The golden record of two contacts that became one.
[[nodiscard]] std::string joined(std::string_view one, std::string_view other);

}  // namespace patchbay::contact
