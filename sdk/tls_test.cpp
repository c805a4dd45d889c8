#include "tls_test_server.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <patchbay/wire.hpp>

#include <array>

namespace patchbay {
namespace {

using test::certified;
using test::Certified;
using test::TlsServer;
using test::Wanted;
using testing::HasSubstr;

const Certified& authority() {
  static const Certified made = certified({.names = {}, .is_authority = true});
  return made;
}
Certified of_authority(std::string names = "DNS:mail.example") {
  return certified({.names = std::move(names), .issuer = &authority()});
}
tls::Context trusting(const Certified& whom) { return tls::Context({.authorities = whom.pem(), .protocols = {}}); }

// Lets the two talk until neither has more to say. What ended it, if anything did.
std::optional<Error> meet(tls::Session& client, TlsServer& server, std::string& plain) {
  for (;;) {
    std::string to_server;
    client.take_output(to_server);
    if (to_server.empty()) return std::nullopt;
    if (auto error = client.receive(server.take(to_server), plain)) return error;
  }
}
std::string why(const std::optional<Error>& error) {
  return error ? error->reason + "; " + error->remedy : "it went well";
}

// What a client that trusts `whom` says of a server with that certificate.
std::string verdict(const Certified& own, const Certified& whom, const std::string& name, int newest = TLS1_3_VERSION) {
  const tls::Context context = trusting(whom);
  TlsServer server(own, newest);
  tls::Session client(context, name);
  EXPECT_FALSE(client.send("secret"));
  std::string plain;
  const auto error = meet(client, server, plain);
  EXPECT_EQ(client.is_secured(), !error);
  EXPECT_EQ(server.heard, error ? "" : "secret") << "it is sent to nobody but the right one";
  EXPECT_EQ(error ? error->code : pb_code{PB_NOT_CONNECTED}, PB_NOT_CONNECTED);
  return why(error);
}

TEST(Tls, TalksToTheServerThatProvesItsName) {
  const tls::Context context = trusting(authority());
  const Certified own = of_authority();
  for (const int newest : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsServer server(own, newest);
    tls::Session client(context, "mail.example");
    EXPECT_FALSE(client.is_secured());
    std::string plain;
    ASSERT_FALSE(meet(client, server, plain));
    EXPECT_TRUE(client.is_secured());
    EXPECT_EQ(server.asked_for(), "mail.example");
    EXPECT_FALSE(client.receive(server.say("* OK"), plain));
    EXPECT_EQ(plain, "* OK");
    EXPECT_FALSE(client.send("LOGIN"));
    ASSERT_FALSE(meet(client, server, plain));
    EXPECT_EQ(server.heard, "LOGIN");
    EXPECT_FALSE(client.is_ended());
    EXPECT_FALSE(client.receive(server.end(), plain));
    EXPECT_TRUE(client.is_ended());
    client.end();
    ASSERT_FALSE(meet(client, server, plain));
    EXPECT_TRUE(server.is_ended);
  }
}

TEST(Tls, TakesBytesHoweverTheyAreCutUp) {
  const tls::Context context = trusting(authority());
  const Certified own = of_authority();
  TlsServer server(own);
  tls::Session client(context, "mail.example");
  std::string plain, to_server;
  const auto drip = [&](const std::string& bytes) {
    for (const char c : bytes) ASSERT_FALSE(client.receive({&c, 1}, plain));
  };
  for (client.take_output(to_server); !to_server.empty(); client.take_output(to_server)) {
    const std::string answer = server.take(std::exchange(to_server, {}));
    drip(answer);
  }
  drip(server.say(std::string(40'000, 'x')));
  EXPECT_TRUE(client.is_secured());
  EXPECT_EQ(plain, std::string(40'000, 'x'));
}

TEST(Tls, AcceptsTheNamesThatACertificateHas) {
  const Certified own = of_authority("DNS:mail.example,DNS:*.hosts.example,IP:192.0.2.25,IP:2001:db8::25");
  for (const char* name : {"mail.example", "MAIL.example", "mail.example.", "a.hosts.example", "192.0.2.25",
                           "2001:db8::25", "2001:DB8:0::25"})
    EXPECT_EQ(verdict(own, authority(), name), "it went well") << name;
}

TEST(Tls, RefusesAnotherNameAndSaysWhichTheCertificateHas) {
  const Certified own = of_authority("DNS:mail.example,DNS:*.hosts.example,IP:192.0.2.25");
  for (const char* name : {"imap.example", "example", "x.mail.example", "hosts.example", "a.b.hosts.example",
                           "192.0.2.26", "2001:db8::25"})
    EXPECT_THAT(verdict(own, authority(), name),
                HasSubstr("to " + std::string(name) +
                          ": its certificate is for another name: mail.example, *.hosts.example, an IPv4 address; "
                          "write the name that stands in the certificate into the settings"))
        << name;
}

TEST(Tls, TheCommonNameIsNoName) {
  const Certified without =
      certified({.names = "email:mail@mail.example", .issuer = &authority(), .common_name = "mail.example"});
  EXPECT_THAT(verdict(without, authority(), "mail.example"), HasSubstr("another name: no name at all"));
}

TEST(Tls, RefusesACertificateOutsideOfItsTime) {
  const Certified expired = certified({.from_day = -30, .to_day = -1, .issuer = &authority()});
  EXPECT_THAT(verdict(expired, authority(), "mail.example"),
              testing::ContainsRegex("its certificate expired on 20[0-9]{2}-[01][0-9]-[0-3][0-9]; have it renewed"));
  const Certified early = certified({.from_day = 1, .to_day = 30, .issuer = &authority()});
  EXPECT_THAT(
      verdict(early, authority(), "mail.example"),
      testing::ContainsRegex("its certificate is valid from 20[0-9]{2}-[01][0-9]-[0-3][0-9] on only; set the clock"));
}

TEST(Tls, RefusesACertificateThatSignsItselfUnlessItIsTrusted) {
  const Certified own = certified({});
  EXPECT_THAT(verdict(own, authority(), "mail.example"),
              HasSubstr("its certificate is signed by nobody but itself; if that is meant, put the certificate into a "
                        "file and name that in ca_file"));
  EXPECT_EQ(verdict(own, own, "mail.example"), "it went well");
}

TEST(Tls, RefusesAnAuthorityThatIsNotTrusted) {
  const Certified other = certified({.names = {}, .is_authority = true});
  EXPECT_THAT(verdict(of_authority(), other, "mail.example"),
              HasSubstr("its certificate comes from an authority that is not trusted here: CN = Test Authority "));
}

TEST(Tls, RefusesAServerWithoutTls12) {
  EXPECT_THAT(verdict(of_authority(), authority(), "mail.example", TLS1_1_VERSION),
              HasSubstr("the server has no TLS 1.2 or later; have it updated"));
}

TEST(Tls, SaysThatTheServerSpeaksPlain) {
  const tls::Context context = trusting(authority());
  tls::Session client(context, "mail.example");
  std::string plain;
  EXPECT_THAT(why(client.receive("* OK IMAP4rev1 ready\r\n", plain)),
              HasSubstr("the server does not speak TLS there; see whether this port wants STARTTLS first"));
}

TEST(Tls, WhatWasChangedOnTheWayIsNotTaken) {
  const tls::Context context = trusting(authority());
  const Certified own = of_authority();
  TlsServer server(own);
  tls::Session client(context, "mail.example");
  std::string plain;
  ASSERT_FALSE(meet(client, server, plain));
  std::string record = server.say("pay 100");
  record.back() = static_cast<char>(record.back() ^ 1);
  EXPECT_TRUE(client.receive(record, plain));
  EXPECT_EQ(plain, "");
}

TEST(Tls, AgreesOnAProtocolWhereOneIsOffered) {
  const tls::Context context({.authorities = authority().pem(), .protocols = {"other", "echo"}});
  const Certified own = of_authority();
  TlsServer server(own);
  tls::Session client(context, "mail.example");
  std::string plain;
  ASSERT_FALSE(meet(client, server, plain));
  EXPECT_EQ(client.protocol(), "echo");
}

TEST(Tls, NeedsSomebodyToTrustAndANameToAskFor) {
  for (const char* pem : {"", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"})
    EXPECT_THROW(tls::Context({.authorities = pem, .protocols = {}}), Failure) << pem;
  const tls::Context context = trusting(authority());
  for (const char* name : {"", "."}) EXPECT_THROW(tls::Session(context, name), Failure) << name;
}

// A wire and the other end of its stream.
class WireTest : public testing::Test {
 protected:
  WireTest() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()), 0);
    wire.emplace(Stream(ends[0]));
    far = Stream(ends[1]);
  }
  void say(std::string_view bytes) { ASSERT_EQ(far.write(bytes).bytes, bytes.size()); }
  std::string hear() {
    std::string all;
    char part[4096];
    for (Stream::Moved moved = far.read(part, sizeof part); moved.went == Stream::Went::some;
         moved = far.read(part, sizeof part))
      all.append(part, moved.bytes);
    return all;
  }
  void shake_hands() {
    ASSERT_FALSE(wire->flow());
    for (std::string heard = hear(); !heard.empty(); heard = hear()) {
      say(server.take(heard));
      ASSERT_FALSE(wire->flow());
    }
    ASSERT_TRUE(wire->is_secured());
  }

  Certified own = of_authority();
  tls::Context context = trusting(authority());
  TlsServer server{own};
  std::optional<Wire> wire;
  Stream far;
};

TEST_F(WireTest, CarriesPlainBytesBothWays) {
  wire->write("hello");
  EXPECT_TRUE(wire->has_output());
  say("* OK");
  ASSERT_FALSE(wire->flow());
  EXPECT_FALSE(wire->has_output());
  EXPECT_EQ(hear(), "hello");
  EXPECT_EQ(wire->received(), "* OK");
  EXPECT_EQ(wire->interest(), Interest::readable);
  far.close();
  ASSERT_FALSE(wire->flow());
  EXPECT_EQ(wire->ending(), Wire::Ending::orderly);
  EXPECT_EQ(wire->interest(), Interest::nothing);
}

TEST_F(WireTest, StartsTlsInTheMiddle) {
  wire->write("STARTTLS\r\n");
  ASSERT_FALSE(wire->flow());
  EXPECT_EQ(hear(), "STARTTLS\r\n");
  say("OK\r\n");
  ASSERT_FALSE(wire->flow());
  EXPECT_EQ(std::exchange(wire->received(), {}), "OK\r\n");
  ASSERT_FALSE(wire->secure(context, "mail.example"));
  EXPECT_FALSE(wire->is_secured());
  wire->write("LOGIN\r\n");
  shake_hands();
  EXPECT_EQ(server.heard, "LOGIN\r\n");
  say(server.say("welcome"));
  ASSERT_FALSE(wire->flow());
  EXPECT_EQ(wire->received(), "welcome");
}

// CVE-2011-0411: what somebody in between put behind the consent to TLS must not be read as if it came after it.
TEST_F(WireTest, StartsNoTlsWhereMoreCameBeforeIt) {
  say("OK\r\nA1 OK you have mail\r\n");
  ASSERT_FALSE(wire->flow());
  wire->received().erase(0, 4);
  EXPECT_THAT(why(wire->secure(context, "mail.example")), HasSubstr("sent more before it"));
}

TEST_F(WireTest, TellsAGoodbyeFromAConnectionThatWasCut) {
  ASSERT_FALSE(wire->secure(context, "mail.example"));
  shake_hands();
  say(server.say("last"));
  say(server.end());
  far.close();
  ASSERT_FALSE(wire->flow());
  EXPECT_EQ(wire->received(), "last");
  EXPECT_EQ(wire->ending(), Wire::Ending::orderly);
}

TEST_F(WireTest, TellsAConnectionThatWasCutFromAGoodbye) {
  ASSERT_FALSE(wire->secure(context, "mail.example"));
  shake_hands();
  say(server.say("last"));
  far.close();
  ASSERT_FALSE(wire->flow());
  EXPECT_EQ(wire->received(), "last");
  EXPECT_EQ(wire->ending(), Wire::Ending::cut_off);
}

TEST_F(WireTest, SaysGoodbyeWhenAsked) {
  ASSERT_FALSE(wire->secure(context, "mail.example"));
  shake_hands();
  wire->write("LOGOUT");
  wire->end();
  ASSERT_FALSE(wire->flow());
  static_cast<void>(server.take(hear()));
  EXPECT_EQ(server.heard, "LOGOUT");
  EXPECT_TRUE(server.is_ended);
}

TEST_F(WireTest, KeepsWhatDoesNotGoOutAndWaitsForRoom) {
  const std::string much(3 << 20, 'x');
  wire->write(much);
  ASSERT_FALSE(wire->flow());
  EXPECT_EQ(wire->interest(), Interest::both);
  std::string heard;
  while (heard.size() < much.size()) {
    const std::string more = hear();
    ASSERT_FALSE(more.empty());
    heard += more;
    ASSERT_FALSE(wire->flow());
  }
  EXPECT_EQ(heard, much);
  EXPECT_EQ(wire->interest(), Interest::readable);
}

TEST_F(WireTest, ReadsNoMoreThanIsTaken) {
  ::fcntl(far.descriptor(), F_SETFL, 0);
  const std::string part(std::size_t{64} << 10U, 'x');
  while (wire->interest() == Interest::readable) {
    ASSERT_GT(far.write(part).bytes, 0U);
    ASSERT_FALSE(wire->flow());
  }
  EXPECT_EQ(wire->interest(), Interest::nothing);
  EXPECT_LT(wire->received().size(), std::size_t{2} << 20U);
  wire->received().clear();
  EXPECT_EQ(wire->interest(), Interest::readable);
}

TEST_F(WireTest, SaysThatTheConnectionBroke) {
  far.close();
  wire->write("hello");
  EXPECT_THAT(why(wire->flow()), HasSubstr("writing to the server: Broken pipe"));
}

}  // namespace
}  // namespace patchbay
