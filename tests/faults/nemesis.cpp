// The nemesis: starts a gateway, a producer and a receiver, and hurts the gateway until it has killed it N times.
//
// faults_nemesis --folder DIR --programs DIR --gateway PROGRAM --faketime LIBRARY --receiver-port P --public-port P
//   --admin-port P [--kills N] [--crash-points yes] [--seed S] [--rate N]
//
// Each life of the gateway follows a plan of the seed (plan.hpp); with --crash-points it ends at each point of a test
// build instead, at its first and at a later passing. At least half of the kills fall while requests are unanswered:
// where the plan would fall behind, the kill waits for a request. At the end everybody is well, and the clock is far
// enough ahead that every delivery is due, until none is open. What it did is in faults.log, as faults_check reads it.
// Exit status 1 where the run could not be carried through; whether the gateway passed is the checker's to say.
#include "faults/append_journal.hpp"
#include "faults/house.hpp"
#include "faults/plan.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <filesystem>

namespace patchbay::faults {
namespace {

constexpr std::int64_t day_s = 86'400;
constexpr int drain_rounds = 6;
constexpr std::int64_t drain_patience_ms = 15'000;  // without progress
constexpr int later_passing = 3;
constexpr std::int64_t crash_ms = 30'000;

class Nemesis {
 public:
  explicit Nemesis(const bench::Words& words)
      : house_(words),
        faults_(words.text("folder") + "/faults.log"),
        plans_(static_cast<std::uint64_t>(words.number("seed"))),
        store_(words.text("folder") + "/store") {}

  void kill_at_random(std::int64_t kills) {
    house_.start_receiver();
    house_.start_producer();
    while (kills_ < kills) {
      const Life life = plans_.next();
      note("# life " + std::to_string(kills_ + 1) + ": " + described(life));
      live(life);
      killed(house_.kill_gateway());
    }
    if (unanswered_kills_ * 2 < kills_) throw std::runtime_error("killing: most kills found no request unanswered");
    get_well();
  }

  // Every point is passed by the load alone; one that is not is a mistake of the point or of the load. Only those of
  // sending and of OAuth2 are not: tests/integration/gateway/send_crash_test.mjs and tests/integration/oauth2 crash
  // there.
  void crash_at_each_point() {
    std::vector<std::string> points = crash_points();
    std::erase_if(points, [](const std::string& point) {
      return point.starts_with("outbound.") || point.starts_with("oauth2.");
    });
    const auto others = std::stable_partition(points.begin(), points.end(), of_migrations);
    std::for_each(points.begin(), others, [this](const std::string& point) { crash_in_each_migration(point); });
    house_.start_receiver();
    house_.start_producer();
    house_.control().manners = Manners::lying;
    std::for_each(others, points.end(), [this](const std::string& point) {
      for (const int passing : {1, later_passing}) crash_at(point, passing);
    });
    get_well();
  }

 private:
  // One thing that happens in a life, at its time.
  struct Step {
    Milliseconds at;
    std::function<void()> act;
  };

  void live(const Life& life) {
    house_.control().manners = life.manners;
    // One that is killed early finds the receiver as the life before left it.
    if (!life.early) house_.start_receiver();
    house_.start_gateway(life.clock);
    if (life.early) {
      sleep_ms(*life.early);
      return meet_quota();
    }
    await_serving();

    std::vector<Step> steps;
    const auto plan = [&](const std::optional<Milliseconds>& at, std::function<void()> act) {
      if (at) steps.push_back({*at, std::move(act)});
    };
    plan(life.down, [this] { house_.kill_receiver(); });
    plan(life.up, [this] { house_.start_receiver(); });
    plan(life.stopped, [this] { house_.gateway().signal(SIGSTOP); });
    plan(life.continued, [this] { house_.gateway().signal(SIGCONT); });
    plan(life.clock_jumps, [this] { house_.set_clock(plans_.ahead()); });
    // What is planned for later than the life lasts does not come to be: it ends with the receiver down, or stopped.
    std::stable_sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) { return a.at < b.at; });
    Milliseconds now = 0;
    for (const Step& step : steps) {
      if (step.at > life.length) break;
      sleep_ms(step.at - now);
      now = step.at;
      step.act();
    }
    sleep_ms(life.length - now);
    meet_quota();
  }

  // A gateway that is stopped, or still starts, has one soon enough, too: the producer goes on.
  void meet_quota() {
    if (unanswered_kills_ * 2 <= kills_) house_.await_unanswered();
  }

  void await_serving() {
    house_.await_serving();
    if (killed_at_ == 0) return;
    note("recovery " + std::to_string((bench::now_ns() - killed_at_) / 1'000'000));
  }

  void killed(std::int64_t unanswered) {
    killed_at_ = bench::now_ns();
    ++kills_;
    if (unanswered > 0) ++unanswered_kills_;
    note("kill " + std::to_string(kills_) + " unanswered " + std::to_string(unanswered));
  }

  static bool of_migrations(const std::string& point) { return point.starts_with("migration."); }
  [[nodiscard]] std::vector<std::string> crash_points() const;

  // Only an empty store passes these: each time a new one is brought one migration further before the crash, and the
  // next start must finish what it finds.
  void crash_in_each_migration(const std::string& point) {
    for (int passing = 1;; ++passing) {
      std::filesystem::remove_all(store_);
      start_to_crash(point, passing);
      house_.await("the crash at " + point, crash_ms / 1000,
                   [this] { return house_.gateway().ended() || house_.answers(); });
      if (!house_.gateway().ended()) {
        killed(house_.kill_gateway());
        if (passing == 1) throw std::runtime_error("crashing: " + point + " was not passed");
        return;
      }
      killed(0);
      house_.start_gateway(std::nullopt);
      house_.await("the start after a crash at " + point, crash_ms / 1000, [this] { return house_.answers(); });
      killed(house_.kill_gateway());
    }
  }

  void crash_at(const std::string& point, int passing) {
    const std::int64_t before = house_.control().broken;
    start_to_crash(point, passing);
    if (!house_.ends_within(crash_ms))
      throw std::runtime_error("crashing: " + point + " was not passed " + std::to_string(passing) + " times within " +
                               std::to_string(crash_ms / 1000) + " s");
    if (const int end = house_.gateway().wait(); !WIFSIGNALED(end) || WTERMSIG(end) != SIGKILL)
      throw std::runtime_error("crashing at " + point + ": " + house_.gateway().described(end) + ": see gateway.log");
    house_.await_disconnected();
    killed(house_.control().broken - before);
  }

  void start_to_crash(const std::string& point, int passing) {
    const std::string at = point + ":" + std::to_string(passing);
    note("# crash at " + at);
    house_.start_gateway(std::nullopt, {{"PATCHBAY_CRASH_AT", at}});
  }

  void get_well() {
    house_.control().manners = Manners::honest;
    house_.start_receiver();
    house_.start_gateway(std::nullopt);
    await_serving();
    note("# well again after " + seconds());
    house_.finish_producer();
    note("# all accepted after " + seconds());
    house_.stop_gateway();
    Deliveries left;
    for (int round = 1; round <= drain_rounds; ++round) {
      house_.start_gateway(plans_.ahead() + 30 * day_s * round);
      left = drained();
      house_.stop_gateway();
      note("# " + std::to_string(30 * round) + " days further ahead, after " + seconds() + ": " +
           std::to_string(left.open) + " deliveries open, " + std::to_string(left.dead) + " dead letters");
      if (left.open == 0) break;
    }
    house_.kill_receiver();
  }

  // What is left when none is open, or when no more of them end.
  Deliveries drained() {
    Deliveries left{-1, 0};
    std::int64_t progress_at = bench::now_ns();
    while (left.open != 0 && bench::now_ns() - progress_at < drain_patience_ms * 1'000'000) {
      sleep_ms(100);
      if (!house_.answers()) continue;
      const Deliveries now = house_.deliveries();
      if (now.open != left.open) progress_at = bench::now_ns();
      left = now;
    }
    return left;
  }

  // Since the start of the run.
  [[nodiscard]] std::string seconds() const {
    return std::to_string((bench::now_ns() - started_at_) / 1'000'000'000) + " s";
  }

  void note(const std::string& line) {
    faults_.add(line);
    faults_.sync();
  }

  House house_;
  AppendJournal faults_;
  Plans plans_;
  std::string store_;
  std::int64_t started_at_ = bench::now_ns();
  std::int64_t kills_ = 0, unanswered_kills_ = 0, killed_at_ = 0;
};

std::vector<std::string> Nemesis::crash_points() const {
  const std::string command = "PATCHBAY_CRASH_AT=list '" + house_.gateway_program() + "'";
  FILE* list = ::popen(command.c_str(), "r");
  if (list == nullptr) throw std::runtime_error("listing the crash points: the program does not start");
  std::vector<std::string> points;
  std::array<char, 256> line;
  while (std::fgets(line.data(), line.size(), list) != nullptr) {
    points.emplace_back(line.data());
    points.back().pop_back();
  }
  if (::pclose(list) != 0 || points.empty())
    throw std::runtime_error("listing the crash points: " + house_.gateway_program() + " has none");
  return points;
}

}  // namespace
}  // namespace patchbay::faults

int main(int count, char** words) {
  using patchbay::faults::Nemesis;
  try {
    const patchbay::bench::Words values(count, words,
                                        {{"folder", ""},
                                         {"programs", ""},
                                         {"gateway", ""},
                                         {"faketime", ""},
                                         {"receiver-port", "0"},
                                         {"public-port", "0"},
                                         {"admin-port", "0"},
                                         {"kills", "30"},
                                         {"crash-points", ""},
                                         {"seed", "1"},
                                         {"rate", "1000"}});
    Nemesis nemesis(values);
    if (values.text("crash-points").empty())
      nemesis.kill_at_random(values.number("kills"));
    else
      nemesis.crash_at_each_point();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "faults_nemesis: %s\n", error.what());
    return 1;
  }
}
