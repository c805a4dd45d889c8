#include "net/http_client.hpp"

#include "net/test_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>

namespace patchbay::net {
namespace {

using namespace test;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

void describe(ServerRequest request, const Respond& respond) {
  std::string text = request.method + " " + request.path + "?" + request.query + "\n";
  for (const auto& [name, value] : request.headers) text += name + "=" + value + "\n";
  respond({.status = 201, .headers = {{"X-Answer", " Kept "}}, .body = text + "body=" + request.body});
}

TEST(HttpClient, SendsWhatItIsToldAndNothingElse) {
  RunningServer server(describe);
  const auto client = HttpClient::start();
  ClientRequest request = get(server.url() + "/in?x=1");
  request.method = "POST";
  request.headers = {{"webhook-id", "evt_1"},          {"X-Empty", ""},      {"Content-Length", "7"},
                     {"Transfer-Encoding", "chunked"}, {"Connection", "te"}, {"Expect", "100-continue"}};
  request.body = std::make_shared<const std::string>(2'000'000 / 4, 'b');
  request.keep_bytes = 1'000'000;
  const ClientResponse response = exchange(*client, std::move(request));
  EXPECT_EQ(response.status, 201U) << response.reason;
  EXPECT_FALSE(response.failure);
  EXPECT_EQ(value_of(response, "x-answer"), "Kept");
  EXPECT_THAT(response.body.substr(0, 400), StartsWith("POST /in?x=1\n"));
  const std::string seen = response.body.substr(0, response.body.find("body="));
  EXPECT_THAT(seen, HasSubstr("webhook-id=evt_1\n"));
  EXPECT_THAT(seen, HasSubstr("x-empty=\n"));
  EXPECT_THAT(seen, HasSubstr("content-length=500000\n"));
  for (const char* absent :
       {"expect", "transfer-encoding", "connection", "accept-encoding", "content-type", "cookie"}) {
    EXPECT_THAT(seen, Not(HasSubstr(absent))) << absent;
  }
}

TEST(HttpClient, KnowsEveryMethodOnOneUsedConnection) {
  RunningServer server(describe);
  const auto client = HttpClient::start();
  struct Case {
    const char* method;
    const char* body;
    const char* expected;
  };
  for (const Case& c : {
           Case{"POST", "abc", "content-length=3\nbody=abc"},
           Case{"GET", nullptr, "\nbody="},
           Case{"HEAD", nullptr, ""},
           Case{"PUT", "xy", "content-length=2\nbody=xy"},
           Case{"POST", nullptr, "content-length=0\nbody="},
           Case{"DELETE", nullptr, "\nbody="},
           Case{"PATCH", "p", "content-length=1\nbody=p"},
           Case{"OPTIONS", nullptr, "\nbody="},
           Case{"GET", nullptr, "\nbody="},
       }) {
    ClientRequest request = get(server.url() + "/m");
    request.method = c.method;
    if (c.body != nullptr) request.body = std::make_shared<const std::string>(c.body);
    const ClientResponse response = exchange(*client, std::move(request));
    EXPECT_EQ(response.status, 201U) << c.method << " " << response.reason;
    EXPECT_TRUE(response.body.ends_with(c.expected)) << c.method << ": " << response.body;
    if (std::string_view(c.method) != "HEAD") {
      EXPECT_THAT(response.body, StartsWith(std::string(c.method) + " /m"));
    } else {
      EXPECT_EQ(response.body, "");
    }
  }
  EXPECT_EQ(server.server().counts().connections_open, 1U) << "the connection was not used again";
}

TEST(HttpClient, KeepsTheStartOfALongAnswerAndEndsAnEndlessOne) {
  RunningServer server([](ServerRequest, const Respond& respond) {
    respond({.status = 200, .headers = {}, .body = std::string(100'000, 'x')});
  });
  const auto client = HttpClient::start();
  ClientRequest request = get(server.url());
  request.keep_bytes = 10;
  ClientResponse response = exchange(*client, request);
  EXPECT_EQ(response.status, 200U);
  EXPECT_EQ(response.body, "xxxxxxxxxx");
  EXPECT_TRUE(response.cut);
  request.keep_bytes = 100'000;
  EXPECT_FALSE(exchange(*client, request).cut);
  request.most_bytes = 99'999;
  response = exchange(*client, request);
  EXPECT_EQ(response.failure, ClientFailure::too_large);
  EXPECT_EQ(response.status, 0U);
  EXPECT_EQ(response.body, "");
  EXPECT_THAT(response.reason, HasSubstr("larger than 99999 bytes"));
}

TEST(HttpClient, RefusesWhatIsNoHttpUrlOrRequest) {
  const auto client = HttpClient::start();
  for (const char* url : {"", "127.0.0.1", "ftp://127.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1/", "http://",
                          "http://127.0.0.1:99999/", "http://a b/", "http://a/\r\nX: y", "https:/x"}) {
    EXPECT_EQ(exchange(*client, get(url)).failure, ClientFailure::invalid_url) << url;
  }
  ClientRequest request = get("http://127.0.0.1/");
  request.method = "GET / HTTP/1.1\r\nX: y";
  EXPECT_EQ(exchange(*client, request).failure, ClientFailure::invalid_url);
  request.method = "GET";
  for (const auto& header : std::vector<std::pair<std::string, std::string>>{
           {"a", "b\r\nc: d"}, {"a\n", "b"}, {"a b", "c"}, {"", "c"}, {"a", std::string("b\0c", 3)}}) {
    request.headers = {header};
    EXPECT_EQ(exchange(*client, request).failure, ClientFailure::invalid_url) << header.first;
  }
}

TEST(HttpClient, SaysWhatKeptItFromConnecting) {
  const auto client = HttpClient::start();
  std::uint16_t closed_port = 0;
  {
    closed_port = RawServer([](RawSocket&) {}).port();
  }
  const ClientResponse refused = exchange(*client, get("http://127.0.0.1:" + std::to_string(closed_port)));
  EXPECT_EQ(refused.failure, ClientFailure::not_connected);
  EXPECT_THAT(refused.reason, StartsWith("connecting: "));
  EXPECT_FALSE(refused.may_have_arrived);
  const ClientResponse unknown = exchange(*client, get("http://nobody.invalid/"));
  EXPECT_EQ(unknown.failure, ClientFailure::not_resolved) << unknown.reason;  // RFC 2606
  EXPECT_THAT(unknown.reason, HasSubstr("nobody.invalid"));
}

// libcurl itself repeats a request whose pooled connection turns out to be dead.
TEST(HttpClient, WhatMustNotArriveTwiceGoesOnAConnectionOfItsOwnAndOnce) {
  std::atomic<int> requests{0};
  RawServer one_at_a_time([&](RawSocket& socket) {
    while (!socket.read_past("\r\n\r\n").empty()) {
      ++requests;
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    }
  });
  ASSERT_TRUE(one_at_a_time.ready());
  {
    const auto client = HttpClient::start();
    EXPECT_EQ(exchange(*client, get(one_at_a_time.url())).status, 200U);
    EXPECT_EQ(exchange(*client, get(one_at_a_time.url())).status, 200U);
    ClientRequest once = get(one_at_a_time.url());
    once.repeat = Repeat::never;
    once.timeout = 200ms;
    // The server has time for the pooled connection alone.
    EXPECT_EQ(exchange(*client, std::move(once)).failure, ClientFailure::timeout);
    EXPECT_EQ(requests, 2);
  }
  RawServer hangs_up([](RawSocket& socket) { socket.read_past("\r\n\r\n"); });
  ASSERT_TRUE(hangs_up.ready());
  const auto client = HttpClient::start();
  ClientRequest once = get(hangs_up.url());
  once.repeat = Repeat::never;
  const ClientResponse lost = exchange(*client, std::move(once));
  EXPECT_EQ(lost.failure, ClientFailure::broken);
  EXPECT_TRUE(lost.may_have_arrived);
  EXPECT_EQ(hangs_up.connections(), 1);
}

TEST(HttpClient, CompletesManyRequestsOfManyThreadsOnceEach) {
  RunningServer server(echo);
  const auto client = HttpClient::start();
  constexpr int threads = 4, each = 250;
  std::atomic<int> completed{0}, wrong{0};
  std::vector<std::thread> senders;
  for (int t = 0; t < threads; ++t) {
    senders.emplace_back([&, t] {
      for (int i = 0; i < each; ++i) {
        const std::string body = std::to_string(t) + "/" + std::to_string(i);
        ClientRequest request = get(server.url());
        request.method = "POST";
        request.body = std::make_shared<const std::string>(body);
        client->send(std::move(request), [&, body](ClientResponse response) {
          if (response.status != 200 || response.body != body) ++wrong;
          ++completed;
        });
      }
    });
  }
  for (std::thread& sender : senders) sender.join();
  EXPECT_TRUE(wait_until([&] { return completed == threads * each; }));
  EXPECT_EQ(wrong, 0);
}

TEST(HttpClient, RunsTasksInOrderAndTimersWhenTheyAreDue) {
  const auto client = HttpClient::start();
  std::mutex mutex;
  std::vector<std::string> ran;
  const auto note = [&](const char* what) {
    const std::lock_guard lock(mutex);
    ran.emplace_back(what);
  };
  std::promise<std::chrono::steady_clock::time_point> last;
  const auto start = std::chrono::steady_clock::now();
  client->post([&] {
    client->post_after(60ms, [&] {
      note("60 ms");
      last.set_value(std::chrono::steady_clock::now());
    });
    client->post_after(20ms, [&] { note("20 ms"); });
    client->post_after(20ms, [&] { note("20 ms too"); });
    client->post_after(-5ms, [&] { note("past"); });
    client->post([&] { note("posted inside"); });
    note("first");
  });
  const auto ended = last.get_future().get();
  const std::lock_guard lock(mutex);
  ASSERT_EQ(ran.size(), 6U);
  EXPECT_EQ(ran[0], "first");
  EXPECT_THAT((std::vector<std::string>{ran[1], ran[2]}), ::testing::UnorderedElementsAre("posted inside", "past"));
  EXPECT_THAT((std::vector<std::string>{ran[3], ran[4], ran[5]}),
              ::testing::ElementsAre("20 ms", "20 ms too", "60 ms"));
  EXPECT_GE(ended - start, 60ms);
}

TEST(HttpClient, DropsOpenRequestsTasksAndTimersWhenItEnds) {
  std::atomic<bool> asked{false};
  RawServer silent([&](RawSocket& socket) {
    socket.read_past("\r\n\r\n");
    asked = true;
    socket.read_some();
  });
  std::atomic<int> called{0};
  const auto held = std::make_shared<int>(1);
  auto client = HttpClient::start();
  client->send(get(silent.url()), [&called, held](ClientResponse) { ++called; });
  client->post_after(std::chrono::hours(1), [&called, held] { ++called; });
  ASSERT_TRUE(wait_until([&] { return asked.load(); }));
  client.reset();
  EXPECT_EQ(called, 0);
  EXPECT_EQ(held.use_count(), 1) << "what completions hold is let go";
}

TEST(HttpClient, SpeaksTlsWithTheServerAndVerifiesIt) {
  const Certificate certificate;
  ASSERT_TRUE(certificate.made());
  Listen listen = RunningServer::local();
  listen.tls = std::make_unique<TlsFiles>(TlsFiles{certificate.file(), certificate.key()});
  listen.limits.body_bytes = 1'000'000;
  RunningServer server(echo, listen);
  ASSERT_EQ(server.error(), "");
  const std::string port = std::to_string(server.port());
  const auto client = HttpClient::start();

  ClientRequest request = get("https://localhost:" + port + "/");
  request.ca_file = certificate.file();
  request.method = "POST";
  request.body = std::make_shared<const std::string>(600'000, 't');
  request.keep_bytes = 1'000'000;
  for (int i = 0; i < 3; ++i) {
    const ClientResponse response = exchange(*client, request);
    EXPECT_EQ(response.status, 200U) << response.reason;
    EXPECT_EQ(response.body, *request.body);
  }
  EXPECT_EQ(server.server().counts().connections_open, 1U) << "the connection was not used again";

  request.body = std::make_shared<const std::string>(2'000'000, 't');
  EXPECT_EQ(exchange(*client, request).status, 413U);

  ClientRequest unknown_authority = request;
  unknown_authority.ca_file.clear();
  EXPECT_EQ(exchange(*client, unknown_authority).failure, ClientFailure::tls);
  ClientRequest other_name = request;
  other_name.url = "https://127.0.0.1:" + port + "/";
  const ClientResponse response = exchange(*client, other_name);
  EXPECT_EQ(response.failure, ClientFailure::tls);
  EXPECT_THAT(response.reason, StartsWith("securing the connection: "));
  ClientRequest no_file = request;
  no_file.ca_file = "/nonexistent.pem";
  EXPECT_EQ(exchange(*client, no_file).failure, ClientFailure::tls);
}

TEST(HttpServer, EndsAPlainOrSilentClientOnATlsPort) {
  const Certificate certificate;
  ASSERT_TRUE(certificate.made());
  Listen listen = RunningServer::local();
  listen.tls = std::make_unique<TlsFiles>(TlsFiles{certificate.file(), certificate.key()});
  listen.limits.request_time = 100ms;
  RunningServer server(echo, listen);
  ASSERT_EQ(server.error(), "");
  RawSocket plain = RawSocket::connect(server.port());
  plain.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(plain.read_to_end(), Not(HasSubstr("HTTP/1.1")));
  RawSocket silent = RawSocket::connect(server.port());
  EXPECT_EQ(silent.read_to_end(), "");
  EXPECT_TRUE(wait_until([&] { return server.server().counts().connections_open == 0; }));
}

}  // namespace
}  // namespace patchbay::net
