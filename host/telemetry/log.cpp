#include "telemetry/log.hpp"

#include "telemetry/line.hpp"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <chrono>
#include <exception>

namespace patchbay::telemetry {

namespace {

spdlog::level::level_enum level_of(Level level) {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warning:
      return spdlog::level::warn;
    case Level::error:
      break;
  }
  return spdlog::level::err;
}

class SpdLog final : public Log {
 public:
  SpdLog(spdlog::sink_ptr sink, LogFormat format, Level least) : format_(format), logger_("patchbay", std::move(sink)) {
    logger_.set_formatter(
        std::make_unique<spdlog::pattern_formatter>("%v", spdlog::pattern_time_type::utc, std::string("\n")));
    logger_.set_level(level_of(least));
    logger_.flush_on(spdlog::level::debug);
    // A full disk must not end in spdlog telling so on the stream that is full.
    logger_.set_error_handler([](const std::string&) {});
  }

  void write(Level level, std::string_view message, Fields fields) noexcept override {
    try {
      if (!wants(level)) return;
      const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
      const std::string line = format_line(format_, now, level, message, fields);
      logger_.log(level_of(level), spdlog::string_view_t(line.data(), line.size()));
    } catch (const std::exception&) {
      // Out of memory, most likely: the line is lost, the process is not.
    }
  }

  [[nodiscard]] bool wants(Level level) const noexcept override { return logger_.should_log(level_of(level)); }

 private:
  LogFormat format_;
  spdlog::logger logger_;
};

class NullLog final : public Log {
 public:
  void write(Level, std::string_view, Fields) noexcept override {}
  [[nodiscard]] bool wants(Level) const noexcept override { return false; }
};

}  // namespace

std::unique_ptr<Log> Log::to_stderr(LogFormat format, Level least) {
  return std::make_unique<SpdLog>(std::make_shared<spdlog::sinks::stderr_sink_mt>(), format, least);
}

std::unique_ptr<Log> Log::to_file(const std::string& path, LogFormat format, Level least) {
  try {
    return std::make_unique<SpdLog>(std::make_shared<spdlog::sinks::basic_file_sink_mt>(path), format, least);
  } catch (const spdlog::spdlog_ex&) {
    return nullptr;
  }
}

Log& Log::null() {
  static NullLog log;
  return log;
}

}  // namespace patchbay::telemetry
