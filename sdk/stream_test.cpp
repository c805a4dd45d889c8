#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <patchbay/connector.hpp>
#include <patchbay/testkit/fake_host.hpp>

namespace patchbay {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr pb_token line = 7;

// Keeps one connection, and says what it hears in capitals.
class Shouter : public Connector {
 public:
  Shouter(Host& to, const Settings&) : host(to) {}
  void start() override {
    host.connect(line, {"echo.example", 7, 10s});
    if (on_start) on_start(*this);
  }
  void connected(pb_token token, Connected made) override {
    if (made.error) {
      seen.push_back("no: " + made.error->reason);
      host.wake(token, 5s);
      return;
    }
    seen.push_back("connected to " + made.peer);
    stream = std::move(made.stream);
    wait();
  }
  void ready(pb_token token, const Ready& what) override {
    seen.push_back(std::string(what.readable ? "r" : "") + (what.writable ? "w" : "") + (what.timeout ? "t" : ""));
    if (const auto act = on_ready) return act(*this);
    if (!stream.is_open()) return host.connect(token, {"echo.example", 7, 10s});
    char part[100];
    const Stream::Moved moved = stream.read(part, sizeof part);
    if (moved.went == Stream::Went::ended) return stream.close();
    for (std::size_t i = 0; i < moved.bytes; ++i) part[i] = static_cast<char>(std::toupper(part[i]));
    EXPECT_EQ(stream.write({part, moved.bytes}).bytes, moved.bytes);
    wait();
  }
  void stop() override { host.unwatch(line); }
  void wait() { host.watch(line, stream, Interest::readable, 60s); }

  Host& host;
  Stream stream;
  static inline std::vector<std::string> seen;
  static inline std::function<void(Shouter&)> on_start, on_ready;
};

class StreamTest : public testing::Test {
 protected:
  StreamTest() {
    Shouter::seen.clear();
    Shouter::on_start = Shouter::on_ready = {};
  }
  void start() {
    ASSERT_EQ(host.open(Json::object()), PB_OK) << host.why();
    ASSERT_EQ(host.start(), PB_OK) << host.why();
  }

  testkit::FakeHost host{&detail::connector_plugin<Shouter>()};
};

TEST_F(StreamTest, APluginTalksToThePeerThatTheTestPlays) {
  start();
  ASSERT_EQ(host.connects().size(), 1U);
  EXPECT_EQ(host.connects()[0].call.host, "echo.example");
  EXPECT_EQ(host.connects()[0].call.port, 7);
  EXPECT_EQ(host.connects()[0].call.timeout, 10s);
  testkit::Peer peer = host.accept(line);
  peer.say("hello");
  EXPECT_EQ(peer.hear(), "HELLO");
  peer.say("again");
  EXPECT_EQ(peer.hear(), "AGAIN");
  EXPECT_FALSE(peer.is_closed());
  peer.hang_up();
  EXPECT_TRUE(peer.is_closed());
  EXPECT_THAT(Shouter::seen, ElementsAre("connected to 192.0.2.25:7", "r", "r", "r"));
}

TEST_F(StreamTest, ARefusedConnectIsTriedAgainWhenItsTimeIsOver) {
  start();
  host.refuse(line, {PB_NOT_CONNECTED, "connecting: nobody is there", {}, {}, {}});
  host.advance(4s);
  host.settle();
  EXPECT_EQ(host.connects().size(), 1U);
  host.advance(1s);
  host.settle();
  EXPECT_EQ(host.connects().size(), 2U);
  EXPECT_THAT(Shouter::seen, ElementsAre("no: connecting: nobody is there", "t"));
}

TEST_F(StreamTest, ConnectsAreAnsweredByWhatTheTestSays) {
  host.on_connect([](const StreamCall& call) -> std::optional<Error> {
    EXPECT_EQ(call.host, "echo.example");
    return std::nullopt;
  });
  start();
  host.peer(line).say("x");
  EXPECT_EQ(host.peer(line).hear(), "X");
}

TEST_F(StreamTest, NothingIsToldAfterUnwatch) {
  start();
  testkit::Peer peer = host.accept(line);
  Shouter::on_ready = [](Shouter& self) {
    self.wait();
    self.host.unwatch(line);
  };
  peer.say("a");
  peer.say("b");
  EXPECT_THAT(Shouter::seen, ElementsAre("connected to 192.0.2.25:7", "r"));
}

TEST_F(StreamTest, AStreamThatThePluginLeavesOpenIsAViolation) {
  {
    testkit::FakeHost other{&detail::connector_plugin<Shouter>()};
    ASSERT_EQ(other.open(Json::object()), PB_OK);
    ASSERT_EQ(other.start(), PB_OK);
    Shouter::on_ready = [](Shouter& self) { static_cast<void>(::fcntl(self.stream.descriptor(), F_DUPFD_CLOEXEC, 3)); };
    testkit::Peer peer = other.accept(line);
    peer.say("x");
    other.close();
    EXPECT_THAT(other.take_violations(), ElementsAre("connected: the stream of token 7 was still open after close"));
  }
}

TEST_F(StreamTest, AStreamThatIsClosedWhileItIsWatchedIsAViolation) {
  start();
  testkit::Peer peer = host.accept(line);
  Shouter::on_ready = [](Shouter& self) {
    self.wait();
    self.stream.close();
  };
  peer.say("x");
  host.settle();
  EXPECT_THAT(host.take_violations(), ElementsAre("watch: token 7: its descriptor was closed before it was unwatched"));
}

TEST_F(StreamTest, WatchingFromAThreadOfItsOwnIsAViolation) {
  start();
  testkit::Peer peer = host.accept(line);
  Shouter::on_ready = [](Shouter& self) {
    Shouter::on_ready = [](Shouter&) {};
    std::thread([&] { self.wait(); }).join();
  };
  peer.say("x");
  EXPECT_THAT(host.take_violations(), ElementsAre("watch: called outside of the instance's own calls"));
}

TEST_F(StreamTest, WhatCannotBeWatchedIsAViolationAndFails) {
  start();
  host.accept(line);
  Shouter::on_ready = [](Shouter& self) {
    Shouter::on_ready = [](Shouter&) {};
    EXPECT_THROW(self.host.watch(1, self.stream, Interest::nothing), Failure);
    EXPECT_THROW(self.host.watch(2, Stream(), Interest::readable), Failure);
    self.host.watch(3, self.stream, Interest::writable);
    self.host.watch(4, self.stream, Interest::readable);
    self.host.unwatch(3);
  };
  host.peer(line).say("x");
  const std::vector<std::string> violations = host.take_violations();
  EXPECT_THAT(violations, testing::Contains("watch: token 1: there is nothing to wait for"));
  EXPECT_THAT(violations, testing::Contains("watch: token 2: expected an open descriptor"));
  EXPECT_THAT(violations, testing::Contains("watch: token 4: its descriptor is watched under the token 3"));
}

TEST_F(StreamTest, OnAnOldHostConnectingSaysWhatIsMissing) {
  host.withhold(PATCHBAY_EXT_STREAM);
  ASSERT_EQ(host.open(Json::object()), PB_OK);
  EXPECT_EQ(host.start(), PB_NOT_FOUND);
  EXPECT_THAT(host.why(), HasSubstr("using patchbay.stream/1: this host does not offer it"));
}

TEST_F(StreamTest, TheAuthoritiesAreThoseOfTheHost) {
  host.set_authorities("PEM");
  Shouter::on_start = [](Shouter& self) { Shouter::seen.push_back(self.host.authorities()); };
  start();
  EXPECT_THAT(Shouter::seen, ElementsAre("PEM"));
}

// With a thread of its own a plugin hears of everything through Host::next.
struct Runner : Connector {
  Runner(Host& to, const Settings&) : host(to) {}
  void run() override {
    host.connect(line, {"echo.example", 7, {}});
    while (host.next(10s) != Next::stopping) {
    }
    host.unwatch(line);
    stream.close();
  }
  void connected(pb_token, Connected made) override {
    stream = std::move(made.stream);
    host.watch(line, stream, Interest::readable);
  }
  void ready(pb_token, const Ready&) override {
    char part[100];
    const Stream::Moved moved = stream.read(part, sizeof part);
    EXPECT_EQ(stream.write({part, moved.bytes}).bytes, moved.bytes);
    host.watch(line, stream, Interest::readable);
  }

  Host& host;
  Stream stream;
};

TEST(StreamOfARunner, IsToldThroughNext) {
  testkit::FakeHost host{&detail::connector_plugin<Runner>()};
  host.on_connect([](const StreamCall&) { return std::optional<Error>(); });
  ASSERT_EQ(host.open(Json::object()), PB_OK);
  ASSERT_EQ(host.start(), PB_OK);
  host.start_running();
  ASSERT_TRUE(host.wait_until([&] { return host.connects().size() == 1 && host.idle(); }));
  testkit::Peer peer = host.peer(line);
  peer.say("ping");
  std::string heard;
  ASSERT_TRUE(host.wait_until([&] { return (heard += peer.hear()) == "ping"; }));
  EXPECT_EQ(host.finish_running(), PB_OK);
}

}  // namespace
}  // namespace patchbay
