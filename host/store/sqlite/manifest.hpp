// The manifest of a backup as JSON. Pure. What is read is checked: a path leads nowhere but into the backup.
#pragma once

#include "base/result.hpp"
#include "store/sqlite/backup.hpp"

#include <string>
#include <string_view>

namespace patchbay::store::sqlite {

inline constexpr const char* manifest_name = "manifest.json";
inline constexpr const char* database_name = "patchbay.db";

[[nodiscard]] std::string write_manifest(const Manifest& manifest);
[[nodiscard]] Result<Manifest> read_manifest(std::string_view json);  // `corrupt`, or `invalid` for a newer format

}  // namespace patchbay::store::sqlite
