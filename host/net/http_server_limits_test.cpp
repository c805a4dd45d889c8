// What the server bears of a client: sizes, times, and how many at once.
#include "net/http_server.hpp"

#include "net/test_peer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace patchbay::net {
namespace {

using namespace test;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(HttpServer, AnswersWhatIsTooLargeAndCloses) {
  Limits limits;
  limits.header_bytes = 1024;
  limits.body_bytes = 1000;
  RunningServer server(echo, with(limits));
  const std::string start = "POST / HTTP/1.1\r\nHost: h\r\n";
  struct Case {
    const char* what;
    std::string request;
    const char* expected;
  };
  std::string many_fields = start;
  for (int i = 0; i < 129; ++i) many_fields += "a:\r\n";
  std::string many_chunks = start + "Transfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 11; ++i) many_chunks += "64\r\n" + std::string(100, 'x') + "\r\n";
  for (const Case& c : {
           Case{"header field", start + "X: " + std::string(2000, 'x') + "\r\n\r\n", "431"},
           Case{"header without end", start + "X: " + std::string(2000, 'x'), "431"},
           Case{"target", "GET /" + std::string(2000, 'x') + " HTTP/1.1\r\nHost: h\r\n\r\n", "431"},
           Case{"number of fields", many_fields + "\r\n", "431"},
           Case{"announced body", start + "Content-Length: 1001\r\n\r\n", "413"},
           Case{"announced and expected body", start + "Content-Length: 1001\r\nExpect: 100-continue\r\n\r\n", "413"},
           Case{"body of many chunks", many_chunks, "413"},
           Case{"one chunk", start + "Transfer-Encoding: chunked\r\n\r\n3e9\r\n", "413"},
           Case{"line between chunks", start + "Transfer-Encoding: chunked\r\n\r\n1;" + std::string(4000, 'x'), "431"},
           Case{"trailers", start + "Transfer-Encoding: chunked\r\n\r\n0\r\nX: " + std::string(4000, 'x'), "431"},
       }) {
    const std::string answer = talk(server.port(), c.request);
    EXPECT_THAT(answer, StartsWith(std::string("HTTP/1.1 ") + c.expected + " ")) << c.what;
  }
  const std::string exact = std::string(1000, 'b');
  EXPECT_THAT(talk(server.port(), start + "Connection: close\r\nContent-Length: 1000\r\n\r\n" + exact),
              ::testing::EndsWith("\r\n\r\n" + exact));
}

TEST(HttpServer, StillAnswersAClientThatSendsABodyNobodyWants) {
  Limits limits;
  limits.body_bytes = 1000;
  RunningServer server(echo, with(limits));
  RawSocket socket = RawSocket::connect(server.port());
  socket.write("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 500000\r\n\r\n");
  socket.write(std::string(500'000, 'x'));
  EXPECT_THAT(socket.read_to_end(), StartsWith("HTTP/1.1 413 "));
}

TEST(HttpServer, TakesLargeBodiesWithinTheLimitBothWays) {
  Limits limits;
  limits.body_bytes = 8 * 1024 * 1024;
  RunningServer server(echo, with(limits));
  const std::string body(limits.body_bytes, 'z');
  RawSocket socket = RawSocket::connect(server.port());
  std::thread writer([&] {
    socket.write("POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) +
                 "\r\n\r\n");
    socket.write(body);
  });
  const std::string answer = socket.read_to_end();
  writer.join();
  EXPECT_THAT(answer.substr(0, 20), StartsWith("HTTP/1.1 200 "));
  EXPECT_TRUE(answer.ends_with("\r\n\r\n" + body));
}

TEST(HttpServer, EndsSlowClientsInTime) {
  Limits limits;
  limits.request_time = 100ms;
  limits.idle_time = 100ms;
  RunningServer server(echo, with(limits));
  struct Case {
    const char* what;
    const char* sent;
    const char* expected;
  };
  for (const Case& c : {
           Case{"nothing sent", "", ""},
           Case{"half a request line", "GET /", "HTTP/1.1 408 "},
           Case{"half a header", "GET / HTTP/1.1\r\nHost: h\r\nX-", "HTTP/1.1 408 "},
           Case{"half a body", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc", "HTTP/1.1 408 "},
           Case{"half of the chunks", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
                "HTTP/1.1 408 "},
       }) {
    const auto start = std::chrono::steady_clock::now();
    RawSocket socket = RawSocket::connect(server.port());
    socket.write(c.sent);
    const std::string answer = socket.read_some();
    EXPECT_THAT(answer, StartsWith(c.expected)) << c.what;
    EXPECT_EQ(answer.empty(), *c.expected == '\0') << c.what;
    EXPECT_LT(std::chrono::steady_clock::now() - start, 10s) << c.what;
  }
}

TEST(HttpServer, CountsRequestTimeFromTheFirstByteHoweverSteadilyTheyTrickle) {
  Limits limits;
  limits.request_time = 200ms;
  RunningServer server(echo, with(limits));
  RawSocket socket = RawSocket::connect(server.port());
  std::atomic<bool> answered{false};
  std::thread trickle([&] {
    socket.write("GET / HTTP/1.1\r\nHost: h\r\nX: ");
    wait_until([&] {
      socket.write("x");
      return answered.load();
    });
  });
  EXPECT_THAT(socket.read_some(), StartsWith("HTTP/1.1 408 "));
  answered = true;
  trickle.join();
}

TEST(HttpServer, AnswersForAHandlerThatTakesTooLong) {
  Limits limits;
  limits.response_time = 50ms;
  std::vector<Respond> kept;
  RunningServer server([&](ServerRequest, Respond respond) { kept.push_back(std::move(respond)); }, with(limits));
  EXPECT_THAT(talk(server.port(), "GET / HTTP/1.1\r\nHost: h\r\n\r\n"), StartsWith("HTTP/1.1 503 "));
  server.end_server();
  for (const Respond& respond : kept) respond({});  // too late, and harmless
}

TEST(HttpServer, ClosesOnAClientThatDoesNotReadItsAnswer) {
  Limits limits;
  limits.response_time = 200ms;
  RunningServer server(
      [](ServerRequest, const Respond& respond) {
        respond({.status = 200, .headers = {}, .body = std::string(64 * 1024 * 1024, 'x')});
      },
      with(limits));
  RawSocket socket = RawSocket::connect(server.port());
  socket.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(wait_until([&] { return server.server().counts().requests == 1; }));
  EXPECT_TRUE(wait_until([&] { return server.server().counts().connections_open == 0; }));
  EXPECT_EQ(server.server().unanswered(), 0U);
}

TEST(HttpServer, TellsThoseBeyondTheLimitToComeBack) {
  Limits limits;
  limits.connections = 2;
  RunningServer server(echo, with(limits));
  RawSocket first = RawSocket::connect(server.port());
  RawSocket second = RawSocket::connect(server.port());
  ASSERT_TRUE(wait_until([&] { return server.server().counts().connections_open == 2; }));
  const std::string answer = talk(server.port(), "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(answer, HasSubstr("\r\nretry-after: 5\r\n"));
  EXPECT_EQ(server.server().counts().connections_refused, 1U);
  first.write("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(first.read_to_end(), StartsWith("HTTP/1.1 200 "));
  ASSERT_TRUE(wait_until([&] { return server.server().counts().connections_open == 1; }));
  EXPECT_THAT(talk(server.port(), "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"),
              StartsWith("HTTP/1.1 200 "));
}

TEST(HttpServer, LetsANewCallerTakeThePlaceOfTheOneThatHasBeenIdleLongest) {
  Limits limits;
  limits.connections = 2;
  limits.crowded_idle_time = 0ms;
  RunningServer server(echo, with(limits));
  RawSocket first = RawSocket::connect(server.port());
  ASSERT_TRUE(wait_until([&] { return server.server().counts().connections_open == 1; }));
  RawSocket second = RawSocket::connect(server.port());
  ASSERT_TRUE(wait_until([&] { return server.server().counts().connections_open == 2; }));

  const std::string request = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
  EXPECT_THAT(talk(server.port(), request), StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(first.read_to_end(), "");
  second.write(request);
  EXPECT_THAT(second.read_to_end(), StartsWith("HTTP/1.1 200 ")) << "closed though another had waited longer";
  EXPECT_EQ(server.server().counts().connections_refused, 0U);
}

TEST(HttpServer, LetsANewCallerTakeThePlaceOfOneThatDoesNotEndItsRequest) {
  Limits limits;
  limits.connections = 1;
  limits.crowded_idle_time = 1h;
  limits.crowded_request_time = 0ms;
  RunningServer server(echo, with(limits));
  RawSocket slow = RawSocket::connect(server.port());
  slow.write("GET / HTTP/1.1\r\n");
  EXPECT_TRUE(wait_until([&] {  // until the server has seen the beginning
    return talk(server.port(), "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").starts_with("HTTP/1.1 200 ");
  }));
  EXPECT_EQ(slow.read_to_end(), "");
}

TEST(HttpServer, ClosesNobodyInACrowdWhoseRequestIsBeingAnswered) {
  Limits limits;
  limits.connections = 1;
  limits.crowded_request_time = 0ms;
  std::promise<Respond> asked;
  RunningServer server([&](ServerRequest, Respond respond) { asked.set_value(std::move(respond)); }, with(limits));
  RawSocket served = RawSocket::connect(server.port());
  served.write("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const Respond respond = asked.get_future().get();
  EXPECT_THAT(talk(server.port(), "GET / HTTP/1.1\r\nHost: h\r\n\r\n"), StartsWith("HTTP/1.1 503 "));
  respond({.status = 200, .headers = {}, .body = {}});
  EXPECT_THAT(served.read_to_end(), StartsWith("HTTP/1.1 200 "));
}

}  // namespace
}  // namespace patchbay::net
