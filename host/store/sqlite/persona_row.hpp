// The rows of personas, as reader and writer both read them. [the thread of the statement]
#pragma once

#include "base/result.hpp"
#include "store/sqlite/connection.hpp"
#include "store/store.hpp"

#include <vector>

namespace patchbay::store::sqlite {

// All that are left. Columns: id, digest, contact, first_seen, identifiers.
[[nodiscard]] Result<std::vector<Persona>> personas_in(Rows& rows);

}  // namespace patchbay::store::sqlite
