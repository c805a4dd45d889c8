// Damage on the disk: bytes that change in the database or its log are found, or do no harm; nothing reads a wrong
// answer.
#include "store/sqlite/blobs.hpp"
#include "store/sqlite/check.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/log_check.hpp"
#include "store/sqlite/page_guard.hpp"
#include "store/sqlite/schema.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "store/store_test_data.hpp"

#include <gmock/gmock.h>
#include <sqlite3.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <random>
#include <sstream>

namespace patchbay::store {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

const SystemClock system_clock;
constexpr int all_at_once = 1'000'000;  // pages until a checkpoint: none by itself

std::string content_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}
void put_content(const fs::path& file, std::string_view content) { std::ofstream(file, std::ios::binary) << content; }

std::unique_ptr<Store> open_writer(const fs::path& folder, std::function<void(std::string_view)> remarked = nullptr) {
  SqliteOptions options;
  options.pages_until_checkpoint = all_at_once;
  options.remarked = std::move(remarked);
  return VALUE_OF(open_sqlite(folder, OpenAs::writer, system_clock, std::move(options)));
}

// Rows in most tables, some of them longer than a page.
void take_some(Writer& writer, int first, int last) {
  EXPECT_DONE(writer.begin());
  const ChannelId channel = VALUE_OF(writer.channel("sms", "sms"));
  const DestinationId crm = VALUE_OF(writer.destination("crm", "webhook"));
  for (int i = first; i < last; ++i) {
    const std::string word = std::to_string(i);
    const Persona person = VALUE_OF(writer.add_persona(persona_of({phone("+39" + word)}, word)));
    EXPECT_DONE(writer.add_link({person.id, person.contact, R"([{"field":"phone"}])", noon}));
    Interaction interaction = message(channel, person, word);
    interaction.text = std::string(static_cast<std::size_t>(i % 7) * 1500, static_cast<char>('a' + i % 26)) + word;
    if (i % 5 == 0) interaction.original = Original{std::string(9000, 'o') + word, "text/plain"};
    const InteractionId id = VALUE_OF(writer.add_interaction(interaction));
    const EventId event = VALUE_OF(writer.next_event_id());
    EXPECT_DONE(writer.add_event(event_about(event, person.contact, id)));
    EXPECT_DONE(writer.add_delivery(delivery_of(crm, event, person.contact)));
    if (i % 3 == 0) EXPECT_DONE(writer.record(outcome_of(crm, event, DeliveryState::delivered)));
    EXPECT_DONE(writer.put_state(channel, "cursor " + word, word));
  }
  EXPECT_DONE(writer.commit());
}

// Every row of every table, or why not.
Result<std::string> dump(const fs::path& folder) {
  const auto connection = PATCHBAY_TRY(sqlite::Connection::open(folder / "patchbay.db", sqlite::Mode::read_only));
  std::string all;
  const auto take = [](void* text, int columns, char** values, char**) {
    for (int i = 0; i < columns; ++i)
      *static_cast<std::string*>(text) += std::string(values[i] ? values[i] : "-") + "|";
    return 0;
  };
  std::string tables;
  const auto run = [&](const std::string& sql, std::string& into) -> Status {
    const int code = sqlite3_exec(connection->handle(), sql.c_str(), take, &into, nullptr);
    if (code != SQLITE_OK) return failure(connection->error(code));
    return {};
  };
  PATCHBAY_CHECK(run("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name", tables));
  std::istringstream names(tables);
  for (std::string name; std::getline(names, name, '|');) PATCHBAY_CHECK(run("SELECT * FROM " + name, all));
  return all;
}

// A store that was ended properly: all of it is in the database.
fs::path make_store(const fs::path& folder) {
  const auto store = open_writer(folder);
  for (int i = 0; i < 5; ++i) take_some(store->writer(), i * 20, i * 20 + 20);
  return folder;
}

// The files of a store as a kill leaves them, with its last transactions in the log.
struct Killed {
  std::map<std::string, std::string> files;
  std::string before_last, whole;  // what the rows were without the last transaction, and with it

  explicit Killed(const fs::path& folder) {
    make_store(folder);
    const auto store = open_writer(folder);
    for (int i = 5; i < 9; ++i) take_some(store->writer(), i * 20, i * 20 + 20);
    before_last = VALUE_OF(dump(folder));
    take_some(store->writer(), 200, 220);
    whole = VALUE_OF(dump(folder));
    for (const char* name : {"patchbay.db", "patchbay.db-wal"}) files[name] = content_of(folder / name);
  }
  void put(const fs::path& folder) const {
    fs::remove_all(folder);
    fs::create_directories(folder);
    for (const auto& [name, content] : files) put_content(folder / name, content);
  }
};

void flip(const fs::path& file, std::size_t at, char with) {
  std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
  stream.seekg(static_cast<std::streamoff>(at));
  const char changed = static_cast<char>(stream.get() ^ with);
  stream.seekp(static_cast<std::streamoff>(at));
  stream.put(changed);
}

char some_bits(std::mt19937_64& random) { return static_cast<char>(1 + random() % 255); }

TEST(StoreDamage, AFlippedByteAnywhereInTheDatabaseIsFoundAndNeverReadAsAnAnswer) {
  const TemporaryFolder folder;
  const fs::path store = make_store(folder.path() / "store");
  const std::string whole = content_of(store / "patchbay.db"), rows = VALUE_OF(dump(store));
  std::mt19937_64 random(7);
  for (int round = 0; round < 300; ++round) {
    // The file's header in every fourth round, else anywhere.
    const std::size_t at = random() % (round % 4 == 0 ? 100 : whole.size());
    put_content(store / "patchbay.db", whole);
    flip(store / "patchbay.db", at, some_bits(random));
    const auto read = dump(store);
    if (read) {
      EXPECT_EQ(*read, rows) << "byte " << at;  // it is in an index
    } else {
      EXPECT_EQ(read.error().code, ErrorCode::corrupt) << "byte " << at << ": " << read.error().text();
    }
    const auto check = VALUE_OF(check_sqlite(store, [](double) {}));
    EXPECT_FALSE(check.damage.empty()) << "byte " << at;
    const auto opened = open_sqlite(store, OpenAs::writer, system_clock, {.first_check = std::chrono::seconds{10}});
    ASSERT_FALSE(opened) << "byte " << at;
    EXPECT_EQ(opened.error().code, ErrorCode::corrupt) << "byte " << at << ": " << opened.error().text();
    EXPECT_THAT(opened.error().text(), HasSubstr("patchbay.db"));
    EXPECT_THAT(opened.error().remedy, HasSubstr("patchbay restore"));
    for (const char* name : {"patchbay.db-wal", "patchbay.db-shm"}) fs::remove(store / name);
  }
}

TEST(StoreDamage, AFlippedByteInTheLogOfAKilledGatewayIsFoundOrIsTheUnfinishedEnd) {
  const TemporaryFolder folder;
  const Killed killed(folder.path() / "store");
  const fs::path copy = folder.path() / "copy";
  const std::size_t size = killed.files.at("patchbay.db-wal").size();
  std::mt19937_64 random(11);
  int found = 0, left_out = 0;
  for (int round = 0; round < 300; ++round) {
    constexpr std::size_t frame = 4096 + 24, header = 32;
    std::size_t at = random() % size;
    if (round % 5 == 1) at = random() % header;
    if (round % 5 == 2) at = header + frame * (random() % ((size - header) / frame)) + random() % 24;
    killed.put(copy);
    flip(copy / "patchbay.db-wal", at, some_bits(random));
    std::string remark;
    SqliteOptions options;
    options.pages_until_checkpoint = all_at_once;
    options.remarked = [&](std::string_view text) { remark = text; };
    const auto opened = open_sqlite(copy, OpenAs::writer, system_clock, options);
    if (!opened) {
      EXPECT_EQ(opened.error().code, ErrorCode::corrupt) << "byte " << at;
      EXPECT_THAT(opened.error().remedy, HasSubstr("patchbay restore"));
      ++found;
      continue;
    }
    const std::string rows = VALUE_OF(dump(copy));
    if (rows == killed.whole) continue;  // a byte that nothing reads
    EXPECT_EQ(rows, killed.before_last) << "byte " << at << ": more than the last transaction is missing";
    EXPECT_THAT(remark, HasSubstr("not finished")) << "byte " << at;
    ++left_out;
  }
  EXPECT_GT(found, 150);
  EXPECT_GT(left_out, 20);
}

TEST(StoreDamage, AWholeLogIsTakenUpAsItIs) {
  const TemporaryFolder folder;
  const Killed killed(folder.path() / "store");
  killed.put(folder.path() / "copy");
  EXPECT_EQ(VALUE_OF(sqlite::check_log(folder.path() / "copy" / "patchbay.db-wal")), sqlite::LogEnd::whole);
  const auto store = open_writer(folder.path() / "copy", [](std::string_view remark) { ADD_FAILURE() << remark; });
  EXPECT_EQ(VALUE_OF(dump(folder.path() / "copy")), killed.whole);
}

TEST(StoreDamage, ALogThatEndsInTheMiddleOfATransactionIsTakenUpToThere) {
  const TemporaryFolder folder;
  const Killed killed(folder.path() / "store");
  killed.put(folder.path() / "copy");
  const fs::path log = folder.path() / "copy" / "patchbay.db-wal";
  fs::resize_file(log, fs::file_size(log) - 5000);
  std::string remark;
  const auto store = open_writer(folder.path() / "copy", [&](std::string_view text) { remark = text; });
  EXPECT_EQ(VALUE_OF(dump(folder.path() / "copy")), killed.before_last);
  EXPECT_THAT(remark, HasSubstr("not finished"));
}

TEST(StoreDamage, ALogWithoutItsDatabaseIsKeptAndRefused) {
  const TemporaryFolder folder;
  const Killed killed(folder.path() / "store");
  killed.put(folder.path() / "copy");
  fs::resize_file(folder.path() / "copy" / "patchbay.db", 0);
  const auto opened = open_sqlite(folder.path() / "copy", OpenAs::writer, system_clock);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::corrupt);
  EXPECT_EQ(content_of(folder.path() / "copy" / "patchbay.db-wal"), killed.files.at("patchbay.db-wal"));
}

TEST(StoreDamage, InTheLogOfARunningGatewayIsNeitherReadNorMovedAndIsTold) {
  const TemporaryFolder folder;
  std::vector<std::string> told;
  SqliteOptions options;
  options.pages_until_checkpoint = 1;
  options.damaged = [&](const Error& error) { told.push_back(error.reason); };
  const auto store = VALUE_OF(open_sqlite(folder.path(), OpenAs::writer, system_clock, options));
  take_some(store->writer(), 0, 60);
  // The last frame is the newest of its page, whichever that is.
  const fs::path log = folder.path() / "patchbay.db-wal";
  const std::size_t frames = (fs::file_size(log) - 32) / 4120;
  flip(log, 32 + 4120 * (frames - 1) + 24 + 100, 0x40);
  const auto check = VALUE_OF(check_sqlite(folder.path(), [](double) {}));
  ASSERT_FALSE(check.damage.empty());
  EXPECT_THAT(check.damage.front(), HasSubstr("frame " + std::to_string(frames)));
  const Status moved = store->writer().checkpoint_if_due();
  ASSERT_FALSE(moved);
  EXPECT_EQ(moved.error().code, ErrorCode::corrupt);
  ASSERT_FALSE(told.empty());
  EXPECT_THAT(told.back(), HasSubstr("patchbay.db-wal"));
}

TEST(StoreDamage, AFirstCheckThatHasNoTimeFindsNothing) {
  const TemporaryFolder folder;
  make_store(folder.path());
  for (const Duration budget : {Duration{0}, Duration{100}, Duration{1000}, Duration{3000}})
    EXPECT_DONE(open_sqlite(folder.path(), OpenAs::writer, system_clock, {.first_check = budget}));
}

TEST(StoreDamage, LargeContentThatIsGoneIsFoundAtTheStart) {
  const TemporaryFolder folder;
  {
    const auto store = open_writer(folder.path());
    EXPECT_DONE(store->writer().begin());
    Interaction interaction;
    interaction.dedupe = digest("with attachment");
    interaction.attachments.resize(1);
    interaction.attachments[0].data.assign(100'000, 'a');
    VALUE_OF(store->writer().add_interaction(interaction));
    EXPECT_DONE(store->writer().commit());
  }
  fs::remove_all(folder.path() / "blobs");
  const auto opened = open_sqlite(folder.path(), OpenAs::writer, system_clock);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::corrupt);
  EXPECT_THAT(opened.error().text(), HasSubstr("blobs"));
}

TEST(StoreDamage, LargeContentThatWentBadIsWrittenAgainWhenItComesAgain) {
  const TemporaryFolder folder;
  sqlite::Blobs blobs(folder.path() / "blobs");
  const std::string content(100'000, 'a');
  const Digest32 name = VALUE_OF(blobs.put(content));
  flip(blobs.path_of(name), 5, 1);
  EXPECT_EQ(blobs.get(name).error().code, ErrorCode::corrupt);
  EXPECT_EQ(VALUE_OF(blobs.put(content)), name);
  EXPECT_EQ(VALUE_OF(blobs.get(name)), content);
}

TEST(StoreDamage, ADigestThatOnlyTheProviderHasTheContentOfIsNoDamage) {
  const TemporaryFolder folder;
  {
    const auto store = open_writer(folder.path());
    EXPECT_DONE(store->writer().begin());
    Interaction interaction;
    interaction.channel = VALUE_OF(store->writer().channel("sms", "sms"));
    interaction.dedupe = digest("with reference");
    interaction.attachments.resize(1);
    interaction.attachments[0].reference = "media/17";
    interaction.attachments[0].size = 5;
    interaction.attachments[0].sha256 = sha256("12345");
    const InteractionId id = VALUE_OF(store->writer().add_interaction(interaction));
    EXPECT_DONE(store->writer().commit());
    const auto reader = VALUE_OF(store->reader());
    const auto content = reader->attachment_content(id, 0);
    ASSERT_FALSE(content);
    EXPECT_EQ(content.error().code, ErrorCode::not_found);
    EXPECT_THAT(content.error().text(), HasSubstr("at the provider"));
  }
  EXPECT_TRUE(VALUE_OF(check_sqlite(folder.path(), [](double) {})).damage.empty());
}

TEST(StoreDamage, ARowThatRefersToNothingIsFoundByTheFullCheck) {
  const TemporaryFolder folder;
  make_store(folder.path());
  {
    const auto connection = VALUE_OF(sqlite::Connection::open(folder.path() / "patchbay.db", sqlite::Mode::read_write));
    EXPECT_DONE(connection->execute("DELETE FROM event WHERE id IN (1, 2, 3)"));
  }
  const auto check = VALUE_OF(check_sqlite(folder.path(), [](double) {}));
  EXPECT_THAT(check.damage, testing::ElementsAre("3 deliveries without their event"));
}

TEST(PageGuard, GivesADatabaseFromBeforeItsChecksumsAtTheNextStart) {
  const TemporaryFolder folder;
  const fs::path file = folder.path() / "patchbay.db";
  {
    sqlite3* plain = nullptr;
    ASSERT_EQ(sqlite3_open(file.c_str(), &plain), SQLITE_OK);
    const std::string sql = std::string(sqlite::migrations[0]) +
                            "; PRAGMA user_version=1; PRAGMA journal_mode=WAL;"
                            "INSERT INTO channel VALUES(7, 'sms', 'sms');"
                            "INSERT INTO parked SELECT value, 7, randomblob(16), randomblob(16), 0, zeroblob(3000) "
                            "FROM (WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value "
                            "< 30) SELECT value FROM n)";
    ASSERT_EQ(sqlite3_exec(plain, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(plain);
    sqlite3_close(plain);
  }
  ASSERT_EQ(content_of(file)[20], 0);
  open_writer(folder.path()).reset();
  EXPECT_EQ(content_of(file)[20], 8);
  // Beside these rows the store got its name only.
  EXPECT_THAT(VALUE_OF(dump(folder.path())), HasSubstr("7|sms|sms|"));
  const auto parked = [&] {
    const auto connection = VALUE_OF(sqlite::Connection::open(file, sqlite::Mode::read_only));
    return VALUE_OF(connection->integer("SELECT sum(length(fact)) FROM parked"));
  };
  EXPECT_EQ(parked(), 30 * 3000);
  EXPECT_TRUE(VALUE_OF(check_sqlite(folder.path(), [](double) {})).damage.empty());
  flip(file, 3 * 4096 + 200, 1);
  EXPECT_FALSE(VALUE_OF(check_sqlite(folder.path(), [](double) {})).damage.empty());
}

TEST(PageGuard, TellsAPageThatLiesInTheWrongPlace) {
  const TemporaryFolder folder;
  make_store(folder.path());
  std::string content = content_of(folder.path() / "patchbay.db");
  std::swap_ranges(content.begin() + 4096 * 5, content.begin() + 4096 * 6, content.begin() + 4096 * 9);
  put_content(folder.path() / "patchbay.db", content);
  EXPECT_FALSE(VALUE_OF(check_sqlite(folder.path(), [](double) {})).damage.empty());
}

TEST(PageGuard, ChecksTheLogAsTheFileFormatSays) {
  // A log that SQLite wrote: the header's checksum is over its first 24 bytes (section 4.1 of the file format).
  const TemporaryFolder folder;
  const Killed killed(folder.path() / "store");
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(killed.files.at("patchbay.db-wal").data());
  EXPECT_EQ(sqlite::log_checksum({}, sqlite::WordOrder::little, bytes, 24),
            (sqlite::LogChecksum{sqlite::big_endian_32(bytes + 24), sqlite::big_endian_32(bytes + 28)}));
}

}  // namespace
}  // namespace patchbay::store
