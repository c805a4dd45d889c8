// Brings a database to the schema that this program knows.
//
// Called by the writer's connection before anything else. Each step is a transaction that also sets the version, so a
// kill leaves the database at a whole version and the next start goes on from there. Never goes back: a database of a
// newer version is refused as `invalid`.
#pragma once

#include "base/result.hpp"
#include "store/sqlite/connection.hpp"

#include <cstdint>
#include <span>

namespace patchbay::store::sqlite {

[[nodiscard]] Status migrate(Connection& connection, std::span<const char* const> steps);
// For readers, which do not migrate: refuses any version but the newest.
[[nodiscard]] Status check_version(Connection& connection, std::int64_t newest);

}  // namespace patchbay::store::sqlite
