// What a hundred lives leave behind: clauses R1 (descriptors), R2 (threads), R3 (memory).
#include "conformance/all_checks.hpp"
#include "conformance/session.hpp"

#include <malloc.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <thread>

namespace patchbay::conformance {
namespace {

namespace fs = std::filesystem;

std::size_t entries(const char* folder) {
  std::size_t count = 0;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) ++count;
  return count;
}

struct Use {
  std::size_t descriptors = 0, threads = 0, bytes = 0;
};

// A thread that was joined may be listed for a moment longer.
Use use_now(std::size_t threads_wanted) {
  for (int attempt = 0; attempt < 50 && entries("/proc/self/task") > threads_wanted; ++attempt)
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  const auto memory = mallinfo2();
  return {entries("/proc/self/fd"), entries("/proc/self/task"), memory.uordblks + memory.hblkhd};
}

std::string lived(const Subject& subject, const Play& play) {
  Ledger ledger;
  const auto session = std::make_unique<Session>(subject, ledger);
  if (const auto failed = session->begin()) return *failed;
  session->play(play);
  session->end();
  return {};
}

}  // namespace

std::vector<Finding> check_resources(const Subject& subject) {
  constexpr int warm = 10, cycles = 100;
  constexpr std::size_t allowed_bytes = 64U << 10U;  // for lists of the C library and its like that grow now and then
  const Play play{.requests = 2, .polls = 1};
  for (int i = 0; i < warm; ++i)
    if (const std::string failed = lived(subject, play); !failed.empty())
      return {skip("R1", failed, "see the check `start`")};
  const Use before = use_now(1);
  for (int i = 0; i < cycles; ++i) static_cast<void>(lived(subject, play));
  const Use after = use_now(before.threads);
  std::vector<Finding> found;
  if (after.descriptors > before.descriptors)
    found.push_back(fail("R1",
                         std::to_string(after.descriptors - before.descriptors) + " descriptors more after " +
                             std::to_string(cycles) + " lives",
                         "close in close() what was opened in open() or start()"));
  if (after.threads > before.threads)
    found.push_back(fail(
        "R2",
        std::to_string(after.threads - before.threads) + " threads more after " + std::to_string(cycles) + " lives",
        "join in stop() or close() what was started"));
  if (after.bytes > before.bytes + allowed_bytes)
    found.push_back(fail("R3", std::to_string((after.bytes - before.bytes) / cycles) + " bytes more with each life",
                         "free in close() what was allocated in open()"));
  return or_pass(std::move(found), "R1", std::to_string(cycles) + " lives");
}

}  // namespace patchbay::conformance
