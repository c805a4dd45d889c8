#include "store/sqlite/check.hpp"

#include "store/sqlite/blobs.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/page_guard.hpp"

#include <sqlite3.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace patchbay::store {

namespace sqlite {

namespace {

constexpr const char* remedy =
    "keep the files as they are and restore the last backup: `patchbay restore FOLDER --replace`";
constexpr std::size_t most_lines = 100;

// Ends what runs on the connection when the budget is used up. From a thread of its own, since SQLite's progress
// handler is not called while it walks the pages.
class Budget {
 public:
  Budget(Connection& connection, Duration budget)
      : thread_([this, &connection, budget] {
          std::unique_lock lock(mutex_);
          if (ended_.wait_for(lock, budget, [this] { return over_; })) return;
          used_up_ = true;
          sqlite3_interrupt(connection.handle());
        }) {}
  Budget(const Budget&) = delete;
  Budget& operator=(const Budget&) = delete;
  ~Budget() {
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
    }
    ended_.notify_one();
    thread_.join();
  }
  [[nodiscard]] bool used_up() const { return used_up_; }

 private:
  std::mutex mutex_;
  std::condition_variable ended_;
  bool over_ = false;
  std::atomic<bool> used_up_{false};
  std::thread thread_;
};

struct Reference {
  const char* what;  // "12 deliveries without their event"
  const char* sql;   // how many
};

// A contact of 0 is none, of -1 the business itself: no row stands behind either.
constexpr Reference references[] = {
    {"deliveries without their event",
     "SELECT count(*) FROM delivery AS d WHERE NOT EXISTS(SELECT 1 FROM event WHERE id = d.event)"},
    {"deliveries without their destination",
     "SELECT count(*) FROM delivery AS d WHERE NOT EXISTS(SELECT 1 FROM destination WHERE id = d.destination)"},
    {"events without their interaction",
     "SELECT count(*) FROM event AS e WHERE interaction IS NOT NULL "
     "AND NOT EXISTS(SELECT 1 FROM interaction WHERE id = e.interaction)"},
    {"personas without their contact",
     "SELECT count(*) FROM persona AS p WHERE contact > 0 AND NOT EXISTS(SELECT 1 FROM contact WHERE id = p.contact)"},
    {"merged contacts without the one they became",
     "SELECT count(*) FROM alias AS a WHERE NOT EXISTS(SELECT 1 FROM contact WHERE id = a.contact)"},
    {"destinations told of a contact that is gone",
     "SELECT count(*) FROM told AS t WHERE NOT EXISTS(SELECT 1 FROM contact WHERE id = t.contact)"},
    {"identifiers without their persona",
     "SELECT count(*) FROM identifier AS i WHERE NOT EXISTS(SELECT 1 FROM persona WHERE id = i.persona)"},
    {"links without their persona",
     "SELECT count(*) FROM link AS l WHERE NOT EXISTS(SELECT 1 FROM persona WHERE id = l.persona)"},
    {"interactions without their channel",
     "SELECT count(*) FROM interaction AS i WHERE NOT EXISTS(SELECT 1 FROM channel WHERE id = i.channel)"},
    {"people in conversations that are not there",
     "SELECT count(*) FROM member AS m WHERE NOT EXISTS(SELECT 1 FROM conversation WHERE id = m.conversation)"},
    {"lines of timelines without their interaction",
     "SELECT count(*) FROM timeline AS t WHERE NOT EXISTS(SELECT 1 FROM interaction WHERE id = t.interaction)"},
    {"originals without their interaction",
     "SELECT count(*) FROM interaction_original AS o "
     "WHERE NOT EXISTS(SELECT 1 FROM interaction WHERE id = o.interaction)"},
    {"attachments without their interaction",
     "SELECT count(*) FROM attachment AS a WHERE NOT EXISTS(SELECT 1 FROM interaction WHERE id = a.interaction)"},
    {"facts without their interaction",
     "SELECT count(*) FROM fact AS f WHERE NOT EXISTS(SELECT 1 FROM interaction WHERE id = f.interaction)"},
    {"messages to send without their channel",
     "SELECT count(*) FROM outbound AS o WHERE NOT EXISTS(SELECT 1 FROM channel WHERE id = o.channel)"},
    {"sent messages without their interaction",
     "SELECT count(*) FROM outbound AS o WHERE interaction IS NOT NULL "
     "AND NOT EXISTS(SELECT 1 FROM interaction WHERE id = o.interaction)"},
};

// The newest thousand, which are what a crash could have touched.
constexpr const char* newest_deliveries_without_event =
    "SELECT count(*) FROM (SELECT event FROM delivery INDEXED BY delivery_pending "
    "WHERE state <> 1 AND state = 0 ORDER BY destination DESC, event DESC LIMIT 1000) AS d "
    "WHERE NOT EXISTS(SELECT 1 FROM event WHERE id = d.event)";
constexpr const char* newest_blobs[] = {
    "SELECT sha256 FROM (SELECT sha256, reference FROM attachment ORDER BY rowid DESC LIMIT 1000) "
    "WHERE sha256 IS NOT NULL AND reference = ''",
    "SELECT sha256 FROM (SELECT sha256 FROM interaction_original ORDER BY rowid DESC LIMIT 1000) "
    "WHERE sha256 IS NOT NULL"};
// The digest of an attachment that has a reference is the provider's, who may still have its content.
constexpr const char* all_blobs =
    "SELECT sha256 FROM attachment WHERE sha256 IS NOT NULL AND reference = '' "
    "UNION SELECT sha256 FROM interaction_original WHERE sha256 IS NOT NULL "
    "UNION SELECT sha256 FROM fact_original WHERE sha256 IS NOT NULL "
    "UNION SELECT sha256 FROM quarantine WHERE sha256 IS NOT NULL";

Status is_there(const Blobs& blobs, const Digest32& sha256) {
  const std::filesystem::path path = blobs.path_of(sha256);
  std::error_code error;
  if (std::filesystem::exists(path, error)) return {};
  return failure(ErrorCode::corrupt, "looking for " + path.string() + ": the file is missing", remedy);
}

Status check_structure(Connection& connection, const Budget& budget) {
  static_cast<void>(take_damage());  // what was found elsewhere is not of this store
  const std::string found = PATCHBAY_TRY(connection.text("PRAGMA quick_check(1)"));
  if (found == "ok") return {};
  std::string damage = take_damage();
  if (damage.empty() && budget.used_up()) return {};  // what it did not come to looks unused
  return failure(ErrorCode::corrupt, "checking the store: " + (damage.empty() ? found : damage), remedy);
}

Status check_newest(Connection& connection, const Blobs& blobs) {
  if (const std::int64_t count = PATCHBAY_TRY(connection.integer(newest_deliveries_without_event)); count != 0)
    return failure(ErrorCode::corrupt,
                   "checking the store: " + std::to_string(count) + " deliveries without their event", remedy);
  for (const char* sql : newest_blobs) {
    Statement statement(connection, sql);
    Rows rows = statement.with();
    while (PATCHBAY_TRY(rows.next())) PATCHBAY_CHECK(is_there(blobs, rows.digest32(0)));
  }
  return {};
}

}  // namespace

Status check_quickly(Connection& connection, const Blobs& blobs, Duration budget) {
  const Budget limited(connection, budget);
  Status status = check_newest(connection, blobs);
  if (status) status = check_structure(connection, limited);
  // Running out of budget is no finding.
  if (!status && status.error().code != ErrorCode::corrupt && limited.used_up()) return {};
  return status;
}

Result<std::vector<Digest32>> blobs_referred_to(Connection& connection) {
  Statement statement(connection, all_blobs);
  std::vector<Digest32> found;
  Rows rows = statement.with();
  while (PATCHBAY_TRY(rows.next())) found.push_back(rows.digest32(0));
  return found;
}

Result<std::vector<std::string>> check_fully(Connection& connection) {
  std::vector<std::string> damage;
  static_cast<void>(take_damage());  // what was found elsewhere is not of this store
  {
    Statement statement(connection, "PRAGMA integrity_check(100)");
    Rows rows = statement.with();
    for (;;) {
      const Result<bool> more = rows.next();
      const std::string page = take_damage();
      if (!page.empty()) damage.push_back(page);
      if (!more && more.error().code != ErrorCode::corrupt) return failure(more.error());
      if (!more) damage.push_back(more.error().reason);
      if (!more || !*more) break;
      if (rows.view(0) != "ok") damage.push_back(rows.text(0));
    }
  }
  // Where pages are damaged, rows are missing for that reason.
  if (!damage.empty()) return damage;
  for (const Reference& reference : references) {
    const std::int64_t count = PATCHBAY_TRY(connection.integer(reference.sql));
    if (count != 0) damage.push_back(std::to_string(count) + " " + reference.what);
  }
  return damage;
}

}  // namespace sqlite

Result<StoreCheck> check_sqlite(const std::filesystem::path& folder, const std::function<void(double)>& done) {
  using namespace sqlite;
  StoreCheck check;
  done(0);
  const std::filesystem::path database = folder / "patchbay.db";
  std::error_code error;
  if (!std::filesystem::exists(database, error))
    return failure(ErrorCode::not_found, "checking the store in " + folder.string() + ": there is none",
                   "start the gateway once, or name its folder in the settings at /store/sqlite");
  auto connection = Connection::open(database, Mode::read_only);
  std::vector<Digest32> names;
  const auto look = [&]() -> Status {
    if (!connection) return failure(connection.error());
    check.pages = static_cast<std::uint64_t>(PATCHBAY_TRY((*connection)->integer("PRAGMA page_count")));
    check.damage = PATCHBAY_TRY(check_fully(**connection));
    if (check.damage.empty()) names = PATCHBAY_TRY(blobs_referred_to(**connection));
    return {};
  };
  if (const Status looked = look(); !looked) {
    if (looked.error().code != ErrorCode::corrupt) return failure(looked.error());
    check.damage.push_back(looked.error().reason);
  }
  constexpr double database_share = 0.5;  // a guess: what is large depends on what customers send
  done(database_share);

  const Blobs blobs(folder / "blobs");
  for (const Digest32& name : names) {
    ++check.blobs;
    if (auto content = blobs.get(name); !content) check.damage.push_back(content.error().reason);
    if (check.damage.size() >= most_lines) break;
    done(database_share + (1 - database_share) * static_cast<double>(check.blobs) / static_cast<double>(names.size()));
  }
  done(1);
  return check;
}

}  // namespace patchbay::store
