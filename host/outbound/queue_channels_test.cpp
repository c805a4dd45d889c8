// A channel that rests, is replaced, or is in the settings no more.
#include <gmock/gmock.h>

#include "outbound/queue_fakes.hpp"

namespace patchbay::outbound {
namespace {

using namespace fakes;
using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(QueueTest, OnAChannelThatIsHeldMessagesAreAcceptedAndWaitUntilItIsAddedAgain) {
  provider_.react = [](const Message&) { return FakeProvider::Reaction{.latency = 5s}; };
  start();
  send(kasia, "one");
  client_.run_for(1s);
  int held = 0;
  queue_->hold(whatever_, [&] { ++held; });
  client_.run_for(1s);
  EXPECT_EQ(held, 0) << "one is under way";
  client_.run_for(5s);
  EXPECT_EQ(held, 1);
  const store::Outbound second = send(marek, "two");
  EXPECT_EQ(second.state, OutboundState::queued);
  client_.run_for(1h);
  EXPECT_THAT(texts(provider_.asked), ElementsAre("one"));
  EXPECT_EQ(row(second.id).attempts, 0U);
  queue_->add(sender_, provider_);
  client_.run_for(10s);
  EXPECT_THAT(texts(provider_.taken), ElementsAre("one", "two"));
}

TEST_F(QueueTest, AChannelThatIsRemovedAcceptsNothingAndKeepsWhatWaits) {
  start();
  queue_->hold(whatever_, [] {});
  const store::Outbound waiting = send(kasia, "one");
  queue_->remove(whatever_);
  client_.run_for(10ms);
  const auto refused = accept("k", body_to(marek, "two"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::not_found);
  EXPECT_THAT(refused.error().reason, HasSubstr("no channel that can send is called whatever"));
  client_.run_for(1h);
  EXPECT_TRUE(provider_.asked.empty());
  EXPECT_EQ(row(waiting.id).state, OutboundState::queued);
  queue_->add(sender_, provider_);
  client_.run_for(10s);
  EXPECT_THAT(texts(provider_.taken), ElementsAre("one"));
}

TEST_F(QueueTest, AChannelThatIsAddedWhileItRunsSendsWhatTheStoreHasForIt) {
  start();
  queue_->hold(whatever_, [] {});
  const store::Outbound waiting = send(kasia, "one");
  crash();
  make();
  queue_->start();
  client_.run_for(1s);
  queue_->add(sender_, provider_);
  client_.run_for(10s);
  EXPECT_THAT(texts(provider_.taken), ElementsAre("one"));
  EXPECT_EQ(row(waiting.id).state, OutboundState::sent);
}

}  // namespace
}  // namespace patchbay::outbound
