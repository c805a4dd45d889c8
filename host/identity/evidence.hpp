// Why two personas are one person, as JSON: the form in which links, merges, the CLI and the API tell it.
//
// Pure. Any thread.
#pragma once

#include <nlohmann/json.hpp>

#include "identity/engine.hpp"
#include "store/records.hpp"

namespace patchbay::identity {

// A line for each field that both have and each rule that applied: {"field", "level", "millibits", "persona"}, and
// "value" and "scope" of an identifier that both have. The millibits add up to the score. `other` is the persona that
// it was compared with.
[[nodiscard]] nlohmann::json evidence_of(const Explanation& explanation, const store::Persona& persona,
                                         const store::Persona& other);

}  // namespace patchbay::identity
