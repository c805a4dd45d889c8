// Streams of a plugin: how connections reach it, and when it is told what happens on them.
#include "plugin/scripted_plugin.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace patchbay::plugin {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

// A connection, both ends of which are here.
struct Ends {
  Ends() {
    std::array<int, 2> numbers{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, numbers.data()), 0);
    near = Descriptor(numbers[0]);
    far = Descriptor(numbers[1]);
  }
  void say(char c) const { EXPECT_EQ(::write(far.number(), &c, 1), 1); }
  void hear() const {
    char c = 0;
    EXPECT_EQ(::read(near.number(), &c, 1), 1);
  }
  // Takes no more until the other end has read.
  void fill() const {
    const std::string much(1 << 20, 'x');
    while (::write(near.number(), much.data(), much.size()) > 0) {
    }
  }
  // False: the other end has been closed.
  [[nodiscard]] bool is_open() const {
    char c = 0;
    return ::recv(far.number(), &c, 1, MSG_PEEK) != 0;
  }
  // Waits until it has been.
  [[nodiscard]] bool closes() const {
    pollfd waited{far.number(), POLLIN, 0};
    return ::poll(&waited, 1, 10'000) == 1 && !is_open();
  }
  Descriptor near, far;
};

std::function<void(pb_token)> on_ready;
std::function<void(int)> on_connected;

const pb_stream stream_table{
    sizeof(pb_stream), 0,
    [](void* state, const pb_stream_result* result) {
      std::string line = "connected " + std::to_string(result->token) + " " + std::string(view(result->peer));
      each<pb_error>(result->errors, [&](const pb_error& error) { line += std::string(view(error.reason)); });
      if (on_connected) on_connected(result->descriptor);
      static_cast<Script*>(state)->journal.write(line);
    },
    [](void* state, pb_token token, std::uint32_t events) {
      if (on_ready) on_ready(token);
      static_cast<Script*>(state)->journal.write("ready " + std::to_string(token) + " " + std::to_string(events));
    }};

class Streams : public InProcess {
 protected:
  Streams() {
    offered[PATCHBAY_EXT_STREAM] = &stream_table;
    on_ready = {};
    on_connected = {};
  }

  const pb_host_stream& service() { return script.extension<pb_host_stream>(PATCHBAY_EXT_STREAM); }
  pb_code watch(pb_token token, int descriptor, std::uint32_t interest, std::uint32_t timeout_ms = 0) {
    const pb_stream_watch wanted{sizeof wanted, interest, token, descriptor, timeout_ms};
    return service().watch(script.host->self, script.instance, &wanted);
  }
  pb_code unwatch(pb_token token) { return service().unwatch(script.host->self, script.instance, token); }
  pb_code connect(pb_token token, const char* host, std::uint32_t port) {
    const pb_stream_call call{sizeof call, 0, token, 0, port, bytes(host)};
    return service().connect(script.host->self, script.instance, &call);
  }
  bool was_told(const std::string& line, std::size_t times = 1) { return script.journal.wait_for(line, times); }
  std::unique_ptr<Instance> started() {
    auto instance = open();
    EXPECT_TRUE(wait(*instance, &Instance::start));
    return instance;
  }
  // In a call of the instance, where nothing can be told meanwhile.
  void within(Instance& instance, std::function<void()> task) {
    script.receive = [task = std::move(task)](const pb_http_request&) { task(); };
    instance.receive(request(9));
    EXPECT_TRUE(was_told("receive 9", ++calls_));
    EXPECT_TRUE(wait(instance, &Instance::check)) << "waits for the call to be over";
  }

 private:
  std::size_t calls_ = 0;
};

constexpr std::uint32_t readable = PB_STREAM_READABLE, writable = PB_STREAM_WRITABLE;

TEST_F(Streams, AConnectGoesToTheServicesAndItsEndToThePlugin) {
  const auto instance = started();
  EXPECT_EQ(connect(5, "imap.example.org", 993), PB_OK);
  EXPECT_TRUE(services.journal.wait_for("connect 5 imap.example.org 993"));
  Ends ends;
  std::atomic<int> number{-1};
  on_connected = [&](int descriptor) { number = descriptor; };
  instance->connected({.token = 5, .errors = {}, .peer = "192.0.2.1:993"}, std::move(ends.near));
  EXPECT_TRUE(was_told("connected 5 192.0.2.1:993"));
  EXPECT_GE(::fcntl(number, F_GETFD), 0) << "it is the plugin's";
  EXPECT_TRUE(ends.is_open());
  ::close(number);
}

TEST_F(Streams, AFailedConnectSaysWhyAndHasNoDescriptor) {
  const auto instance = started();
  std::atomic<int> number{0};
  on_connected = [&](int descriptor) { number = descriptor; };
  instance->connected({.token = 5, .errors = {{PB_NOT_CONNECTED, 0, {}, "no", {}}}, .peer = {}}, Descriptor());
  EXPECT_TRUE(was_told("connected 5 no"));
  EXPECT_EQ(number, -1);
}

TEST_F(Streams, AConnectionForAPluginThatStopsIsClosed) {
  auto instance = started();
  ASSERT_TRUE(wait(*instance, &Instance::stop));
  Ends ends;
  instance->connected({.token = 5, .errors = {}, .peer = "p"}, std::move(ends.near));
  instance.reset();
  EXPECT_FALSE(ends.is_open());
  EXPECT_THAT(script.journal.lines(), Not(Contains(HasSubstr("connected"))));
}

TEST_F(Streams, AConnectionForAPluginThatTakesNoneIsClosedAndReported) {
  offered.erase(PATCHBAY_EXT_STREAM);
  const auto instance = started();
  Ends ends;
  instance->connected({.token = 5, .errors = {}, .peer = "p"}, std::move(ends.near));
  EXPECT_TRUE(services.journal.wait_for("report " + std::to_string(PB_BUG) +
                                        " connecting a stream: the plugin connects, but does not offer "
                                        "patchbay.stream/1"));
  EXPECT_TRUE(ends.closes());
  EXPECT_EQ(watch(1, ends.far.number(), readable), PB_BUG);
}

TEST_F(Streams, TellOnceWhenThereIsSomethingToRead) {
  const Ends ends;
  const auto instance = started();
  within(*instance, [&] { EXPECT_EQ(watch(7, ends.near.number(), readable), PB_OK); });
  ends.say('a');
  EXPECT_TRUE(was_told("ready 7 1"));
  ends.say('b');
  // A later watch of another stream is told, and the first is not told again before it was asked for.
  const Ends other;
  other.say('c');
  within(*instance, [&] { EXPECT_EQ(watch(8, other.near.number(), readable), PB_OK); });
  EXPECT_TRUE(was_told("ready 8 1"));
  EXPECT_EQ(std::ranges::count(script.journal.lines(), "ready 7 1"), 1);
  within(*instance, [&] { EXPECT_EQ(watch(7, ends.near.number(), readable), PB_OK); });
  EXPECT_TRUE(was_told("ready 7 1", 2)) << "what came meanwhile was not missed";
}

TEST_F(Streams, TellThatThereIsRoomToWriteAndThatTheOtherEndIsGone) {
  Ends ends;
  const auto instance = started();
  within(*instance, [&] { EXPECT_EQ(watch(1, ends.near.number(), readable | writable), PB_OK); });
  EXPECT_TRUE(was_told("ready 1 2"));
  ends.fill();
  within(*instance, [&] { EXPECT_EQ(watch(2, ends.near.number(), readable | writable), PB_OK); });
  ends.far = Descriptor();
  EXPECT_TRUE(was_told("ready 2 3"));
}

TEST_F(Streams, TellNothingOfATokenThatIsNoLongerWatched) {
  const Ends ends;
  const auto instance = started();
  ends.say('a');
  within(*instance, [&] {
    EXPECT_EQ(watch(7, ends.near.number(), readable), PB_OK);
    EXPECT_EQ(unwatch(7), PB_OK);
    EXPECT_EQ(unwatch(7), PB_NOT_FOUND);
    EXPECT_EQ(unwatch(1), PB_NOT_FOUND);
    EXPECT_EQ(watch(8, ends.near.number(), readable), PB_OK);
  });
  EXPECT_TRUE(was_told("ready 8 1"));
  EXPECT_THAT(script.journal.lines(), Not(Contains("ready 7 1")));
}

TEST_F(Streams, ALaterWatchOfATokenTakesThePlaceOfTheEarlier) {
  const Ends first, second;
  first.say('a');
  second.say('a');
  const auto instance = started();
  within(*instance, [&] {
    EXPECT_EQ(watch(7, first.near.number(), readable), PB_OK);
    EXPECT_EQ(watch(7, second.near.number(), writable), PB_OK);
  });
  EXPECT_TRUE(was_told("ready 7 2"));
  EXPECT_THAT(script.journal.lines(), Not(Contains("ready 7 1")));
}

TEST_F(Streams, TellWhenTheTimeIsOverInTheOrderOfTheirTimes) {
  const Ends ends;
  const auto instance = started();
  within(*instance, [&] {
    EXPECT_EQ(watch(3, -1, 0, 30), PB_OK);
    EXPECT_EQ(watch(2, ends.near.number(), readable, 20), PB_OK);
    EXPECT_EQ(watch(1, -1, 0, 10), PB_OK);
    EXPECT_EQ(watch(4, -1, 0, 3'600'000), PB_OK);
  });
  EXPECT_TRUE(was_told("ready 3 4"));
  std::vector<std::string> told;
  for (const std::string& line : script.journal.lines())
    if (line.starts_with("ready")) told.push_back(line);
  EXPECT_THAT(told, testing::ElementsAre("ready 1 4", "ready 2 4", "ready 3 4"));
  // Of the one that was told of its time only, all is as before.
  within(*instance, [&] { EXPECT_EQ(watch(2, ends.near.number(), readable), PB_OK); });
  ends.say('a');
  EXPECT_TRUE(was_told("ready 2 1"));
}

TEST_F(Streams, RefuseWhatCannotBeWatched) {
  const auto instance = started();
  EXPECT_EQ(watch(1, -1, readable), PB_BUG);
  EXPECT_EQ(watch(1, -1, 0), PB_BUG);
  EXPECT_EQ(watch(1, 999'999, readable), PB_BUG);
  EXPECT_EQ(watch(1, ::open("/proc/self/exe", O_RDONLY | O_CLOEXEC), readable), PB_BUG);  // a file is always ready
  EXPECT_EQ(service().watch(script.host->self, script.instance, nullptr), PB_BUG);
  EXPECT_EQ(service().connect(script.host->self, script.instance, nullptr), PB_BUG);
  EXPECT_EQ(service().connect(script.host->self, script.instance + 1, nullptr), PB_NOT_FOUND);
  EXPECT_EQ(service().unwatch(script.host->self, script.instance + 1, 1), PB_NOT_FOUND);
}

TEST_F(Streams, RefuseToBeUsedByAnInstanceThatDoesNotRun) {
  const auto instance = open();
  EXPECT_EQ(connect(1, "a", 1), PB_BUG);
  EXPECT_EQ(watch(1, 0, readable), PB_BUG);
  ASSERT_TRUE(wait(*instance, &Instance::start));
  ASSERT_TRUE(wait(*instance, &Instance::stop));
  EXPECT_EQ(connect(1, "a", 1), PB_STOPPING);
  EXPECT_EQ(watch(1, 0, readable), PB_STOPPING);
}

TEST_F(Streams, AreToldWithinNextWhereThePluginHasAThreadOfItsOwn) {
  const Ends ends;
  ends.say('a');
  offered[PATCHBAY_EXT_RUN] = &run_table;
  script.run = [&]() -> pb_code {
    EXPECT_EQ(watch(7, ends.near.number(), readable, 60'000), PB_OK);
    EXPECT_EQ(script.next(20'000), PB_OK);
    EXPECT_THAT(script.journal.lines(), Contains("ready 7 1"));
    EXPECT_EQ(watch(8, -1, 0, 1), PB_OK);
    EXPECT_EQ(script.next(20'000), PB_OK);
    EXPECT_THAT(script.journal.lines(), Contains("ready 8 4"));
    while (script.next(1000) != PB_STOPPING) {
    }
    return PB_OK;
  };
  const auto instance = started();
  EXPECT_TRUE(was_told("ready 8 4"));
  EXPECT_TRUE(wait(*instance, &Instance::stop));
}

TEST_F(Streams, EndWithTheInstanceWhateverIsWatched) {
  const Ends ends;
  {
    const auto instance = started();
    within(*instance, [&] { EXPECT_EQ(watch(7, ends.near.number(), readable, 60'000), PB_OK); });
  }
  ends.say('a');
  EXPECT_THAT(script.journal.lines(), Not(Contains("ready 7 1")));
}

// The number of a closed descriptor is soon another's.
TEST_F(Streams, ADescriptorThatWasClosedDoesNotDisturbItsSuccessor) {
  const auto instance = started();
  std::array<int, 2> numbers{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, numbers.data()), 0);
  within(*instance, [&] { EXPECT_EQ(watch(1, numbers[0], readable, 3'600'000), PB_OK); });
  Ends next;
  ASSERT_EQ(::dup2(next.near.number(), numbers[0]), numbers[0]);  // closes the one that is watched
  within(*instance, [&] {
    EXPECT_EQ(watch(2, numbers[0], readable), PB_OK);
    EXPECT_EQ(unwatch(1), PB_OK);
  });
  next.say('a');
  EXPECT_TRUE(was_told("ready 2 1"));
  ::close(numbers[0]);
  ::close(numbers[1]);
}

TEST_F(Streams, OfAThousandIdleOnesOnlyThoseWithSomethingToTellAreTold) {
  std::vector<Ends> all(1000);
  const auto instance = started();
  within(*instance, [&] {
    for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(watch(i, all[i].near.number(), readable, 3'600'000), PB_OK);
  });
  for (const std::size_t i : {0U, 500U, 999U}) all[i].say('a');
  for (const std::size_t i : {0U, 500U, 999U}) EXPECT_TRUE(was_told("ready " + std::to_string(i) + " 1"));
  EXPECT_EQ(std::ranges::count_if(script.journal.lines(), [](const auto& line) { return line.starts_with("ready"); }),
            3);
}

}  // namespace
}  // namespace patchbay::plugin
