#include "store/sqlite/backup.hpp"

#include "store/sqlite/blobs.hpp"
#include "store/sqlite/check.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/files.hpp"
#include "store/sqlite/folder.hpp"
#include "store/sqlite/log_check.hpp"
#include "store/sqlite/manifest.hpp"
#include "store/sqlite/page_guard.hpp"
#include "store/sqlite/reader.hpp"

#include <sqlite3.h>

#include <utility>

namespace patchbay::store {

namespace {

using sqlite::Connection;
using sqlite::Mode;

constexpr int pages_at_once = 256;
// How the work is shared out to the progress, by what usually takes long.
constexpr double copied_share = 0.5, examined_share = 0.3;

Status refuse_existing(const std::filesystem::path& target) {
  std::error_code error;
  if (!std::filesystem::exists(std::filesystem::symlink_status(target, error))) return {};
  return failure(ErrorCode::conflict, "backing up to " + target.string() + ": it exists",
                 "name a folder that does not exist yet, such as one with the date in it");
}

// While a gateway runs it has looked at its log itself, and goes on writing it.
Status check_log_at_rest(const std::filesystem::path& store) {
  const auto lock = sqlite::FolderLock::take(store);
  if (!lock) return {};
  PATCHBAY_CHECK(sqlite::check_log(store / "patchbay.db-wal"));
  return {};
}

struct EndBackup {
  void operator()(sqlite3_backup* backup) const { sqlite3_backup_finish(backup); }
};

// Copies all pages of one moment.
Status copy_pages(Connection& from, Connection& to, const TellShare& progress) {
  // One read transaction over the whole copy: it is not begun anew when the gateway commits.
  PATCHBAY_CHECK(from.execute("BEGIN"));
  PATCHBAY_CHECK(from.integer("SELECT count(*) FROM sqlite_schema"));
  const std::unique_ptr<sqlite3_backup, EndBackup> backup(
      sqlite3_backup_init(to.handle(), "main", from.handle(), "main"));
  if (!backup) return failure(to.error(sqlite3_errcode(to.handle())));
  for (;;) {
    const int code = sqlite3_backup_step(backup.get(), pages_at_once);
    if (code == SQLITE_DONE) break;
    // Whether reading or writing failed shows in what the code means.
    if (code != SQLITE_OK) return failure((code == SQLITE_IOERR_DATA ? from : to).error(code));
    const double pages = sqlite3_backup_pagecount(backup.get());
    progress(copied_share * (1 - sqlite3_backup_remaining(backup.get()) / pages));
  }
  return from.execute("COMMIT");
}

Status copy_database(const std::filesystem::path& from, const std::filesystem::path& to, const TellShare& progress) {
  const auto source = PATCHBAY_TRY(Connection::open(from, Mode::read_only));
  PATCHBAY_CHECK(source->execute("PRAGMA query_only=ON; PRAGMA cache_size=-1024; PRAGMA mmap_size=0"));
  sqlite::set_guard(source->handle(), sqlite::Log::verified, sqlite::Unwritten::allowed);
  PATCHBAY_CHECK(sqlite::make_file(to));
  const auto copy = PATCHBAY_TRY(Connection::open(to, Mode::read_write));
  // There is nothing to go back to; the file is synced at the end.
  PATCHBAY_CHECK(copy->execute("PRAGMA journal_mode=OFF; PRAGMA synchronous=FULL; PRAGMA cache_size=-4096"));
  if (sqlite::is_guarded(source->handle())) sqlite::arm_guard(copy->handle());
  return copy_pages(*source, *copy, progress);
}

// What the copy holds, once it is found to be whole.
Result<std::vector<Digest32>> examine(const std::filesystem::path& database, Manifest& manifest) {
  auto connection = PATCHBAY_TRY(Connection::open(database, Mode::unattached));
  if (const auto damage = PATCHBAY_TRY(sqlite::check_fully(*connection)); !damage.empty())
    return failure(ErrorCode::corrupt, "backing up: the store is damaged: " + damage.front(),
                   "see `patchbay check --store`; restore the last backup: `patchbay restore FOLDER --replace`");
  manifest.schema = PATCHBAY_TRY(connection->integer("PRAGMA user_version"));
  manifest.store_id = PATCHBAY_TRY(connection->text("SELECT coalesce(max(value), '') FROM meta WHERE key = 'id'"));
  std::vector<Digest32> blobs = PATCHBAY_TRY(sqlite::blobs_referred_to(*connection));
  sqlite::Reader reader(std::move(connection), sqlite::Blobs({}));
  manifest.counts = PATCHBAY_TRY(reader.counts());
  return blobs;
}

Result<BackupFile> describe(const std::filesystem::path& folder, const std::string& path, const Digest32& sha256) {
  std::error_code error;
  const auto size = std::filesystem::file_size(folder / path, error);
  if (error) return sqlite::system_failure("looking at", folder / path, error.value());
  return BackupFile{path, size, hex(bytes_of(sha256))};
}

Result<BackupFile> copy_blob(sqlite::Files& files, const sqlite::Blobs& from, const Digest32& name,
                             const std::filesystem::path& part) {
  const std::string digits = hex(bytes_of(name));
  const std::string path = "blobs/" + digits.substr(0, 2) + "/" + digits;
  PATCHBAY_CHECK(sqlite::make_folder_in(files, (part / path).parent_path()));
  const Digest32 copied = PATCHBAY_TRY(sqlite::copy_file(files, from.path_of(name), part / path, [](std::uint64_t) {}));
  if (copied != name)
    return failure(ErrorCode::corrupt,
                   "backing up: " + from.path_of(name).string() + " has other content than its name says",
                   "copy the file of that name back from blobs/ of an older backup");
  PATCHBAY_CHECK(sqlite::sync_folder(files, (part / path).parent_path()));
  return describe(part, path, copied);
}

Result<Manifest> fill(const std::filesystem::path& store, const std::filesystem::path& part, const Clock& clock,
                      const TellShare& progress, sqlite::Files& files) {
  Manifest manifest;
  manifest.made_at = clock.now();
  const std::filesystem::path database = part / sqlite::database_name;
  PATCHBAY_CHECK(copy_database(store / sqlite::database_name, database, progress));
  const std::vector<Digest32> names = PATCHBAY_TRY(examine(database, manifest));
  progress(copied_share + examined_share);
  const Digest32 sha256 = PATCHBAY_TRY(sqlite::digest_file(database, [](std::uint64_t) {}));
  manifest.files.push_back(PATCHBAY_TRY(describe(part, sqlite::database_name, sha256)));

  const sqlite::Blobs blobs(store / "blobs", files);
  if (!names.empty()) PATCHBAY_CHECK(sqlite::make_folder_in(files, part / "blobs"));
  for (const Digest32& name : names) {
    manifest.files.push_back(PATCHBAY_TRY(copy_blob(files, blobs, name, part)));
    const double rest = 1 - copied_share - examined_share;
    progress(1 - rest + rest * static_cast<double>(manifest.files.size() - 1) / static_cast<double>(names.size()));
  }
  if (!names.empty()) PATCHBAY_CHECK(sqlite::sync_folder(files, part / "blobs"));
  PATCHBAY_CHECK(sqlite::write_file(files, part / sqlite::manifest_name, sqlite::write_manifest(manifest)));
  PATCHBAY_CHECK(sqlite::sync_folder(files, part));
  return manifest;
}

}  // namespace

Result<Manifest> back_up(const std::filesystem::path& store, const std::filesystem::path& target, const Clock& clock,
                         const TellShare& progress, sqlite::Files& files) try {
  const std::filesystem::path whole = std::filesystem::absolute(target / "").parent_path();
  std::filesystem::path part = whole;
  part += ".part";
  progress(0);
  PATCHBAY_CHECK(refuse_existing(whole));
  if (std::error_code error; !std::filesystem::exists(store / sqlite::database_name, error))
    return failure(ErrorCode::not_found, "backing up the store in " + store.string() + ": there is none",
                   "start the gateway once, or name its folder in the settings at /store/sqlite");
  PATCHBAY_CHECK(check_log_at_rest(store));
  std::filesystem::remove_all(part);  // of one that was interrupted
  PATCHBAY_CHECK(sqlite::make_folder_in(files, part));
  auto manifest = fill(store, part, clock, progress, files);
  if (!manifest) {
    std::error_code error;
    std::filesystem::remove_all(part, error);
    return manifest;
  }
  if (files.rename(part.c_str(), whole.c_str()) != 0) return sqlite::system_failure("naming", whole, errno);
  PATCHBAY_CHECK(sqlite::sync_folder(files, whole.parent_path()));
  progress(1);
  return manifest;
} catch (const std::filesystem::filesystem_error& error) {
  return failure(ErrorCode::unavailable, std::string("backing up: ") + error.what(),
                 "let the user who runs this write there, and see that the disk has space");
}

}  // namespace patchbay::store
