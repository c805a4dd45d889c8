// What is SQLite's own: the conformance suite over it, and the folder with its lock, files and versions.
#include "store/sqlite/sqlite_store.hpp"

#include "store/sqlite/connection.hpp"
#include "store/sqlite/folder.hpp"
#include "store/sqlite/migrate.hpp"
#include "store/sqlite/schema.hpp"
#include "store/store_conformance.hpp"
#include "store/store_test_data.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>

namespace patchbay::store {
namespace {

using testing::HasSubstr;

const SystemClock system_clock;

class SqliteBench final : public Bench {
 public:
  Result<std::unique_ptr<Store>> open() override { return open_sqlite(folder_.path(), OpenAs::writer, system_clock); }

 private:
  TemporaryFolder folder_;
};

std::unique_ptr<Bench> make_sqlite_bench() { return std::make_unique<SqliteBench>(); }

mode_t mode_of(const std::filesystem::path& path) {
  struct stat found {};
  EXPECT_EQ(::stat(path.c_str(), &found), 0) << path;
  return found.st_mode & 0777U;
}

std::unique_ptr<Store> open_writer(const std::filesystem::path& folder) {
  return VALUE_OF(open_sqlite(folder, OpenAs::writer, system_clock));
}
std::unique_ptr<Store> open_reader(const std::filesystem::path& folder) {
  return VALUE_OF(open_sqlite(folder, OpenAs::reader_only, system_clock));
}

void put_state(Store& store, std::string_view value) {
  EXPECT_DONE(store.writer().begin());
  const ChannelId channel = VALUE_OF(store.writer().channel("support", "imap"));
  EXPECT_DONE(store.writer().put_state(channel, "cursor", value));
  EXPECT_DONE(store.writer().commit());
}

std::string state_in(Reader& reader) { return VALUE_OF(reader.state(ChannelId{1}, "cursor")).value_or("nothing"); }

TEST(SqliteStore, MakesItsFolderAndFilesForTheOwnerAlone) {
  const TemporaryFolder temporary;
  const auto folder = temporary.path() / "var" / "patchbay";
  const auto store = open_writer(folder);
  put_state(*store, "1");
  EXPECT_EQ(mode_of(folder), 0700U);
  for (const char* file : {"patchbay.db", "patchbay.db-wal", "patchbay.db-shm", "lock"}) {
    EXPECT_EQ(mode_of(folder / file), 0600U) << file;
  }
}

TEST(SqliteStore, ASecondGatewayOnTheSameFolderIsRefusedUntilTheFirstEnds) {
  const TemporaryFolder folder;
  auto first = open_writer(folder.path());
  const auto second = open_sqlite(folder.path(), OpenAs::writer, system_clock);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::conflict);
  EXPECT_THAT(second.error().text(), HasSubstr("another gateway holds it"));
  first.reset();
  EXPECT_TRUE(open_sqlite(folder.path(), OpenAs::writer, system_clock));
}

TEST(SqliteStore, NetworkFileSystemsAreToldByTheNumbersOfStatfs) {
  struct Case {
    std::uint64_t type;
    std::optional<std::string_view> name;
  };
  // statfs(2): NFS, SMB, CIFS, SMB2, FUSE; ext4, XFS, btrfs, tmpfs.
  for (const Case& c : {Case{0x6969, "NFS"}, Case{0x517b, "SMB"}, Case{0xff534d42, "CIFS"}, Case{0xfe534d42, "SMB2"},
                        Case{0x65735546, "FUSE"}, Case{0xef53, {}}, Case{0x58465342, {}}, Case{0x9123683e, {}},
                        Case{0x01021994, {}}, Case{0xffffffffff534d42, "CIFS"}}) {
    EXPECT_EQ(sqlite::remote_file_system(c.type), c.name) << std::hex << c.type;
  }
}

TEST(SqliteStore, ADatabaseOfANewerPatchbayIsRefusedAndLeftAlone) {
  const TemporaryFolder folder;
  open_writer(folder.path()).reset();
  {
    const auto connection = VALUE_OF(sqlite::Connection::open(folder.path() / "patchbay.db", sqlite::Mode::read_write));
    EXPECT_DONE(connection->execute("PRAGMA user_version=1000"));
  }
  for (const OpenAs as : {OpenAs::writer, OpenAs::reader_only}) {
    const auto store = open_sqlite(folder.path(), as, system_clock);
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code, ErrorCode::invalid);
    EXPECT_THAT(store.error().text(), HasSubstr("newer Patchbay"));
  }
}

TEST(SqliteStore, AMigrationThatFailsLeavesTheVersionBeforeIt) {
  const TemporaryFolder folder;
  const auto connection = VALUE_OF(sqlite::Connection::open(folder.path() / "x.db", sqlite::Mode::read_write));
  const char* const broken[] = {"CREATE TABLE a(x) STRICT", "CREATE TABLE b(x INTEGER) STRICT; CREATE nonsense"};
  const char* const whole[] = {"CREATE TABLE a(x INTEGER) STRICT", "CREATE TABLE b(x INTEGER) STRICT"};
  EXPECT_FALSE(sqlite::migrate(*connection, broken));
  EXPECT_EQ(VALUE_OF(connection->integer("PRAGMA user_version")), 0);
  const char* const half[] = {whole[0], broken[1]};
  EXPECT_FALSE(sqlite::migrate(*connection, half));
  EXPECT_EQ(VALUE_OF(connection->integer("PRAGMA user_version")), 1);
  EXPECT_EQ(VALUE_OF(connection->integer("SELECT count(*) FROM sqlite_schema WHERE name = 'b'")), 0);
  EXPECT_DONE(sqlite::migrate(*connection, whole));
  EXPECT_DONE(sqlite::migrate(*connection, whole));  // nothing left to do
  EXPECT_EQ(VALUE_OF(connection->integer("PRAGMA user_version")), 2);
}

TEST(SqliteStore, AStoreOfTheFirstVersionLearnsWhoWasToldOfWhom) {
  const TemporaryFolder folder;
  const auto connection = VALUE_OF(sqlite::Connection::open(folder.path() / "x.db", sqlite::Mode::read_write));
  const std::span<const char* const> all(sqlite::migrations);
  EXPECT_DONE(sqlite::migrate(*connection, all.first(1)));
  // Contact 5 was merged into 3, whom destination 1 knew already; the notice is about nobody.
  EXPECT_DONE(connection->execute(
      "INSERT INTO alias VALUES(5, 3, '[]', 0);"
      "INSERT INTO event VALUES(1, 0, 3, 1, 0, '{}'), (2, 0, 5, 2, 0, '{}'), (3, 11, NULL, NULL, 0, '{}');"
      "INSERT INTO delivery VALUES(1, 1, 3, 1, 1, 0, 200, ''), (1, 2, 5, 1, 1, 0, 200, ''),"
      "(2, 2, 5, 2, 1, 0, 500, ''), (2, 3, 0, 0, 0, 0, 0, '')"));
  EXPECT_DONE(sqlite::migrate(*connection, all));
  EXPECT_EQ(
      VALUE_OF(connection->text("SELECT group_concat(contact || '-' || destination || '-' || event, ' ') FROM told")),
      "3-1-1 3-2-2");
}

TEST(SqliteStore, AFileThatIsNoDatabaseIsCorrupt) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "patchbay.db") << std::string(8192, 'x');
  const auto store = open_sqlite(folder.path(), OpenAs::writer, system_clock);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, ErrorCode::corrupt);
  EXPECT_THAT(store.error().text(), HasSubstr((folder.path() / "patchbay.db").string()));
}

TEST(SqliteStore, AFolderThatCannotBeMadeSaysSo) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "file") << "no folder";
  const auto store = open_sqlite(folder.path() / "file", OpenAs::writer, system_clock);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, ErrorCode::unavailable);
}

TEST(SqliteReaderOnly, ReadsWithoutAGatewayAndChangesNoFile) {
  const TemporaryFolder folder;
  std::string id;
  {
    const auto store = open_writer(folder.path());
    put_state(*store, "17");
    id = store->id();
  }
  const auto before = std::filesystem::last_write_time(folder.path() / "patchbay.db");
  const auto size = std::filesystem::file_size(folder.path() / "patchbay.db");
  {
    const auto store = open_reader(folder.path());
    EXPECT_EQ(store->id(), id);
    EXPECT_EQ(state_in(*VALUE_OF(store->reader())), "17");
  }
  EXPECT_EQ(std::filesystem::last_write_time(folder.path() / "patchbay.db"), before);
  EXPECT_EQ(std::filesystem::file_size(folder.path() / "patchbay.db"), size);
}

TEST(SqliteReaderOnly, ReadsBesideAGatewayAndSeesEachCommit) {
  const TemporaryFolder folder;
  auto gateway = open_writer(folder.path());
  put_state(*gateway, "0");
  const auto store = open_reader(folder.path());
  const auto reader = VALUE_OF(store->reader());
  for (int i = 1; i <= 50; ++i) {
    put_state(*gateway, std::to_string(i));
    EXPECT_EQ(state_in(*reader), std::to_string(i));
  }
  gateway.reset();  // the reader outlives the gateway and does not mind
  EXPECT_EQ(state_in(*reader), "50");
  put_state(*open_writer(folder.path()), "51");
  EXPECT_EQ(state_in(*reader), "51");
}

TEST(SqliteReaderOnly, WithoutAStoreSaysHowToGetOne) {
  const TemporaryFolder folder;
  const auto store = open_sqlite(folder.path(), OpenAs::reader_only, system_clock);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, ErrorCode::not_found);
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "patchbay.db"));
}

TEST(SqliteReaderOnlyDeathTest, HasNoWriter) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const TemporaryFolder folder;
  open_writer(folder.path()).reset();
  const auto store = open_reader(folder.path());
  EXPECT_DEATH(static_cast<void>(store->writer()), "");
}

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreConformance, testing::Values(&make_sqlite_bench),
                         [](const auto&) { return std::string("Sqlite"); });

}  // namespace
}  // namespace patchbay::store
