#include "store/sqlite/writer.hpp"

#include "base/fault_points.hpp"
#include "store/sqlite/codec.hpp"

#include <sqlite3.h>

#include <algorithm>

namespace patchbay::store::sqlite {

namespace {

// When a reader kept the log from being moved, it is tried again after this share of it more.
constexpr int next_try_share = 4;

}  // namespace

// The log is moved rarely enough that a page that changes often is moved once for many commits.
Writer::Writer(Connection& connection, Blobs& blobs, int pages_until_checkpoint)
    : connection_(connection), blobs_(blobs), pages_until_checkpoint_(pages_until_checkpoint) {
  const auto count = [](void* pages, sqlite3*, const char*, int in_log) {
    *static_cast<int*>(pages) = in_log;
    return SQLITE_OK;
  };
  sqlite3_wal_hook(connection_.handle(), count, &log_pages_);
}

Writer::~Writer() {
  roll_back();
  sqlite3_wal_hook(connection_.handle(), nullptr, nullptr);
}

Status Writer::start() {
  const auto next_of = [&](const char* largest) -> Result<std::int64_t> {
    return std::max(PATCHBAY_TRY(connection_.integer(largest)) + 1, least_id_);
  };
  // A restore leaves a gap (restore.hpp).
  least_id_ = PATCHBAY_TRY(
      connection_.integer("SELECT coalesce(max(CAST(value AS INTEGER)), 1) FROM meta WHERE key = 'least_id'"));
  next_.persona = PATCHBAY_TRY(next_of("SELECT coalesce(max(id), 0) FROM persona"));
  next_.interaction = PATCHBAY_TRY(next_of("SELECT coalesce(max(id), 0) FROM interaction"));
  next_.event = PATCHBAY_TRY(next_of("SELECT coalesce(max(id), 0) FROM event"));
  return {};
}

Status Writer::begin() {
  if (transaction_ != Transaction::none) {
    return failure(ErrorCode::internal, "beginning a transaction: the last one was neither committed nor rolled back");
  }
  connection_.clear_failure();
  PATCHBAY_CHECK(begin_.run());
  transaction_ = Transaction::open;
  next_at_begin_ = next_;
  return {};
}

Status Writer::commit() {
  if (transaction_ != Transaction::open) return failure(ErrorCode::internal, "committing: no transaction was begun");
  if (connection_.failed()) {
    return failure(ErrorCode::internal, "committing: an operation of this transaction failed, it can only roll back");
  }
  PATCHBAY_CRASH_POINT("store.before_commit");
  PATCHBAY_CHECK(commit_.run());
  PATCHBAY_CRASH_POINT("store.after_commit");
  transaction_ = Transaction::none;
  return {};
}

void Writer::roll_back() noexcept {
  personas_.forget();
  if (transaction_ == Transaction::none) return;
  // After some errors (full disk, I/O) SQLite has rolled back by itself.
  if (sqlite3_get_autocommit(connection_.handle()) == 0) static_cast<void>(roll_back_.run());
  transaction_ = Transaction::none;
  next_ = next_at_begin_;
  connection_.clear_failure();
}

Status Writer::checkpoint_if_due() {
  if (transaction_ != Transaction::none) return failure(ErrorCode::internal, "checkpointing inside a transaction");
  if (log_pages_ < pages_until_checkpoint_ || log_pages_ < log_pages_tried_ + pages_until_checkpoint_ / next_try_share)
    return {};
  PATCHBAY_CRASH_POINT("store.before_checkpoint");
  int in_log = 0;
  int moved = 0;
  // Passive waits for nobody. When all of the log was moved, the next commit writes it from its start again.
  const int code = sqlite3_wal_checkpoint_v2(connection_.handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, &in_log, &moved);
  PATCHBAY_CRASH_POINT("store.after_checkpoint");
  if (code != SQLITE_OK && code != SQLITE_BUSY) {
    Error error = connection_.error(code);
    connection_.clear_failure();
    return failure(std::move(error).while_doing("checkpointing"));
  }
  if (code == SQLITE_OK && in_log == moved) {
    log_pages_ = 0;
    log_pages_tried_ = 0;
  } else {
    log_pages_tried_ = log_pages_;
  }
  return {};
}

tl::unexpected<Error> Writer::refuse(ErrorCode code, std::string reason) {
  connection_.mark_failed();
  return failure(code, std::move(reason));
}

Status Writer::expect_one_row(std::string_view what, std::int64_t id) {
  if (sqlite3_changes64(connection_.handle()) == 1) return {};
  return refuse(ErrorCode::not_found, std::string(what) + "_" + std::to_string(id) + ": no such " + std::string(what));
}

Result<Writer::Placed> Writer::place(std::string_view bytes) {
  if (bytes.size() <= largest_inline) return Placed{std::nullopt, bytes};
  Result<Digest32> name = blobs_.put(bytes);
  if (!name) {
    connection_.mark_failed();
    return failure(std::move(name.error()));
  }
  return Placed{*name, {}};
}

Result<std::int64_t> Writer::named(Statement& find, Statement& add, std::string_view name, std::string_view plugin) {
  {
    Rows known = find.with(name);
    const bool found = PATCHBAY_TRY(known.next());
    if (found && known.view(1) == plugin) return known.integer(0);
  }
  Rows added = add.with(name, plugin);
  PATCHBAY_CHECK(added.next());
  const std::int64_t id = added.integer(0);
  PATCHBAY_CHECK(added.next());
  return id;
}

Result<ChannelId> Writer::channel(std::string_view name, std::string_view connector) {
  return ChannelId{PATCHBAY_TRY(named(find_channel_, add_channel_, name, connector))};
}

Status Writer::pause_channel(ChannelId id, std::optional<TimePoint> since) {
  PATCHBAY_CHECK(pause_channel_.run(id, since));
  return expect_one_row("channel", number(id));
}

Result<DestinationId> Writer::destination(std::string_view name, std::string_view sink) {
  return DestinationId{PATCHBAY_TRY(named(find_destination_, add_destination_, name, sink))};
}

Status Writer::put_grant(const GrantOwner& owner, std::string_view sealed) {
  const auto [kind, id] = grant_key(owner);
  if (sealed.empty()) return remove_grant_.run(kind, id);
  return put_grant_.run(kind, id, Blob{sealed});
}

Status Writer::put_state(ChannelId channel, std::string_view key, std::string_view value) {
  if (value.empty()) return remove_state_.run(channel, key);
  return put_state_.run(channel, key, Blob{value});
}

}  // namespace patchbay::store::sqlite
