#include "store/sqlite/restore.hpp"

#include "store/sqlite/blobs.hpp"
#include "store/sqlite/check.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/files.hpp"
#include "store/sqlite/folder.hpp"
#include "store/sqlite/manifest.hpp"
#include "store/sqlite/schema.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <string_view>
#include <utility>

namespace patchbay::store {

namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using sqlite::Connection;
using sqlite::Mode;

constexpr double proven_share = 0.5, copied_share = 0.4;

// ---- The backup

Status prove_file(const fs::path& backup, const BackupFile& file) {
  const fs::path path = backup / file.path;
  std::error_code error;
  const auto size = fs::file_size(path, error);
  if (error)
    return failure(ErrorCode::corrupt, "reading the backup: " + path.string() + " is missing",
                   "restore an older backup");
  const Digest32 found = PATCHBAY_TRY(sqlite::digest_file(path, [](std::uint64_t) {}));
  if (size == file.size && hex(bytes_of(found)) == file.sha256) return {};
  return failure(ErrorCode::corrupt, "reading the backup: " + path.string() + " is not what was written",
                 "restore an older backup");
}

Status prove_database(const fs::path& database, const Manifest& manifest) {
  constexpr auto known = static_cast<std::int64_t>(sqlite::migrations.size());
  const auto connection = PATCHBAY_TRY(Connection::open(database, Mode::unattached));
  const std::int64_t schema = PATCHBAY_TRY(connection->integer("PRAGMA user_version"));
  if (schema > known)
    return failure(ErrorCode::invalid,
                   "reading the backup: its schema is " + std::to_string(schema) + ", and this Patchbay knows " +
                       std::to_string(known),
                   "restore it with the Patchbay that made it, or a newer one");
  const auto damage = PATCHBAY_TRY(sqlite::check_fully(*connection));
  if (damage.empty() && schema == manifest.schema) return {};
  return failure(
      ErrorCode::corrupt,
      "reading the backup: " + (damage.empty() ? std::string("manifest.json tells another schema") : damage.front()),
      "restore an older backup");
}

Result<Manifest> prove(const fs::path& backup, const TellShare& progress) {
  std::error_code error;
  if (!fs::exists(backup / sqlite::manifest_name, error))
    return failure(ErrorCode::not_found,
                   "reading the backup: " + (backup / sqlite::manifest_name).string() + " is missing",
                   "name the folder that `patchbay backup` made; one that ends in .part was interrupted");
  const std::string json = PATCHBAY_TRY(sqlite::read_file(backup / sqlite::manifest_name));
  Manifest manifest = PATCHBAY_TRY(sqlite::read_manifest(json));
  std::uint64_t proven = 0;
  for (const BackupFile& file : manifest.files) {
    PATCHBAY_CHECK(prove_file(backup, file));
    proven += file.size;
    progress(proven_share * static_cast<double>(proven) / static_cast<double>(manifest.bytes()));
  }
  PATCHBAY_CHECK(prove_database(backup / sqlite::database_name, manifest));
  return manifest;
}

// ---- The store

Status refuse_existing(const fs::path& store) {
  std::error_code error;
  for (const char* name : {"patchbay.db", "patchbay.db-wal"})
    if (fs::exists(store / name, error))
      return failure(ErrorCode::conflict, "restoring to " + store.string() + ": there is a store already",
                     "add --replace, which keeps the old database beside the new one");
  return {};
}

constexpr std::int64_t ids_per_second = 10'000, least_gap = 1'000'000;

Status leave_gap(const fs::path& database, TimePoint made_at, TimePoint now) {
  const auto connection = PATCHBAY_TRY(Connection::open(database, Mode::read_write));
  const auto seconds = std::max(std::chrono::floor<std::chrono::seconds>(now - made_at), 0s).count();
  const std::int64_t used = PATCHBAY_TRY(
      connection->integer("SELECT max((SELECT coalesce(max(id), 0) FROM persona), (SELECT coalesce(max(id), 0) FROM "
                          "interaction), (SELECT coalesce(max(id), 0) FROM event), (SELECT coalesce(max(id), 0) FROM "
                          "conversation), (SELECT coalesce(max(id), 0) FROM fact), (SELECT coalesce(max(CAST(value AS "
                          "INTEGER)), 0) FROM meta WHERE key = 'least_id'))"));
  const std::string least = std::to_string(used + least_gap + seconds * ids_per_second);
  sqlite::Statement put(*connection,
                        "INSERT INTO meta(key, value) VALUES('least_id', ?1) "
                        "ON CONFLICT(key) DO UPDATE SET value = excluded.value");
  return put.run(least);
}

Status copy_blobs(const fs::path& backup, const fs::path& store, const Manifest& manifest, const TellShare& progress,
                  sqlite::Files& files) {
  sqlite::Blobs blobs(store / "blobs", files);
  std::uint64_t copied = 0;
  for (const BackupFile& file : manifest.files) {
    copied += file.size;
    if (file.path == sqlite::database_name) continue;
    const std::string content = PATCHBAY_TRY(sqlite::read_file(backup / file.path));
    PATCHBAY_CHECK(blobs.put(content));
    progress(proven_share + copied_share * static_cast<double>(copied) / static_cast<double>(manifest.bytes()));
  }
  return {};
}

// Makes `restore` whole, in one step.
Status prepare(const fs::path& backup, const fs::path& store, const Manifest& manifest, TimePoint now,
               sqlite::Files& files) {
  const fs::path part = store / "restore.part";
  fs::remove_all(part);  // of one that was interrupted
  PATCHBAY_CHECK(sqlite::make_folder_in(files, part));
  const fs::path database = part / sqlite::database_name;
  const Digest32 copied =
      PATCHBAY_TRY(sqlite::copy_file(files, backup / sqlite::database_name, database, [](std::uint64_t) {}));
  if (hex(bytes_of(copied)) != manifest.files.front().sha256)
    return failure(ErrorCode::corrupt, "restoring: the backup changed while it was read", "restore it again");
  PATCHBAY_CHECK(leave_gap(database, manifest.made_at, now));
  PATCHBAY_CHECK(sqlite::make_folder_in(files, part / "replaced"));
  PATCHBAY_CHECK(sqlite::sync_folder(files, part));
  if (files.rename(part.c_str(), (store / "restore").c_str()) != 0)
    return sqlite::system_failure("naming", store / "restore", errno);
  return sqlite::sync_folder(files, store);
}

std::string folder_name(TimePoint time) {
  std::string name = "replaced-" + rfc3339(std::chrono::floor<std::chrono::seconds>(time));
  std::erase(name, ':');
  return name;
}

}  // namespace

namespace sqlite {

namespace {

Status move(Files& files, const fs::path& from, const fs::path& to) {
  if (files.rename(from.c_str(), to.c_str()) != 0) return system_failure("moving", from, errno);
  return {};
}

// The old database with its log steps aside before the new one comes: that one knows nothing of that log.
Status exchange(const fs::path& store, Files& files) {
  const fs::path restored = store / "restore";
  std::error_code error;
  for (const char* name : {"patchbay.db", "patchbay.db-wal", "patchbay.db-shm"})
    if (fs::exists(store / name, error)) PATCHBAY_CHECK(move(files, store / name, restored / "replaced" / name));
  PATCHBAY_CHECK(sync_folder(files, restored / "replaced"));
  PATCHBAY_CHECK(sync_folder(files, store));
  PATCHBAY_CHECK(move(files, restored / database_name, store / database_name));
  PATCHBAY_CHECK(sync_folder(files, store));
  return sync_folder(files, restored);
}

}  // namespace

Result<fs::path> finish_restore(const fs::path& store, const Clock& clock, Files& files) {
  const fs::path restored = store / "restore";
  std::error_code error;
  if (!fs::exists(restored, error)) return fs::path();
  if (fs::exists(restored / database_name, error)) PATCHBAY_CHECK(exchange(store, files));
  fs::path kept;
  if (fs::exists(restored / "replaced", error) && !fs::is_empty(restored / "replaced", error)) {
    kept = store / folder_name(clock.now());
    PATCHBAY_CHECK(move(files, restored / "replaced", kept));
  }
  fs::remove_all(restored, error);
  PATCHBAY_CHECK(sync_folder(files, store));
  return kept;
}

}  // namespace sqlite

Result<Restored> restore(const fs::path& backup, const fs::path& store, Existing existing, const Clock& clock,
                         const TellShare& progress, sqlite::Files& files) try {
  progress(0);
  Restored restored;
  restored.manifest = PATCHBAY_TRY(prove(backup, progress));
  PATCHBAY_CHECK(sqlite::make_folder(store));
  PATCHBAY_CHECK(sqlite::refuse_remote(store));
  const auto lock = PATCHBAY_TRY(sqlite::FolderLock::take(store));
  PATCHBAY_CHECK(sqlite::finish_restore(store, clock, files));
  if (existing == Existing::refuse) PATCHBAY_CHECK(refuse_existing(store));
  PATCHBAY_CHECK(copy_blobs(backup, store, restored.manifest, progress, files));
  PATCHBAY_CHECK(prepare(backup, store, restored.manifest, clock.now(), files));
  restored.replaced = PATCHBAY_TRY(sqlite::finish_restore(store, clock, files));
  progress(1);
  return restored;
} catch (const fs::filesystem_error& error) {
  return failure(ErrorCode::unavailable, std::string("restoring: ") + error.what(),
                 "let the user who runs this write there, and see that the disk has space");
}

}  // namespace patchbay::store
