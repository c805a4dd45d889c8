// The group commit: promise 1, and that nobody pays for another's failure.
#include "intake/committer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <future>
#include <thread>

#include "intake/fake_writer.hpp"

namespace patchbay::intake {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 20s;

// A piece of work that writes one state and promises its end. Declared before the committer, whose thread uses it.
class Piece {
 public:
  explicit Piece(std::string key) : key_(std::move(key)) {}

  Work work(std::function<Status()> before = {}) {
    return {.write = [this, before = std::move(before)](store::Writer& writer) -> Status {
              ++writes_;
              if (before) PATCHBAY_CHECK(before());
              return writer.put_state({}, key_, "written");
            },
            .done =
                [this](Status status) {
                  ++ends_;
                  end_.set_value(std::move(status));
                }};
  }
  Status end() {
    std::future<Status> end = end_.get_future();
    if (end.wait_for(patience) != std::future_status::ready) return failure(ErrorCode::internal, "it never ended");
    return end.get();
  }
  [[nodiscard]] int writes() const { return writes_; }
  [[nodiscard]] int ends() const { return ends_; }
  [[nodiscard]] const std::string& key() const { return key_; }

 private:
  std::string key_;
  std::promise<Status> end_;
  std::atomic<int> writes_{0}, ends_{0};
};

// Holds the committer inside a transaction, so that what is added meanwhile gathers.
class Gate {
 public:
  Work work() {
    return {.write = [this](store::Writer& writer) -> Status {
              entered_.set_value();
              open_.get_future().wait_for(patience);
              return writer.put_state({}, "gate", "passed");
            },
            .done = [](const Status&) {}};
  }
  void wait_until_entered() { ASSERT_EQ(entered_.get_future().wait_for(patience), std::future_status::ready); }
  void open() { open_.set_value(); }

 private:
  std::promise<void> entered_, open_;
};

Status refused() { return failure(ErrorCode::invalid, "recording: refused"); }

class Listening final : public Companion {
 public:
  void committed() override { heard_ += "c"; }
  void rolled_back() override { heard_ += "r"; }
  [[nodiscard]] const std::string& heard() const { return heard_; }

 private:
  std::string heard_;
};

TEST(Committer, TheCompanionHearsHowEachTransactionEndedBeforeAnybodyElse) {
  FakeWriter writer;
  Listening companion;
  Gate gate;
  Piece good("good");
  Piece bad("bad");
  Committer committer(writer, 64, &companion);
  committer.add(gate.work());
  gate.wait_until_entered();
  committer.add(good.work());
  committer.add(bad.work(refused));
  gate.open();
  EXPECT_TRUE(good.end());
  EXPECT_FALSE(bad.end());
  committer.stop();
  EXPECT_EQ(companion.heard(), "crcr") << "the gate; both; the good one alone; the bad one alone";
}

TEST(Committer, DoneComesAfterItIsDurablePromise1) {
  FakeWriter writer;
  std::promise<bool> was_durable;
  Committer committer(writer, 64);
  committer.add(
      {.write = [](store::Writer& w) { return w.put_state({}, "a", "1"); },
       .done =
           [&](const Status& status) { was_durable.set_value(status.has_value() && writer.durable().contains("a")); }});
  EXPECT_TRUE(was_durable.get_future().get());
}

TEST(Committer, WhatIsAddedWhileACommitIsUnderWayGoesTogetherInGroupsOfLimitedSize) {
  FakeWriter writer;
  Gate gate;
  std::array<Piece, 7> pieces{Piece("0"), Piece("1"), Piece("2"), Piece("3"), Piece("4"), Piece("5"), Piece("6")};
  Committer committer(writer, 3);
  committer.add(gate.work());
  gate.wait_until_entered();
  for (Piece& piece : pieces) committer.add(piece.work());
  EXPECT_EQ(committer.counts().waiting, 7U);
  gate.open();
  for (Piece& piece : pieces) EXPECT_TRUE(piece.end());
  committer.stop();
  EXPECT_EQ(writer.groups(), (std::vector<int>{1, 3, 3, 1}));
  EXPECT_EQ(committer.counts().commits, 4U);
  EXPECT_EQ(committer.counts().works, 8U);
  EXPECT_EQ(committer.counts().failures, 0U);
}

TEST(Committer, AWorkThatFailsTakesNobodyWithIt) {
  FakeWriter writer;
  Gate gate;
  Piece before("before"), failing("failing"), after("after");
  Committer committer(writer, 64);
  committer.add(gate.work());
  gate.wait_until_entered();
  committer.add(before.work());
  committer.add(failing.work(refused));
  committer.add(after.work());
  gate.open();
  EXPECT_TRUE(before.end());
  const Status failed = failing.end();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().reason, "recording: refused") << "it hears its own reason";
  EXPECT_TRUE(after.end());
  committer.stop();
  EXPECT_EQ(writer.durable(), (FakeWriter::States{{"gate", "passed"}, {"before", "written"}, {"after", "written"}}));
  EXPECT_EQ(before.writes(), 2) << "once in the group, once alone";
  for (const Piece* piece : {&before, &failing, &after}) EXPECT_EQ(piece->ends(), 1);
  EXPECT_EQ(committer.counts().failures, 1U);
  EXPECT_EQ(committer.counts().commits, 3U) << "the gate's, and two alone";
}

TEST(Committer, AFullDiskFailsWhatItHoldsAndNothingAfterIt) {
  FakeWriter writer;
  Piece lost("lost");
  Piece unbegun("unbegun");
  Piece later("later");
  Committer committer(writer, 64);
  writer.fail_commits(1);
  committer.add(lost.work());
  const Status status = lost.end();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::unavailable);

  writer.fail_begins(1);
  committer.add(unbegun.work());
  EXPECT_FALSE(unbegun.end());
  EXPECT_EQ(unbegun.writes(), 0);

  committer.add(later.work());
  EXPECT_TRUE(later.end());
  EXPECT_EQ(writer.durable(), (FakeWriter::States{{"later", "written"}}));
}

TEST(Committer, AGroupWhoseCommitFailedIsTriedOneByOne) {
  FakeWriter writer;
  Gate gate;
  Piece first("first"), second("second"), third("third");
  Committer committer(writer, 64);
  committer.add(gate.work());
  gate.wait_until_entered();
  // The group's commit fails, and that of the first alone; then there is room again.
  committer.add(first.work([&writer, times = 0]() mutable -> Status {
    if (times++ == 0) writer.fail_commits(2);
    return {};
  }));
  committer.add(second.work());
  committer.add(third.work());
  gate.open();
  EXPECT_FALSE(first.end());
  EXPECT_TRUE(second.end());
  EXPECT_TRUE(third.end());
  committer.stop();
  EXPECT_EQ(writer.durable().count("first"), 0U);
  EXPECT_EQ(writer.durable().count("third"), 1U);
}

TEST(Committer, StopFinishesWhatWasAddedAndRefusesWhatComesLater) {
  FakeWriter writer;
  std::array<Piece, 5> pieces{Piece("0"), Piece("1"), Piece("2"), Piece("3"), Piece("4")};
  Piece late("late");
  Committer committer(writer, 2);
  for (Piece& piece : pieces) committer.add(piece.work());
  committer.stop();
  for (Piece& piece : pieces) {
    EXPECT_EQ(piece.ends(), 1) << "ended before stop returned";
    EXPECT_TRUE(piece.end());
  }
  EXPECT_EQ(writer.durable().size(), 5U);

  committer.add(late.work());
  const Status status = late.end();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::unavailable);
  EXPECT_EQ(late.writes(), 0);
  committer.stop();  // again does no harm
}

TEST(Committer, WorkMayBeAddedByTheEndOfOther) {
  FakeWriter writer;
  Piece second("second");
  Committer committer(writer, 64);
  committer.add({.write = [](store::Writer&) -> Status { return {}; },
                 .done = [&](const Status&) { committer.add(second.work()); }});
  EXPECT_TRUE(second.end());
}

TEST(Committer, FourThreadsThatAddGetEachEndOnceAndInTheirOrder) {
  constexpr int threads = 4, each = 500;
  FakeWriter writer;
  std::array<std::vector<int>, threads> ended;  // by the committer's thread alone
  std::atomic<int> failed{0};
  Committer committer(writer, 16);
  std::array<std::thread, threads> adders;
  for (std::size_t t = 0; t < threads; ++t)
    adders[t] = std::thread([&, t] {
      for (int i = 0; i < each; ++i) {
        const bool fails = i % 50 == 7;
        committer.add({.write = [t, i, fails](store::Writer& w) -> Status {
                         if (fails) return refused();
                         return w.put_state({}, std::to_string(t) + "/" + std::to_string(i), "written");
                       },
                       .done =
                           [&, t, i, fails](const Status& status) {
                             ended[t].push_back(i);
                             if (status.has_value() == fails) ++failed;
                           }});
      }
    });
  for (std::thread& adder : adders) adder.join();
  committer.stop();
  EXPECT_EQ(failed, 0) << "each was told its own outcome";
  for (const std::vector<int>& one : ended) {
    ASSERT_EQ(one.size(), std::size_t{each});
    EXPECT_TRUE(std::is_sorted(one.begin(), one.end()));
  }
  EXPECT_EQ(writer.durable().size(), std::size_t{threads * each - threads * each / 50});
  EXPECT_EQ(committer.counts().failures, std::size_t{threads * each / 50});
}

}  // namespace
}  // namespace patchbay::intake
