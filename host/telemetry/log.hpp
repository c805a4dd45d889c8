// The log: one line per event, with a level, a message and fields.
//
// [any-thread] Handed to whoever needs it; there is no global one. A line is written at once and whole. What is in a
// message or a field cannot break out of its line: control characters are escaped. Never throws; a line that cannot be
// written is lost. Secrets have no business here: the callers see to that.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

namespace patchbay::telemetry {

enum class Level : std::uint8_t { debug, info, warning, error };
enum class LogFormat : std::uint8_t {
  text,  // 2026-03-02T10:11:12.345Z warning delivery put off destination=odoo attempt=3
  json,  // {"time":"2026-03-02T10:11:12.345Z","level":"warning","message":"delivery put off","destination":"odoo"}
};

// Of a field. Borrowed for the call.
class FieldValue {
 public:
  FieldValue(std::string_view text) : text_(text) {}
  FieldValue(const char* text) : text_(text) {}
  FieldValue(const std::string& text) : text_(text) {}
  FieldValue(std::int64_t number) : digits_(std::to_string(number)), is_number_(true) {}
  FieldValue(std::uint64_t number) : digits_(std::to_string(number)), is_number_(true) {}
  FieldValue(int number) : FieldValue(std::int64_t{number}) {}
  FieldValue(unsigned number) : FieldValue(std::uint64_t{number}) {}

  [[nodiscard]] std::string_view text() const { return is_number_ ? std::string_view(digits_) : text_; }
  [[nodiscard]] bool is_number() const { return is_number_; }

 private:
  std::string_view text_;
  std::string digits_;
  bool is_number_ = false;
};

struct Field {
  std::string_view key;  // ours, so it needs no escape: a word of a-z and _
  FieldValue value;
};
using Fields = std::initializer_list<Field>;

class Log {
 public:
  // To the standard error stream.
  [[nodiscard]] static std::unique_ptr<Log> to_stderr(LogFormat format, Level least);
  // Appends to a file; null where it cannot be opened.
  [[nodiscard]] static std::unique_ptr<Log> to_file(const std::string& path, LogFormat format, Level least);
  // Keeps nothing. Lives as long as the process.
  [[nodiscard]] static Log& null();
  virtual ~Log() = default;

  void debug(std::string_view message, Fields fields = {}) { write(Level::debug, message, fields); }
  void info(std::string_view message, Fields fields = {}) { write(Level::info, message, fields); }
  void warning(std::string_view message, Fields fields = {}) { write(Level::warning, message, fields); }
  void error(std::string_view message, Fields fields = {}) { write(Level::error, message, fields); }
  virtual void write(Level level, std::string_view message, Fields fields) noexcept = 0;

  [[nodiscard]] virtual bool wants(Level level) const noexcept = 0;
};

}  // namespace patchbay::telemetry
