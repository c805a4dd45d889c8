#include "store/sqlite/migrate.hpp"

#include "base/fault_points.hpp"

#include <string>

namespace patchbay::store::sqlite {

namespace {

tl::unexpected<Error> newer(std::int64_t found, std::int64_t known) {
  return failure(ErrorCode::invalid,
                 "reading the schema version: expected at most " + std::to_string(known) + ", found " +
                     std::to_string(found) + ", which a newer Patchbay wrote",
                 "start that newer Patchbay, or restore the backup made before the upgrade");
}

Status step_to(Connection& connection, const char* sql, std::int64_t version) {
  PATCHBAY_CHECK(connection.execute("BEGIN IMMEDIATE"));
  PATCHBAY_CHECK(connection.execute(sql));
  PATCHBAY_CHECK(connection.execute(("PRAGMA user_version=" + std::to_string(version)).c_str()));
  PATCHBAY_CRASH_POINT("migration.before_commit");
  PATCHBAY_CHECK(connection.execute("COMMIT"));
  PATCHBAY_CRASH_POINT("migration.after_commit");
  return {};
}

}  // namespace

Status migrate(Connection& connection, std::span<const char* const> steps) {
  const auto known = static_cast<std::int64_t>(steps.size());
  const std::int64_t found = PATCHBAY_TRY(connection.integer("PRAGMA user_version"));
  if (found < 0 || found > known) return newer(found, known);
  for (std::int64_t version = found; version < known; ++version) {
    if (Status done = step_to(connection, steps[static_cast<std::size_t>(version)], version + 1); !done) {
      static_cast<void>(connection.execute("ROLLBACK"));  // fails where SQLite rolled back by itself
      return failure(
          std::move(done.error()).while_doing("bringing the schema to version " + std::to_string(version + 1)));
    }
  }
  return {};
}

Status check_version(Connection& connection, std::int64_t newest) {
  const std::int64_t found = PATCHBAY_TRY(connection.integer("PRAGMA user_version"));
  if (found < 0 || found > newest) return newer(found, newest);
  if (found < newest) {
    return failure(
        ErrorCode::unavailable,
        "reading the schema version: expected " + std::to_string(newest) + ", found " + std::to_string(found),
        "start the gateway once, which brings the store up to date");
  }
  return {};
}

}  // namespace patchbay::store::sqlite
