// SQLite's C API as values: a Connection, the Statements prepared on it, and the Rows that a statement yields.
//
// One thread at a time owns a Connection with all its Statements. A Statement is prepared at its first use and kept; it
// must end before its Connection. Rows reset their statement when they end, so a statement has one Rows at a time.
//
// What is bound is borrowed until the Rows end: bind named values, not temporaries of a longer statement.
//
// Failures: `unavailable` where another try may succeed (full, I/O error, busy), `corrupt` for damage, `conflict` for
// a row that must not be there twice, `internal` for a mistake of ours.
#pragma once

#include "base/digest.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

struct sqlite3;
struct sqlite3_stmt;

namespace patchbay::store::sqlite {

// Bytes that are no text.
struct Blob {
  std::string_view bytes;
};

// unattached: a file that nobody writes, such as one of a backup: read without locks, and without files beside it.
enum class Mode : std::uint8_t { read_write, read_only, unattached };

class Connection {
 public:
  // Pages are guarded (page_guard.hpp); the log is verified where it is only read.
  [[nodiscard]] static Result<std::unique_ptr<Connection>> open(const std::filesystem::path& file, Mode mode);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] Status execute(const char* sql);
  [[nodiscard]] Result<std::int64_t> integer(const char* sql);  // first column of the only row
  [[nodiscard]] Result<std::string> text(const char* sql);

  // The Error for SQLite's result code; also marks the transaction as failed.
  [[nodiscard]] Error error(int code);
  // Told of each damage that is found, on the thread that finds it.
  void on_damage(std::function<void(const Error&)> tell) { tell_damage_ = std::move(tell); }
  // Whether an operation failed since the last clear_failure.
  [[nodiscard]] bool failed() const noexcept { return failed_; }
  void mark_failed() noexcept { failed_ = true; }
  void clear_failure() noexcept { failed_ = false; }

  [[nodiscard]] sqlite3* handle() const noexcept { return handle_; }

 private:
  Error damaged(Error error);
  Connection(sqlite3* handle, std::filesystem::path file) : handle_(handle), file_(std::move(file)) {}

  sqlite3* handle_;
  std::filesystem::path file_;
  bool failed_ = false;
  std::function<void(const Error&)> tell_damage_;
};

class Rows;

class Statement {
 public:
  // `sql` is a literal.
  Statement(Connection& connection, const char* sql) noexcept : connection_(connection), sql_(sql) {}
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // Binds and yields the rows; an error shows at their first next().
  template <class... Values>
  [[nodiscard]] Rows with(const Values&... values);
  // Binds and runs to the end, for statements that yield no rows.
  template <class... Values>
  [[nodiscard]] Status run(const Values&... values);

 private:
  friend class Rows;

  int prepare();
  int bind(int index, std::int64_t value);
  int bind(int index, std::string_view value);
  int bind(int index, Blob value);
  int bind(int index, std::nullopt_t);
  int bind(int index, TimePoint value) { return bind(index, std::int64_t{value.time_since_epoch().count()}); }
  template <std::size_t N>
  int bind(int index, const std::array<std::uint8_t, N>& value) {
    return bind(index, Blob{bytes_of(value)});
  }
  template <class Value>
  int bind_any(int index, const Value& value) {
    if constexpr (std::is_enum_v<Value> || std::is_integral_v<Value>) {
      return bind(index, static_cast<std::int64_t>(value));
    } else {
      return bind(index, value);
    }
  }
  template <class Value>
  int bind_any(int index, const std::optional<Value>& value) {
    return value ? bind_any(index, *value) : bind(index, std::nullopt);
  }

  Connection& connection_;
  const char* sql_;
  sqlite3_stmt* handle_ = nullptr;
};

class Rows {
 public:
  Rows(Statement& statement, int bound) noexcept : statement_(statement), bound_(bound) {}
  ~Rows();
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;

  [[nodiscard]] Result<bool> next();  // false at the end

  // Columns of the current row, from 0. Views live until the next call of next().
  [[nodiscard]] bool null(int column) const;
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::string_view view(int column) const;
  [[nodiscard]] std::string text(int column) const { return std::string(view(column)); }
  [[nodiscard]] TimePoint time(int column) const { return TimePoint{Duration{integer(column)}}; }
  [[nodiscard]] Digest16 digest16(int column) const;
  [[nodiscard]] Digest32 digest32(int column) const;
  template <class Enumeration>
  [[nodiscard]] Enumeration as(int column) const {
    return static_cast<Enumeration>(integer(column));
  }
  template <class Enumeration>
  [[nodiscard]] std::optional<Enumeration> maybe(int column) const {
    if (null(column)) return std::nullopt;
    return as<Enumeration>(column);
  }

 private:
  Statement& statement_;
  int bound_;
};

template <class... Values>
Rows Statement::with(const Values&... values) {
  int code = prepare();
  int index = 0;
  ((code = code == 0 ? bind_any(++index, values) : code), ...);
  return Rows(*this, code);
}

template <class... Values>
Status Statement::run(const Values&... values) {
  Rows rows = with(values...);
  PATCHBAY_CHECK(rows.next());
  return {};
}

}  // namespace patchbay::store::sqlite
