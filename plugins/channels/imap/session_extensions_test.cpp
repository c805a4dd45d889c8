// What a session makes of a server's extensions: nothing where they are not offered, and what their RFCs show where
// they are.
#include <gtest/gtest.h>

#include "date.hpp"
#include "session_talk.hpp"

namespace patchbay::imap {
namespace {

using namespace std::chrono_literals;

constexpr const char* plain = "IMAP4rev1 AUTH=PLAIN SASL-IR IDLE ";

TEST(ImapExtensions, EnablesWhatIsOffered) {
  Talk talk;
  EXPECT_EQ(talk.log_in(plain + std::string("ENABLE CONDSTORE QRESYNC UTF8=ACCEPT")),
            "p2 ENABLE CONDSTORE QRESYNC UTF8=ACCEPT\r\n");
  EXPECT_EQ(talk.say("* ENABLED CONDSTORE QRESYNC\r\n@ OK done\r\n"), "p3 EXAMINE \"INBOX\"\r\n");

  Talk without;
  EXPECT_EQ(without.log_in(plain + std::string("CONDSTORE")), "p2 EXAMINE \"INBOX\" (CONDSTORE)\r\n");
  Talk refused;
  refused.log_in(plain + std::string("ENABLE QRESYNC"));
  EXPECT_EQ(refused.say("@ BAD unknown\r\n"), "p3 EXAMINE \"INBOX\"\r\n");
}

TEST(ImapExtensions, NamesFoldersInUtf8WhereTheServerAgreed) {
  SessionSettings with = settings();
  with.folders = {{"Entwürfe \"neu\"", FolderKind::inbound, {}}};
  with.find_sent = true;
  Talk talk(with);
  talk.log_in(plain + std::string("ENABLE UTF8=ACCEPT"));
  EXPECT_EQ(talk.say("* ENABLED UTF8=ACCEPT\r\n@ OK done\r\n"), "p3 LIST \"\" \"*\"\r\n");
  EXPECT_EQ(talk.say("* LIST (\\Sent) \"/\" \"Ausgänge & mehr\"\r\n@ OK done\r\n"),
            "p4 EXAMINE \"Ausgänge & mehr\"\r\n");
  EXPECT_EQ(talk.open(3, 1), "p5 EXAMINE \"Entwürfe \\\"neu\\\"\"\r\n");

  Talk unwilling(with);
  unwilling.log_in(plain + std::string("ENABLE UTF8=ACCEPT"));
  unwilling.say("* ENABLED\r\n@ OK done\r\n");
  EXPECT_EQ(unwilling.say("@ OK done\r\n"), "p4 EXAMINE \"Entw&APw-rfe \\\"neu\\\"\"\r\n");
}

TEST(ImapExtensions, PacksEverythingBehindTheConsent) {
  Talk talk;
  EXPECT_EQ(talk.log_in(plain + std::string("COMPRESS=DEFLATE NAMESPACE")), "p2 COMPRESS DEFLATE\r\n");
  // What the server says right behind it is packed already.
  Packer packer;
  std::string bytes = "p2 OK DEFLATE active\r\n" + packer.pack("* 1 EXISTS\r\n");
  talk.session().received(bytes, talk.now());
  EXPECT_EQ(bytes, "");
  Unpacker unpacker;
  std::string packed = talk.session().take_output();
  EXPECT_EQ(unpacker.unpack(packed, 1000), "p3 NAMESPACE\r\n");
  bytes = packer.pack("* NAMESPACE ((\"\" \"/\")) NIL NIL\r\np3 OK done\r\n");
  talk.session().received(bytes, talk.now());
  packed = talk.session().take_output();
  EXPECT_EQ(unpacker.unpack(packed, 1000), "p4 EXAMINE \"INBOX\"\r\n");
  EXPECT_TRUE(talk.told<Ended>().empty());

  Talk refused;
  refused.log_in(plain + std::string("COMPRESS=DEFLATE"));
  EXPECT_EQ(refused.say("@ NO [COMPRESSIONACTIVE] TLS does it\r\n"), "p3 EXAMINE \"INBOX\"\r\n");
}

TEST(ImapExtensions, ReadsAPackedMailbox) {
  Talk talk;
  talk.log_in(plain + std::string("COMPRESS=DEFLATE"));
  std::string bytes = "p2 OK DEFLATE active\r\n";
  talk.session().received(bytes, talk.now());
  talk.pack();
  EXPECT_EQ(talk.heard(), "p3 EXAMINE \"INBOX\"\r\n");
  EXPECT_EQ(talk.open(7, 2), "p4 UID FETCH 1:* (UID INTERNALDATE RFC822.SIZE)\r\n");
  EXPECT_EQ(talk.say(listed(1, 30'000) + "@ OK done\r\n"),
            "p5 UID FETCH 1 (UID INTERNALDATE RFC822.SIZE BODY.PEEK[])\r\n");
  EXPECT_EQ(talk.say(body(1, std::string(30'000, 'x')) + "@ OK done\r\n"), "p6 IDLE\r\n");
  EXPECT_EQ(talk.told<Fetched>().at(0).messages.at(0).bytes, std::string(30'000, 'x'));
}

// 20 MB of nothing come in 20 KB: they are read piece by piece, so that others have their turn in between.
TEST(ImapExtensions, TakesAFloodPieceByPiece) {
  Talk talk;
  talk.log_in(plain + std::string("COMPRESS=DEFLATE"));
  talk.say("p2 OK DEFLATE active\r\n");
  Packer packer;
  std::string packed = packer.pack("* OK " + std::string(3'000'000, 'x') + "\r\n* BYE enough\r\n");
  int rounds = 0;
  for (; talk.told<Ended>().empty() && rounds < 100; ++rounds) {
    if (rounds > 0) {
      EXPECT_EQ(talk.session().patience(talk.now()), 0ms);
    }
    talk.session().time_passed(talk.now());
    talk.session().received(packed, talk.now());
    talk.heard();
  }
  EXPECT_GE(rounds, 3);
  EXPECT_EQ(packed, "");
  EXPECT_NE(talk.told<Ended>().at(0).reason.find("enough"), std::string::npos);
}

TEST(ImapExtensions, EndsWhereWhatComesIsNotPacked) {
  Talk talk;
  talk.log_in(plain + std::string("COMPRESS=DEFLATE"));
  talk.say("p2 OK DEFLATE active\r\n* OK in plain\r\n");
  EXPECT_NE(talk.told<Ended>().at(0).reason.find("unpacking"), std::string::npos);
}

// RFC 2342, section 5, with the names of a server that keeps all folders below the inbox.
TEST(ImapExtensions, FindsAFolderBelowTheUsersOwnPrefix) {
  SessionSettings with = settings();
  with.folders.push_back({"Shop", FolderKind::inbound, {}});
  Talk talk(with);
  EXPECT_EQ(talk.log_in(plain + std::string("NAMESPACE")), "p2 NAMESPACE\r\n");
  EXPECT_EQ(talk.say("* NAMESPACE ((\"INBOX.\" \".\")) NIL NIL\r\n@ OK done\r\n"), "p3 EXAMINE \"Shop\"\r\n");
  EXPECT_EQ(talk.say("@ NO no such mailbox\r\n"), "p4 EXAMINE \"INBOX.Shop\"\r\n");
  EXPECT_EQ(talk.say("@ NO no such mailbox\r\n"), "p5 EXAMINE \"INBOX\"\r\n");
  EXPECT_EQ(talk.told<Trouble>().size(), 1U);
}

// The set is that of RFC 4731, section 3.1.
TEST(ImapExtensions, HasTheServerFindWhatIsNewEnough) {
  SessionSettings with = settings();
  with.since = read_day("2026-03-01");
  Talk talk(with);
  talk.log_in(plain + std::string("ESEARCH"));
  EXPECT_EQ(talk.open(7, 21), "p3 UID SEARCH RETURN (ALL) UID 1:* OR UID 21:* SINCE 28-Feb-2026\r\n");
  EXPECT_EQ(talk.say("* ESEARCH (TAG \"p3\") UID ALL 2,10:11\r\n@ OK done\r\n"),
            "p4 UID FETCH 2,10:11 (UID INTERNALDATE RFC822.SIZE)\r\n");
  EXPECT_EQ(talk.say(listed(2, 5, "28-Feb-2026 23:59:59 +0000") + listed(10, 5) + listed(11, 5) + "@ OK done\r\n"),
            "p5 UID FETCH 10:11 (UID INTERNALDATE RFC822.SIZE BODY.PEEK[])\r\n");
  talk.say(body(10, "a") + body(11, "b") + "@ OK done\r\n");
  // What lies above, and is too old, is behind us, too.
  EXPECT_EQ(talk.told<Fetched>().at(0).place, (Place{7, 20, 21, 0}));

  Talk nothing(with);
  nothing.log_in(plain + std::string("ESEARCH"));
  nothing.open(7, 21);
  EXPECT_EQ(nothing.say("* ESEARCH (TAG \"p3\") UID\r\n@ OK done\r\n"), "p4 IDLE\r\n");
  EXPECT_EQ(nothing.told<Fetched>().at(0).place, (Place{7, 20, 21, 0}));

  Talk refused(with);
  refused.log_in(plain + std::string("ESEARCH"));
  refused.open(7, 21);
  EXPECT_EQ(refused.say("@ BAD what\r\n"), "p4 UID FETCH 1:* (UID INTERNALDATE RFC822.SIZE)\r\n");
}

TEST(ImapExtensions, ListsWhatWasFoundInPartsThatServersTake) {
  SessionSettings with = settings();
  with.since = read_day("2026-03-01");
  Talk talk(with);
  talk.log_in(plain + std::string("ESEARCH"));
  talk.open(7, 10'000);
  std::string set = "1";
  for (int uid = 3; uid < 9999; uid += 2) set += "," + std::to_string(uid);
  std::string said = talk.say("* ESEARCH (TAG \"p3\") UID ALL " + set + "\r\n@ OK done\r\n");
  std::size_t commands = 0;
  for (; said.find("UID FETCH") != std::string::npos && commands < 100; ++commands) {
    EXPECT_LT(said.size(), 8192U);
    said = talk.say("@ OK done\r\n");
  }
  EXPECT_GE(commands, 5U);
  EXPECT_NE(said.find("IDLE"), std::string::npos);
}

// The numbers are those of RFC 7162, section 3.1.2.1.
TEST(ImapExtensions, LeavesAFolderAloneThatHasNotChanged) {
  const std::string unchanged =
      "* OK [UIDVALIDITY 3857529045] is\r\n* OK [HIGHESTMODSEQ 715194045007] is\r\n@ OK done\r\n";
  SessionSettings with = settings();
  with.folders[0].place = {3857529045, 5, 1, 715194045007};
  Talk talk(with);
  talk.log_in(plain + std::string("CONDSTORE"));
  EXPECT_EQ(talk.say(unchanged), "p3 IDLE\r\n");

  with.folders[0].place.modseq = 715194045006;
  Talk changed(with);
  changed.log_in(plain + std::string("CONDSTORE"));
  EXPECT_EQ(changed.say(unchanged), "p3 UID FETCH 6:* (UID INTERNALDATE RFC822.SIZE)\r\n");
  changed.say(listed(6, 1) + "@ OK done\r\n");
  changed.say(body(6, "x") + "@ OK done\r\n");
  EXPECT_EQ(changed.told<Fetched>().at(0).place.modseq, 715194045007U);

  // RFC 7162, section 3.1.2.2: the folder has none.
  with.folders[0].place.modseq = 0;
  Talk none(with);
  none.log_in(plain + std::string("CONDSTORE"));
  EXPECT_EQ(none.say("* OK [UIDVALIDITY 3857529045] is\r\n* OK [NOMODSEQ] no\r\n@ OK done\r\n"),
            "p3 UID FETCH 6:* (UID INTERNALDATE RFC822.SIZE)\r\n");
}

TEST(ImapExtensions, TakesChangedFlagsForNoNewMessage) {
  Talk talk;
  talk.log_in();
  talk.open(7, 9);
  // RFC 7162, section 3.2.4: with QRESYNC a change is told with its UID.
  EXPECT_EQ(talk.say("* 9 FETCH (UID 8 MODSEQ (65402) FLAGS (\\Seen))\r\n@ OK done\r\n"), "p4 IDLE\r\n");
}

TEST(ImapExtensions, KeepsTheServersIdsOfMessages) {
  struct Case {
    const char* capability;
    const char* asked;
    const char* said;
    const char* id;
    const char* thread;
  };
  for (const Case& c :
       {// RFC 8474, section 5.3
        Case{"OBJECTID", "EMAILID THREADID ", "EMAILID (M6d99ac3275bb4e) THREADID (T64b478a75b7ea9)", "M6d99ac3275bb4e",
             "T64b478a75b7ea9"},
        Case{"OBJECTID", "EMAILID THREADID ", "EMAILID (M6d99ac3275bb4e) THREADID NIL", "M6d99ac3275bb4e", ""},
        // Google's page on its extensions
        Case{"X-GM-EXT-1", "X-GM-MSGID X-GM-THRID ", "X-GM-THRID 1278455344230334865 X-GM-MSGID 1278455344230334866",
             "1278455344230334866", "1278455344230334865"},
        Case{"X-GM-EXT-1", "X-GM-MSGID X-GM-THRID ", "X-GM-MSGID \"a\x80\"", "", ""}}) {
    Talk talk;
    talk.log_in(plain + std::string(c.capability));
    talk.open(7, 2);
    EXPECT_EQ(talk.say(listed(1, 1) + "@ OK done\r\n"),
              "p4 UID FETCH 1 (UID INTERNALDATE RFC822.SIZE " + std::string(c.asked) + "BODY.PEEK[])\r\n");
    talk.say("* 1 FETCH (UID 1 " + std::string(c.said) + " RFC822.SIZE 1 BODY[] \"x\")\r\n@ OK done\r\n");
    EXPECT_EQ(talk.told<Fetched>().at(0).messages.at(0).id, c.id);
    EXPECT_EQ(talk.told<Fetched>()[0].messages[0].thread, c.thread);
    EXPECT_EQ(talk.told<Fetched>()[0].messages[0].bytes, "x");
  }
}

TEST(ImapExtensions, SaysThatATokenWasRefusedOtherwiseThanAPassword) {
  SessionSettings with = settings();
  with.credentials.proof = Proof::token;
  Talk talk(with);
  // XOAUTH2: the reason comes first, and wants an empty line.
  talk.say("* OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2 SASL-IR] hi\r\n");
  EXPECT_EQ(talk.say("+ eyJzdGF0dXMiOiI0MDEiLCJzY2hlbWVzIjoiYmVhcmVyIn0=\r\n"), "\r\n");
  talk.say("p1 NO SASL authentication failed\r\n");
  EXPECT_EQ(talk.told<Ended>().at(0).why, Ended::Why::token_refused);
}

}  // namespace
}  // namespace patchbay::imap
