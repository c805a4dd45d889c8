// The dispatcher against a model of what is promised, under random load, failures, merges and restarts.
#include "delivery/dispatcher_fakes.hpp"

#include <gtest/gtest.h>

#include <random>

namespace patchbay::delivery {
namespace {

using namespace fakes;
using store::DeliveryState;

#ifdef PATCHBAY_SANITIZED
constexpr std::uint32_t rounds = 50;
#else
constexpr std::uint32_t rounds = 200;
#endif

// What must have ended before an event may go out: known from the moment of its commit.
class LaneOrder {
 public:
  void merge(ContactId from, ContactId into) {
    for (auto& [contact, lane] : lanes_)
      if (lane == lane_of(from)) lane = lane_of(into);
    lanes_[from] = lane_of(into);
  }
  void add(EventId event, ContactId contact) {
    const ContactId lane = lane_of(contact);
    for (const auto& [earlier, of] : contacts_)
      if (lane_of(of) == lane) before_[event].push_back(earlier);
    contacts_[event] = contact;
  }
  [[nodiscard]] const std::vector<EventId>& before(EventId event) { return before_[event]; }
  [[nodiscard]] std::size_t contacts_in(ContactId lane) const {
    std::size_t joined = 0;
    for (const auto& [contact, of] : lanes_)
      if (of == lane && contact != lane) ++joined;
    return joined + 1;
  }
  // It was given up on once: what followed has gone on.
  void forget(EventId event) {
    before_.erase(event);
    contacts_.erase(event);
    for (auto& [later, earlier] : before_) std::erase(earlier, event);
  }
  [[nodiscard]] ContactId lane_of(ContactId contact) const {
    const auto found = lanes_.find(contact);
    return found == lanes_.end() ? contact : found->second;
  }

 private:
  std::map<ContactId, ContactId> lanes_;
  std::map<EventId, ContactId> contacts_;
  std::map<EventId, std::vector<EventId>> before_;
};

struct Announcement {
  std::optional<std::pair<ContactId, ContactId>> merged;
  std::vector<store::OpenDelivery> deliveries;
};

class Model {
 public:
  Model(std::uint32_t seed, bool restarts) : random_(seed), restarts_(restarts) {
    contacts_ = 1 + below(12);
    settings_ = limits(1 + below(8), 1 + below(restarts ? 40 : 15));
    const std::size_t trouble = below(60);  // in a hundred
    world_.random = [this] { return std::uniform_real_distribution<double>(0, 1)(random_); };
    world_.client.answer = [this, trouble](EventId event) { return answer(event, trouble); };
    world_.sink.on_render = [this](const Attempt& attempt) { check(attempt); };
    world_.outcomes.latency = Duration(below(chance(50) ? 5000 : 30'000'000));
  }

  void run() {
    world_.start(settings_);
    const std::size_t steps = 100 + below(150);
    for (std::size_t step = 0; step < steps; ++step) {
      commit();
      if (chance(10)) world_.outcomes.failing = static_cast<int>(below(4));
      if (chance(5)) world_.rows.failing_reads = static_cast<int>(below(3));
      if (chance(50)) pause();
      announce();
      if (chance(5)) open_again();
      if (chance(20)) world_.enable();
      if (chance(30)) pause();
      if (restarts_ && chance(3)) {
        check_what_is_repeated();
        world_.start(settings_);
        ++lives_;
      }
    }
    // Long enough for every schedule to come to its end, lane after lane.
    do {
      if (disabled()) world_.enable();
      while (world_.client.run_one(world_.clock.passed + 1000h)) check_memory();
    } while (disabled());
  }

  void check_end() {
    const std::size_t ended =
        world_.rows.in_state(DeliveryState::delivered) + world_.rows.in_state(DeliveryState::dead);
    EXPECT_EQ(ended, world_.rows.rows.size()) << "some events are stuck";
    EXPECT_EQ(world_.counts().in_memory, 0U);
    EXPECT_EQ(world_.counts().in_flight, 0U);
    EXPECT_EQ(world_.outcomes.recorded_twice, 0U);
    for (const auto& [key, row] : world_.rows.rows) {
      if (row.delivery.state != DeliveryState::delivered) continue;
      // Once, and once more at most for each life that ended before the outcome was durable and for each answer that
      // the sink did not judge.
      EXPECT_GE(successes_[key.second], 1U) << store::number(key.second);
      EXPECT_LE(successes_[key.second], lives_ + world_.sink.unjudged[key.second]) << store::number(key.second);
    }
  }

 private:
  std::size_t below(std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_); }
  bool chance(std::size_t percent) { return below(100) < percent; }
  [[nodiscard]] bool disabled() const { return world_.counts().standing.state == GateState::disabled; }

  Answer answer(EventId event, std::size_t trouble) {
    Answer given{.status = 200, .latency = Duration(1000 * below(3000)), .retry_after = {}};
    if (chance(trouble)) {
      constexpr std::uint32_t failures[] = {0, 500, 503, 429, 503, 422, 410};
      given.status = failures[below(std::size(failures))];
      if (chance(20)) given.retry_after = std::to_string(below(100'000));
    }
    if (given.status == 200) ++successes_[event];
    return given;
  }

  void commit() {
    Announcement announcement;
    if (chance(8)) {
      const ContactId from = order_.lane_of(some_contact()), into = order_.lane_of(some_contact());
      if (from != into) {
        world_.rows.merge(from, into);
        order_.merge(from, into);
        announcement.merged = {from, into};
      }
    }
    for (std::size_t events = below(6); events > 0; --events) {
      const ContactId lane = order_.lane_of(some_contact());
      announcement.deliveries.push_back(world_.rows.add(lane));
      order_.add(announcement.deliveries.back().event.id, lane);
    }
    announcement_ = std::move(announcement);
  }

  // As an operator would: some of the dead letters, and what is open already.
  void open_again() {
    std::optional<EventId> first;
    for (const auto& [key, row] : world_.rows.rows) {
      if (row.delivery.state == DeliveryState::delivered || chance(60)) continue;
      if (row.delivery.state == DeliveryState::dead) {
        world_.reopen(key.second);
        order_.forget(key.second);
      }
      if (!first) first = key.second;
    }
    if (first) world_.dispatcher->read_again(helpdesk, *first);
  }

  void announce() {
    if (announcement_.merged) world_.dispatcher->join_lanes(announcement_.merged->first, announcement_.merged->second);
    if (chance(20)) world_.client.run_ready();
    world_.dispatcher->enqueue(std::move(announcement_.deliveries));
  }

  void pause() {
    const Duration until = world_.clock.passed + Duration(1000 * below(chance(5) ? 40'000'000 : 4000));
    while (world_.client.run_one(until)) check_memory();
    world_.clock.passed = std::max(world_.clock.passed, until);
  }

  ContactId some_contact() { return ContactId{1 + static_cast<std::int64_t>(below(contacts_))}; }

  void check(const Attempt& attempt) {
    const store::Delivery& row = world_.rows.row(attempt.event);
    EXPECT_EQ(row.state, DeliveryState::open) << "event " << store::number(attempt.event) << " had ended";
    EXPECT_EQ(attempt.number, row.attempts + 1) << "event " << store::number(attempt.event);
    EXPECT_GE(world_.clock.now(), row.due) << "event " << store::number(attempt.event) << " is early";
    for (const EventId earlier : order_.before(attempt.event)) {
      // What was delivered and is not durable is repeated after a restart, in its order.
      EXPECT_TRUE(world_.rows.row(earlier).state != DeliveryState::open || world_.sink.delivered.contains(earlier))
          << "event " << store::number(attempt.event) << " overtook " << store::number(earlier);
    }
    EXPECT_FALSE(world_.sink.delivered.contains(attempt.event)) << "event " << store::number(attempt.event);
    // A sink that says nothing now and then; what it owes is given up after its deadline.
    world_.sink.silent_renders.clear();
    world_.sink.silent_judges.clear();
    if (chance(2)) world_.sink.silent_renders.insert(attempt.event);
    if (chance(2)) world_.sink.silent_judges.insert(attempt.event);
    world_.sink.answers = chance(5) ? 2 : 1;
  }

  // A crash now would make so many of a lane go again. A lane is at least a contact.
  void check_what_is_repeated() {
    std::map<ContactId, std::size_t> repeated;
    for (const EventId event : world_.sink.delivered)
      if (world_.rows.row(event).state == DeliveryState::open) ++repeated[world_.rows.row(event).lane];
    for (const auto& [lane, events] : repeated)
      EXPECT_LE(events, 16U * order_.contacts_in(lane)) << "lane " << store::number(lane);
  }

  void check_memory() { EXPECT_LE(world_.counts().in_memory, settings_.in_memory); }

  std::mt19937 random_;
  bool restarts_;
  std::size_t contacts_ = 1, lives_ = 1;
  DestinationSettings settings_;
  LaneOrder order_;
  Announcement announcement_;
  std::map<EventId, std::size_t> successes_;
  World world_;
};

TEST(DispatcherModel, DeliversEachEventOnceAndInItsLanesOrder) {
  for (std::uint32_t seed = 1; seed <= rounds && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Model model(seed, false);
    model.run();
    model.check_end();
  }
}

TEST(DispatcherModel, KeepsItsPromisesOverRestarts) {
  for (std::uint32_t seed = 1001; seed <= 1000 + rounds && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Model model(seed, true);
    model.run();
    model.check_end();
  }
}

}  // namespace
}  // namespace patchbay::delivery
