// Small lists inside a row, as JSON, so that a person with a database tool can read them. Pure. Any thread.
//
// Decoding never throws: what cannot be read is `corrupt`.
#pragma once

#include "base/result.hpp"
#include "store/records.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::store::sqlite {

[[nodiscard]] std::string encode(
    std::span<const Identifier> identifiers);  // [[kind, value, scope, trust, normal], ...]
[[nodiscard]] Result<std::vector<Identifier>> decode_identifiers(std::string_view json);

[[nodiscard]] std::string encode(std::span<const Participant> participants);  // [[role, persona], ...]
[[nodiscard]] Result<std::vector<Participant>> decode_participants(std::string_view json);

// A LIKE pattern (escape character '\') for JSON text that holds `text`, as the JSON spells it.
[[nodiscard]] std::string like_pattern(std::string_view text);

}  // namespace patchbay::store::sqlite
