#include "store/sqlite/sqlite_store.hpp"

#include "store/sqlite/blobs.hpp"
#include "store/sqlite/check.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/files.hpp"
#include "store/sqlite/folder.hpp"
#include "store/sqlite/log_check.hpp"
#include "store/sqlite/migrate.hpp"
#include "store/sqlite/page_guard.hpp"
#include "store/sqlite/reader.hpp"
#include "store/sqlite/restore.hpp"
#include "store/sqlite/schema.hpp"
#include "store/sqlite/writer.hpp"

#include <sqlite3.h>

#include <cstdlib>
#include <exception>
#include <utility>

namespace patchbay::store {

namespace {

constexpr const char* writer_settings =
    "PRAGMA journal_mode=WAL;"
    "PRAGMA synchronous=FULL;"
    "PRAGMA wal_autocheckpoint=0;"
    "PRAGMA secure_delete=OFF;"
    "PRAGMA cache_size=-65536;"  // 64 MB at most, taken as pages are touched
    "PRAGMA journal_size_limit=67108864;"
    "PRAGMA mmap_size=0;"
    "PRAGMA temp_store=MEMORY;";

constexpr const char* reader_settings =
    "PRAGMA query_only=ON;"
    "PRAGMA cache_size=-1024;"
    "PRAGMA mmap_size=0;"
    "PRAGMA temp_store=MEMORY;";

constexpr std::int64_t newest_schema = static_cast<std::int64_t>(sqlite::migrations.size());

// What the connection of the writer gets once the schema is up to date: from then on a transaction's pages stay in
// memory until it commits, which the guard of the log needs.
constexpr const char* after_migrating = "PRAGMA cache_spill=OFF";

Result<std::unique_ptr<sqlite::Connection>> open_for_reading(const std::filesystem::path& database,
                                                             const std::function<void(const Error&)>& damaged) {
  auto connection = PATCHBAY_TRY(sqlite::Connection::open(database, sqlite::Mode::read_only));
  connection->on_damage(damaged);
  PATCHBAY_CHECK(connection->execute(reader_settings));
  PATCHBAY_CHECK(sqlite::check_version(*connection, newest_schema));
  return connection;
}

Status name_store(sqlite::Connection& connection, const Clock& clock) {
  const std::string at = rfc3339(clock.now());
  // A random UUID (RFC 9562, version 4) from SQLite's generator, which the kernel seeds.
  sqlite::Statement name(connection,
                         "INSERT INTO meta(key, value) SELECT 'id', substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-4' "
                         "|| substr(h, 14, 3) || '-' || substr('89ab', 1 + (abs(random()) % 4), 1) || "
                         "substr(h, 18, 3) || '-' || substr(h, 21, 12) FROM (SELECT lower(hex(randomblob(16))) AS h) "
                         "WHERE true ON CONFLICT(key) DO NOTHING");
  sqlite::Statement date(connection,
                         "INSERT INTO meta(key, value) VALUES('created_at', ?1) ON CONFLICT(key) DO NOTHING");
  PATCHBAY_CHECK(name.run());
  return date.run(at);
}

// The log belongs to a database: without it, SQLite would throw the log away.
Status refuse_log_without_database(const std::filesystem::path& database, const std::filesystem::path& log) {
  std::error_code error;
  const auto size_of = [&](const std::filesystem::path& file) {
    return std::filesystem::exists(file, error) ? std::filesystem::file_size(file, error) : 0;
  };
  if (size_of(database) != 0 || size_of(log) == 0) return {};
  return failure(ErrorCode::corrupt, "opening " + database.string() + ": it is missing or empty, and its log is there",
                 "keep the files as they are and restore the last backup: `patchbay restore FOLDER --replace`");
}

// Gives a database the guard that has none: a new one, or one from before.
Status guard(sqlite::Connection& connection) {
  if (!sqlite::is_guarded(connection.handle())) {
    PATCHBAY_CHECK(connection.execute("PRAGMA temp_store=FILE; VACUUM; PRAGMA temp_store=MEMORY"));
    PATCHBAY_CHECK(connection.execute("PRAGMA wal_checkpoint(TRUNCATE)"));
  }
  if (PATCHBAY_TRY(connection.integer("PRAGMA application_id")) == sqlite::guard_mark) return {};
  return connection.execute(("PRAGMA application_id=" + std::to_string(sqlite::guard_mark)).c_str());
}

// The members end from the last to the first: the writer before its connection, the lock after all of them.
class SqliteStore final : public Store {
 public:
  SqliteStore(std::filesystem::path folder, SqliteOptions options)
      : folder_(std::move(folder)),
        options_(std::move(options)),
        files_(options_.files != nullptr ? *options_.files : sqlite::system_files()),
        blobs_(folder_ / "blobs", files_) {}

  Status open_for_writing(const Clock& clock) {
    PATCHBAY_CHECK(sqlite::make_folder(folder_));
    PATCHBAY_CHECK(sqlite::refuse_remote(folder_));
    lock_.emplace(PATCHBAY_TRY(sqlite::FolderLock::take(folder_)));
    PATCHBAY_CHECK(sqlite::finish_restore(folder_, clock, files_));
    PATCHBAY_CHECK(open_database());
    PATCHBAY_CHECK(sqlite::migrate(*connection_, sqlite::migrations));
    PATCHBAY_CHECK(guard(*connection_));
    PATCHBAY_CHECK(connection_->execute(after_migrating));
    sqlite::set_guard(connection_->handle(), sqlite::Log::verified, sqlite::Unwritten::damaged);
    if (found_id().empty()) PATCHBAY_CHECK(name_store(*connection_, clock));
    PATCHBAY_CHECK(check());
    writer_ = std::make_unique<sqlite::Writer>(*connection_, blobs_, options_.pages_until_checkpoint);
    PATCHBAY_CHECK(writer_->start());
    return read_id(*connection_);
  }

  Status open_to_read() {
    std::error_code error;
    if (!std::filesystem::exists(database(), error)) {
      return failure(ErrorCode::not_found, "opening the store in " + folder_.string() + ": there is none",
                     "start the gateway once, or name its folder in the settings at /store/sqlite");
    }
    PATCHBAY_CHECK(sqlite::refuse_remote(folder_));
    const auto connection = PATCHBAY_TRY(open_for_reading(database(), options_.damaged));
    return read_id(*connection);
  }

  Writer& writer() override {
    if (!writer_) std::terminate();  // see sqlite_store.hpp: a mistake in the program, not in the data
    return *writer_;
  }

  Result<std::unique_ptr<Reader>> reader() override {
    auto connection = PATCHBAY_TRY(open_for_reading(database(), options_.damaged));
    return std::unique_ptr<Reader>(std::make_unique<sqlite::Reader>(std::move(connection), blobs_));
  }

  const std::string& id() const override { return id_; }

 private:
  [[nodiscard]] std::filesystem::path database() const { return folder_ / "patchbay.db"; }
  [[nodiscard]] std::filesystem::path log() const { return folder_ / "patchbay.db-wal"; }

  Status open_database() {
    PATCHBAY_CHECK(refuse_log_without_database(database(), log()));
    if (PATCHBAY_TRY(sqlite::check_log(log())) == sqlite::LogEnd::unfinished && options_.remarked)
      options_.remarked("the store's last transaction was not finished and is left out, as after a power cut");
    PATCHBAY_CHECK(sqlite::make_file(database()));
    // The folder and what is in it are to be there after a power cut, too.
    PATCHBAY_CHECK(sqlite::sync_folder(files_, folder_));
    PATCHBAY_CHECK(sqlite::sync_folder(files_, std::filesystem::absolute(folder_).parent_path()));
    connection_ = PATCHBAY_TRY(sqlite::Connection::open(database(), sqlite::Mode::read_write));
    connection_->on_damage(options_.damaged);
    int reserved = sqlite::guard_bytes;
    sqlite3_file_control(connection_->handle(), "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved);
    return connection_->execute(writer_settings);
  }

  // On a connection of its own, so that the writer's cache holds what the writer needs.
  [[nodiscard]] Status check() {
    const auto connection = PATCHBAY_TRY(open_for_reading(database(), options_.damaged));
    return sqlite::check_quickly(*connection, blobs_, options_.first_check);
  }

  [[nodiscard]] std::string found_id() {
    return connection_->text("SELECT coalesce(max(value), '') FROM meta WHERE key = 'id'").value_or("");
  }

  Status read_id(sqlite::Connection& connection) {
    id_ = PATCHBAY_TRY(connection.text("SELECT coalesce(max(value), '') FROM meta WHERE key = 'id'"));
    if (!id_.empty()) return {};
    return failure(ErrorCode::unavailable, "opening the store in " + folder_.string() + ": it is not set up yet",
                   "start the gateway once");
  }

  std::filesystem::path folder_;
  SqliteOptions options_;
  sqlite::Files& files_;
  sqlite::Blobs blobs_;
  std::string id_;
  std::optional<sqlite::FolderLock> lock_;
  std::unique_ptr<sqlite::Connection> connection_;
  std::unique_ptr<sqlite::Writer> writer_;
};

}  // namespace

Result<std::unique_ptr<Store>> open_sqlite(const std::filesystem::path& folder, OpenAs as, const Clock& clock,
                                           SqliteOptions options) try {
  auto store = std::make_unique<SqliteStore>(folder, std::move(options));
  Status opened = as == OpenAs::writer ? store->open_for_writing(clock) : store->open_to_read();
  if (!opened) return failure(std::move(opened.error()));
  return std::unique_ptr<Store>(std::move(store));
} catch (const std::exception& error) {
  return failure(ErrorCode::unavailable, "opening the store in " + folder.string() + ": " + error.what());
}

}  // namespace patchbay::store
