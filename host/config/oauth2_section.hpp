// `oauth2` of a channel or destination: what the operator writes, completed with what the plugin's manifest offers.
// Borrows all it is given; one thread. Mistakes go to the report.
#pragma once

#include "config/mapping_reader.hpp"

#include <optional>

namespace patchbay::config {

// Nothing where the section has none, or one with mistakes. `handle` is left for the caller.
[[nodiscard]] std::optional<OAuth2> read_oauth2(MappingReader reader, const OAuth2Offer& offer, Report& report);

}  // namespace patchbay::config
