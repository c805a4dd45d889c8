// The bare reference beside which the gateway's commits are measured: the same rows, straight through SQLite's C API.
//
// sqlite_reference FOLDER [--interactions N] [--people N] [--batch N]
//
// Each batch is one transaction (WAL, synchronous=FULL): for every interaction the persona's look-up, the interaction
// with its dedupe key, its place in the timeline, an event with a payload of 1.5 KB, a delivery, and the outcome of a
// delivery of the batch before. People come by Zipf's law. Prints one JSON object on standard output.
#include "measuring.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using patchbay::bench::Zipf;
using Steady = std::chrono::steady_clock;
using Digest = std::array<std::uint8_t, 16>;

struct Options {
  std::filesystem::path folder;
  std::int64_t interactions = 20'000;
  std::int64_t people = 10'000;
  std::int64_t batch = 64;
};

constexpr int pages_until_checkpoint = 4000;
constexpr int batches_in_disk_probe = 200;

double seconds_since(Steady::time_point start) { return std::chrono::duration<double>(Steady::now() - start).count(); }

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

double bytes_written() {
  std::ifstream counters("/proc/self/io");
  std::string name;
  double value = 0;
  while (counters >> name >> value) {
    if (name == "write_bytes:") return value;
  }
  return 0;
}

class Database {
 public:
  explicit Database(const std::filesystem::path& file) {
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    check(sqlite3_open_v2(file.c_str(), &handle_, flags, nullptr));
  }
  ~Database() { sqlite3_close_v2(handle_); }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  void check(int code) const {
    if (code != SQLITE_OK) throw std::runtime_error(sqlite3_errmsg(handle_));
  }
  void run(const char* sql) const { check(sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr)); }
  [[nodiscard]] sqlite3* handle() const { return handle_; }

 private:
  sqlite3* handle_ = nullptr;
};

class Statement {
 public:
  Statement(const Database& database, const char* sql) : database_(database) {
    database.check(sqlite3_prepare_v3(database.handle(), sql, -1, SQLITE_PREPARE_PERSISTENT, &handle_, nullptr));
  }
  ~Statement() { sqlite3_finalize(handle_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // Binds and steps once; the first column of the row there is, else -1.
  template <class... Values>
  std::int64_t operator()(const Values&... values) {
    int index = 0;
    (bind(++index, values), ...);
    const int code = sqlite3_step(handle_);
    const std::int64_t value = code == SQLITE_ROW ? sqlite3_column_int64(handle_, 0) : -1;
    if (code != SQLITE_ROW && code != SQLITE_DONE) throw std::runtime_error(sqlite3_errmsg(database_.handle()));
    sqlite3_reset(handle_);
    return value;
  }

 private:
  void bind(int index, std::int64_t value) { sqlite3_bind_int64(handle_, index, value); }
  void bind(int index, std::string_view text) {
    sqlite3_bind_text64(handle_, index, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
  }
  void bind(int index, const Digest& digest) {
    sqlite3_bind_blob(handle_, index, digest.data(), static_cast<int>(digest.size()), SQLITE_STATIC);
  }

  const Database& database_;
  sqlite3_stmt* handle_ = nullptr;
};

Digest digest_of(std::uint64_t number) {
  std::mt19937_64 mixed(number);
  const std::array<std::uint64_t, 2> words{mixed(), mixed()};
  Digest digest{};
  std::memcpy(digest.data(), words.data(), digest.size());
  return digest;
}

constexpr const char* settings_and_schema =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0; PRAGMA secure_delete=OFF;"
    "PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY;"
    "CREATE TABLE persona(id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, contact INTEGER, identifiers TEXT)"
    " STRICT;"
    "CREATE TABLE interaction(id INTEGER PRIMARY KEY, channel INTEGER, dedupe BLOB, occurred_at INTEGER,"
    " contact INTEGER, content_digest BLOB, external_id TEXT, text TEXT, content TEXT) STRICT;"
    "CREATE UNIQUE INDEX interaction_dedupe ON interaction(channel, dedupe);"
    "CREATE TABLE timeline(persona INTEGER, occurred_at INTEGER, interaction INTEGER,"
    " PRIMARY KEY(persona, occurred_at, interaction)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE event(id INTEGER PRIMARY KEY, type INTEGER, contact INTEGER, interaction INTEGER, at INTEGER,"
    " payload TEXT) STRICT;"
    "CREATE TABLE delivery(destination INTEGER, event INTEGER, lane INTEGER, state INTEGER, attempts INTEGER,"
    " due INTEGER, PRIMARY KEY(destination, event)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX delivery_pending ON delivery(state, destination, event) WHERE state <> 1;"
    "CREATE INDEX delivery_lane ON delivery(lane) WHERE state = 0;";

class Reference {
 public:
  Reference(const Database& database, const Options& options) : database_(database), zipf_(options.people) {
    const auto count_pages = [](void* pages, sqlite3*, const char*, int in_log) {
      *static_cast<int*>(pages) = in_log;
      return SQLITE_OK;
    };
    sqlite3_wal_hook(database.handle(), count_pages, &log_pages_);
  }

  void commit_batch(std::int64_t size) {
    begin_();
    const std::int64_t first_of_last = next_ - last_size_;
    for (std::int64_t id = first_of_last; id < next_; ++id) outcome_(id);
    for (std::int64_t i = 0; i < size; ++i) take_one();
    commit_();
    last_size_ = size;
    if (log_pages_ < pages_until_checkpoint) return;
    database_.check(
        sqlite3_wal_checkpoint_v2(database_.handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr));
  }

 private:
  void take_one() {
    const std::int64_t person = zipf_(random_);
    const Digest who = digest_of(static_cast<std::uint64_t>(person));
    std::int64_t persona = find_persona_(who);
    if (persona < 0) persona = add_persona_(who, identifiers_);
    const Digest dedupe = digest_of(random_());
    if (find_interaction_(std::int64_t{1}, dedupe) >= 0) return;
    const std::int64_t id = next_++;
    const std::int64_t at = 1'770'000'000'000'000 + id;
    add_interaction_(id, dedupe, at, persona, digest_of(random_()), external_id_, text_, content_);
    add_to_timeline_(persona, at, id);
    add_event_(id, persona, at, payload_);
    add_delivery_(id, persona, at);
  }

  const Database& database_;
  Zipf zipf_;
  std::mt19937_64 random_{42};
  int log_pages_ = 0;
  std::int64_t next_ = 1;
  std::int64_t last_size_ = 0;
  const std::string identifiers_ = R"([["whatsapp_user","PL.1349120865530274","1029",0,"pl.1349120865530274"],)"
                                   R"(["phone","48600100200","",0,"+48600100200"],["name","Katarzyna","",1,""]])";
  const std::string external_id_ = "wamid.HBgLNDg2MDAxMDAyMDAVAgASGBQzQTEyMzQ1Njc4OTBBQkNERUY5OAA=";
  const std::string text_ = "Good morning, where is my parcel? I ordered it two weeks ago.";
  const std::string content_ = std::string(300, 'c');
  const std::string payload_ = std::string(1500, 'p');

  Statement begin_{database_, "BEGIN IMMEDIATE"};
  Statement commit_{database_, "COMMIT"};
  Statement find_persona_{database_, "SELECT id, contact, identifiers FROM persona WHERE digest = ?1"};
  Statement add_persona_{database_, "INSERT INTO persona(digest, contact, identifiers) VALUES(?1, 0, ?2) RETURNING id"};
  Statement find_interaction_{database_, "SELECT id FROM interaction WHERE channel = ?1 AND dedupe = ?2"};
  Statement add_interaction_{database_, "INSERT INTO interaction VALUES(?1, 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"};
  Statement add_to_timeline_{database_, "INSERT INTO timeline VALUES(?1, ?2, ?3)"};
  Statement add_event_{database_, "INSERT INTO event VALUES(?1, 6, ?2, ?1, ?3, ?4)"};
  Statement add_delivery_{database_, "INSERT INTO delivery VALUES(1, ?1, ?2, 0, 0, ?3)"};
  Statement outcome_{database_, "UPDATE delivery SET state = 1, attempts = 1 WHERE destination = 1 AND event = ?1"};
};

// What the disk alone takes for a commit: 8 KiB appended and synced.
double fdatasync_p50_ms(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "fdatasync.probe";
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0) throw std::runtime_error("making " + file.string() + ": " + std::strerror(errno));
  const std::string block(8192, 'b');
  std::vector<double> times;
  for (int i = 0; i < batches_in_disk_probe; ++i) {
    const auto start = Steady::now();
    if (::write(descriptor, block.data(), block.size()) < 0 || ::fdatasync(descriptor) != 0) {
      throw std::runtime_error("writing " + file.string() + ": " + std::strerror(errno));
    }
    times.push_back(seconds_since(start) * 1000);
  }
  ::close(descriptor);
  std::filesystem::remove(file);
  std::nth_element(times.begin(), times.begin() + batches_in_disk_probe / 2, times.end());
  return times[batches_in_disk_probe / 2];
}

Options read_options(int count, char** words) {
  Options options;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    std::int64_t* const target = word == "--interactions" ? &options.interactions
                                 : word == "--people"     ? &options.people
                                 : word == "--batch"      ? &options.batch
                                                          : nullptr;
    if (target == nullptr) {
      options.folder = word;
    } else {
      *target = i + 1 < count ? std::strtoll(words[++i], nullptr, 10) : 0;
      if (*target <= 0) throw std::runtime_error(std::string(word) + ": expected a number above 0");
    }
  }
  if (options.folder.empty()) {
    throw std::runtime_error("expected a folder; usage: FOLDER [--interactions N] [--people N] [--batch N]");
  }
  return options;
}

void measure(const Options& options) {
  std::filesystem::create_directories(options.folder);
  const double disk = fdatasync_p50_ms(options.folder);
  const std::filesystem::path file = options.folder / "reference.db";
  const auto remove_all = [&] {
    for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(file.string() + tail);
  };
  remove_all();
  {
    const Database database(file);
    database.run(settings_and_schema);
    Reference reference(database, options);
    const double written_before = bytes_written();
    const double cpu_before = cpu_seconds();
    const auto start = Steady::now();
    std::int64_t commits = 0;
    for (std::int64_t left = options.interactions; left > 0; left -= options.batch, ++commits) {
      reference.commit_batch(std::min(left, options.batch));
    }
    const auto all = static_cast<double>(options.interactions);
    std::printf(
        "{\"interactions_per_s\": %.0f, \"commits\": %lld, \"fdatasync_p50_ms\": %.3f, \"bytes_per_interaction\": "
        "%.0f, "
        "\"cpu_us_per_interaction\": %.1f}\n",
        all / seconds_since(start), static_cast<long long>(commits), disk, (bytes_written() - written_before) / all,
        (cpu_seconds() - cpu_before) * 1e6 / all);
  }
  remove_all();
}

}  // namespace

int main(int count, char** words) {
  try {
    measure(read_options(count, words));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "sqlite_reference: %s\n", error.what());
    return 1;
  }
}
