// Backups: of a store at rest and of one that is being written; what a restore puts in place, and what it refuses.
#include "store/sqlite/backup.hpp"

#include "store/sqlite/blobs.hpp"
#include "store/sqlite/check.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/files.hpp"
#include "store/sqlite/manifest.hpp"
#include "store/sqlite/restore.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "store/store_test_data.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <fstream>
#include <thread>

namespace patchbay::store {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
namespace fs = std::filesystem;

const SystemClock system_clock;
const TellShare no_progress = [](double) {};

std::unique_ptr<Store> open_writer(const fs::path& folder) {
  return VALUE_OF(open_sqlite(folder, OpenAs::writer, system_clock));
}

// An interaction with its event and delivery; every tenth has large content.
void take_one(Writer& writer, int number_of_it) {
  const std::string word = std::to_string(number_of_it);
  EXPECT_DONE(writer.begin());
  const ChannelId channel = VALUE_OF(writer.channel("sms", "sms"));
  const DestinationId crm = VALUE_OF(writer.destination("crm", "webhook"));
  const Persona person = VALUE_OF(writer.add_persona(persona_of({phone("+39" + word)}, word)));
  Interaction interaction = message(channel, person, word);
  if (number_of_it % 10 == 0) interaction.original = Original{std::string(100'000, 'x') + word, "text/plain"};
  const InteractionId id = VALUE_OF(writer.add_interaction(interaction));
  const EventId event = VALUE_OF(writer.next_event_id());
  EXPECT_DONE(writer.add_event(event_about(event, person.contact, id)));
  EXPECT_DONE(writer.add_delivery(delivery_of(crm, event, person.contact)));
  EXPECT_DONE(writer.commit());
}

std::int64_t interactions_in(Store& store) {
  const auto reader = VALUE_OF(store.reader());
  return VALUE_OF(reader->counts()).interactions;
}
std::int64_t interactions_in(const fs::path& folder) {
  return interactions_in(*VALUE_OF(open_sqlite(folder, OpenAs::reader_only, system_clock)));
}

Result<Restored> restore_to(const fs::path& backup, const fs::path& store, Existing existing = Existing::refuse) {
  return restore(backup, store, existing, system_clock, no_progress);
}

TEST(Backup, OfAStoreAtRestIsThatStoreAgain) {
  const TemporaryFolder folder;
  const fs::path at = folder.path() / "store", backup = folder.path() / "backup", again = folder.path() / "again";
  std::string id;
  {
    const auto store = open_writer(at);
    for (int i = 0; i < 25; ++i) take_one(store->writer(), i);
    id = store->id();
  }
  const Manifest made = VALUE_OF(back_up(at, backup, system_clock, no_progress));
  EXPECT_EQ(made.store_id, id);
  EXPECT_EQ(made.counts.interactions, 25);
  EXPECT_EQ(made.counts.deliveries_open, 25);
  EXPECT_EQ(made.files.size(), 4U) << "the database and three originals";
  EXPECT_EQ(made.bytes(), fs::file_size(backup / "patchbay.db") + 3 * 100'000 + 1 + 2 + 2);
  for (const auto& entry : fs::directory_iterator(backup))
    EXPECT_THAT(entry.path().filename().string(), testing::AnyOf("patchbay.db", "blobs", "manifest.json"));
  EXPECT_EQ(fs::status(backup).permissions(), fs::perms::owner_all);

  EXPECT_TRUE(VALUE_OF(restore_to(backup, again)).replaced.empty());
  EXPECT_TRUE(VALUE_OF(check_sqlite(again, no_progress)).damage.empty());
  const auto store = open_writer(again);
  EXPECT_EQ(store->id(), id);
  const auto reader = VALUE_OF(store->reader());
  EXPECT_EQ(VALUE_OF(reader->counts()).interactions, 25);
  EXPECT_EQ(VALUE_OF(reader->original(InteractionId{21}))->bytes, std::string(100'000, 'x') + "20");
}

TEST(Backup, WhileTheGatewayWritesIsOneMomentAndDoesNotStopIt) {
  const TemporaryFolder folder;
  const fs::path at = folder.path() / "store";
  const auto store = open_writer(at);
  for (int i = 0; i < 50; ++i) take_one(store->writer(), i);
  std::atomic<bool> ended{false};
  std::thread backups([&] {
    for (int i = 0; i < 5; ++i) {
      const fs::path to = folder.path() / ("backup" + std::to_string(i));
      const Manifest made = VALUE_OF(back_up(at, to, system_clock, no_progress));
      EXPECT_EQ(made.counts.events, made.counts.interactions);
      EXPECT_EQ(made.counts.deliveries_open, made.counts.interactions);
      EXPECT_GE(made.counts.interactions, 50);
    }
    ended = true;
  });
  int taken = 50;
  while (!ended) {
    take_one(store->writer(), taken++);
    EXPECT_DONE(store->writer().checkpoint_if_due());
  }
  backups.join();
  EXPECT_DONE(restore_to(folder.path() / "backup4", folder.path() / "again"));
  EXPECT_TRUE(VALUE_OF(check_sqlite(folder.path() / "again", no_progress)).damage.empty());
  EXPECT_EQ(interactions_in(*store), taken);
}

TEST(Backup, NeverTouchesWhatIsThere) {
  const TemporaryFolder folder;
  take_one(open_writer(folder.path() / "store")->writer(), 0);
  fs::create_directory(folder.path() / "there");
  const auto made = back_up(folder.path() / "store", folder.path() / "there", system_clock, no_progress);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::conflict);
  EXPECT_EQ(back_up(folder.path() / "none", folder.path() / "x", system_clock, no_progress).error().code,
            ErrorCode::not_found);
  EXPECT_FALSE(fs::exists(folder.path() / "x"));
}

TEST(Backup, OfADamagedStoreDoesNotComeToBe) {
  const TemporaryFolder folder;
  const fs::path at = folder.path() / "store", backup = folder.path() / "backup";
  {
    const auto store = open_writer(at);
    for (int i = 0; i < 25; ++i) take_one(store->writer(), i);
  }
  {
    std::fstream file(at / "patchbay.db", std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(4096 * 9 + 50);
    file << "damage";
  }
  const auto made = back_up(at, backup, system_clock, no_progress);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::corrupt);
  EXPECT_FALSE(fs::exists(backup));
  EXPECT_FALSE(fs::exists(folder.path() / "backup.part"));
}

TEST(Restore, RefusesAStoreThatIsThereUnlessItIsToBeReplacedAndKeepsItThen) {
  const TemporaryFolder folder;
  const fs::path at = folder.path() / "store", backup = folder.path() / "backup";
  take_one(open_writer(at)->writer(), 0);
  EXPECT_DONE(back_up(at, backup, system_clock, no_progress));
  take_one(open_writer(at)->writer(), 1);
  const auto refused = restore_to(backup, at);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
  EXPECT_THAT(refused.error().remedy, HasSubstr("--replace"));
  EXPECT_EQ(interactions_in(at), 2);

  const Restored restored = VALUE_OF(restore_to(backup, at, Existing::replace));
  EXPECT_EQ(interactions_in(at), 1);
  ASSERT_TRUE(fs::exists(restored.replaced / "patchbay.db"));
  EXPECT_EQ(interactions_in(restored.replaced), 2);
  EXPECT_FALSE(fs::exists(at / "restore"));
}

TEST(Restore, RefusesWhileAGatewayHoldsTheStore) {
  const TemporaryFolder folder;
  const fs::path at = folder.path() / "store", backup = folder.path() / "backup";
  const auto store = open_writer(at);
  take_one(store->writer(), 0);
  EXPECT_DONE(back_up(at, backup, system_clock, no_progress));
  take_one(store->writer(), 1);
  const auto refused = restore_to(backup, at, Existing::replace);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
  EXPECT_THAT(refused.error().text(), HasSubstr("another gateway holds it"));
  EXPECT_EQ(interactions_in(*store), 2);
}

TEST(Restore, RefusesABackupInWhichAnythingChanged) {
  const TemporaryFolder folder;
  const fs::path at = folder.path() / "store", backup = folder.path() / "backup";
  {
    const auto store = open_writer(at);
    take_one(store->writer(), 0);
  }
  const Manifest made = VALUE_OF(back_up(at, backup, system_clock, no_progress));
  for (const BackupFile& file : made.files) {
    const std::string whole = VALUE_OF(sqlite::read_file(backup / file.path));
    std::string changed = whole;
    changed[changed.size() / 2] ^= 1;
    EXPECT_DONE(sqlite::write_file(sqlite::system_files(), backup / file.path, changed));
    EXPECT_EQ(restore_to(backup, folder.path() / "again").error().code, ErrorCode::corrupt) << file.path;
    fs::remove(backup / file.path);
    EXPECT_EQ(restore_to(backup, folder.path() / "again").error().code, ErrorCode::corrupt) << file.path;
    EXPECT_DONE(sqlite::write_file(sqlite::system_files(), backup / file.path, whole));
  }
  EXPECT_FALSE(fs::exists(folder.path() / "again" / "patchbay.db"));
  fs::remove(backup / "manifest.json");
  EXPECT_EQ(restore_to(backup, folder.path() / "again").error().code, ErrorCode::not_found);
}

TEST(Restore, GivesNoIdAgainThatTheCrmMayKnow) {
  const TemporaryFolder folder;
  const fs::path at = folder.path() / "store", backup = folder.path() / "backup";
  take_one(open_writer(at)->writer(), 0);
  EXPECT_DONE(back_up(at, backup, system_clock, no_progress));
  EXPECT_DONE(restore_to(backup, at, Existing::replace));
  const auto store = open_writer(at);
  Writer& writer = store->writer();
  EXPECT_DONE(writer.begin());
  EXPECT_GE(number(VALUE_OF(writer.next_event_id())), 1'000'000);
  const Persona person = VALUE_OF(writer.add_persona(persona_of({phone("+391")}, "somebody else")));
  EXPECT_GE(number(person.id), 1'000'000);
  const InteractionId id = VALUE_OF(writer.add_interaction(message(ChannelId{1}, person, "new")));
  EXPECT_GE(number(id), 1'000'000);
  EXPECT_GE(number(VALUE_OF(writer.conversation(ChannelId{1}, "thread", person.contact))), 1'000'000);
  Fact fact;
  fact.interaction = id;
  fact.dedupe = digest("fact");
  EXPECT_GE(number(VALUE_OF(writer.add_fact(ChannelId{1}, fact))), 1'000'000);
  EXPECT_DONE(writer.commit());
}

// Renamings come to an end after so many: what a power cut at that moment leaves.
class InterruptedFiles final : public sqlite::Files {
 public:
  explicit InterruptedFiles(int renamings) : left_(renamings) {}
  int make(const char* path) override { return system_.make(path); }
  ssize_t write(int descriptor, const char* bytes, std::size_t size) override {
    return system_.write(descriptor, bytes, size);
  }
  int sync(int descriptor) override { return system_.sync(descriptor); }
  int close(int descriptor) override { return system_.close(descriptor); }
  int rename(const char* from, const char* to) override {
    if (left_ == 0) {
      errno = EIO;
      return -1;
    }
    --left_;
    return system_.rename(from, to);
  }
  int unlink(const char* path) override { return system_.unlink(path); }
  int make_folder(const char* path) override { return system_.make_folder(path); }
  int sync_folder(const char* path) override { return system_.sync_folder(path); }

 private:
  sqlite::Files& system_ = sqlite::system_files();
  int left_;
};

TEST(Restore, InterruptedAtAnyStepLeavesTheOldStoreOrIsFinishedByTheNextStart) {
  for (int renamings = 0; renamings < 20; ++renamings) {
    const TemporaryFolder folder;
    const fs::path at = folder.path() / "store", backup = folder.path() / "backup";
    take_one(open_writer(at)->writer(), 0);
    EXPECT_DONE(back_up(at, backup, system_clock, no_progress));
    const auto later = open_writer(at);
    take_one(later->writer(), 1);
    // As after a kill: the last transaction is in the log only.
    const fs::path killed = folder.path() / "killed";
    fs::copy(at, killed, fs::copy_options::recursive);

    InterruptedFiles files(renamings);
    const auto restored = restore(backup, killed, Existing::replace, system_clock, no_progress, files);
    const bool begun = fs::exists(killed / "restore");
    open_writer(killed).reset();
    if (restored || begun) {
      EXPECT_EQ(interactions_in(killed), 1) << renamings;
    } else {
      EXPECT_EQ(interactions_in(killed), 2) << renamings;
    }
    EXPECT_FALSE(fs::exists(killed / "restore"));
    EXPECT_TRUE(VALUE_OF(check_sqlite(killed, no_progress)).damage.empty());
    if (restored) {
      EXPECT_GT(renamings, 3) << "the old database, its log, the new one and the folder of the old ones";
      return;
    }
  }
  FAIL() << "it never came to its end";
}

TEST(Manifest, GivesBackWhatWasWrittenAndNamesNothingOutside) {
  Manifest manifest;
  manifest.made_at = noon;
  manifest.store_id = "0e0c";
  manifest.schema = 3;
  manifest.counts.interactions = 17;
  const std::string digits = hex(bytes_of(sha256("x")));
  manifest.files = {{"patchbay.db", 4096, digits}, {"blobs/" + digits.substr(0, 2) + "/" + digits, 1, digits}};
  const Manifest read = VALUE_OF(sqlite::read_manifest(sqlite::write_manifest(manifest)));
  EXPECT_EQ(read.made_at, noon);
  EXPECT_EQ(read.store_id, "0e0c");
  EXPECT_EQ(read.counts.interactions, 17);
  ASSERT_EQ(read.files.size(), 2U);
  EXPECT_EQ(read.files[1].path, manifest.files[1].path);

  for (const char* path : {"/etc/passwd", "../x", "blobs/../../x", "blobs", ""}) {
    manifest.files[1].path = path;
    EXPECT_EQ(sqlite::read_manifest(sqlite::write_manifest(manifest)).error().code, ErrorCode::corrupt) << path;
  }
  for (const char* text : {"", "{}", "[]", R"({"format":1})", R"({"format":"1"})"})
    EXPECT_EQ(sqlite::read_manifest(text).error().code, ErrorCode::corrupt) << text;
  EXPECT_EQ(sqlite::read_manifest(R"({"format":2})").error().code, ErrorCode::invalid);
}

}  // namespace
}  // namespace patchbay::store
