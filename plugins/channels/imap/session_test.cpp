#include <gtest/gtest.h>

#include "date.hpp"
#include "session_talk.hpp"

namespace patchbay::imap {
namespace {

using namespace std::chrono_literals;

TEST(ImapSession, LogsInListsFetchesAndWaits) {
  Talk talk;
  // base64 of NUL kasia@example.org NUL secret, made with coreutils' base64
  EXPECT_EQ(talk.say("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR IDLE ID] ready\r\n"),
            "p1 AUTHENTICATE PLAIN AGthc2lhQGV4YW1wbGUub3JnAHNlY3JldA==\r\n");
  EXPECT_EQ(talk.say("p1 OK in\r\n"), "p2 CAPABILITY\r\n");
  EXPECT_EQ(talk.say("* CAPABILITY IMAP4rev1 IDLE ID\r\np2 OK done\r\n"), "p3 ID (\"name\" \"Patchbay\")\r\n");
  EXPECT_EQ(talk.say("* ID NIL\r\np3 OK done\r\n"), "p4 EXAMINE \"INBOX\"\r\n");
  EXPECT_EQ(talk.open(7, 12), "p5 UID FETCH 1:* (UID INTERNALDATE RFC822.SIZE)\r\n");
  EXPECT_EQ(talk.say(listed(3, 5) + listed(11, 6) + "p5 OK done\r\n"),
            "p6 UID FETCH 3,11 (UID INTERNALDATE RFC822.SIZE BODY.PEEK[])\r\n");
  EXPECT_EQ(talk.say(body(3, "A: b\n") + body(11, "A: c\r\n") + "p6 OK done\r\n"), "p7 IDLE\r\n");
  const auto fetched = talk.told<Fetched>();
  ASSERT_EQ(fetched.size(), 1U);
  EXPECT_EQ(fetched[0].place, (Place{7, 11, 12}));
  ASSERT_EQ(fetched[0].messages.size(), 2U);
  EXPECT_EQ(fetched[0].messages[0].bytes, "A: b\n");
  EXPECT_EQ(fetched[0].messages[1].uid, 11U);
  EXPECT_EQ(fetched[0].messages[1].came_in, std::chrono::sys_seconds{1'772'355'600s});  // 2026-03-01T09:00:00Z
  EXPECT_EQ(talk.told<Rested>().size(), 1U);

  EXPECT_EQ(talk.say("+ idling\r\n"), "");
  EXPECT_EQ(talk.say("* 3 EXISTS\r\n"), "DONE\r\n");
  EXPECT_EQ(talk.say("p7 OK done\r\n"), "p8 UID FETCH 12:* (UID INTERNALDATE RFC822.SIZE)\r\n");
  EXPECT_EQ(talk.say(listed(12, 4) + "p8 OK done\r\n"),
            "p9 UID FETCH 12 (UID INTERNALDATE RFC822.SIZE BODY.PEEK[])\r\n");
  EXPECT_EQ(talk.say(body(12, "A:\r\n") + "p9 OK done\r\n"), "p10 IDLE\r\n");
  EXPECT_EQ(talk.told<Fetched>().back().place.uid, 12U);
}

TEST(ImapSession, ProvesItselfInTheWayThatTheServerKnows) {
  struct Case {
    const char* capabilities;
    Proof proof;
    const char* said;
  };
  // The third is the example of Google's description of XOAUTH2 in its form, made with coreutils' base64.
  for (const Case& c :
       {Case{"AUTH=PLAIN", Proof::password, "p1 AUTHENTICATE PLAIN\r\n"},
        Case{"AUTH=CRAM-MD5", Proof::password, "p1 LOGIN \"kasia@example.org\" \"secret\"\r\n"},
        Case{"AUTH=XOAUTH2 SASL-IR", Proof::token,
             "p1 AUTHENTICATE XOAUTH2 dXNlcj1rYXNpYUBleGFtcGxlLm9yZwFhdXRoPUJlYXJlciBzZWNyZXQBAQ==\r\n"},
        Case{"AUTH=OAUTHBEARER", Proof::token, "p1 AUTHENTICATE OAUTHBEARER\r\n"}}) {
    SessionSettings with = settings();
    with.credentials.proof = c.proof;
    Talk talk(with);
    EXPECT_EQ(talk.say("* OK [CAPABILITY IMAP4rev1 " + std::string(c.capabilities) + "] hi\r\n"), c.said);
  }
  SessionSettings with = settings();
  with.credentials.proof = Proof::token;
  Talk talk(with);
  talk.say("* OK [CAPABILITY IMAP4rev1 AUTH=OAUTHBEARER] hi\r\n");
  // RFC 7628, section 3.1, with our names
  EXPECT_EQ(talk.say("+\r\n"), base64("n,a=kasia@example.org,\x01host=imap.example.org\x01port=993\x01"
                                      "auth=Bearer secret\x01\x01") +
                                   "\r\n");
  EXPECT_EQ(talk.say("+ eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIn0=\r\n"), "AQ==\r\n");
  talk.say("@ NO [AUTHENTICATIONFAILED] no\r\n");
  ASSERT_EQ(talk.told<Ended>().size(), 1U);
  EXPECT_EQ(talk.told<Ended>()[0].remedy,
            "see whether `user` is the mailbox of whoever consented, and authorise the channel again");
}

TEST(ImapSession, TellsWhyALoginFailed) {
  struct Case {
    const char* capabilities;
    const char* answer;
    Ended::Why why;
    const char* contains;
  };
  for (const Case& c :
       {Case{"AUTH=PLAIN SASL-IR", "p1 NO [AUTHENTICATIONFAILED] Wrong\r\n", Ended::Why::refused, "] Wrong"},
        Case{"AUTH=PLAIN SASL-IR", "p1 NO [UNAVAILABLE] Later\r\n", Ended::Why::lost, "Later"},
        Case{"AUTH=PLAIN SASL-IR", "* BYE Too many connections\r\n", Ended::Why::lost, "Too many"},
        Case{"LOGINDISABLED", "", Ended::Why::refused, "takes no password"}}) {
    Talk talk;
    talk.say("* OK [CAPABILITY IMAP4rev1 " + std::string(c.capabilities) + "] hi\r\n");
    talk.say(c.answer);
    ASSERT_EQ(talk.told<Ended>().size(), 1U) << c.answer;
    EXPECT_EQ(talk.told<Ended>()[0].why, c.why) << c.answer;
    EXPECT_NE(talk.told<Ended>()[0].reason.find(c.contains), std::string::npos) << talk.told<Ended>()[0].reason;
    EXPECT_EQ(talk.told<Ended>()[0].reason.find("secret"), std::string::npos);
  }
  Talk talk;
  talk.say("* PREAUTH welcome\r\n");
  EXPECT_EQ(talk.told<Ended>().at(0).why, Ended::Why::misunderstood);
}

TEST(ImapSession, StartsTlsBeforeItSaysAnythingSecret) {
  SessionSettings with = settings();
  with.tls = SessionSettings::Tls::starttls;
  Talk talk(with);
  EXPECT_EQ(talk.say("* OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN SASL-IR] hi\r\n"), "p1 STARTTLS\r\n");
  EXPECT_EQ(talk.say("p1 OK go on\r\n"), "");
  EXPECT_EQ(talk.told<Secure>().size(), 1U);
  talk.session().secured(talk.now());
  EXPECT_EQ(talk.heard(), "p2 CAPABILITY\r\n");  // what was said in plain is not believed
  EXPECT_EQ(talk.say("* CAPABILITY IMAP4rev1\r\np2 OK done\r\n"), "p3 LOGIN \"kasia@example.org\" \"secret\"\r\n");

  Talk without(with);
  EXPECT_EQ(without.say("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] hi\r\n"), "");
  EXPECT_EQ(without.told<Ended>().at(0).why, Ended::Why::refused);

  Talk injected(with);
  injected.say("* OK [CAPABILITY IMAP4rev1 STARTTLS] hi\r\n");
  EXPECT_EQ(injected.say("p1 OK go on\r\n* CAPABILITY IMAP4rev1\r\n"), "");
  EXPECT_TRUE(injected.told<Secure>().empty());
  EXPECT_NE(injected.told<Ended>().at(0).reason.find("sent more before it"), std::string::npos);
}

TEST(ImapSession, GoesOnBehindWhatIsKnown) {
  SessionSettings with = settings();
  with.folders[0].place = {7, 11, 5};
  Talk talk(with);
  talk.log_in();
  EXPECT_EQ(talk.open(7, 12), "p3 IDLE\r\n");  // nothing is new, and nothing is asked for

  Talk more(with);
  more.log_in();
  EXPECT_EQ(more.open(7, 14), "p3 UID FETCH 12:* (UID INTERNALDATE RFC822.SIZE)\r\n");
  EXPECT_EQ(more.say(listed(11, 5) + "p3 OK done\r\n"), "p4 IDLE\r\n");  // "12:*" where 12 and 13 are gone
  EXPECT_TRUE(more.told<Fetched>().empty());
  EXPECT_TRUE(more.told<Opened>().empty());
}

TEST(ImapSession, ReadsAgainFromTheBeginningWhenTheUidsAreOthers) {
  SessionSettings with = settings();
  with.folders[0].place = {7, 11, 5};
  Talk talk(with);
  talk.log_in();
  EXPECT_EQ(talk.open(8, 3), "p3 UID FETCH 1:* (UID INTERNALDATE RFC822.SIZE)\r\n");
  ASSERT_EQ(talk.told<Opened>().size(), 1U);
  EXPECT_EQ(talk.told<Opened>()[0].why, Opened::Why::changed);
  EXPECT_EQ(talk.told<Opened>()[0].place, (Place{8, 0, 3}));
}

TEST(ImapSession, BeginsWhereItIsTold) {
  SessionSettings behind = settings();
  behind.start = SessionSettings::Start::behind_all;
  Talk talk(behind);
  talk.log_in();
  EXPECT_EQ(talk.open(7, 12), "p3 IDLE\r\n");
  EXPECT_EQ(talk.told<Opened>().at(0).place, (Place{7, 11, 12}));

  SessionSettings since = settings();
  since.since = read_day("2026-01-01");
  Talk later(since);
  later.log_in();
  later.open(7, 12);
  EXPECT_EQ(later.say(listed(1, 5, "31-Dec-2025 23:59:59 +0000") + listed(2, 5, " 1-Jan-2026 00:00:00 +0000") +
                      listed(3, 5, "31-Dec-2025 23:30:00 -0100") + "p3 OK done\r\n"),
            "p4 UID FETCH 2:3 (UID INTERNALDATE RFC822.SIZE BODY.PEEK[])\r\n");
  later.say(body(2, "a") + body(3, "b") + "p4 OK done\r\n");
  later.say("+ idling\r\n");
  later.say("* 12 EXISTS\r\n");
  later.say("p5 OK done\r\n");
  // An old message that somebody moved here now is new here.
  EXPECT_EQ(later.say(listed(12, 5, "01-Jan-1999 00:00:00 +0000") + "p6 OK done\r\n"),
            "p7 UID FETCH 12 (UID INTERNALDATE RFC822.SIZE BODY.PEEK[])\r\n");
}

TEST(ImapSession, ReadsAllFoldersAndWaitsInTheFirst) {
  SessionSettings with = settings();
  with.find_sent = true;
  with.known = {{"Gesendet ä", {3, 9, 1}}};
  Talk talk(with);
  EXPECT_EQ(talk.log_in("IMAP4rev1 AUTH=PLAIN SASL-IR IDLE SPECIAL-USE LIST-EXTENDED"),
            "p2 LIST \"\" \"*\" RETURN (SPECIAL-USE)\r\n");
  EXPECT_EQ(
      talk.say("* LIST () \"/\" INBOX\r\n* LIST (\\HasNoChildren \\Sent) \"/\" \"Gesendet &AOQ-\"\r\np2 OK done\r\n"),
      "p3 EXAMINE \"Gesendet &AOQ-\"\r\n");
  EXPECT_EQ(talk.open(3, 10), "p4 EXAMINE \"INBOX\"\r\n");
  EXPECT_EQ(talk.open(7, 1), "p5 IDLE\r\n");
  talk.say("+ idling\r\n");
  EXPECT_EQ(talk.wait(5min), "DONE\r\n");
  EXPECT_EQ(talk.say("p5 OK done\r\n"), "p6 EXAMINE \"Gesendet &AOQ-\"\r\n");
}

TEST(ImapSession, TellsOfAFolderThatIsNotThereAndReadsTheOthers) {
  SessionSettings with = settings();
  with.folders.push_back({"Shop", FolderKind::inbound, {}});
  Talk talk(with);
  EXPECT_EQ(talk.log_in(), "p2 EXAMINE \"Shop\"\r\n");
  EXPECT_EQ(talk.say("p2 NO [NONEXISTENT] no such mailbox\r\n"), "p3 EXAMINE \"INBOX\"\r\n");
  ASSERT_EQ(talk.told<Trouble>().size(), 1U);
  EXPECT_EQ(talk.told<Trouble>()[0].reason,
            "opening the folder \"Shop\": the server refused: [NONEXISTENT] no such mailbox");
}

TEST(ImapSession, LeavesALargeMessagesEndAtTheServer) {
  SessionSettings with = settings();
  with.largest_message = 100;
  with.part_of_larger = 4;
  Talk talk(with);
  talk.log_in();
  talk.open(7, 4);
  EXPECT_EQ(talk.say(listed(1, 10) + listed(2, 101) + listed(3, 10) + "p3 OK done\r\n"),
            "p4 UID FETCH 1 (UID INTERNALDATE RFC822.SIZE BODY.PEEK[])\r\n"
            "p5 UID FETCH 2 (UID INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.4>)\r\n");
  EXPECT_EQ(talk.say("* 2 FETCH (UID 2 RFC822.SIZE 101 BODY[]<0> {4}\r\nA: b)\r\np5 OK done\r\n"), "");
  EXPECT_TRUE(talk.told<Fetched>().empty());  // not before the one that lies below
  talk.say(body(1, "x") + "p4 OK done\r\n");
  ASSERT_EQ(talk.told<Fetched>().size(), 2U);
  EXPECT_EQ(talk.told<Fetched>()[0].place.uid, 1U);
  EXPECT_TRUE(talk.told<Fetched>()[1].messages.at(0).is_cut);
  EXPECT_EQ(talk.told<Fetched>()[1].messages[0].size, 101U);
}

TEST(ImapSession, AsksForEachByItselfWhereTheServerGivesNotAll) {
  Talk talk;
  talk.log_in();
  talk.open(7, 4);
  talk.say(listed(1, 10) + listed(2, 10) + "p3 OK done\r\n");
  EXPECT_EQ(talk.say(body(1, "x") + "p4 NO internal error\r\n"),
            "p5 UID FETCH 1 (UID INTERNALDATE RFC822.SIZE BODY.PEEK[])\r\n"
            "p6 UID FETCH 2 (UID INTERNALDATE RFC822.SIZE BODY.PEEK[])\r\n");
  EXPECT_EQ(talk.say(body(1, "x") + "p5 OK done\r\np6 NO internal error\r\n"), "p7 IDLE\r\n");
  ASSERT_EQ(talk.told<Fetched>().size(), 2U);
  EXPECT_EQ(talk.told<Fetched>()[1].messages.at(0).refusal, "internal error");
  EXPECT_EQ(talk.told<Fetched>()[1].place.uid, 2U);
}

TEST(ImapSession, AsksForNoMoreThanItIsAllowed) {
  SessionSettings with = settings();
  with.batch_messages = 1;
  Talk talk(with);
  talk.session().allow(1, talk.now());
  talk.log_in();
  talk.open(7, 4);
  EXPECT_EQ(talk.say(listed(1, 10) + listed(2, 10) + "p3 OK done\r\n"),
            "p4 UID FETCH 1 (UID INTERNALDATE RFC822.SIZE BODY.PEEK[])\r\n");
  EXPECT_EQ(talk.say(body(1, "x") + "p4 OK done\r\n"), "");
  EXPECT_GT(talk.session().patience(talk.now()), 10min);
  talk.session().allow(1, talk.now());
  EXPECT_EQ(talk.heard(), "p5 UID FETCH 2 (UID INTERNALDATE RFC822.SIZE BODY.PEEK[])\r\n");
}

TEST(ImapSession, RenewsItsWaitingAndLooksWhetherItWasToldOfAll) {
  Talk talk;
  talk.log_in();
  talk.open(7, 1);
  talk.say("+ idling\r\n");
  EXPECT_EQ(talk.wait(8min), "");
  EXPECT_EQ(talk.wait(1min), "DONE\r\n");
  EXPECT_EQ(talk.say("p3 OK done\r\n"), "p4 UID FETCH 1:* (UID INTERNALDATE RFC822.SIZE)\r\n");
  EXPECT_EQ(talk.say("p4 OK done\r\n"), "p5 IDLE\r\n");
  talk.say("+ idling\r\n");
  talk.wait(9min);
  EXPECT_EQ(talk.wait(59s), "");
  talk.wait(1s);  // the connection has died: nothing comes to the DONE
  ASSERT_EQ(talk.told<Ended>().size(), 1U);
  EXPECT_EQ(talk.told<Ended>()[0].reason, "waiting for the server: it said nothing for 60 s");
}

TEST(ImapSession, PollsWhereTheServerTellsNothing) {
  Talk talk;
  talk.log_in("IMAP4rev1 AUTH=PLAIN SASL-IR");
  EXPECT_EQ(talk.open(7, 1), "");
  EXPECT_EQ(talk.session().patience(talk.now()), 60s);
  EXPECT_EQ(talk.wait(60s), "p3 EXAMINE \"INBOX\"\r\n");
}

TEST(ImapSession, EndsWithABrokenServer) {
  struct Case {
    const char* bytes;
    const char* contains;
  };
  for (const Case& c :
       {Case{"rubbish\r\n", "reading a response"}, Case{"* BYE bye\r\n", "it closed the connection: bye"},
        Case{"* 1 FETCH (((((((((((((((((((((((((((((((((((((\r\n", "deep"}}) {
    Talk talk;
    talk.log_in();
    talk.say(c.bytes);
    ASSERT_EQ(talk.told<Ended>().size(), 1U) << c.bytes;
    EXPECT_NE(talk.told<Ended>()[0].reason.find(c.contains), std::string::npos) << talk.told<Ended>()[0].reason;
    EXPECT_EQ(talk.say("* 1 EXISTS\r\n"), "");
  }
}

TEST(ImapSession, DoesNotRunAfterAServerThatAlwaysHasNews) {
  Talk talk;
  talk.log_in();
  std::string said = talk.open(7, 9);
  int looks = 0;
  for (; looks < 10 && said.find("UID FETCH") != std::string::npos; ++looks)
    said = talk.say("* 9 EXISTS\r\n@ OK done\r\n");
  EXPECT_LT(looks, 5);
  EXPECT_NE(said.find("IDLE"), std::string::npos);
}

TEST(ImapSession, TakesNoMessageThatItDidNotAskFor) {
  Talk talk;
  talk.log_in();
  talk.open(7, 9);
  talk.say(listed(5, 3) + "p3 OK done\r\n");
  talk.say(body(6, "forged") + body(5, "abc") + body(5, "twice") + "p4 OK done\r\n");
  ASSERT_EQ(talk.told<Fetched>().at(0).messages.size(), 1U);
  EXPECT_EQ(talk.told<Fetched>()[0].messages[0].bytes, "abc");
}

}  // namespace
}  // namespace patchbay::imap
