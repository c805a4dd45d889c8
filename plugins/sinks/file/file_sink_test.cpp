#include "file_sink.hpp"

#include "temporary_folder.hpp"

#include <patchbay/testkit/fake_host.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

extern "C" const pb_plugin* patchbay_plugin_v1(std::uint32_t host_abi_major, std::uint32_t host_abi_minor);

namespace patchbay::file {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testkit::FakeHost;
using namespace std::chrono_literals;

class FileSinkTest : public testing::Test {
 protected:
  void run(Json settings = Json::object()) {
    settings.emplace("folder", folder.path());
    ASSERT_EQ(host.open(settings), PB_OK) << host.why();
    ASSERT_EQ(host.start(), PB_OK) << host.why();
    host.start_running();
  }
  pb_token deliver(int number, std::string payload = {}) {
    const std::string id = "event_" + std::to_string(number);
    if (payload.empty()) payload = payload_of(number);
    Event event;
    event.id = id;
    event.payload = payload;
    return host.deliver(event);
  }
  Judgement end_of(pb_token token) {
    EXPECT_TRUE(host.wait_until([&] { return host.judgement(token).has_value(); })) << host.why();
    return host.judgement(token).value_or(Judgement{});
  }
  // The host hears of no change in the folder or the log, so it is asked again and again.
  bool comes_true(const std::function<bool()>& holds) {
    for (int attempt = 0; attempt < 1000; ++attempt)
      if (host.wait_until(holds, 10ms)) return true;
    return false;
  }
  static std::string payload_of(int number) { return R"({"id":"event_)" + std::to_string(number) + "\"}"; }

  TemporaryFolder folder;
  FakeHost host{patchbay_plugin_v1(PATCHBAY_ABI_MAJOR, PATCHBAY_ABI_MINOR)};
};

TEST_F(FileSinkTest, SaysDeliveredOnlyOfWhatStandsInTheFile) {
  run();
  for (int number = 1; number <= 5; ++number) {
    EXPECT_EQ(end_of(deliver(number)).verdict, Verdict::delivered);
    EXPECT_THAT(folder.read(".events.ndjson.part"), HasSubstr(payload_of(number) + "\n"));
  }
  EXPECT_THAT(folder.finished(), IsEmpty());
  host.stop();
  ASSERT_THAT(folder.finished(), SizeIs(1)) << "stopping finishes the file";
  std::string expected;
  for (int number = 1; number <= 5; ++number) expected += payload_of(number) + "\n";
  EXPECT_EQ(folder.all_finished(), expected);
}

TEST_F(FileSinkTest, WritesAnEventThatComesAgainOnce) {
  run();
  EXPECT_EQ(end_of(deliver(1)).verdict, Verdict::delivered);
  EXPECT_EQ(end_of(deliver(1)).verdict, Verdict::delivered);
  host.close();
  run();  // and after a start, too
  EXPECT_EQ(end_of(deliver(1)).verdict, Verdict::delivered);
  EXPECT_EQ(end_of(deliver(2)).verdict, Verdict::delivered);
  host.stop();
  EXPECT_EQ(folder.all_finished(), payload_of(1) + "\n" + payload_of(2) + "\n");
}

TEST_F(FileSinkTest, WritesOnceWhatComesTwiceInOneBatch) {
  Json settings{{"folder", folder.path()}};
  ASSERT_EQ(host.open(settings), PB_OK) << host.why();
  ASSERT_EQ(host.start(), PB_OK);
  const pb_token first = deliver(1), second = deliver(1);  // both wait for run()
  host.start_running();
  end_of(deliver(2));
  EXPECT_EQ(end_of(first).verdict, Verdict::delivered);
  EXPECT_EQ(end_of(second).verdict, Verdict::delivered);
  host.stop();
  EXPECT_EQ(folder.all_finished(), payload_of(1) + "\n" + payload_of(2) + "\n");
}

TEST_F(FileSinkTest, FinishesAFileByNumberAndByAge) {
  run({{"finish_after_events", 2}, {"finish_after_seconds", 30}});
  end_of(deliver(1));
  end_of(deliver(2));
  EXPECT_TRUE(comes_true([&] { return folder.finished().size() == 1; }));
  end_of(deliver(3));
  host.advance(29s);
  end_of(deliver(3));  // known: it only wakes the sink
  EXPECT_THAT(folder.finished(), SizeIs(1));
  host.advance(1s);
  end_of(deliver(3));
  deliver(3);
  EXPECT_TRUE(comes_true([&] { return folder.finished().size() == 2; }));
}

TEST_F(FileSinkTest, WritesCsvWithAByteOrderMarkWhereItIsAskedFor) {
  run({{"format", "csv"}, {"byte_order_mark", true}});
  EXPECT_EQ(end_of(deliver(1)).verdict, Verdict::delivered);
  EXPECT_EQ(end_of(deliver(2)).verdict, Verdict::delivered);
  host.stop();
  const std::string file = folder.all_finished();
  EXPECT_TRUE(file.starts_with("\xEF\xBB\xBF\"id\",\"type\","));
  EXPECT_EQ(file.find("\"id\"", 8), std::string::npos) << "the header stands there once";
  EXPECT_THAT(file, HasSubstr("\r\n\"event_1\",\""));
  EXPECT_THAT(file, HasSubstr("\r\n\"event_2\",\""));
}

TEST_F(FileSinkTest, GivesUpOnWhatIsNoEvent) {
  run({{"format", "csv"}});
  const Judgement judgement = end_of(deliver(1, "no JSON"));
  EXPECT_EQ(judgement.verdict, Verdict::permanent);
  EXPECT_THAT(judgement.reason, HasSubstr("expected a JSON object"));
}

TEST_F(FileSinkTest, WaitsForAFolderThatIsNotThereAndSaysSoOnce) {
  const std::string path = folder / "mounted-later";
  run({{"folder", path}});
  for (int attempt = 0; attempt < 3; ++attempt) {
    const Judgement judgement = end_of(deliver(1));
    EXPECT_EQ(judgement.verdict, Verdict::transient);
    EXPECT_THAT(judgement.reason, HasSubstr(path));
    EXPECT_THAT(judgement.reason, HasSubstr("create the folder"));
  }
  EXPECT_THAT(host.reports(), SizeIs(1));
  std::filesystem::create_directory(path);
  EXPECT_EQ(end_of(deliver(1)).verdict, Verdict::delivered);
  host.stop();
  EXPECT_TRUE(std::filesystem::exists(path + "/events-00000001-20260101T000000Z.ndjson"));
}

TEST_F(FileSinkTest, CheckSaysThatTheFolderIsMissingAndCreatesNothing) {
  ASSERT_EQ(host.open({{"folder", folder / "missing"}}), PB_OK);
  EXPECT_EQ(host.check(), PB_INVALID_SETTINGS);
  ASSERT_THAT(host.reports(), SizeIs(1));
  EXPECT_EQ(host.reports()[0].pointer, "/folder");
  EXPECT_THAT(host.reports()[0].remedy, HasSubstr("create the folder"));
  host.close();
  ASSERT_EQ(host.open({{"folder", folder.path() + "/"}}), PB_OK);
  EXPECT_EQ(host.check(), PB_OK) << host.why();
  EXPECT_THAT(folder.hidden(), IsEmpty());
  EXPECT_THAT(folder.finished(), IsEmpty());
}

TEST_F(FileSinkTest, DoesNotStartWhereAnotherWritesTheSameFiles) {
  run();
  FakeHost second{patchbay_plugin_v1(PATCHBAY_ABI_MAJOR, PATCHBAY_ABI_MINOR)};
  ASSERT_EQ(second.open({{"folder", folder.path()}, {"format", "csv"}}), PB_OK);
  EXPECT_EQ(second.start(), PB_INVALID_SETTINGS);
  EXPECT_EQ(second.reports().at(0).pointer, "/name");
}

TEST_F(FileSinkTest, TellsOfDamageInTheLog) {
  folder.write(".events.ndjson.part", payload_of(1) + "\nbroken\n");
  run();
  EXPECT_TRUE(comes_true([&] { return !host.log().empty(); }));
  EXPECT_EQ(host.log()[0].level, LogLevel::warning);
  EXPECT_THAT(host.log()[0].text, HasSubstr("damaged behind its first 1 events"));
  EXPECT_EQ(folder.all_finished(), payload_of(1) + "\n");
}

}  // namespace
}  // namespace patchbay::file
