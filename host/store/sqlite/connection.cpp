#include "store/sqlite/connection.hpp"

#include "store/sqlite/page_guard.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace patchbay::store::sqlite {

namespace {

constexpr int busy_timeout_ms = 5000;  // somebody looks at the database with a tool of their own

struct Meaning {
  ErrorCode code;
  const char* remedy;
};

constexpr const char* damage_remedy =
    "keep the files as they are and restore the last backup: `patchbay restore FOLDER --replace`";

Meaning meaning_of(int code) {
  if (code == SQLITE_IOERR_DATA) return {ErrorCode::corrupt, damage_remedy};
  switch (code & 0xff) {
    case SQLITE_FULL:
      return {ErrorCode::unavailable, "free space on its disk; work goes on by itself"};
    case SQLITE_IOERR:
      return {ErrorCode::unavailable, "see the kernel's log for its disk, and whether the disk is full"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {ErrorCode::unavailable, "end the other program that holds the database"};
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return {ErrorCode::unavailable, "let the user who runs patchbay read and write the folder"};
    case SQLITE_NOMEM:
      return {ErrorCode::unavailable, "give the machine more memory"};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {ErrorCode::corrupt, damage_remedy};
    case SQLITE_CONSTRAINT:
      return {ErrorCode::conflict, ""};
    default:
      return {ErrorCode::internal, ""};
  }
}

std::string immutable_uri(const std::filesystem::path& file) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  std::string uri = "file:";
  for (const char c : std::filesystem::absolute(file).string()) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte == '%' || byte == '?' || byte == '#')
      uri.append({'%', digits[byte >> 4U], digits[byte & 15U]});
    else
      uri += c;
  }
  return uri + "?immutable=1";
}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open(const std::filesystem::path& file, Mode mode) {
  int access = mode == Mode::read_write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
  if (mode == Mode::unattached) access |= SQLITE_OPEN_URI;
  const std::string name = mode == Mode::unattached ? immutable_uri(file) : file.string();
  sqlite3* handle = nullptr;
  const int code =
      sqlite3_open_v2(name.c_str(), &handle, access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, page_guard());
  if (handle == nullptr) {
    return failure(ErrorCode::unavailable, "opening " + file.string() + ": out of memory", "give the machine more");
  }
  std::unique_ptr<Connection> connection(new Connection(handle, file));
  if (code != SQLITE_OK) return failure(connection->error(code).while_doing("opening"));
  sqlite3_busy_timeout(handle, busy_timeout_ms);
  // Defensive: text in the database can be a stranger's, the schema is ours.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  if (mode == Mode::read_only) {
    // Only the writer's connection moves pages from the log to the database.
    sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    set_guard(handle, Log::verified, Unwritten::damaged);
  }
  return connection;
}

Connection::~Connection() { sqlite3_close_v2(handle_); }

Error Connection::error(int code) {
  failed_ = true;
  const Meaning meaning = meaning_of(code);
  if (code == SQLITE_IOERR_DATA) {
    const std::string damage = take_damage();
    return damaged(
        {meaning.code, damage.empty() ? "a page of " + file_.string() + " is damaged" : damage, meaning.remedy});
  }
  std::string reason = file_.string() + ": " + sqlite3_errmsg(handle_);
  const std::string_view name = sqlite3_errstr(code);
  if (reason.find(name) == std::string::npos) reason.append(" (").append(name).append(")");
  if ((code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN) {
    if (const int system = sqlite3_system_errno(handle_); system != 0) {
      reason.append(", ").append(std::error_code(system, std::generic_category()).message());
    }
  }
  Error error{meaning.code, std::move(reason), meaning.remedy};
  return meaning.code == ErrorCode::corrupt ? damaged(std::move(error)) : error;
}

Error Connection::damaged(Error error) {
  if (tell_damage_) tell_damage_(error);
  return error;
}

Status Connection::execute(const char* sql) {
  if (const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr); code != SQLITE_OK) {
    return failure(error(code));
  }
  return {};
}

Result<std::int64_t> Connection::integer(const char* sql) {
  Statement statement(*this, sql);
  Rows rows = statement.with();
  if (!PATCHBAY_TRY(rows.next())) return failure(ErrorCode::internal, std::string("no row from: ") + sql);
  return rows.integer(0);
}

Result<std::string> Connection::text(const char* sql) {
  Statement statement(*this, sql);
  Rows rows = statement.with();
  if (!PATCHBAY_TRY(rows.next())) return failure(ErrorCode::internal, std::string("no row from: ") + sql);
  return rows.text(0);
}

Statement::~Statement() { sqlite3_finalize(handle_); }

int Statement::prepare() {
  if (handle_ != nullptr) return SQLITE_OK;
  return sqlite3_prepare_v3(connection_.handle(), sql_, -1, SQLITE_PREPARE_PERSISTENT, &handle_, nullptr);
}

int Statement::bind(int index, std::int64_t value) { return sqlite3_bind_int64(handle_, index, value); }

int Statement::bind(int index, std::string_view value) {
  // A null pointer would bind NULL where an empty text is meant.
  return sqlite3_bind_text64(handle_, index, value.empty() ? "" : value.data(), value.size(), SQLITE_STATIC,
                             SQLITE_UTF8);
}

int Statement::bind(int index, Blob value) {
  return sqlite3_bind_blob64(handle_, index, value.bytes.empty() ? "" : value.bytes.data(), value.bytes.size(),
                             SQLITE_STATIC);
}

int Statement::bind(int index, std::nullopt_t) { return sqlite3_bind_null(handle_, index); }

Rows::~Rows() {
  // The result repeats the error of the last step, which was reported then.
  if (statement_.handle_ != nullptr) sqlite3_reset(statement_.handle_);
}

Result<bool> Rows::next() {
  if (bound_ != SQLITE_OK) return failure(statement_.connection_.error(bound_));
  switch (const int code = sqlite3_step(statement_.handle_)) {
    case SQLITE_ROW:
      return true;
    case SQLITE_DONE:
      return false;
    default:
      return failure(statement_.connection_.error(code));
  }
}

bool Rows::null(int column) const { return sqlite3_column_type(statement_.handle_, column) == SQLITE_NULL; }

std::int64_t Rows::integer(int column) const { return sqlite3_column_int64(statement_.handle_, column); }

std::string_view Rows::view(int column) const {
  const void* bytes = sqlite3_column_blob(statement_.handle_, column);
  if (bytes == nullptr) return {};
  return {static_cast<const char*>(bytes), static_cast<std::size_t>(sqlite3_column_bytes(statement_.handle_, column))};
}

namespace {

template <class Digest>
Digest digest_from(std::string_view bytes) {
  Digest digest{};
  std::memcpy(digest.data(), bytes.data() == nullptr ? "" : bytes.data(), std::min(bytes.size(), digest.size()));
  return digest;
}

}  // namespace

Digest16 Rows::digest16(int column) const { return digest_from<Digest16>(view(column)); }
Digest32 Rows::digest32(int column) const { return digest_from<Digest32>(view(column)); }

}  // namespace patchbay::store::sqlite
