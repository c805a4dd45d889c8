// The connector with a host and a server that the test plays, through TLS.
#include "imap.hpp"

#include <gtest/gtest.h>
#include <patchbay/testkit/fake_host.hpp>

#include <map>

#include "tls_test_server.hpp"

namespace patchbay::imap {
namespace {

using namespace std::chrono_literals;

const test::Certified& authority() {
  static const test::Certified made = test::certified({.is_authority = true});
  return made;
}

Json settings(testkit::FakeHost& host) {
  return {{"user", "support@rossi.example"},
          {"password", host.secret("secret")},
          {"server", "mail.example:993"},
          {"start", "everything"},
          {"folders", {{"outbound", Json::array()}}}};
}

class ImapConnector : public testing::Test {
 protected:
  ImapConnector() {
    host_.allow_reveal();
    host_.set_authorities(authority().pem());
  }

  void open() {
    ASSERT_EQ(host_.open(settings(host_)), PB_OK) << host_.why();
    ASSERT_EQ(host_.start(), PB_OK) << host_.why();
  }
  // The server's end of the first mailbox's connection, secured.
  void accept() {
    peer_ = host_.accept(0);
    server_.emplace(certificate_);
    pump();
  }
  void pass(std::chrono::microseconds time) {
    host_.advance(time);
    host_.settle();
  }
  // Passes bytes between the two until nobody has more to say.
  void pump() {
    for (std::string heard = peer_.hear(); !heard.empty(); heard = peer_.hear())
      if (const std::string answer = server_->take(heard); !answer.empty()) peer_.say(answer);
  }
  // Says it, with "@" for the tag of the client's last command, and returns what the client says to that.
  std::string say(std::string text) {
    for (std::size_t at = text.find('@'); at != std::string::npos; at = text.find('@')) text.replace(at, 1, tag_);
    server_->heard.clear();
    peer_.say(server_->say(text));
    pump();
    return heard();
  }
  std::string heard() {
    const std::string all = server_->heard;
    const std::size_t last = all.size() < 2 ? std::string::npos : all.rfind('\n', all.size() - 2);
    const std::string line = all.substr(last == std::string::npos ? 0 : last + 1);
    if (line.starts_with('p')) tag_ = line.substr(0, line.find(' '));
    return all;
  }
  std::string log_in(int exists, int next) {
    say("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR IDLE] hi\r\n");
    say("@ OK [CAPABILITY IMAP4rev1 IDLE] in\r\n");
    return say("* " + std::to_string(exists) + " EXISTS\r\n* OK [UIDVALIDITY 9] is\r\n* OK [UIDNEXT " +
               std::to_string(next) + "] is\r\n@ OK done\r\n");
  }
  static std::string body(int uid, const std::string& text) {
    const std::string bytes = "From: a@c" + std::to_string(uid) + ".example\nSubject: " + text + "\n\n" + text;
    return "* 1 FETCH (UID " + std::to_string(uid) + " INTERNALDATE \"01-Mar-2025 10:00:00 +0000\" RFC822.SIZE " +
           std::to_string(bytes.size()) + " BODY[] {" + std::to_string(bytes.size()) + "}\r\n" + bytes + ")\r\n";
  }
  // Logs in and gives these two.
  void import() {
    log_in(2, 3);
    say("* 1 FETCH (UID 1 RFC822.SIZE 50)\r\n* 2 FETCH (UID 2 RFC822.SIZE 50)\r\n@ OK done\r\n");
    say(body(1, "one") + body(2, "two") + "@ OK done\r\n");
  }
  std::vector<std::string> subjects() {
    std::vector<std::string> all;
    for (const auto& submitted : host_.batches())
      for (const Interaction& one : submitted.batch.interactions) all.push_back(one.subject);
    return all;
  }

  const test::Certified certificate_ = test::certified({.issuer = &authority()});
  testkit::FakeHost host_{patchbay_plugin_v1(PATCHBAY_ABI_MAJOR, PATCHBAY_ABI_MINOR)};
  testkit::Peer peer_;
  std::optional<test::TlsServer> server_;
  std::string tag_ = "p1";
};

TEST_F(ImapConnector, ImportsAndGoesOnBehindWhatIsDurable) {
  open();
  ASSERT_EQ(host_.connects().size(), 1U);
  EXPECT_EQ(host_.connects()[0].call.host, "mail.example");
  EXPECT_EQ(host_.connects()[0].call.port, 993);
  accept();
  EXPECT_EQ(server_->asked_for(), "mail.example");
  import();
  EXPECT_EQ(subjects(), (std::vector<std::string>{"one", "two"}));
  EXPECT_TRUE(host_.batches().back().batch.interactions.at(0).historical);
  const Json place = Json::parse(host_.states().at("support@rossi.example/INBOX"));
  EXPECT_EQ(place["validity"], 9);
  EXPECT_EQ(place["uid"], 2);
  EXPECT_EQ(host_.metrics().at("mailboxes_up_to_date"), 1);
  host_.stop();
  host_.close();

  open();
  accept();
  EXPECT_NE(log_in(3, 4).find("UID FETCH 3:*"), std::string::npos);
  host_.stop();
}

TEST_F(ImapConnector, SubmitsAgainWhatTheHostCouldNotTakeNow) {
  open();
  accept();
  log_in(1, 2);
  say("* 1 FETCH (UID 1 RFC822.SIZE 50)\r\n@ OK done\r\n");
  host_.hold();
  say(body(1, "one") + "@ OK done\r\n");
  ASSERT_EQ(host_.on_their_way().size(), 1U);
  ASSERT_EQ(subjects().size(), 1U);
  host_.complete(host_.on_their_way().at(0), Error{PB_TRANSIENT, "the disk is full", "", {}, {}});
  EXPECT_EQ(host_.states().at("support@rossi.example/INBOX").find("\"uid\":1,"), std::string::npos);
  pass(5s);
  ASSERT_EQ(subjects().size(), 2U);
  host_.complete(host_.on_their_way().at(0));
  EXPECT_NE(host_.states().at("support@rossi.example/INBOX").find("\"uid\":1,"), std::string::npos);
  host_.stop();
}

TEST_F(ImapConnector, PutsTheOneMessageIntoTheQuarantineThatCanNeverBeTaken) {
  open();
  accept();
  host_.hold();
  import();
  host_.complete(host_.on_their_way().at(0));
  const Error never{PB_PERMANENT, "a text that is too long", "", {}, {}};
  host_.complete(host_.on_their_way().at(0), never);  // both
  ASSERT_EQ(subjects().back(), "one");
  host_.complete(host_.on_their_way().at(0), never);  // the first by itself
  ASSERT_EQ(host_.batches().back().batch.quarantines.size(), 1U);
  EXPECT_NE(host_.batches().back().batch.quarantines[0].reason.find("a text that is too long"), std::string::npos);
  host_.complete(host_.on_their_way().at(0));
  EXPECT_EQ(subjects().back(), "two");
  host_.complete(host_.on_their_way().at(0));
  EXPECT_EQ(Json::parse(host_.states().at("support@rossi.example/INBOX"))["uid"], 2);
  host_.stop();
}

TEST_F(ImapConnector, ComesBackAfterALossAndSaysTheSameOnce) {
  open();
  const Error gone{PB_NOT_CONNECTED, "connecting to mail.example: refused", "see to the server", {}, {}};
  host_.refuse(0, gone);
  ASSERT_EQ(host_.reports().size(), 1U);
  EXPECT_EQ(host_.reports()[0].reason, "support@rossi.example: connecting to mail.example: refused");
  EXPECT_EQ(host_.connects().size(), 1U);
  pass(2500ms);  // two seconds, and up to a quarter more
  ASSERT_EQ(host_.connects().size(), 2U);
  host_.refuse(0, gone);
  EXPECT_EQ(host_.reports().size(), 1U);
  pass(5s);
  ASSERT_EQ(host_.connects().size(), 3U);
  accept();
  log_in(0, 1);
  peer_.hang_up();
  pass(3s);
  EXPECT_EQ(host_.connects().size(), 4U);
  host_.stop();
}

TEST_F(ImapConnector, TrustsNoCertificateOfAStranger) {
  host_.set_authorities(test::certified({.is_authority = true}).pem());
  open();
  accept();
  ASSERT_EQ(host_.reports().size(), 1U) << server_->heard;
  EXPECT_EQ(host_.reports()[0].code, PB_NOT_CONNECTED);
  EXPECT_EQ(server_->heard, "");
  host_.stop();
}

TEST_F(ImapConnector, LogsInWithATokenAndWithAnotherWhereThatIsRefused) {
  Json with = settings(host_);
  with.erase("password");
  with["oauth2"] = host_.oauth2("first");
  ASSERT_EQ(host_.open(with), PB_OK) << host_.why();
  ASSERT_EQ(host_.start(), PB_OK) << host_.why();
  ASSERT_EQ(host_.accesses().size(), 1U);
  accept();
  // base64 of user=support@rossi.example ^A auth=Bearer first ^A^A, made with coreutils' base64
  EXPECT_EQ(say("* OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2 SASL-IR] hi\r\n"),
            "p1 AUTHENTICATE XOAUTH2 dXNlcj1zdXBwb3J0QHJvc3NpLmV4YW1wbGUBYXV0aD1CZWFyZXIgZmlyc3QBAQ==\r\n");
  host_.set_access_token("second");
  say("p1 NO [AUTHENTICATIONFAILED] no\r\n");
  ASSERT_EQ(host_.accesses().size(), 2U);
  EXPECT_EQ(host_.accesses()[1].refused, "first");
  EXPECT_TRUE(host_.reports().empty());
  accept();
  // the same with second
  EXPECT_EQ(say("* OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2 SASL-IR] hi\r\n"),
            "p1 AUTHENTICATE XOAUTH2 dXNlcj1zdXBwb3J0QHJvc3NpLmV4YW1wbGUBYXV0aD1CZWFyZXIgc2Vjb25kAQE=\r\n");
  say("p1 NO [AUTHENTICATIONFAILED] no\r\n");
  ASSERT_EQ(host_.reports().size(), 1U);
  EXPECT_EQ(host_.reports()[0].code, PB_AUTH_FAILED);
  EXPECT_NE(host_.reports()[0].remedy.find("authorise the channel again"), std::string::npos);
  EXPECT_EQ(host_.accesses().size(), 2U);
  pass(59s);
  EXPECT_EQ(host_.accesses().size(), 2U);
  pass(20s);  // up to a quarter more than a minute
  EXPECT_EQ(host_.accesses().size(), 3U);
  host_.stop();
}

TEST_F(ImapConnector, AsksForAnotherTokenAgainWhereTheHostHasNoneYet) {
  Json with = settings(host_);
  with.erase("password");
  with["oauth2"] = host_.oauth2("first");
  ASSERT_EQ(host_.open(with), PB_OK) << host_.why();
  ASSERT_EQ(host_.start(), PB_OK) << host_.why();
  for (int attempt = 1; attempt <= 2; ++attempt) {
    accept();
    say("* OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2 SASL-IR] hi\r\n");
    host_.set_access_token(std::nullopt);
    say("p1 NO [AUTHENTICATIONFAILED] no\r\n");
    EXPECT_EQ(host_.accesses().back().refused, "first");
    host_.set_access_token("first");
    pass(5s);
  }
  EXPECT_EQ(host_.connects().size(), 3U);
  EXPECT_TRUE(host_.reports().empty());
  host_.stop();
}

TEST_F(ImapConnector, WaitsForConsentAndAsksNobodyMeanwhile) {
  Json with = settings(host_);
  with.erase("password");
  with["oauth2"] = host_.oauth2("first");
  host_.set_access_token(std::nullopt);
  ASSERT_EQ(host_.open(with), PB_OK) << host_.why();
  ASSERT_EQ(host_.start(), PB_OK) << host_.why();
  EXPECT_TRUE(host_.connects().empty());
  host_.set_access_token("second");
  pass(5s);
  EXPECT_EQ(host_.connects().size(), 1U);
  host_.stop();
}

TEST_F(ImapConnector, TouchesAMessageOnlyOnceItIsDurable) {
  Json with = settings(host_);
  with["when_taken"] = {{"mark_seen", true}};
  ASSERT_EQ(host_.open(with), PB_OK) << host_.why();
  ASSERT_EQ(host_.start(), PB_OK) << host_.why();
  accept();
  log_in(2, 3);
  say("* 1 FETCH (UID 1 RFC822.SIZE 50)\r\n* 2 FETCH (UID 2 RFC822.SIZE 50)\r\n@ OK done\r\n");
  host_.hold();
  say(body(1, "one") + body(2, "two") + "@ OK done\r\n");
  say("+ idling\r\n");
  ASSERT_EQ(host_.on_their_way().size(), 1U);
  EXPECT_EQ(server_->heard, "");
  host_.complete(host_.on_their_way().at(0));
  host_.settle();
  pump();
  EXPECT_EQ(server_->heard, "DONE\r\n");
  const std::string key = "support@rossi.example/INBOX";
  EXPECT_EQ(Json::parse(host_.states().at(key))["due"], "1:2");
  say("@ OK done\r\n");
  EXPECT_NE(say("@ OK done\r\n").find("UID STORE 1:2 +FLAGS.SILENT (\\Seen)"), std::string::npos);
  host_.stop();
  host_.close();

  // Nobody knows whether it was done: it is done again, and then written down.
  ASSERT_EQ(host_.open(with), PB_OK) << host_.why();
  ASSERT_EQ(host_.start(), PB_OK) << host_.why();
  accept();
  EXPECT_NE(log_in(2, 3).find("UID STORE 1:2 +FLAGS.SILENT (\\Seen)"), std::string::npos);
  say("@ OK done\r\n");
  host_.complete(host_.on_their_way().at(0));
  EXPECT_EQ(Json::parse(host_.states().at(key))["due"], "");
  host_.stop();
}

TEST_F(ImapConnector, RefusesSettingsThatMakeNoMailbox) {
  struct Case {
    const char* patch;
    const char* pointer;
  };
  for (const Case& c :
       {Case{R"({"server": null})", "/server"}, Case{R"({"server": "a.example:70000"})", "/server"},
        Case{R"({"password": null})", "/password"},
        Case{R"({"when_taken": {"delete": true, "move_to": "Archive"}})", "/when_taken/delete"},
        Case{R"({"when_taken": {"move_to": "INBOX"}})", "/when_taken/move_to"},
        Case{R"({"start": "2026-13-01"})", "/start"}, Case{R"({"accounts": {"a": {"user": "u"}}})", "/user"}}) {
    Json with = settings(host_);
    with.merge_patch(Json::parse(c.patch));
    EXPECT_EQ(host_.open(with), PB_INVALID_SETTINGS) << c.patch;
    ASSERT_FALSE(host_.reports().empty());
    EXPECT_EQ(host_.reports().back().pointer, c.pointer);
  }
}

TEST_F(ImapConnector, TakesWhatHoldsForAllAccountsFromBesideThem) {
  const Json with = {
      {"preset", "gmail"},
      {"start", "2026-01-01"},
      {"accounts",
       {{"info", {{"user", "info@rossi.example"}, {"password", host_.secret("a")}}},
        {"shop", {{"user", "shop@rossi.example"}, {"password", host_.secret("b")}, {"server", "[::1]:143"}}}}}};
  ASSERT_EQ(host_.open(with), PB_OK) << host_.why();
  ASSERT_EQ(host_.start(), PB_OK);
  std::map<std::string, int> servers;
  for (const auto& one : host_.connects()) servers[one.call.host] = one.call.port;
  EXPECT_EQ(servers, (std::map<std::string, int>{{"imap.gmail.com", 993}, {"::1", 143}}));
  host_.stop();
}

}  // namespace
}  // namespace patchbay::imap
