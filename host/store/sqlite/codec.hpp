// Small lists inside a row, as JSON, so that a person with a database tool can read them. Pure. Any thread.
//
// Decoding never throws: what cannot be read is `corrupt`.
#pragma once

#include "base/result.hpp"
#include "store/store.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::store::sqlite {

// The columns that tell whose a grant is: kind and number.
[[nodiscard]] inline std::pair<std::int64_t, std::int64_t> grant_key(const GrantOwner& owner) {
  return {static_cast<std::int64_t>(owner.index()), std::visit([](auto id) { return number(id); }, owner)};
}

[[nodiscard]] std::string encode(
    std::span<const Identifier> identifiers);  // [[kind, value, scope, trust, normal], ...]
[[nodiscard]] Result<std::vector<Identifier>> decode_identifiers(std::string_view json);

[[nodiscard]] std::string encode(std::span<const Participant> participants);  // [[role, persona], ...]
[[nodiscard]] Result<std::vector<Participant>> decode_participants(std::string_view json);

// A LIKE pattern (escape character '\') for JSON text that holds `text`, as the JSON spells it.
[[nodiscard]] std::string like_pattern(std::string_view text);

}  // namespace patchbay::store::sqlite
