// Full disk, failing writes and kill -9: what was reported as committed is there afterwards, and work goes on.
#include "store/sqlite/blobs.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "store/sqlite/writer.hpp"
#include "store/store_test_data.hpp"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <fstream>
#include <thread>

namespace patchbay::store {
namespace {

using testing::HasSubstr;

const SystemClock system_clock;

// One whole interaction with its event and delivery, in a transaction of its own.
Status take_one(Writer& writer, int number_of_it) {
  const std::string word = std::to_string(number_of_it);
  PATCHBAY_CHECK(writer.begin());
  const ChannelId channel = PATCHBAY_TRY(writer.channel("sms", "sms"));
  const DestinationId crm = PATCHBAY_TRY(writer.destination("crm", "webhook"));
  const Persona person = PATCHBAY_TRY(writer.add_persona(persona_of({phone("+39" + word)}, word)));
  Interaction interaction = message(channel, person, word);
  interaction.text.assign(2000, 'x');
  const InteractionId id = PATCHBAY_TRY(writer.add_interaction(interaction));
  const EventId event = PATCHBAY_TRY(writer.next_event_id());
  PATCHBAY_CHECK(writer.add_event(event_about(event, person.contact, id)));
  PATCHBAY_CHECK(writer.add_delivery(delivery_of(crm, event, person.contact)));
  return writer.commit();
}

std::string integrity(const std::filesystem::path& folder) {
  const auto connection = VALUE_OF(sqlite::Connection::open(folder / "patchbay.db", sqlite::Mode::read_only));
  return VALUE_OF(connection->text("PRAGMA integrity_check"));
}

TEST(SqliteFaults, AFullDiskIsUnavailableLosesNothingAndPassesWhenThereIsSpace) {
  const TemporaryFolder folder;
  VALUE_OF(open_sqlite(folder.path(), OpenAs::writer, system_clock)).reset();
  const auto connection = VALUE_OF(sqlite::Connection::open(folder.path() / "patchbay.db", sqlite::Mode::read_write));
  sqlite::Blobs blobs(folder.path() / "blobs");
  sqlite::Writer writer(*connection, blobs, 4000);
  EXPECT_DONE(writer.start());
  // The database may not grow any more: SQLite reports what it reports when the disk is full.
  const auto limit = VALUE_OF(connection->integer("PRAGMA page_count")) + 20;
  EXPECT_DONE(connection->execute(("PRAGMA max_page_count=" + std::to_string(limit)).c_str()));

  int taken = 0;
  Status full;
  while (taken < 1000 && (full = take_one(writer, taken))) ++taken;
  ASSERT_FALSE(full) << "it never was full";
  EXPECT_GT(taken, 0);
  EXPECT_EQ(full.error().code, ErrorCode::unavailable);
  EXPECT_THAT(full.error().text(), HasSubstr((folder.path() / "patchbay.db").string()));
  EXPECT_THAT(full.error().remedy, HasSubstr("free space"));
  writer.roll_back();
  EXPECT_FALSE(take_one(writer, taken));
  writer.roll_back();
  EXPECT_EQ(VALUE_OF(connection->integer("SELECT count(*) FROM interaction")), taken);

  EXPECT_DONE(connection->execute("PRAGMA max_page_count=1000000"));
  EXPECT_DONE(take_one(writer, taken));
  EXPECT_EQ(VALUE_OF(connection->integer("SELECT max(id) FROM interaction")), taken + 1) << "no id was lost";
  EXPECT_EQ(integrity(folder.path()), "ok");
}

// Writes beyond a file size fail, as on a full or failing disk, until it ends.
class LimitedFiles {
 public:
  explicit LimitedFiles(rlim_t largest) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{largest, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~LimitedFiles() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  LimitedFiles(const LimitedFiles&) = delete;
  LimitedFiles& operator=(const LimitedFiles&) = delete;

 private:
  void (*handler_)(int);
  rlimit before_{};
};

TEST(SqliteFaults, AWriteThatFailsIsUnavailableAndPasses) {
  const TemporaryFolder folder;
  const auto store = VALUE_OF(open_sqlite(folder.path(), OpenAs::writer, system_clock));
  EXPECT_DONE(take_one(store->writer(), 0));
  int taken = 1;
  {
    const LimitedFiles limited(std::filesystem::file_size(folder.path() / "patchbay.db-wal") + 100'000);
    Status failed;
    while (taken < 1000 && (failed = take_one(store->writer(), taken))) ++taken;
    ASSERT_FALSE(failed) << "it never failed";
    EXPECT_EQ(failed.error().code, ErrorCode::unavailable);
    EXPECT_FALSE(failed.error().remedy.empty());
    store->writer().roll_back();
  }
  EXPECT_DONE(take_one(store->writer(), taken));
  const auto reader = VALUE_OF(store->reader());
  EXPECT_EQ(VALUE_OF(reader->counts()).interactions, taken + 1);
  EXPECT_EQ(integrity(folder.path()), "ok");
}

TEST(SqliteFaults, ALargeAttachmentThatCannotBeWrittenTakesItsTransactionWithIt) {
  const TemporaryFolder folder;
  const auto store = VALUE_OF(open_sqlite(folder.path(), OpenAs::writer, system_clock));
  EXPECT_DONE(take_one(store->writer(), 0));
  const auto add = [&]() -> Status {
    PATCHBAY_CHECK(store->writer().begin());
    Interaction interaction;
    interaction.dedupe = digest("with attachment");
    interaction.attachments.resize(1);
    interaction.attachments[0].data.assign(2'000'000, 'a');
    PATCHBAY_CHECK(store->writer().add_interaction(interaction));
    return store->writer().commit();
  };
  {
    const LimitedFiles limited(1'000'000);
    const Status failed = add();
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, ErrorCode::unavailable);
    EXPECT_FALSE(store->writer().commit());
    store->writer().roll_back();
  }
  EXPECT_DONE(add());
  const auto reader = VALUE_OF(store->reader());
  EXPECT_EQ(VALUE_OF(reader->attachment_content(InteractionId{2}, 0)), std::string(2'000'000, 'a'));
}

TEST(SqliteFaults, ALargeAttachmentThatWasChangedOnTheDiskIsCorrupt) {
  const TemporaryFolder folder;
  sqlite::Blobs blobs(folder.path() / "blobs");
  const std::string content(100'000, 'a');
  const Digest32 name = VALUE_OF(blobs.put(content));
  EXPECT_EQ(VALUE_OF(blobs.put(content)), name) << "the same content is one file";
  EXPECT_EQ(VALUE_OF(blobs.get(name)), content);
  const std::string file = hex(bytes_of(name));
  std::fstream(folder.path() / "blobs" / file.substr(0, 2) / file) << 'b';
  EXPECT_EQ(blobs.get(name).error().code, ErrorCode::corrupt);
  std::filesystem::remove(folder.path() / "blobs" / file.substr(0, 2) / file);
  EXPECT_EQ(blobs.get(name).error().code, ErrorCode::corrupt);
}

// Commits until it is killed and reports each commit on the pipe.
[[noreturn]] void commit_until_killed(const std::filesystem::path& folder, int first, int report) {
  try {
    const auto store = VALUE_OF(open_sqlite(folder, OpenAs::writer, system_clock));
    for (int i = first;; ++i) {
      if (!take_one(store->writer(), i)) ::_exit(2);
      if (::write(report, &i, sizeof i) != sizeof i) ::_exit(3);
      static_cast<void>(store->writer().checkpoint_if_due());
    }
  } catch (...) {
    ::_exit(4);
  }
}

TEST(SqliteFaults, WhatWasReportedCommittedIsThereAfterEveryKill) {
  const TemporaryFolder folder;
  std::int64_t there = 0;
  for (int kill_number = 0; kill_number < 30; ++kill_number) {
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) commit_until_killed(folder.path(), static_cast<int>(there), pipe[1]);
    ::close(pipe[1]);
    // Killed at another moment each time, and always within work on the next commit.
    std::int64_t reported = there;
    int one = 0;
    for (int i = 0; i <= kill_number % 7; ++i) {
      ASSERT_EQ(::read(pipe[0], &one, sizeof one), static_cast<ssize_t>(sizeof one)) << "the child gave up";
      reported = one + 1;
    }
    ::kill(child, SIGKILL);
    while (::read(pipe[0], &one, sizeof one) == sizeof one) reported = one + 1;
    ::close(pipe[0]);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);

    const auto store = VALUE_OF(open_sqlite(folder.path(), OpenAs::writer, system_clock));
    const auto reader = VALUE_OF(store->reader());
    const Counts counts = VALUE_OF(reader->counts());
    ASSERT_GE(counts.interactions, reported);
    ASSERT_LE(counts.interactions, reported + 1) << "one more may have been committed and not reported";
    ASSERT_EQ(counts.events, counts.interactions);
    ASSERT_EQ(counts.deliveries_open, counts.interactions);
    ASSERT_EQ(counts.contacts, counts.interactions);
    ASSERT_EQ(integrity(folder.path()), "ok");
    there = counts.interactions;
  }
}

TEST(SqliteThreads, ReadersSeeWholeCommitsWhileTheWriterCommitsAndCheckpoints) {
  const TemporaryFolder folder;
  const auto store = VALUE_OF(open_sqlite(folder.path(), OpenAs::writer, system_clock));
  std::atomic<bool> ended{false};
  std::atomic<int> reads{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      const auto reader = VALUE_OF(store->reader());
      while (!ended) {
        const Counts counts = VALUE_OF(reader->counts());
        EXPECT_EQ(counts.events, counts.interactions);
        EXPECT_EQ(counts.deliveries_open, counts.interactions);
        ++reads;
      }
    });
  }
  for (int i = 0; i < 200 || reads < 20; ++i) {
    EXPECT_DONE(take_one(store->writer(), i));
    EXPECT_DONE(store->writer().checkpoint_if_due());
  }
  ended = true;
  for (std::thread& thread : threads) thread.join();
}

TEST(SqliteCheckpoint, KeepsTheLogFromGrowingWithoutEnd) {
  const TemporaryFolder folder;
  const auto store = VALUE_OF(open_sqlite(folder.path(), OpenAs::writer, system_clock));
  const auto log = folder.path() / "patchbay.db-wal";
  Writer& writer = store->writer();
  std::uintmax_t largest = 0;
  for (int round = 0; round < 60; ++round) {
    EXPECT_DONE(writer.begin());
    for (int i = 0; i < 20; ++i) {
      EXPECT_DONE(
          writer.put_state(ChannelId{1}, std::to_string(i), std::string(50'000, static_cast<char>('a' + round % 26))));
    }
    EXPECT_DONE(writer.commit());
    EXPECT_DONE(writer.checkpoint_if_due());
    largest = std::max(largest, std::filesystem::file_size(log));
  }
  // 60 MB were written; the log starts again from 4000 pages of 4 KiB on.
  EXPECT_LT(largest, 20'000'000U);
  EXPECT_GT(std::filesystem::file_size(folder.path() / "patchbay.db"), 1'000'000U);
}

}  // namespace
}  // namespace patchbay::store
