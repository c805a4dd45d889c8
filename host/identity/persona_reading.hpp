// A persona as the store keeps it, read for the engine.
//
// Only what the provider attests is compared, and the name, which is claimed by its nature. Pure. Any thread. What
// cannot be read as its kind is left out.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/digest.hpp"
#include "identity/persona.hpp"
#include "store/records.hpp"

namespace patchbay::identity {

// One order whatever the channel's, and each identifier once.
void bring_into_order(std::vector<store::Identifier>& identifiers);

// Personas equal in all of these are the same persona: kind, value, scope and trust of every identifier in their order,
// and the region in which numbers are read.
[[nodiscard]] Digest16 persona_digest(std::span<const store::Identifier> identifiers, std::string_view region);

// Of identifiers with their normal forms, as they come from the store too: what is read does not depend on when.
[[nodiscard]] Persona read_persona(std::span<const store::Identifier> identifiers);

}  // namespace patchbay::identity
