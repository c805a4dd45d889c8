// The process ends at once after the nth call between plugin and host, and another goes on with what was durable by
// then: clause C3.
//
// Each life is a process forked from this one, which never loads the plugin itself. What became durable, and which
// requests the provider saw answered, comes here through a pipe as it happens.
#include "conformance/all_checks.hpp"
#include "conformance/random.hpp"
#include "conformance/session.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <numeric>

namespace patchbay::conformance {
namespace {

constexpr unsigned longest_life_seconds = 10;

struct Life {
  int status = 0;
  std::uint64_t crossings = 0;
  std::string trouble;
};

void write_frame(int pipe, const Json& record) {
  const std::vector<std::uint8_t> body = Json::to_msgpack(record);
  std::vector<std::uint8_t> frame(sizeof(std::uint32_t));
  const auto length = static_cast<std::uint32_t>(body.size());
  std::memcpy(frame.data(), &length, sizeof length);
  frame.insert(frame.end(), body.begin(), body.end());
  for (std::size_t at = 0; at < frame.size();) {
    const ssize_t written = ::write(pipe, frame.data() + at, frame.size() - at);
    if (written <= 0) return;
    at += static_cast<std::size_t>(written);
  }
}

// The whole frames; a torn one at the end is none.
void read_frames(int pipe, Ledger& ledger, Life& life) {
  std::vector<std::uint8_t> bytes;
  std::uint8_t part[65536];
  for (ssize_t got = 0; (got = ::read(pipe, part, sizeof part)) > 0;) bytes.insert(bytes.end(), part, part + got);
  for (std::size_t at = 0; at + sizeof(std::uint32_t) <= bytes.size();) {
    std::uint32_t length = 0;
    std::memcpy(&length, bytes.data() + at, sizeof length);
    at += sizeof length;
    if (at + length > bytes.size()) return;
    const auto from = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    const Json record = Json::from_msgpack(from, from + length);
    if (record.contains("crossings")) life.crossings = record.at("crossings").get<std::uint64_t>();
    if (record.contains("trouble")) life.trouble = record.at("trouble").get<std::string>();
    ledger.apply(record);
    at += length;
  }
}

[[noreturn]] void live(const Subject& subject, Ledger ledger, int pipe, std::uint64_t until, const Play& play) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::alarm(longest_life_seconds);
  try {
    Session session(subject, ledger);
    session.on_record = [pipe](const Json& record) { write_frame(pipe, record); };
    session.on_crossing = [until](std::uint64_t number) {
      if (number == until) ::kill(::getpid(), SIGKILL);
    };
    if (const auto failed = session.begin())
      write_frame(pipe, {{"trouble", *failed}});
    else
      session.play(play);
    session.end();
    write_frame(pipe, {{"crossings", session.crossings()}});
  } catch (const std::exception& error) {
    write_frame(pipe, {{"trouble", error.what()}});
  }
  ::_exit(0);
}

// A life that is killed at crossing `until`, or never where it is 0.
Life run(const Subject& subject, Ledger& ledger, std::uint64_t until, const Play& play) {
  Life life;
  int pipe[2] = {-1, -1};
  if (::pipe(pipe) != 0) {
    life.trouble = "no pipe could be made";
    return life;
  }
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(pipe[0]);
    live(subject, ledger, pipe[1], until, play);
  }
  ::close(pipe[1]);
  read_frames(pipe[0], ledger, life);
  ::close(pipe[0]);
  if (child < 0 || ::waitpid(child, &life.status, 0) != child) life.trouble = "no process could be made";
  return life;
}

// All of them, or as many as time allows, spread by chance.
std::vector<std::uint64_t> chosen(std::uint64_t crossings, std::size_t most, std::uint64_t seed) {
  std::vector<std::uint64_t> points(static_cast<std::size_t>(crossings));
  std::iota(points.begin(), points.end(), std::uint64_t{1});
  Random random(seed);
  while (points.size() > most) points.erase(points.begin() + static_cast<std::ptrdiff_t>(random.below(points.size())));
  return points;
}

std::string point_text(std::uint64_t point, std::uint64_t crossings) {
  return "ended at call " + std::to_string(point) + " of " + std::to_string(crossings) + " and started again";
}

std::vector<Finding> judge(const Life& life, const Ledger& got, const Ledger& expected, const std::string& when) {
  if (WIFSIGNALED(life.status))
    return {fail("C3", when + ", it did not live to the end: signal " + std::to_string(WTERMSIG(life.status)),
                 "a start after a crash must work with any state that became durable")};
  if (!life.trouble.empty())
    return {fail("C3", when + ", it does not start: " + life.trouble,
                 "a start after a crash must work with any state that became durable")};
  std::vector<Finding> found;
  if (const std::string item = got.lost(expected); !item.empty())
    found.push_back(fail("C3", when + ", this was lost: " + item,
                         "answer a request, and move the cursor, only in the batch that holds the interaction"));
  if (const std::string item = got.doubled(expected); !item.empty())
    found.push_back(fail("C3", when + ", this came twice: " + item,
                         "name it by the provider's id in external_id, and move the cursor in its batch"));
  if (got.events().size() < expected.events().size())
    found.push_back(fail("C3", when + ", an event could no longer be delivered", "make a delivery safe to repeat"));
  return found;
}

}  // namespace

std::vector<Finding> check_kill_points(const Subject& subject) {
  constexpr std::size_t most_points = 60;
  const Play once{.polls = 5}, again{.polls = 12};
  Ledger expected;
  subject.doing("live undisturbed");
  const Life undisturbed = run(subject, expected, 0, once);
  if (!undisturbed.trouble.empty()) return {skip("C3", undisturbed.trouble, "see the check `start`")};
  if (expected.items().empty() && expected.events().empty())
    return {skip("C3", "its examples bring nothing in",
                 "add `requests` or `answers` to check.json in the plugin's folder")};
  const std::vector<std::uint64_t> points = chosen(undisturbed.crossings, most_points, subject.seed);
  for (const std::uint64_t point : points) {
    Subject fresh = subject;  // with a folder that no earlier life has written to
    fresh.folder = subject.folder + "/" + std::to_string(point);
    fresh.settings = with_text(subject.settings, subject.folder, fresh.folder);
    std::filesystem::create_directory(fresh.folder);
    Ledger ledger;
    subject.doing("live until call " + std::to_string(point));
    static_cast<void>(run(fresh, ledger, point, once));
    subject.doing("live again after call " + std::to_string(point));
    const Life life = run(fresh, ledger, 0, again);
    std::vector<Finding> found = judge(life, ledger, expected, point_text(point, undisturbed.crossings));
    if (!found.empty()) return found;
  }
  return {pass("C3", std::to_string(points.size()) + " of " + std::to_string(undisturbed.crossings) + " calls")};
}

}  // namespace patchbay::conformance
