// No request can be turned against the inside network. What needs other addresses than those of loopback, or a name
// server, is in tests/integration/gateway/ssrf_test.mjs.
#include "net/test_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace patchbay::net {
namespace {

using namespace test;
using ::testing::HasSubstr;

constexpr const char* empty_answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

TEST(HttpClientGuard, FollowsNoRedirect) {
  RawServer canary([](RawSocket& socket) { socket.write(empty_answer); });
  for (const std::uint32_t status : {301U, 302U, 303U, 307U, 308U}) {
    RunningServer server([&](ServerRequest, const Respond& respond) {
      respond({.status = status, .headers = {{"location", canary.url()}}, .body = {}});
    });
    const auto client = HttpClient::start();
    const ClientResponse response = exchange(*client, get(server.url()));
    EXPECT_EQ(response.status, status);
    EXPECT_EQ(value_of(response, "location"), canary.url());
  }
  EXPECT_EQ(canary.connections(), 0);
}

TEST(HttpClientGuard, UsesNoProxyOfTheEnvironment) {
  RunningServer server(echo);
  RawServer proxy([](RawSocket& socket) { socket.write(empty_answer); });
  constexpr const char* variables[] = {"http_proxy",  "HTTP_PROXY", "https_proxy",
                                       "HTTPS_PROXY", "all_proxy",  "ALL_PROXY"};
  for (const char* variable : variables) ASSERT_EQ(setenv(variable, proxy.url().c_str(), 1), 0);
  const auto client = HttpClient::start();
  EXPECT_EQ(exchange(*client, get(server.url())).status, 200U);
  ClientRequest refused = get(server.url());
  refused.guard = nullptr;
  EXPECT_EQ(exchange(*client, std::move(refused)).failure, ClientFailure::address_refused);
  EXPECT_EQ(exchange(*client, get("https://nobody.invalid/")).failure, ClientFailure::not_resolved);
  for (const char* variable : variables) unsetenv(variable);
  EXPECT_EQ(proxy.connections(), 0);
}

TEST(HttpClientGuard, ReachesNoInsideAddressHoweverItIsWritten) {
  RawServer canary([](RawSocket& socket) { socket.write(empty_answer); });
  ASSERT_TRUE(canary.ready());
  struct Case {
    const char* what;
    const char* host;
    const char* address;  // that the reason names
  };
  const auto client = HttpClient::start();
  for (const Case& c : {
           Case{"dotted", "127.0.0.1", "127.0.0.1"},
           Case{"another of the network", "127.9.8.7", "127.9.8.7"},
           Case{"decimal", "2130706433", "127.0.0.1"},
           Case{"hexadecimal", "0x7f000001", "127.0.0.1"},
           Case{"octal", "0177.0.0.1", "127.0.0.1"},
           Case{"octal, one number", "017700000001", "127.0.0.1"},
           Case{"mixed", "0x7f.0.0x0.01", "127.0.0.1"},
           Case{"short", "127.1", "127.0.0.1"},
           Case{"zero", "0", "0.0.0.0"},
           Case{"this network", "0.0.0.0", "0.0.0.0"},
           Case{"name", "localhost", "1"},
           Case{"name in capitals", "LOCALHOST", "1"},
           Case{"IPv6 loopback", "[::1]", "::1"},
           Case{"IPv6 loopback, long", "[0:0:0:0:0:0:0:1]", "::1"},
           Case{"IPv6 unspecified", "[::]", "::"},
           Case{"IPv4-mapped", "[::ffff:127.0.0.1]", "127.0.0.1"},
           Case{"IPv4-mapped in hexadecimal", "[::FFFF:7F00:1]", "127.0.0.1"},
           Case{"IPv4-compatible", "[::127.0.0.1]", "::127.0.0.1"},
           Case{"IPv4-translated", "[::ffff:0:127.0.0.1]", "::ffff:0:"},
           Case{"NAT64", "[64:ff9b::7f00:1]", "64:ff9b::7f00:1"},
           Case{"6to4", "[2002:7f00:1::1]", "2002:7f00:1::1"},
           Case{"Teredo", "[2001:0:7f00:1::1]", "2001:0:7f00:1::1"},
           Case{"ISATAP", "[2606:4700::5efe:7f00:1]", "2606:4700::5efe:7f00:1"},
           Case{"link-local with scope", "[fe80::1%25lo]", "fe80::1"},
           Case{"metadata", "169.254.169.254", "169.254.169.254"},
           Case{"metadata, IPv6", "[fd00:ec2::254]", "fd00:ec2::254"},
       }) {
    for (const bool with_guard : {false, true}) {
      ClientRequest request = get("http://" + std::string(c.host) + ":" + std::to_string(canary.port()) + "/");
      request.guard = with_guard ? guard_for({"10.0.0.0/8", "127.0.0.1:1"}) : nullptr;
      const ClientResponse response = exchange(*client, std::move(request));
      EXPECT_EQ(response.status, 0U) << c.what;
      EXPECT_EQ(response.failure, ClientFailure::address_refused) << c.what << ": " << response.reason;
      EXPECT_THAT(response.reason, HasSubstr(c.address)) << c.what;
    }
  }
  EXPECT_EQ(canary.connections(), 0);
  EXPECT_EQ(exchange(*client, get("http://0x7f000001:" + std::to_string(canary.port()))).status, 200U)
      << "the canary is alive where it is allowed";
}

// libcurl takes "127.0.0.1." for a name and leaves it to the resolver, which may or may not know it.
TEST(HttpClientGuard, ReachesNoInsideAddressWithADotBehindIt) {
  RawServer canary([](RawSocket& socket) { socket.write(empty_answer); });
  const auto client = HttpClient::start();
  ClientRequest request = get("http://127.0.0.1.:" + std::to_string(canary.port()) + "/");
  request.guard = nullptr;
  EXPECT_THAT(exchange(*client, std::move(request)).failure.value(),
              ::testing::AnyOf(ClientFailure::address_refused, ClientFailure::not_resolved));
  EXPECT_EQ(canary.connections(), 0);
}

TEST(HttpClientGuard, TellsWhichEntryWouldAllowWhatItRefused) {
  RawServer server([](RawSocket& socket) { socket.write(empty_answer); });
  RawServer neighbour([](RawSocket& socket) { socket.write(empty_answer); });
  const auto client = HttpClient::start();
  ClientRequest request = get(server.url());
  request.guard = nullptr;
  const std::string entry = "127.0.0.1/32:" + std::to_string(server.port());
  EXPECT_THAT(exchange(*client, request).reason, HasSubstr("name it in allow_private: \"" + entry + "\""));

  request.guard = guard_for({entry});
  EXPECT_EQ(exchange(*client, request).status, 200U);
  request.url = neighbour.url();
  EXPECT_EQ(exchange(*client, request).failure, ClientFailure::address_refused);
  EXPECT_EQ(neighbour.connections(), 0);

  request.url = "http://[::1]:8069/";
  EXPECT_THAT(exchange(*client, request).reason, HasSubstr("name it in allow_private: \"[::1]/128:8069\""));
}

TEST(HttpClientGuard, AsksTheGuardAgainBeforeAPooledConnectionIsUsed) {
  RunningServer server(echo);
  const auto client = HttpClient::start();
  ASSERT_EQ(exchange(*client, get(server.url())).status, 200U);
  ClientRequest strict = get(server.url());
  strict.guard = nullptr;
  const ClientResponse response = exchange(*client, std::move(strict));
  EXPECT_EQ(response.failure, ClientFailure::address_refused) << response.reason;
  EXPECT_THAT(response.reason, HasSubstr("127.0.0.1"));
  EXPECT_THAT(response.reason, HasSubstr("allow_private"));
  EXPECT_EQ(server.server().counts().requests, 1U);
}

}  // namespace
}  // namespace patchbay::net
