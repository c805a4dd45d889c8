// Connections that are not for HTTP: how they are made, and what keeps them from being made.
#include "net/test_client.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace patchbay::net {
namespace {

using namespace test;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* greeting = "* OK ready\r\n";

StreamRequest to(std::string host, std::uint16_t port) {
  return {
      .host = std::move(host), .port = port, .timeout = 10s, .guard = guard_for({"127.0.0.0/8", "::1"}), .proxy = {}};
}

StreamResponse connect(HttpClient& client, StreamRequest request) {
  std::promise<StreamResponse> done;
  client.connect(std::move(request), [&](StreamResponse response) { done.set_value(std::move(response)); });
  auto future = done.get_future();
  if (future.wait_for(patience) != std::future_status::ready) {
    ADD_FAILURE() << "no completion";
    std::abort();  // the completion would write into what is gone
  }
  return future.get();
}

StreamResponse connect(StreamRequest request) {
  const auto client = HttpClient::start();
  return connect(*client, std::move(request));
}

// Greets, and says again what it hears.
void greet_and_echo(RawSocket& socket) {
  socket.write(greeting);
  for (std::string line = socket.read_past("\n"); !line.empty(); line = socket.read_past("\n")) socket.write(line);
}

std::string talk(StreamResponse response) {
  RawSocket socket(response.stream.release());
  std::string heard = socket.read_past("\n");
  socket.write("hello\n");
  return heard + socket.read_past("\n");
}

// A listener on ::1 that takes connections and does no more.
class Ipv6Listener {
 public:
  explicit Ipv6Listener(std::uint16_t port = 0) : socket_(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(port);
    address.sin6_addr = IN6ADDR_LOOPBACK_INIT;
    socklen_t length = sizeof address;
    is_there_ = ::bind(socket_.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                ::listen(socket_.number(), 16) == 0 &&
                ::getsockname(socket_.number(), reinterpret_cast<sockaddr*>(&address), &length) == 0;
    port_ = ntohs(address.sin6_port);
  }
  [[nodiscard]] bool is_there() const { return is_there_; }  // false: this machine has no IPv6
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  Descriptor socket_;
  bool is_there_ = false;
  std::uint16_t port_ = 0;
};

TEST(Dialling, HandsOverAConnectionThatIsReadyForTheTwoToTalk) {
  RawServer server(greet_and_echo);
  StreamResponse response = connect(to("127.0.0.1", server.port()));
  ASSERT_FALSE(response.failure) << response.reason;
  EXPECT_EQ(response.peer, "127.0.0.1:" + std::to_string(server.port()));
  const int number = response.stream.number();
  EXPECT_NE(::fcntl(number, F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(::fcntl(number, F_GETFD) & FD_CLOEXEC, 0);
  int keeps_alive = 0;
  socklen_t length = sizeof keeps_alive;
  EXPECT_EQ(::getsockopt(number, SOL_SOCKET, SO_KEEPALIVE, &keeps_alive, &length), 0);
  EXPECT_EQ(keeps_alive, 1);
  EXPECT_EQ(talk(std::move(response)), std::string(greeting) + "hello\n");
  EXPECT_EQ(server.connections(), 1);
}

TEST(Dialling, TheConnectionOutlivesTheClientAndIsOnesOwn) {
  RawServer server([](RawSocket& socket) { greet_and_echo(socket); });
  StreamResponse first;
  {
    const auto client = HttpClient::start();
    first = connect(*client, to("127.0.0.1", server.port()));
    ASSERT_FALSE(first.failure) << first.reason;
  }
  EXPECT_EQ(talk(std::move(first)), std::string(greeting) + "hello\n");
  StreamResponse second = connect(to("127.0.0.1", server.port()));
  EXPECT_EQ(talk(std::move(second)), std::string(greeting) + "hello\n");
  EXPECT_EQ(server.connections(), 2);
}

TEST(Dialling, ConnectsByIpv6) {
  const Ipv6Listener server;
  if (!server.is_there()) GTEST_SKIP() << "this machine has no IPv6";
  const StreamResponse response = connect(to("::1", server.port()));
  ASSERT_FALSE(response.failure) << response.reason;
  EXPECT_EQ(response.peer, "[::1]:" + std::to_string(server.port()));
}

TEST(Dialling, TriesEachAddressOfAName) {
  RawServer server(greet_and_echo);  // on 127.0.0.1 only, where localhost is ::1 as well
  StreamResponse response = connect(to("localhost", server.port()));
  ASSERT_FALSE(response.failure) << response.reason;
  EXPECT_EQ(talk(std::move(response)), std::string(greeting) + "hello\n");
}

TEST(Dialling, PassesTheAddressesOfANameByThatAreRefused) {
  const Ipv6Listener other;
  if (!other.is_there()) GTEST_SKIP() << "this machine has no IPv6";
  RawServer server(greet_and_echo);
  StreamRequest request = to("localhost", server.port());
  request.guard = guard_for({"127.0.0.1/32"});
  const StreamResponse response = connect(std::move(request));
  ASSERT_FALSE(response.failure) << response.reason;
  EXPECT_THAT(response.peer, StartsWith("127.0.0.1:"));
}

TEST(Dialling, SaysThatNobodyListens) {
  std::uint16_t closed_port = 0;
  {
    closed_port = RawServer([](RawSocket&) {}).port();
  }
  const StreamResponse response = connect(to("127.0.0.1", closed_port));
  EXPECT_EQ(response.failure, ClientFailure::not_connected);
  EXPECT_THAT(response.reason, StartsWith("connecting to 127.0.0.1:" + std::to_string(closed_port) + ": "));
  EXPECT_EQ(response.remedy, "see that the server runs there");
  EXPECT_LT(response.stream.number(), 0);
}

TEST(Dialling, SaysThatTheNameIsUnknown) {
  const StreamResponse response = connect(to("nobody.invalid", 993));  // RFC 2606
  EXPECT_EQ(response.failure, ClientFailure::not_resolved);
  EXPECT_THAT(response.reason, HasSubstr("nobody.invalid"));
}

// Once its queue is full, a listener that accepts nothing leaves what comes without an answer (listen(2)).
TEST(Dialling, GivesUpWhenTheTimeIsOver) {
  const Descriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;
  ASSERT_EQ(::bind(listener.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(listener.number(), 0), 0);
  ASSERT_EQ(::getsockname(listener.number(), reinterpret_cast<sockaddr*>(&address), &length), 0);
  const RawSocket waiting = RawSocket::connect(ntohs(address.sin_port));
  ASSERT_TRUE(waiting.connected());
  StreamRequest request = to("127.0.0.1", ntohs(address.sin_port));
  request.timeout = 100ms;
  const StreamResponse response = connect(std::move(request));
  EXPECT_EQ(response.failure, ClientFailure::timeout);
  EXPECT_THAT(response.reason, HasSubstr("no connection within 100 ms"));
}

TEST(Dialling, ReachesNoInsideAddressThatIsNotAllowed) {
  RawServer canary([](RawSocket& socket) { socket.write(greeting); });
  const auto client = HttpClient::start();
  for (const char* host : {"127.0.0.1", "localhost", "::1", "::ffff:127.0.0.1", "0x7f000001", "127.1"}) {
    StreamRequest request = to(host, canary.port());
    request.guard = nullptr;
    const StreamResponse response = connect(*client, std::move(request));
    EXPECT_EQ(response.failure, ClientFailure::address_refused) << host << ": " << response.reason;
    EXPECT_THAT(response.remedy, HasSubstr(":" + std::to_string(canary.port()) + "\"")) << host;
  }
  StreamRequest request = to("127.0.0.1", canary.port());
  request.guard = nullptr;
  const StreamResponse response = connect(*client, std::move(request));
  EXPECT_EQ(response.remedy,
            "if it is meant, name it in allow_private: \"127.0.0.1/32:" + std::to_string(canary.port()) + "\"");
  EXPECT_EQ(canary.connections(), 0);
}

TEST(Dialling, RefusesWhatIsNoServer) {
  const auto client = HttpClient::start();
  for (const char* host : {"", "a b", "a/b", "a:b", "user@a", "a\r\nb", "a%25b", "[::1]", "fe80::1%lo", "a?b", "a#b"})
    EXPECT_EQ(connect(*client, to(host, 25)).failure, ClientFailure::invalid_url) << host;
  EXPECT_EQ(connect(*client, to("127.0.0.1", 0)).failure, ClientFailure::invalid_url);
}

TEST(Dialling, UsesNoProxyOfTheEnvironment) {
  RawServer server(greet_and_echo);
  RawServer proxy([](RawSocket&) {});
  constexpr const char* variables[] = {"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"};
  for (const char* variable : variables) ASSERT_EQ(setenv(variable, proxy.url().c_str(), 1), 0);
  const StreamResponse response = connect(to("127.0.0.1", server.port()));
  for (const char* variable : variables) unsetenv(variable);
  EXPECT_FALSE(response.failure) << response.reason;
  EXPECT_EQ(proxy.connections(), 0);
}

// What a server says at once may come in one packet with the proxy's consent, and belongs to the stream.
TEST(Dialling, GoesThroughAnHttpProxyWhichLooksTheNameUp) {
  std::string asked;
  RawServer proxy([&](RawSocket& socket) {
    asked = socket.read_past("\r\n\r\n");
    socket.write(std::string("HTTP/1.1 200 OK\r\n\r\n") + greeting);
    socket.write(socket.read_past("\n"));
  });
  StreamRequest request = to("imap.example.org", 993);
  request.guard = nullptr;  // it is the operator who named the proxy
  request.proxy = "http://user:secret@127.0.0.1:" + std::to_string(proxy.port());
  StreamResponse response = connect(std::move(request));
  ASSERT_FALSE(response.failure) << response.reason;
  EXPECT_EQ(response.peer, "127.0.0.1:" + std::to_string(proxy.port()));
  EXPECT_EQ(talk(std::move(response)), std::string(greeting) + "hello\n");
  EXPECT_THAT(asked, StartsWith("CONNECT imap.example.org:993 HTTP/1.1\r\n"));
  EXPECT_THAT(asked, HasSubstr("Proxy-Authorization: Basic dXNlcjpzZWNyZXQ=\r\n"));
}

// RFC 1928, with the name as address type 3.
TEST(Dialling, GoesThroughASocksProxyWhichLooksTheNameUp) {
  std::string asked;
  RawServer proxy([&](RawSocket& socket) {
    static_cast<void>(socket.read_some());  // version and methods
    socket.write(std::string("\x05\x00", 2));
    asked = socket.read_some();
    socket.write(std::string("\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00", 10) + greeting);
    socket.write(socket.read_past("\n"));
  });
  StreamRequest request = to("imap.example.org", 993);
  request.guard = nullptr;
  request.proxy = "socks5://127.0.0.1:" + std::to_string(proxy.port());
  StreamResponse response = connect(std::move(request));
  ASSERT_FALSE(response.failure) << response.reason;
  EXPECT_EQ(talk(std::move(response)), std::string(greeting) + "hello\n");
  EXPECT_EQ(asked, std::string("\x05\x01\x00\x03\x10", 5) + "imap.example.org" + "\x03\xe1");
}

TEST(Dialling, SaysThatTheProxyWouldNot) {
  RawServer proxy([](RawSocket& socket) {
    socket.read_past("\r\n\r\n");
    socket.write("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
  });
  StreamRequest request = to("imap.example.org", 993);
  request.proxy = "http://127.0.0.1:" + std::to_string(proxy.port());
  const StreamResponse response = connect(std::move(request));
  EXPECT_EQ(response.failure, ClientFailure::proxy);
  EXPECT_THAT(response.reason, HasSubstr("403"));
  EXPECT_EQ(response.remedy, "see that the proxy lets this server be reached");
}

TEST(Dialling, SendsNoProxyToAnInsideAddressThatIsNotAllowed) {
  RawServer proxy([](RawSocket&) {});
  StreamRequest request = to("10.0.0.5", 25);
  request.guard = nullptr;
  request.proxy = "http://127.0.0.1:" + std::to_string(proxy.port());
  EXPECT_EQ(connect(std::move(request)).failure, ClientFailure::address_refused);
  EXPECT_EQ(proxy.connections(), 0);
}

}  // namespace
}  // namespace patchbay::net
