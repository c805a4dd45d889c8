#include "series.hpp"

#include "temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <csignal>

namespace patchbay::file {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace std::chrono_literals;

const TimePoint new_year{std::chrono::seconds{1'767'225'600}};  // 2026-01-01

std::string line_of(int number) { return R"({"id":"event_)" + std::to_string(number) + "\"}\n"; }
Record record(int number) { return {"event_" + std::to_string(number), line_of(number)}; }
std::vector<Record> records(int first, int last) {
  std::vector<Record> all;
  for (int number = first; number <= last; ++number) all.push_back(record(number));
  return all;
}
std::string lines(int first, int last) {
  std::string all;
  for (int number = first; number <= last; ++number) all += line_of(number);
  return all;
}

class SeriesTest : public testing::Test {
 protected:
  [[nodiscard]] SeriesSettings settings() const {
    SeriesSettings made;
    made.folder = folder.path();
    return made;
  }
  // One that is open.
  [[nodiscard]] Series series() const {
    Series made(settings());
    made.open(new_year);
    return made;
  }
  template <class Call>
  static Error failure_of(Call&& call) {
    try {
      call();
    } catch (const Failure& failure) {
      return failure.errors().front();
    }
    return {PB_OK, "no failure", {}, {}, {}};
  }

  TemporaryFolder folder;
};

TEST_F(SeriesTest, ShowsAFileOnlyOnceItIsFinished) {
  Series files = series();
  files.append(records(1, 2), 0us);
  files.append(records(3, 3), 0us);
  EXPECT_THAT(folder.finished(), IsEmpty());
  EXPECT_EQ(folder.read(".events.ndjson.part"), lines(1, 3));
  files.finish(new_year + 90s);
  EXPECT_THAT(folder.finished(), ElementsAre("events-00000001-20260101T000130Z.ndjson"));
  EXPECT_EQ(folder.all_finished(), lines(1, 3));
  EXPECT_THAT(folder.hidden(), ElementsAre(".events.lock", ".events.recent"));
}

TEST_F(SeriesTest, NumbersGrowWhateverTheClockSaysAndWhoeverTakesTheFilesAway) {
  for (int number = 1; number <= 3; ++number) {
    Series files = series();  // a start for each
    files.append(records(number, number), 0us);
    files.finish(new_year - number * 24h);
    if (number == 1) std::filesystem::remove(folder / folder.finished().at(0));
    if (number == 2) std::filesystem::remove(folder / ".events.recent");
  }
  EXPECT_THAT(folder.finished(),
              ElementsAre("events-00000002-20251230T000000Z.ndjson", "events-00000003-20251229T000000Z.ndjson"));
}

TEST_F(SeriesTest, IsDueByAgeNumberOrSize) {
  SeriesSettings limited = settings();
  limited.most_events = 3;
  limited.most_bytes = 5 * line_of(1).size();
  limited.longest = 60s;
  Series files(limited);
  files.open(new_year);
  EXPECT_EQ(files.due(), std::nullopt);
  files.append(records(1, 2), 5s);
  EXPECT_EQ(files.due(), 65s);
  files.append(records(3, 3), 8s);
  EXPECT_LE(files.due(), 8s);
  files.finish(new_year);
  EXPECT_EQ(files.due(), std::nullopt);
  files.append(std::vector<Record>{{"event_4", std::string(limited.most_bytes, ' ')}}, 9s);
  EXPECT_LE(files.due(), 9s);
}

TEST_F(SeriesTest, FinishesWhatACrashLeftAndKnowsItsEvents) {
  {
    Series files = series();
    files.append(records(1, 3), 0us);
    // The process ends here.
  }
  folder.write(".events.ndjson.part", lines(1, 3) + R"({"id":"event_4","da)");
  Series files = series();
  EXPECT_EQ(folder.all_finished(), lines(1, 3));
  for (int number = 1; number <= 3; ++number) EXPECT_TRUE(files.knows(record(number).id)) << number;
  EXPECT_FALSE(files.knows("event_4"));
  EXPECT_THAT(files.take_warnings(), IsEmpty());
  EXPECT_THAT(folder.hidden(), ElementsAre(".events.lock", ".events.recent"));
}

TEST_F(SeriesTest, KnowsTheEventsOfFinishedFilesAfterAStartAlsoOnceTheyWereImported) {
  {
    Series files = series();
    files.append(records(1, 2), 0us);
    files.finish(new_year);
    files.append(records(3, 3), 0us);
    files.finish(new_year);
    for (const std::string& name : folder.finished()) std::filesystem::remove(folder / name);
  }
  const Series files = series();
  for (int number = 1; number <= 3; ++number) EXPECT_TRUE(files.knows(record(number).id)) << number;
}

// Every place at which finish() may be cut off.
TEST_F(SeriesTest, NeitherLosesNorForgetsWhereverFinishingWasCutOff) {
  {
    Series files = series();
    files.append(records(1, 2), 0us);
    files.finish(new_year);
  }
  const std::string recent = folder.read(".events.recent");
  const auto after_a_start = [&](int number) {
    const Series files = series();
    EXPECT_TRUE(files.knows(record(number).id));
    EXPECT_EQ(folder.all_finished(), lines(1, number));
  };
  folder.write(".events.ndjson.part", line_of(3));  // before the ids were written
  folder.write(".events.recent.new", "3\nev");
  after_a_start(3);
  const std::string name = folder.finished().at(1);
  std::filesystem::rename(folder / name, folder / ".events.ndjson.part");  // after that, before the rename
  after_a_start(3);
  EXPECT_THAT(folder.finished(), testing::SizeIs(2));
}

TEST_F(SeriesTest, RemembersAsManyIdsAsADestinationHoldsAndMore) {
  {
    Series files = series();
    for (int first = 1; first < 20'000; first += 1000) {
      files.append(records(first, first + 999), 0us);
      files.finish(new_year);
    }
  }
  const Series files = series();
  EXPECT_TRUE(files.knows(record(20'000).id));
  EXPECT_TRUE(files.knows(record(20'000 - 16'383).id));
  EXPECT_FALSE(files.knows(record(20'000 - 16'384).id));
}

TEST_F(SeriesTest, KeepsWhatIsDamagedAndSaysSo) {
  folder.write(".events.ndjson.part", lines(1, 2) + std::string(8, '\0') + "\n" + line_of(3));
  Series files = series();
  EXPECT_EQ(folder.all_finished(), lines(1, 2));
  EXPECT_FALSE(files.knows("event_3"));
  const std::vector<std::string> warnings = files.take_warnings();
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_THAT(warnings[0], HasSubstr("damaged behind its first 2 events"));
  EXPECT_EQ(folder.read(".events.damaged.1"), std::string(8, '\0') + "\n" + line_of(3));
}

TEST_F(SeriesTest, FinishesWhatWasLeftInAnotherFormat) {
  SeriesSettings other = settings();
  other.format = Format::csv;
  {
    Series files(other);
    files.open(new_year);
    files.append(std::vector<Record>{{"event_1", record_of(Format::csv, R"({"id":"event_1"})")}}, 0us);
  }
  const Series files = series();
  EXPECT_THAT(folder.finished(), ElementsAre("events-00000001-20260101T000000Z.csv"));
  EXPECT_TRUE(files.knows("event_1"));
}

TEST_F(SeriesTest, RemovesAFileThatNoEventCameInto) {
  folder.write(".events.ndjson.part", R"({"id":"ev)");
  folder.write(".events.csv.part", head_of(Format::csv, ByteOrderMark::present));
  const Series files = series();
  EXPECT_THAT(folder.finished(), IsEmpty());
  EXPECT_THAT(folder.hidden(), ElementsAre(".events.lock"));
}

TEST_F(SeriesTest, RefusesASecondWriterOfTheSameNameOnly) {
  const Series first = series();
  Series second(settings());
  const Error error = failure_of([&] { second.lock(); });
  EXPECT_EQ(error.code, PB_INVALID_SETTINGS);
  EXPECT_EQ(error.pointer, "/name");
  EXPECT_THAT(error.reason, HasSubstr("another destination"));
  EXPECT_THAT(error.remedy, HasSubstr("another name"));

  SeriesSettings other = settings();
  other.name = "events_of_others";
  Series third(other);
  third.open(new_year);
  third.append(records(1, 1), 0us);
  third.finish(new_year);
  EXPECT_THAT(folder.finished(), ElementsAre("events_of_others-00000001-20260101T000000Z.ndjson"));
}

// A limit of the file's size stands in for a full disk: the write ends in the middle of a record.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const ::rlimit now{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &now);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;
  ~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  ::rlimit before_{};
};

TEST_F(SeriesTest, LeavesNothingTornWhenTheDiskIsFullAndGoesOnAfterwards) {
  Series files = series();
  files.append(records(1, 2), 0us);
  {
    const FullDisk full(lines(1, 3).size() + 5);
    for (int attempt = 0; attempt < 3; ++attempt) {
      const Error error = failure_of([&] { files.append(records(3, 6), 0us); });
      EXPECT_EQ(error.code, PB_TRANSIENT);
      EXPECT_THAT(error.reason, HasSubstr(folder / ".events.ndjson.part"));
      EXPECT_THAT(error.reason, HasSubstr("free some space"));
      EXPECT_EQ(folder.read(".events.ndjson.part"), lines(1, 2));
      EXPECT_FALSE(files.knows("event_3"));
    }
  }
  files.append(records(3, 6), 0us);
  files.finish(new_year);
  EXPECT_EQ(folder.all_finished(), lines(1, 6));
}

TEST_F(SeriesTest, FinishesLaterWhatCouldNotBeFinishedOnAFullDisk) {
  Series files = series();
  files.append(records(1, 1), 0us);
  {
    const FullDisk full(3);
    EXPECT_EQ(failure_of([&] { files.finish(new_year); }).code, PB_TRANSIENT);
    EXPECT_THAT(folder.finished(), IsEmpty());
  }
  files.append(records(2, 2), 0us);
  files.finish(new_year);
  EXPECT_EQ(folder.all_finished(), lines(1, 2));
  EXPECT_THAT(folder.hidden(), ElementsAre(".events.lock", ".events.recent"));
}

TEST_F(SeriesTest, BeginsAFileThatItCouldNotBeginOnAFullDisk) {
  Series files = series();
  {
    const FullDisk full(5);
    EXPECT_EQ(failure_of([&] { files.append(records(1, 1), 0us); }).code, PB_TRANSIENT);
    EXPECT_EQ(files.due(), std::nullopt);
    files.finish(new_year);
    EXPECT_THAT(folder.finished(), IsEmpty());
  }
  files.append(records(1, 1), 0us);
  files.finish(new_year);
  EXPECT_EQ(folder.all_finished(), line_of(1));
}

TEST_F(SeriesTest, DoesNotSayWrittenOfWhatWasTakenAway) {
  Series files = series();
  files.append(records(1, 2), 0us);
  std::filesystem::remove(folder / ".events.ndjson.part");
  EXPECT_THAT(failure_of([&] { files.append(records(3, 3), 0us); }).reason, HasSubstr("somebody removed it"));
  EXPECT_THAT(files.take_warnings(), ElementsAre(HasSubstr("with it 2 events")));
  files.open(new_year);
  files.append(records(3, 3), 0us);
  files.finish(new_year);
  EXPECT_EQ(folder.all_finished(), line_of(3));
}

TEST_F(SeriesTest, FollowsThePathToAnotherFolder) {
  Series files = series();
  files.append(records(1, 1), 0us);
  files.finish(new_year);
  const TemporaryFolder elsewhere;
  std::filesystem::rename(folder.path(), elsewhere / "before");
  EXPECT_THAT(failure_of([&] { files.open(new_year); }).reason, HasSubstr("create the folder"));
  std::filesystem::create_directory(folder.path());
  files.open(new_year);
  files.append(records(2, 2), 0us);
  files.finish(new_year);
  EXPECT_EQ(folder.all_finished(), line_of(2));
}

TEST(FolderTest, CheckTellsWhatIsInTheWay) {
  const TemporaryFolder folder;
  EXPECT_NO_THROW(Folder::check(folder.path()));
  folder.write("file", "");
  for (const char* name : {"missing", "file"}) {
    try {
      Folder::check(folder / name);
      ADD_FAILURE() << name;
    } catch (const Failure& failure) {
      EXPECT_EQ(failure.code(), PB_INVALID_SETTINGS);
      EXPECT_EQ(failure.errors().front().pointer, "/folder");
      EXPECT_THAT(failure.errors().front().remedy, HasSubstr("create the folder"));
    }
  }
}

TEST(FolderTest, DoesNotFollowALinkThatSomebodyPutThere) {
  const TemporaryFolder folder, elsewhere;
  elsewhere.write("precious", "precious");
  std::filesystem::create_symlink(elsewhere / "precious", folder / ".events.recent.new");
  const Folder opened(folder.path());
  EXPECT_THROW(opened.replace(".events.recent", "1\n"), Failure);
  EXPECT_EQ(elsewhere.read("precious"), "precious");
}

}  // namespace
}  // namespace patchbay::file
