// Who is who among a million: how fast the gateway decides it, and what that costs.
//
//   bench_identity --folder DIR [--contacts N] [--seed S] [--given FILE] [--family FILE]
//       feeds a made-up population (population.hpp) to a new store in DIR: through the gateway's own committer,
//       recorder and directory, one interaction for each arrival. Left out is what stands before them (HTTP, plugin)
//       and behind them (destinations: events are written, and delivered to nobody).
//   bench_identity --reload DIR
//       how long a start takes with that store, and the memory that it takes.
//
// First everybody arrives whom nobody knows yet, then a mixture with 60 % of repeats (by Zipf's law), both with so many
// under way at once that commits are grouped; then one at a time, each waiting for its commit. Prints one JSON object.
#include "population.hpp"

#include "base/time.hpp"
#include "identity/agreement.hpp"
#include "identity/directory.hpp"
#include "intake/committer.hpp"
#include "intake/recorder.hpp"
#include "store/sqlite/sqlite_store.hpp"

#include <sqlite3.h>
#include <sys/resource.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>

namespace patchbay::bench {
namespace {

using nlohmann::json;

constexpr std::size_t largest_group = 512;  // as in the gateway
constexpr std::size_t under_way = 256;
constexpr std::int64_t nanoseconds = 1'000'000'000;

void must(const Status& status) {
  if (!status) throw std::runtime_error(status.error().text());
}
template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().text());
  return std::move(*result);
}

std::int64_t cpu_ns(clockid_t clock) {
  timespec used{};
  ::clock_gettime(clock, &used);
  return std::int64_t{used.tv_sec} * nanoseconds + used.tv_nsec;
}

// Resident memory, in bytes.
double resident() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmRSS:")) return std::strtod(line.c_str() + 6, nullptr) * 1024;
  return 0;
}

struct Summary {
  std::vector<float> counts;

  void add(std::size_t value) { counts.push_back(static_cast<float>(value)); }
  json object() {
    std::vector<double> values(counts.begin(), counts.end());
    double sum = 0;
    for (const double value : values) sum += value;
    const double most = values.empty() ? 0 : *std::max_element(values.begin(), values.end());
    return {{"mean", values.empty() ? 0 : sum / static_cast<double>(values.size())},
            {"p99", percentile(values, 0.99)},
            {"max", most}};
  }
};

struct Arrival {
  std::uint32_t person = 0;
  std::uint8_t persona = 0;
};

// Where the committer stood when it came to an arrival.
struct Mark {
  std::int64_t wall = 0, cpu = 0;
};

// The gateway's way from a decoded submission to the disk. Arrivals come from one thread.
class Intake final : public intake::Companion {
 public:
  Intake(const std::filesystem::path& folder, const Population& population)
      : population_(population), store_(must(store::open_sqlite(folder, store::OpenAs::writer, clock_))) {
    store::Writer& writer = store_->writer();
    must(writer.begin());
    source_ = {must(writer.channel("everything", "bench")), "everything", "bench", "IT"};
    must(writer.commit());
    routes_[source_.id] = {};
    must(directory_.load(*must(store_->reader()), [] { return true; }));
    recorder_ =
        std::make_unique<intake::Recorder>(directory_, routes_, own_, store_->id(), [this](std::span<std::uint8_t> to) {
          for (std::uint8_t& byte : to) byte = static_cast<std::uint8_t>(random_());
        });
    // Nothing of the measuring itself is to grow in between.
    const std::size_t most = std::size_t{population.people()} * 3;
    marks_.reserve(most);
    truth_.reserve(most);
    for (Summary* summary : {&candidates_, &judged_, &regions_}) summary->counts.reserve(most);
    committer_ = std::make_unique<intake::Committer>(writer, largest_group, this);
  }
  ~Intake() override { committer_.reset(); }

  // Returns when no more than `most_left` are under way.
  void add(const Arrival& arrival, std::size_t most_left) {
    auto submission = std::make_shared<intake::Submission>();
    intake::IncomingInteraction& incoming = submission->interactions.emplace_back();
    incoming.interaction.account = "bench";
    incoming.interaction.external_id = "message-" + std::to_string(++messages_);
    incoming.interaction.text = "Good morning, where is my parcel? I ordered it two weeks ago.";
    incoming.interaction.content = R"({"type":"text"})";
    incoming.participants.push_back(
        {.role = store::Role::author, .identifiers = population_.persona(arrival.person, arrival.persona)});
    {
      const std::lock_guard lock(mutex_);
      ++left_;
    }
    committer_->add({.write = [this, submission, person = arrival.person](
                                  store::Writer& writer) { return record(writer, *submission, person); },
                     .done = [this](const Status& status) { finish(status); },
                     .durable = {}});
    wait(most_left);
  }
  void wait(std::size_t most_left) {
    std::unique_lock lock(mutex_);
    done_.wait(lock, [&] { return left_ <= most_left; });
    if (!failure_.empty()) throw std::runtime_error(failure_);
  }

  // [the committer's thread]
  void committed() override {
    directory_.committed();
    if (directory_.state() != identity::DirectoryState::behind || catching_up_) return;
    catching_up_ = true;
    {
      const std::lock_guard lock(mutex_);
      ++left_;
    }
    committer_->add({.write = [this](store::Writer& writer) -> Status {
                       catching_up_ = false;
                       ++catch_ups_;
                       must(recorder_->catch_up(writer, clock_.now()));
                       return {};
                     },
                     .done = [this](const Status& status) { finish(status); },
                     .durable = {}});
  }
  void rolled_back() override { directory_.rolled_back(); }

  // Not while anything is under way.
  [[nodiscard]] const std::vector<Mark>& marks() const { return marks_; }
  [[nodiscard]] json effort() {
    return {{"candidates", candidates_.object()},
            {"judged", judged_.object()},
            {"region", regions_.object()},
            {"later_transactions", catch_ups_}};
  }
  [[nodiscard]] json decisions() const;
  [[nodiscard]] std::size_t personas() const { return truth_.size() - 1; }

 private:
  Status record(store::Writer& writer, const intake::Submission& submission, std::uint32_t person) {
    marks_.push_back({now_ns(), cpu_ns(CLOCK_THREAD_CPUTIME_ID)});
    const auto first = store::number(writer.next_persona());
    PATCHBAY_CHECK(recorder_->record(writer, source_, submission, clock_.now()));
    for (auto id = first; id < store::number(writer.next_persona()); ++id) {
      truth_.resize(static_cast<std::size_t>(id) + 1);
      truth_.back() = person;
      const identity::Engine::Effort effort = directory_.engine().effort();
      candidates_.add(effort.candidates);
      judged_.add(effort.judged);
      regions_.add(effort.linked);
    }
    return {};
  }
  void finish(const Status& status) {
    const std::lock_guard lock(mutex_);
    if (!status) failure_ = status.error().text();
    --left_;
    done_.notify_one();
  }

  const Population& population_;
  SystemClock clock_;
  std::unique_ptr<store::Store> store_;
  identity::Directory directory_{identity::Model(identity::shipped_parameters())};
  intake::Source source_;
  intake::Routes routes_;
  intake::OwnAddresses own_;
  std::mt19937_64 random_{1};
  std::unique_ptr<intake::Recorder> recorder_;
  std::uint64_t messages_ = 0;

  // The committer's.
  std::vector<Mark> marks_;
  std::vector<std::uint32_t> truth_;  // of a persona, by its number: the person
  Summary candidates_, judged_, regions_;
  std::size_t catch_ups_ = 0;
  bool catching_up_ = false;

  std::mutex mutex_;
  std::condition_variable done_;
  std::size_t left_ = 0;
  std::string failure_;

  std::unique_ptr<intake::Committer> committer_;
};

json Intake::decisions() const {
  const identity::Engine& engine = directory_.engine();
  std::vector<identity::Label> found, truth;
  std::size_t contacts = 0;
  for (const identity::ContactId contact : engine.contacts()) {
    for (const identity::PersonaId persona : engine.personas_of(contact)) {
      found.push_back(static_cast<identity::Label>(contacts));
      truth.push_back(truth_.at(static_cast<std::size_t>(persona)));
    }
    ++contacts;
  }
  const identity::Agreement agreed = identity::agreement(found, truth);
  return {
      {"contacts", contacts},
      {"mixed_contacts", agreed.mixed},
      {"over_merge_rate", static_cast<double>(agreed.mixed) / static_cast<double>(std::max<std::size_t>(contacts, 1))},
      {"precision", agreed.precision},
      {"recall", agreed.recall},
      {"review_rate", static_cast<double>(engine.review().size()) / static_cast<double>(personas())}};
}

// Bytes of the pages that the tables of people take, each with its indexes, and those of all others.
json disk_of(const std::filesystem::path& folder, std::size_t personas) {
  sqlite3* database = nullptr;
  sqlite3_stmt* rows = nullptr;
  const auto check = [&](int code) {
    if (code != SQLITE_OK) throw std::runtime_error(sqlite3_errmsg(database));
  };
  check(sqlite3_open_v2((folder / "patchbay.db").c_str(), &database, SQLITE_OPEN_READWRITE, nullptr));
  check(sqlite3_prepare_v2(database,
                           "SELECT coalesce(m.tbl_name, d.name), sum(d.pgsize) FROM dbstat AS d LEFT JOIN sqlite_schema"
                           " AS m ON m.name = d.name WHERE d.aggregate = TRUE GROUP BY 1",
                           -1, &rows, nullptr));
  json tables = json::object();
  double people = 0, all = 0;
  while (sqlite3_step(rows) == SQLITE_ROW) {
    const std::string name = reinterpret_cast<const char*>(sqlite3_column_text(rows, 0));
    const double bytes = sqlite3_column_double(rows, 1);
    all += bytes;
    for (const char* table : {"persona", "identifier", "link", "contact", "alias", "relation", "decision", "told"}) {
      if (name != table) continue;
      people += bytes;
      tables[name] = bytes / static_cast<double>(personas);
    }
  }
  sqlite3_finalize(rows);
  sqlite3_close_v2(database);
  return {{"bytes_per_persona", people / static_cast<double>(personas)}, {"of_it", tables}, {"all_mb", all / 1e6}};
}

struct Stretch {
  std::size_t first = 0, last = 0;  // arrivals
};

// Of the arrivals of a stretch: what one took.
json cost_of(const std::vector<Mark>& marks, const Stretch& stretch) {
  const Mark& first = marks[stretch.first];
  const Mark& last = marks[stretch.last - 1];
  const auto count = static_cast<double>(stretch.last - 1 - stretch.first);
  const double wall = static_cast<double>(last.wall - first.wall) / nanoseconds;
  return {{"arrivals_per_s", count / wall}, {"cpu_us", static_cast<double>(last.cpu - first.cpu) / 1000 / count}};
}

// Everybody as each of their personas, in an order that mixes them.
std::vector<Arrival> strangers(const Population& population, std::uint32_t first, std::uint32_t last) {
  std::vector<std::pair<std::uint64_t, Arrival>> order;
  std::mt19937_64 random(first + 7);
  for (std::uint32_t person = first; person < last; ++person)
    for (std::uint8_t number = 0; number < population.personas_of(person); ++number)
      order.emplace_back(random(), Arrival{person, number});
  std::sort(order.begin(), order.end(), [](const auto& one, const auto& other) { return one.first < other.first; });
  std::vector<Arrival> arrivals;
  for (const auto& [place, arrival] : order) arrivals.push_back(arrival);
  return arrivals;
}

json measure(const std::filesystem::path& folder, std::uint32_t contacts, std::uint64_t seed, const NameLists& names) {
  // A tenth more: those who come during the second and third part.
  const std::uint32_t mixed = contacts / 20, single = std::min<std::uint32_t>(contacts / 20, 20'000);
  const Population population(names, contacts + mixed + single, seed);
  std::vector<Arrival> known = strangers(population, 0, contacts);
  json result;
  {
    Intake intake(folder, population);
    for (const Arrival& arrival : known) intake.add(arrival, under_way);
    intake.wait(0);
    const std::size_t all = known.size();
    const std::size_t window = std::max<std::size_t>(all / 50, 100);
    result["all_new"] = cost_of(intake.marks(), {0, all});
    const auto three_tenths = all * 3 / 10;
    json young = cost_of(intake.marks(), {three_tenths - window, three_tenths});
    json old = cost_of(intake.marks(), {all - window, all});
    result["growth"] = {{"at_three_tenths", young},
                        {"at_the_end", old},
                        {"time_ratio", young["arrivals_per_s"].get<double>() / old["arrivals_per_s"].get<double>()},
                        {"cpu_ratio", old["cpu_us"].get<double>() / young["cpu_us"].get<double>()}};
    const json effort = intake.effort();

    const std::vector<Arrival> fresh = strangers(population, contacts, contacts + mixed);
    const Zipf who(static_cast<std::int64_t>(known.size()));
    std::mt19937_64 random(seed);
    for (std::size_t next = 0; next < fresh.size();) {
      const bool repeats = random() % 100 < 60;
      intake.add(repeats ? known[static_cast<std::size_t>(who(random))] : fresh[next++], under_way);
    }
    intake.wait(0);
    result["repeats_60"] = cost_of(intake.marks(), {all, intake.marks().size()});

    std::vector<double> times;
    for (const Arrival& arrival : strangers(population, contacts + mixed, contacts + mixed + single)) {
      const std::int64_t start = now_ns();
      intake.add(arrival, 0);
      times.push_back(static_cast<double>(now_ns() - start) / 1e6);
    }
    const double longest = *std::max_element(times.begin(), times.end());
    result["single"] = {{"p50_ms", percentile(times, 0.5)},
                        {"p99_ms", percentile(times, 0.99)},
                        {"max_ms", longest},
                        {"arrivals", times.size()}};
    result["personas"] = intake.personas();
    result["decisions"] = intake.decisions();
    result["effort"] = effort;
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    result["rss_mb"] = static_cast<double>(used.ru_maxrss) / 1024;
  }
  result["disk"] = disk_of(folder, result["personas"].get<std::size_t>());
  return result;
}

json reload(const std::filesystem::path& folder) {
  const SystemClock clock;
  const auto store = must(store::open_sqlite(folder, store::OpenAs::reader_only, clock));
  const auto reader = must(store->reader());
  identity::Directory directory{identity::Model(identity::shipped_parameters())};
  const double before = resident();
  const std::int64_t start = now_ns(), cpu = cpu_ns(CLOCK_PROCESS_CPUTIME_ID);
  must(directory.load(*reader, [] { return true; }));
  const double seconds = static_cast<double>(now_ns() - start) / nanoseconds;
  const double cpu_seconds = static_cast<double>(cpu_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu) / nanoseconds;
  const double memory = resident() - before;
  std::size_t personas = 0;
  for (const identity::ContactId contact : directory.engine().contacts())
    personas += directory.engine().personas_of(contact).size();
  return {{"start_s", seconds},
          {"start_cpu_s", cpu_seconds},
          {"memory_bytes_per_persona", memory / static_cast<double>(std::max<std::size_t>(personas, 1))}};
}

int run(const Words& words) {
  json result;
  if (!words.text("reload").empty()) {
    result = reload(words.text("reload"));
  } else {
    if (words.text("folder").empty()) throw std::runtime_error("expected --folder or --reload");
    constexpr std::int64_t fewest = 1000, most = 10'000'000;
    const std::int64_t contacts = std::clamp(words.number("contacts"), fewest, most);
    result = measure(words.text("folder"), static_cast<std::uint32_t>(contacts),
                     static_cast<std::uint64_t>(words.number("seed")),
                     read_names(words.text("given"), words.text("family")));
  }
  std::printf("%s\n", result.dump().c_str());
  return 0;
}

}  // namespace
}  // namespace patchbay::bench

int main(int count, char** words) {
  try {
    return patchbay::bench::run(
        {count,
         words,
         {{"folder", ""}, {"reload", ""}, {"contacts", "1000000"}, {"seed", "1"}, {"given", ""}, {"family", ""}}});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "identity: %s\n", error.what());
    return 1;
  }
}
