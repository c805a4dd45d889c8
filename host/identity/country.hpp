// Which country a text names: by its ISO 3166-1 code, or by its name in one of the languages whose given names are
// known.
//
// Pure, but for the tables of ICU, which are read once. Any thread. What names no country has no code.
#pragma once

#include <string>
#include <string_view>

namespace patchbay::identity {

// The alpha-2 code in lower case; empty where there is none.
[[nodiscard]] std::string country_code(std::string_view text);

}  // namespace patchbay::identity
