#include "telemetry/log.hpp"

#include "telemetry/line.hpp"

#include <gtest/gtest.h>
#include <unistd.h>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

namespace patchbay::telemetry {
namespace {

constexpr std::chrono::sys_time<std::chrono::milliseconds> when{
    std::chrono::sys_days{std::chrono::year{2026} / 3 / 2}.time_since_epoch() + std::chrono::milliseconds{45}};

std::string text(std::string_view message, Fields fields = {}) {
  return format_line(LogFormat::text, when, Level::warning, message, fields);
}
std::string json(std::string_view message, Fields fields = {}) {
  return format_line(LogFormat::json, when, Level::warning, message, fields);
}

TEST(Log, WritesTextForPeople) {
  EXPECT_EQ(text("delivery put off", {{"destination", "odoo"}, {"attempt", 3}, {"why", "time out"}, {"note", ""}}),
            "2026-03-02T00:00:00.045Z warning delivery put off destination=odoo attempt=3 why=\"time out\" note=\"\"");
}

TEST(Log, WritesJsonLinesForPrograms) {
  EXPECT_EQ(
      json("said \"no\"", {{"path", "a\\b"}, {"attempt", 3}}),
      R"({"time":"2026-03-02T00:00:00.045Z","level":"warning","message":"said \"no\"","path":"a\\b","attempt":3})");
}

TEST(Log, NothingBreaksOutOfItsLine) {
  struct Case {
    const char *name, *message, *shown;
  };
  for (const Case& c : {Case{"newline", "a\nerror forged", "a\\nerror forged"}, Case{"escape", "\x1b[2J", "\\u001b[2J"},
                        Case{"delete", "\x7f", "\\u007f"}, Case{"C1 control", "\xc2\x9b", "\\u009b"},
                        Case{"not UTF-8", "\xff!", "\\u00ff!"}, Case{"cut UTF-8", "\xe2\x82", "\\u00e2\\u0082"},
                        Case{"proper UTF-8", "Grün €", "Grün €"}}) {
    EXPECT_EQ(text(c.message), std::string("2026-03-02T00:00:00.045Z warning ") + c.shown) << c.name;
    EXPECT_EQ(json(c.message),
              std::string(R"({"time":"2026-03-02T00:00:00.045Z","level":"warning","message":")") + c.shown + "\"}")
        << c.name;
  }
}

TEST(Log, AFieldCannotLookLikeTwo) {
  EXPECT_EQ(text("m", {{"a", "1 b=2"}}), "2026-03-02T00:00:00.045Z warning m a=\"1 b=2\"");
  EXPECT_EQ(text("m", {{"a", "b=2"}}), "2026-03-02T00:00:00.045Z warning m a=\"b=2\"");
}

TEST(Log, KeepsWholeLinesOfItsLevelAndAboveFromAllThreads) {
  const std::string file = std::filesystem::temp_directory_path() / ("patchbay-log-test-" + std::to_string(::getpid()));
  std::filesystem::remove(file);
  {
    const auto log = Log::to_file(file, LogFormat::text, Level::info);
    ASSERT_NE(log, nullptr);
    EXPECT_TRUE(log->wants(Level::info));
    EXPECT_FALSE(log->wants(Level::debug));
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&log] {
        for (int line = 0; line < 100; ++line) {
          log->info("kept {}", {{"line", line}});
          log->debug("dropped");
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  std::ifstream stream(file);
  int lines = 0;
  for (std::string line; std::getline(stream, line); ++lines)
    EXPECT_NE(line.find("Z info kept {} line="), std::string::npos) << line;
  EXPECT_EQ(lines, 400);
  std::filesystem::remove(file);
}

TEST(Log, TellsWhenAFileCannotBeOpened) {
  EXPECT_EQ(Log::to_file("/dev/null/log", LogFormat::text, Level::info), nullptr);
}

TEST(Log, NullWantsNothing) { EXPECT_FALSE(Log::null().wants(Level::error)); }

}  // namespace
}  // namespace patchbay::telemetry
