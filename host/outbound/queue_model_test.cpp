// Random sendings against a provider that fails in every way it can, with power cuts at any step of any of them.
#include <algorithm>
#include <random>
#include <set>

#include "outbound/queue_fakes.hpp"

namespace patchbay::outbound {
namespace {

using namespace fakes;

class QueueModel : public QueueTest, public testing::WithParamInterface<unsigned> {
 protected:
  static constexpr int most_messages = 60;
  static constexpr int recipients = 5;

  Duration within(Duration most) {
    return Duration{static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(most.count()))};
  }

  // Half of what goes wrong was taken all the same; what the provider says it did not take, it did not.
  FakeProvider::Reaction react() {
    const auto dice = random_() % 100;
    FakeProvider::Reaction reaction{.latency = within(2s)};
    const bool taken = random_() % 2 == 0;
    const auto refuses = [&](Trouble trouble) {
      reaction.takes = false;
      reaction.trouble = trouble;
    };
    if (dice < 12)
      refuses(Trouble::transient);
    else if (dice < 16)
      refuses(Trouble::not_connected);
    else if (dice < 18)
      refuses(Trouble::auth_failed);
    else if (dice < 22)
      refuses(Trouble::permanent);
    else if (dice < 25) {
      refuses(Trouble::rate_limited);
      reaction.until = clock_.now() + within(10min);
    } else if (dice < 31) {
      reaction.takes = taken;
      reaction.trouble = Trouble::unknown;
    } else if (dice < 35) {
      reaction.takes = taken;
      reaction.answers = false;
    }
    return reaction;
  }

  static std::string number_of(int recipient) { return "+4860000000" + std::to_string(recipient); }
  static std::string key_of(int message) { return "message-" + std::to_string(message); }

  // A caller who knows of nothing but answers, and repeats under the same key what got none.
  void ask(int message) {
    queue_->accept(
        value_of(parse_request(key_of(message), body_to(number_of(message % recipients), std::to_string(message)))),
        [this, message](Result<store::Outbound> row) {
          if (row) accepted_[message] = row->id;
        });
  }

  // Lives until the power goes, or for a while.
  void live() {
    power_.left = random_() % 120;  // 0: it stays
    try {
      start();
      for (int i = 0; i < 20; ++i) {
        if (asked_ < most_messages) ask(asked_++);
        for (int message = 0; message < asked_; ++message)
          if (!accepted_.contains(message) && random_() % 4 == 0) ask(message);
        client_.run_for(within(3s));
      }
    } catch (const PowerCut&) {
    }
    power_.left = 0;
    crash();
  }

  void settle_all() {
    start();
    for (int round = 0; round < 100 && (asked_ < most_messages || accepted_.size() < most_messages); ++round) {
      while (asked_ < most_messages) ask(asked_++);
      for (int message = 0; message < asked_; ++message)
        if (!accepted_.contains(message)) ask(message);
      client_.run_for(1s);
    }
    client_.run_for(72h * 3);
  }

  std::vector<store::Outbound> rows() {
    return value_of(value_of(store_->reader())->list_outbound({}, {.limit = 10'000}));
  }

  std::mt19937 random_{GetParam()};
  std::map<int, store::OutboundId> accepted_;
  int asked_ = 0;
};

TEST_P(QueueModel, NothingIsLostOrSentTwiceUnmarkedAndEachRecipientGetsItInOrder) {
  provider_.react = [this](const Message&) { return react(); };
  sender_.in_memory = 4 + random_() % 40;
  sender_.parallel = 1 + random_() % 8;
  sender_.repeats = GetParam() % 2 == 0 ? Repeats::counted_twice : Repeats::told_apart;
  while (asked_ < most_messages) live();
  settle_all();

  ASSERT_EQ(accepted_.size(), std::size_t{most_messages}) << "everybody got an answer at last";
  std::map<std::string, store::Outbound> by_text;
  for (const store::Outbound& row : rows()) {
    EXPECT_TRUE(by_text.emplace(row.text, row).second) << "accepted twice: " << row.text;
    EXPECT_NE(row.state, OutboundState::queued) << row.text << ": " << row.reason;
    EXPECT_NE(row.state, OutboundState::sending) << row.text;
    EXPECT_NE(row.state, OutboundState::refused) << row.text << ": " << row.reason;
    EXPECT_EQ(row.state == OutboundState::sent, row.interaction.has_value()) << row.text;
  }
  ASSERT_EQ(by_text.size(), std::size_t{most_messages});

  // What the provider counts: with ids that it tells apart, the first of each.
  std::vector<Message> counted;
  std::set<std::string> seen;
  for (const Message& message : provider_.taken)
    if (sender_.repeats == Repeats::counted_twice || seen.insert(message.id).second) counted.push_back(message);

  std::map<std::string, int> times;
  std::map<Digest16, store::OutboundId> last;
  for (const Message& message : counted) {
    const store::Outbound& row = by_text.at(message.text);
    EXPECT_EQ(++times[message.text], 1) << message.text << " was sent twice";
    EXPECT_LT(last[row.lane], row.id) << message.text << " overtook another";
    last[row.lane] = row.id;
  }
  for (const auto& [text, row] : by_text) {
    const bool arrived = times[text] == 1;
    if (row.state == OutboundState::sent) {
      EXPECT_TRUE(arrived) << text << " counts as sent";
    }
    // Where ids are told apart, what may have been taken is tried until it is known, or until the attempts are used up.
    if (arrived && sender_.repeats == Repeats::counted_twice) {
      EXPECT_TRUE(row.state == OutboundState::sent || row.state == OutboundState::uncertain)
          << text << " was taken, and counts as " << store::name_of(row.state);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, QueueModel, testing::Range(1U, 13U));

}  // namespace
}  // namespace patchbay::outbound
