#include "store/sqlite/sqlite_store.hpp"

#include "store/sqlite/blobs.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/folder.hpp"
#include "store/sqlite/migrate.hpp"
#include "store/sqlite/reader.hpp"
#include "store/sqlite/schema.hpp"
#include "store/sqlite/writer.hpp"

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

Result<std::unique_ptr<sqlite::Connection>> open_for_reading(const std::filesystem::path& database) {
  auto connection = PATCHBAY_TRY(sqlite::Connection::open(database, sqlite::Mode::read_only));
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

// The members end from the last to the first: the writer before its connection, the lock after all of them.
class SqliteStore final : public Store {
 public:
  explicit SqliteStore(std::filesystem::path folder) : folder_(std::move(folder)), blobs_(folder_ / "blobs") {}

  Status open_for_writing(const Clock& clock) {
    PATCHBAY_CHECK(sqlite::make_folder(folder_));
    PATCHBAY_CHECK(sqlite::refuse_remote(folder_));
    lock_.emplace(PATCHBAY_TRY(sqlite::FolderLock::take(folder_)));
    PATCHBAY_CHECK(sqlite::make_file(database()));
    connection_ = PATCHBAY_TRY(sqlite::Connection::open(database(), sqlite::Mode::read_write));
    PATCHBAY_CHECK(connection_->execute(writer_settings));
    PATCHBAY_CHECK(sqlite::migrate(*connection_, sqlite::migrations));
    if (found_id().empty()) PATCHBAY_CHECK(name_store(*connection_, clock));
    writer_ = std::make_unique<sqlite::Writer>(*connection_, blobs_);
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
    const auto connection = PATCHBAY_TRY(open_for_reading(database()));
    return read_id(*connection);
  }

  Writer& writer() override {
    if (!writer_) std::terminate();  // see sqlite_store.hpp: a mistake in the program, not in the data
    return *writer_;
  }

  Result<std::unique_ptr<Reader>> reader() override {
    auto connection = PATCHBAY_TRY(open_for_reading(database()));
    return std::unique_ptr<Reader>(std::make_unique<sqlite::Reader>(std::move(connection), blobs_));
  }

  const std::string& id() const override { return id_; }

 private:
  [[nodiscard]] std::filesystem::path database() const { return folder_ / "patchbay.db"; }

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
  sqlite::Blobs blobs_;
  std::string id_;
  std::optional<sqlite::FolderLock> lock_;
  std::unique_ptr<sqlite::Connection> connection_;
  std::unique_ptr<sqlite::Writer> writer_;
};

}  // namespace

Result<std::unique_ptr<Store>> open_sqlite(const std::filesystem::path& folder, OpenAs as, const Clock& clock) try {
  auto store = std::make_unique<SqliteStore>(folder);
  Status opened = as == OpenAs::writer ? store->open_for_writing(clock) : store->open_to_read();
  if (!opened) return failure(std::move(opened.error()));
  return std::unique_ptr<Store>(std::move(store));
} catch (const std::exception& error) {
  return failure(ErrorCode::unavailable, "opening the store in " + folder.string() + ": " + error.what());
}

}  // namespace patchbay::store
