// Servers that mean no good: what a request to them ends with, and what they cannot do.
#include "net/test_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

namespace patchbay::net {
namespace {

using namespace test;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// A server's script: all that it says, and then it hangs up.
RawServer::Script says(std::string bytes) {
  return [bytes = std::move(bytes)](RawSocket& socket) {
    socket.read_past("\r\n\r\n");
    socket.write(bytes);
  };
}

TEST(HttpClientHostile, ClassifiesWhatIsNoWholeAnswerInBoundedTime) {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  std::string many_fields = ok;
  for (int i = 0; i < 300; ++i) many_fields += "a: b\r\n";
  std::string many_continues;
  for (int i = 0; i < 5000; ++i) many_continues += "HTTP/1.1 100 Continue\r\n\r\n";
  const RawServer::Script silent = [](RawSocket& socket) {
    socket.read_past("\r\n\r\n");
    socket.read_some();  // until the client gives up
  };
  const auto endless = [](std::string start, std::string repeated, std::chrono::milliseconds pause) {
    return [=](RawSocket& socket) {
      socket.read_past("\r\n\r\n");
      socket.write(start);
      while (socket.write(repeated)) std::this_thread::sleep_for(pause);
    };
  };
  struct Case {
    const char* what;
    RawServer::Script script;
    ClientFailure expected;
  };
  const Case cases[] = {
      {"hangs up at once", says(""), ClientFailure::broken},
      {"resets",
       [](RawSocket& socket) {
         socket.read_past("\r\n\r\n");  // after the request: before it, a reset is a connection that failed
         socket.reset_on_close();
       },
       ClientFailure::broken},
      {"no HTTP", says("220 mail.example ESMTP\r\n"), ClientFailure::broken},
      {"HTTP/0.9", says("<html></html>"), ClientFailure::broken},
      {"body cut short", says(ok + "Content-Length: 100\r\n\r\nabc"), ClientFailure::broken},
      {"chunks cut short", says(ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nab"), ClientFailure::broken},
      {"chunks of nonsense", says(ok + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n"), ClientFailure::broken},
      {"length of nonsense", says(ok + "Content-Length: many\r\n\r\n"), ClientFailure::broken},
      {"huge field", says(ok + "A: " + std::string(90'000, 'x') + "\r\n\r\n"), ClientFailure::too_large},
      {"a field of 1 MiB", says(ok + "A: " + std::string(1 << 20, 'x') + "\r\n\r\n"), ClientFailure::too_large},
      {"many fields", says(many_fields + "\r\n"), ClientFailure::too_large},
      {"endless continues", says(many_continues), ClientFailure::too_large},
      {"endless body", endless(ok + "\r\n", std::string(10'000, 'x'), 0ms), ClientFailure::too_large},
      {"endless chunks", endless(ok + "Transfer-Encoding: chunked\r\n\r\n", "4\r\nabcd\r\n", 0ms),
       ClientFailure::too_large},
      {"trailers without end", endless(ok + "Transfer-Encoding: chunked\r\n\r\n0\r\n", "A: b\r\n", 0ms),
       ClientFailure::too_large},
      {"chunk size of 17 digits", says(ok + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\nab"),
       ClientFailure::broken},
      {"negative chunk size", says(ok + "Transfer-Encoding: chunked\r\n\r\n-2\r\nab\r\n0\r\n\r\n"),
       ClientFailure::broken},
      {"negative length", says(ok + "Content-Length: -1\r\n\r\n"), ClientFailure::broken},
      {"says nothing", silent, ClientFailure::timeout},
      {"one byte at a time", endless(ok + "Content-Length: 100000\r\n\r\n", "x", 5ms), ClientFailure::timeout},
      {"header byte by byte", endless(ok + "A: ", "x", 5ms), ClientFailure::timeout},
  };
  const auto client = HttpClient::start();
  for (const Case& c : cases) {
    RawServer server(c.script);
    ASSERT_TRUE(server.ready());
    ClientRequest request = get(server.url());
    if (c.expected == ClientFailure::timeout) request.timeout = 200ms;
    request.most_bytes = 50'000;
    const auto start = std::chrono::steady_clock::now();
    const ClientResponse response = exchange(*client, std::move(request));
    EXPECT_EQ(response.failure, c.expected) << c.what << ": " << response.reason;
    EXPECT_EQ(response.status, 0U) << c.what;
    EXPECT_FALSE(response.reason.empty()) << c.what;
    EXPECT_LT(std::chrono::steady_clock::now() - start, 10s) << c.what;
  }
}

// Twice in a row on one connection: what came unasked is not the answer to the second request.
TEST(HttpClientHostile, TakesNoAnswerThatCameBeforeItsRequest) {
  std::atomic<int> requests{0};
  RawServer server([&](RawSocket& socket) {
    while (!socket.read_past("\r\n\r\n").empty()) {
      ++requests;
      socket.write(
          "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    }
  });
  const auto client = HttpClient::start();
  for (int i = 0; i < 2; ++i) {
    const ClientResponse response = exchange(*client, get(server.url()));
    EXPECT_EQ(response.status, 200U) << response.reason;
    EXPECT_EQ(response.body, "ok");
  }
  EXPECT_EQ(requests, 2);
}

TEST(HttpClientHostile, ExpandsNothingThatCameCompressedUnasked) {
  const std::string noise(1000, '\x1f');
  for (const char* field : {"Content-Encoding: gzip", "Transfer-Encoding: gzip"}) {
    RawServer server(says("HTTP/1.1 200 OK\r\n" + std::string(field) + "\r\nConnection: close\r\n\r\n" + noise));
    const auto client = HttpClient::start();
    const ClientResponse response = exchange(*client, get(server.url()));
    EXPECT_EQ(response.status, 200U) << field << ": " << response.reason;
    EXPECT_EQ(response.body, noise) << field;
  }
}

TEST(HttpClientHostile, EndsATlsHandshakeThatStalls) {
  RawServer silent([](RawSocket& socket) { socket.read_to_end(); });
  const auto client = HttpClient::start();
  ClientRequest request = get("https://127.0.0.1:" + std::to_string(silent.port()) + "/");
  request.timeout = 200ms;
  const ClientResponse response = exchange(*client, std::move(request));
  EXPECT_EQ(response.failure, ClientFailure::timeout);
  EXPECT_THAT(response.reason, StartsWith("no whole answer within 200 ms: "));
}

// A listener whose queue is full leaves further ones without answer, as a packet filter does.
TEST(HttpClientHostile, EndsAConnectionThatIsNeverMade) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;
  ASSERT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(listener, 0), 0);
  ASSERT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length), 0);
  const RawSocket first = RawSocket::connect(ntohs(address.sin_port));
  ASSERT_TRUE(first.connected());

  const auto client = HttpClient::start();
  ClientRequest request = get("http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/");
  request.timeout = 200ms;
  const ClientResponse response = exchange(*client, std::move(request));
  ::close(listener);
  EXPECT_EQ(response.failure, ClientFailure::timeout);
  EXPECT_THAT(response.reason, StartsWith("no whole answer within 200 ms: "));
}

TEST(HttpClientHostile, SaysThatThereIsNoDescriptorLeft) {
  RunningServer server(echo);
  const auto client = HttpClient::start();
  ASSERT_EQ(exchange(*client, get(server.url())).status, 200U);
  RawServer other([](RawSocket&) {});  // no connection to it is in the pool
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const int lowest_free = ::dup(STDERR_FILENO);
  ::close(lowest_free);
  const rlimit none_left{static_cast<rlim_t>(lowest_free), before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none_left), 0);
  const ClientResponse response = exchange(*client, get(other.url()));
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(response.failure, ClientFailure::not_connected);
  EXPECT_THAT(response.reason, StartsWith("connecting: opening a socket: "));
}

TEST(HttpClientHostile, SaysWhatIsMissingWhereACertificateIsNotTrusted) {
  const Certificate certificate;
  ASSERT_TRUE(certificate.made());
  Listen listen = RunningServer::local();
  listen.tls = std::make_unique<TlsFiles>(TlsFiles{certificate.file(), certificate.key()});
  RunningServer server(echo, listen);
  ASSERT_EQ(server.error(), "");
  const auto client = HttpClient::start();
  const ClientResponse response = exchange(*client, get("https://localhost:" + std::to_string(server.port()) + "/"));
  EXPECT_EQ(response.failure, ClientFailure::tls);
  EXPECT_THAT(response.reason, HasSubstr("ca_file"));
}

}  // namespace
}  // namespace patchbay::net
