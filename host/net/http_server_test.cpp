#include "net/http_server.hpp"

#include "net/request_reader.hpp"

#include "net/test_peer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include <mutex>

namespace patchbay::net {
namespace {

using namespace test;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// The request as the handler saw it, one line each.
void describe(ServerRequest request, const Respond& respond) {
  std::string text = request.method + " " + request.path + " [" + request.query + "]\n";
  for (const auto& [name, value] : request.headers) text += name + "=" + value + "\n";
  respond({.status = 200, .headers = {}, .body = text + "body=" + request.body});
}

TEST(HttpServer, GivesTheHandlerTheRequestAsItCame) {
  RunningServer server(describe);
  const std::string answer = talk(server.port(),
                                  "PUT /a%2Fb/c?x=1&y=%20 HTTP/1.1\r\nHost: h\r\nX-Mixed-Case:  Kept As Is \r\n"
                                  "X-Empty:\r\nContent-Length: 4\r\nConnection: close\r\n\r\nab\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("PUT /a%2Fb/c [x=1&y=%20]\nhost=h\nx-mixed-case=Kept As Is\nx-empty=\n"));
  EXPECT_THAT(answer, HasSubstr("\nbody=ab\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nconnection: close\r\n"));
}

TEST(HttpServer, UnderstandsEveryWayToWriteARequest) {
  RunningServer server(describe);
  struct Case {
    const char* what;
    const char* request;
    const char* expected;
  };
  for (const Case& c : {
           Case{"chunks",
                "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                "3\r\nabc\r\n2;ext=1\r\nde\r\n0\r\nX-Trailer: t\r\n\r\n",
                "\nbody=abcde"},
           Case{"absolute form", "GET http://h/p?q HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "GET /p [q]\n"},
           Case{"absolute form without path", "GET http://h HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
                "GET / []\n"},
           Case{"absolute form with query only", "GET HTTP://h?q HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
                "GET / [q]\n"},
           Case{"options of the server", "OPTIONS * HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
                "OPTIONS * []\n"},
           Case{"options of a path", "OPTIONS /p HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "OPTIONS /p []\n"},
           Case{"a method of others", "PROPFIND /p HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
                "PROPFIND /p []\n"},
           Case{"HTTP/1.0", "GET /old HTTP/1.0\r\n\r\n", "GET /old []\n"},
           Case{"empty lines first", "\r\n\r\nGET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "GET /x []\n"},
       }) {
    const std::string answer = talk(server.port(), c.request);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 ")) << c.what;
    EXPECT_THAT(answer, HasSubstr(c.expected)) << c.what;
  }
}

TEST(HttpServer, RefusesWhatRfc9112Refuses) {
  std::atomic<int> handled{0};
  RunningServer server([&](ServerRequest request, const Respond& respond) {
    ++handled;
    echo(std::move(request), respond);
  });
  struct Case {
    const char* what;
    std::string request;
    const char* expected;
  };
  const std::string host = "Host: h\r\n";
  const std::vector<Case> cases{
      {"no HTTP", "hello there\r\n\r\n", "400"},
      {"TLS on a plain port", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 15), "400"},
      {"no host", "GET / HTTP/1.1\r\n\r\n", "400"},
      {"two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400"},
      {"HTTP/2", "GET / HTTP/2.0\r\n" + host + "\r\n", "505"},
      {"relative target", "GET x HTTP/1.1\r\n" + host + "\r\n", "400"},
      {"asterisk for GET", "GET * HTTP/1.1\r\n" + host + "\r\n", "400"},
      {"fragment", "GET /a#b HTTP/1.1\r\n" + host + "\r\n", "400"},
      {"no host in absolute form", "GET http:///x HTTP/1.1\r\n" + host + "\r\n", "400"},
      {"connect", "CONNECT a:1 HTTP/1.1\r\n" + host + "\r\n", "501"},
      {"trace", "TRACE / HTTP/1.1\r\n" + host + "\r\n", "501"},
      {"space before the colon", "GET / HTTP/1.1\r\n" + host + "A : b\r\n\r\n", "400"},
      {"field without colon", "GET / HTTP/1.1\r\n" + host + "nonsense\r\n\r\n", "400"},
      {"control character in a value", "GET / HTTP/1.1\r\n" + host + "A: b\x01\r\n\r\n", "400"},
      {"two lengths", "POST / HTTP/1.1\r\n" + host + "Content-Length: 1\r\nContent-Length: 1\r\n\r\na", "400"},
      {"list of lengths", "POST / HTTP/1.1\r\n" + host + "Content-Length: 1, 1\r\n\r\na", "400"},
      {"contradicting lengths", "POST / HTTP/1.1\r\n" + host + "Content-Length: 1\r\nContent-Length: 2\r\n\r\na",
       "400"},
      {"negative length", "POST / HTTP/1.1\r\n" + host + "Content-Length: -1\r\n\r\n", "400"},
      {"length with sign", "POST / HTTP/1.1\r\n" + host + "Content-Length: +1\r\n\r\na", "400"},
      {"length in hexadecimal", "POST / HTTP/1.1\r\n" + host + "Content-Length: 0x1\r\n\r\na", "400"},
      {"length and chunks",
       "POST / HTTP/1.1\r\n" + host + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
      {"chunks and length",
       "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", "400"},
      {"two transfer codings",
       "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
       "400"},
      {"unknown transfer coding", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: gzip\r\n\r\n", "501"},
      {"chunked within another coding",
       "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "501"},
      {"chunks from HTTP/1.0", "POST / HTTP/1.0\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
      {"chunk size of nonsense", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n", "400"},
      {"chunk size beyond 64 bits",
       "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n", "400"},
      {"unknown expectation", "POST / HTTP/1.1\r\n" + host + "Expect: miracles\r\nContent-Length: 1\r\n\r\na", "417"},
  };
  for (const Case& c : cases) {
    const std::string answer = talk(server.port(), c.request);
    EXPECT_THAT(answer, StartsWith(std::string("HTTP/1.1 ") + c.expected + " ")) << c.what;
    EXPECT_THAT(answer, HasSubstr("\r\nconnection: close\r\n")) << c.what;
  }
  EXPECT_EQ(handled, 0);
  EXPECT_EQ(server.server().counts().requests_refused, cases.size());
}

TEST(HttpServer, KeepsConnectionsAndAnswersPipelinedRequestsInOrder) {
  RunningServer server([](ServerRequest request, const Respond& respond) {
    respond({.status = 200, .headers = {}, .body = request.path + request.body + "."});
  });
  RawSocket socket = RawSocket::connect(server.port());
  socket.write(
      "GET /r1 HTTP/1.1\r\nHost: h\r\n\r\nPOST /r2 HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab"
      "GET /r3 HTTP/1.1\r\nHost: h\r\n\r\nGET /r4 HTT");
  EXPECT_THAT(socket.read_past("/r1."), HasSubstr("content-length: 4\r\n"));
  EXPECT_THAT(socket.read_past("/r2ab."), Not(HasSubstr("connection:")));
  EXPECT_THAT(socket.read_past("/r3."), StartsWith("HTTP/1.1 200 OK\r\n"));
  socket.write("P/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(socket.read_past("/r4."), StartsWith("HTTP/1.1 200 OK\r\n"));
  socket.write("GET /r5 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_THAT(socket.read_past("/r5."), HasSubstr("connection: keep-alive\r\n"));
  socket.write("GET /r6 HTTP/1.0\r\n\r\n");
  EXPECT_THAT(socket.read_to_end(), HasSubstr("connection: close\r\n"));
  EXPECT_EQ(server.server().counts().requests, 6U);
}

TEST(HttpServer, SaysContinueOnceBeforeTheBody) {
  RunningServer server(echo);
  RawSocket socket = RawSocket::connect(server.port());
  socket.write("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  EXPECT_EQ(socket.read_past("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  socket.write("a");
  socket.write("bc");
  EXPECT_THAT(socket.read_past("abc"), StartsWith("HTTP/1.1 200 "));
  socket.write("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nxyz");
  EXPECT_THAT(socket.read_past("xyz"), StartsWith("HTTP/1.1 200 ")) << "the body came already";
}

TEST(HttpServer, LeavesBodiesAwayWhereTheyMustNotBe) {
  RunningServer server([](ServerRequest request, const Respond& respond) {
    const std::uint32_t status = request.path == "/204" ? 204 : request.path == "/304" ? 304 : 200;
    respond({.status = status, .headers = {}, .body = "body"});
  });
  const std::string end = " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
  const std::string head = talk(server.port(), "HEAD /" + end);
  EXPECT_THAT(head, HasSubstr("content-length: 4\r\n"));
  EXPECT_THAT(head, ::testing::EndsWith("\r\n\r\n"));
  for (const char* path : {"/204", "/304"}) {
    const std::string answer = talk(server.port(), std::string("GET ") + path + end);
    EXPECT_THAT(answer, Not(HasSubstr("content-length"))) << path;
    EXPECT_THAT(answer, ::testing::EndsWith("\r\n\r\n")) << path;
  }
}

TEST(HttpServer, DoesNotLetAHandlerSplitAResponse) {
  struct Case {
    const char* what;
    ServerResponse response;
  };
  const Case cases[] = {
      {"line break in a value", {.status = 200, .headers = {{"a", "b\r\nset-cookie: x"}}, .body = {}}},
      {"line break in a name", {.status = 200, .headers = {{"a\n", "b"}}, .body = {}}},
      {"empty name", {.status = 200, .headers = {{"", "b"}}, .body = {}}},
      {"informational", {.status = 101, .headers = {}, .body = {}}},
      {"no status", {.status = 0, .headers = {}, .body = {}}},
      {"four digits", {.status = 2000, .headers = {}, .body = {}}},
  };
  for (const Case& c : cases) {
    RunningServer server([&](ServerRequest, const Respond& respond) { respond(c.response); });
    const std::string answer = talk(server.port(), "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 500 ")) << c.what;
    EXPECT_THAT(answer, Not(HasSubstr("cookie"))) << c.what;
  }
  RunningServer server([](ServerRequest, const Respond& respond) {
    respond({.status = 200, .headers = {{"Content-Length", "99"}, {"Transfer-Encoding", "chunked"}}, .body = "x"});
  });
  const std::string answer = talk(server.port(), "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, HasSubstr("content-length: 1\r\n"));
  EXPECT_THAT(answer, Not(HasSubstr("chunked")));
}

TEST(HttpServer, AnswersFiveHundredForAHandlerThatDropsOrThrows) {
  RunningServer server([](ServerRequest request, const Respond&) {
    if (request.path == "/throw") throw std::runtime_error("handler");
  });
  for (const char* path : {"/drop", "/throw"}) {
    EXPECT_THAT(talk(server.port(), std::string("GET ") + path + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"),
                StartsWith("HTTP/1.1 500 "))
        << path;
  }
  EXPECT_EQ(server.server().unanswered(), 0U);
}

TEST(HttpServer, SurvivesChunksThatBeastAssertsOn) {
  RunningServer server([](const ServerRequest&, const Respond& respond) { respond({.status = 200}); });
  // Found by the fuzzer, in portions of six bytes: the trailer after the last chunk is no field.
  constexpr std::string_view request =
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nabcP/1.1\r\nHos\x9d\x07 h/\n";
  RequestReader reader(Limits{});
  Reading reading = Reading::more;
  for (std::size_t at = 0; at < request.size() && reading != Reading::refused; at += 6) {
    const std::string_view portion = request.substr(at, 6);
    std::memcpy(reader.space().data(), portion.data(), portion.size());
    reading = reader.received(portion.size());
  }
  EXPECT_EQ(reading, Reading::refused);
  EXPECT_EQ(reader.refusal().status, 400U);
  EXPECT_THAT(talk(server.port(), "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"),
              StartsWith("HTTP/1.1 200 "));
}

TEST(HttpServer, TakesAnswersFromOtherThreadsAndTheFirstOneCounts) {
  std::mutex mutex;
  std::vector<std::pair<std::string, Respond>> waiting;
  RunningServer server([&](ServerRequest request, Respond respond) {
    const std::lock_guard lock(mutex);
    waiting.emplace_back(request.path, std::move(respond));
  });
  constexpr int clients = 64;
  std::vector<RawSocket> sockets;
  for (int i = 0; i < clients; ++i) {
    sockets.push_back(RawSocket::connect(server.port()));
    sockets.back().write("GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  }
  ASSERT_TRUE(wait_until([&] {
    const std::lock_guard lock(mutex);
    return waiting.size() == clients;
  }));
  EXPECT_EQ(server.server().unanswered(), static_cast<std::size_t>(clients));
  std::vector<std::thread> threads;
  for (int part = 0; part < 4; ++part) {
    threads.emplace_back([&, part] {
      for (int i = part; i < clients; i += 4) {
        const auto& [path, respond] = waiting[static_cast<std::size_t>(i)];
        respond({.status = 200, .headers = {}, .body = "for " + path + "."});
        respond({.status = 404, .headers = {}, .body = "again"});
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int i = 0; i < clients; ++i) {
    const std::string answer = sockets[static_cast<std::size_t>(i)].read_to_end();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 ")) << i;
    EXPECT_THAT(answer, ::testing::EndsWith("for /" + std::to_string(i) + ".")) << i;
  }
  EXPECT_TRUE(wait_until([&] { return server.server().unanswered() == 0; }));
}

TEST(HttpServer, StopsByLettingWhatIsBeingAnsweredEnd) {
  std::promise<Respond> handed;
  RunningServer server([&](ServerRequest, Respond respond) { handed.set_value(std::move(respond)); });
  RawSocket idle = RawSocket::connect(server.port());
  ASSERT_TRUE(wait_until([&] { return server.server().counts().connections_open == 1; }));
  RawSocket busy = RawSocket::connect(server.port());
  busy.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  const Respond respond = handed.get_future().get();
  server.server().stop_accepting();
  EXPECT_EQ(idle.read_to_end(), "");
  EXPECT_FALSE(RawSocket::connect(server.port()).connected());
  EXPECT_EQ(server.server().unanswered(), 1U);
  respond({.status = 200, .headers = {}, .body = "done"});
  const std::string answer = busy.read_to_end();
  EXPECT_THAT(answer, HasSubstr("\r\nconnection: close\r\n"));
  EXPECT_THAT(answer, ::testing::EndsWith("done"));
}

TEST(HttpServer, EndsWithRequestsOpenAndAnswersStillComing) {
  std::vector<Respond> kept;
  RunningServer server([&](ServerRequest, Respond respond) { kept.push_back(std::move(respond)); });
  RawSocket socket = RawSocket::connect(server.port());
  socket.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(wait_until([&] { return server.server().unanswered() == 1; }));
  server.end_server();
  EXPECT_EQ(socket.read_to_end(), "");
  ASSERT_EQ(kept.size(), 1U);
  kept.front()({});
}

TEST(HttpServer, BelievesOnlyWhatTrustedProxiesWrote) {
  Listen listen = RunningServer::local();
  listen.trusted_proxies = {"127.0.0.1", "10.0.0.0/8", "fd00::/8"};
  RunningServer behind_proxy(echo, listen);
  RunningServer open(echo);
  struct Case {
    const char* what;
    const char* forwarded;
    const char* peer;
  };
  for (const Case& c : {
           Case{"one hop", "X-Forwarded-For: 203.0.113.7\r\n", "203.0.113.7"},
           Case{"forged part on the left", "X-Forwarded-For: 1.1.1.1, 203.0.113.7\r\n", "203.0.113.7"},
           Case{"chain of proxies", "X-Forwarded-For: 203.0.113.7, 10.1.1.1, 10.2.2.2\r\n", "203.0.113.7"},
           Case{"several fields", "X-Forwarded-For: 203.0.113.7\r\nX-Forwarded-For: 10.2.2.2\r\n", "203.0.113.7"},
           Case{"with port", "X-Forwarded-For: 203.0.113.7:4711\r\n", "203.0.113.7"},
           Case{"IPv6", "X-Forwarded-For: 2001:db8::7, fd00::1\r\n", "2001:db8::7"},
           Case{"IPv6 with port", "X-Forwarded-For: [2001:db8::7]:4711\r\n", "2001:db8::7"},
           Case{"nonsense", "X-Forwarded-For: 203.0.113.7, unknown, 10.2.2.2\r\n", "10.2.2.2"},
           Case{"only proxies", "X-Forwarded-For: 10.3.3.3\r\n", "10.3.3.3"},
           Case{"empty", "X-Forwarded-For:\r\n", "127.0.0.1"},
           Case{"none", "", "127.0.0.1"},
       }) {
    const std::string request =
        std::string("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n") + c.forwarded + "\r\n";
    EXPECT_THAT(talk(behind_proxy.port(), request), HasSubstr(std::string("x-peer: ") + c.peer + "\r\n")) << c.what;
    EXPECT_THAT(talk(open.port(), request), HasSubstr("x-peer: 127.0.0.1\r\n")) << c.what;
  }
}

TEST(HttpServer, SaysWhyItCannotListen) {
  RunningServer taken(echo);
  struct Case {
    const char* what;
    std::string address;
    const char* expected;
  };
  for (const Case& c : {
           Case{"no port", "127.0.0.1", "expected ADDRESS:PORT"},
           Case{"a name", "localhost:80", "expected ADDRESS:PORT"},
           Case{"port of nonsense", "127.0.0.1:http", "expected ADDRESS:PORT"},
           Case{"port too large", "127.0.0.1:65536", "expected ADDRESS:PORT"},
           Case{"IPv6 without brackets", "::1:80", "expected ADDRESS:PORT"},
           Case{"taken", "127.0.0.1:" + std::to_string(taken.port()), "another program listens there"},
           Case{"not ours", "203.0.113.1:80", "choose an address of this machine"},
       }) {
    Listen listen;
    listen.address = c.address;
    const RunningServer server(echo, listen);
    EXPECT_THAT(server.error(), HasSubstr(c.expected)) << c.what;
  }
  Listen listen = RunningServer::local();
  listen.trusted_proxies = {"proxy.lan"};
  EXPECT_THAT(RunningServer(echo, listen).error(), HasSubstr("reading the trusted proxies"));
  listen = RunningServer::local();
  listen.tls = std::make_unique<TlsFiles>(TlsFiles{"/nonexistent.pem", "/nonexistent.key"});
  EXPECT_THAT(RunningServer(echo, listen).error(), HasSubstr("loading the certificate /nonexistent.pem"));
}

}  // namespace
}  // namespace patchbay::net
