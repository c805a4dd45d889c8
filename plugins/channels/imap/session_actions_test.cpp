// What a session does with messages that are durable.
#include <gtest/gtest.h>

#include "session_talk.hpp"

namespace patchbay::imap {
namespace {

using namespace std::chrono_literals;

SessionSettings wanting(WhenTaken wanted) {
  SessionSettings with = settings();
  with.when_taken = std::move(wanted);
  with.folders[0].place = {7, 11, 5, 0};
  return with;
}
const WhenTaken moving{false, WhenTaken::Then::moves, "foo"};
const WhenTaken removing{false, WhenTaken::Then::goes, ""};
constexpr const char* all = "IMAP4rev1 AUTH=PLAIN SASL-IR IDLE UIDPLUS MOVE";

UidSet uids(std::string_view text) { return UidSet::read(text).value_or(UidSet()); }

// Opens the folder, in which nothing is new, and waits.
void settle(Talk& talk, const std::string& capabilities = all) {
  talk.log_in(capabilities);
  talk.say("* OK [UIDVALIDITY 7] is\r\n* OK [UIDNEXT 12] is\r\n@ OK [READ-WRITE] done\r\n");
  talk.say("+ idling\r\n");
}
// Says that these are durable; what the client says once it is no longer waiting, and has found nothing new.
std::string act(Talk& talk, std::string_view set) {
  talk.session().act(0, uids(set), talk.now());
  EXPECT_EQ(talk.heard(), "DONE\r\n");
  EXPECT_NE(talk.say("@ OK done\r\n").find("UID FETCH 12:*"), std::string::npos);
  return talk.say("@ OK done\r\n");
}

TEST(ImapActions, MarksAsSeen) {
  Talk talk(wanting({true, WhenTaken::Then::stays, ""}));
  EXPECT_EQ(talk.log_in(all), "p2 SELECT \"INBOX\"\r\n");
  talk.say("* OK [UIDVALIDITY 7] is\r\n* OK [UIDNEXT 12] is\r\n@ OK [READ-WRITE] done\r\n");
  talk.say("+ idling\r\n");
  EXPECT_EQ(act(talk, "10:11"), "p5 UID STORE 10:11 +FLAGS.SILENT (\\Seen)\r\n");
  EXPECT_TRUE(talk.told<Acted>().empty());
  EXPECT_EQ(talk.say("@ OK done\r\n"), "p6 IDLE\r\n");
  ASSERT_EQ(talk.told<Acted>().size(), 1U);
  EXPECT_EQ(talk.told<Acted>()[0].uids, uids("10:11"));
  EXPECT_EQ(talk.told<Acted>()[0].validity, 7U);
}

// RFC 6851, section 4.3
TEST(ImapActions, Moves) {
  Talk talk(wanting(moving));
  settle(talk);
  EXPECT_EQ(act(talk, "42:69"), "p5 UID MOVE 42:69 \"foo\"\r\n");
  EXPECT_EQ(talk.say("* OK [COPYUID 432432 42:69 1202:1229]\r\n* 22 EXPUNGE\r\n@ OK Done\r\n"), "p6 IDLE\r\n");
  EXPECT_EQ(talk.told<Acted>().at(0).uids, uids("42:69"));
}

TEST(ImapActions, MovesByCopyWhereTheServerHasNoMove) {
  Talk talk(wanting({true, WhenTaken::Then::moves, "foo"}));
  settle(talk, "IMAP4rev1 AUTH=PLAIN SASL-IR IDLE UIDPLUS");
  EXPECT_EQ(act(talk, "4"), "p5 UID STORE 4 +FLAGS.SILENT (\\Seen)\r\n");
  EXPECT_EQ(talk.say("@ OK done\r\n"), "p6 UID COPY 4 \"foo\"\r\n");
  EXPECT_EQ(talk.say("@ OK [COPYUID 38505 4 3956] Done\r\n"), "p7 UID STORE 4 +FLAGS.SILENT (\\Deleted)\r\n");
  EXPECT_EQ(talk.say("@ OK done\r\n"), "p8 UID EXPUNGE 4\r\n");
  EXPECT_EQ(talk.say("* 4 EXPUNGE\r\n@ OK done\r\n"), "p9 IDLE\r\n");
}

// RFC 4315, section 2.1
TEST(ImapActions, RemovesNothingButWhatItMeans) {
  Talk talk(wanting(removing));
  settle(talk);
  EXPECT_EQ(act(talk, "3000:3002"), "p5 UID STORE 3000:3002 +FLAGS.SILENT (\\Deleted)\r\n");
  EXPECT_EQ(talk.say("@ OK done\r\n"), "p6 UID EXPUNGE 3000:3002\r\n");

  Talk without(wanting(removing));
  settle(without, "IMAP4rev1 AUTH=PLAIN SASL-IR IDLE");
  EXPECT_EQ(act(without, "3000"), "p5 IDLE\r\n");
  EXPECT_NE(without.told<Trouble>().at(0).reason.find("UIDPLUS"), std::string::npos);
}

TEST(ImapActions, DoesNothingUnlessItIsWanted) {
  Talk talk(wanting({}));
  EXPECT_EQ(talk.log_in(all), "p2 EXAMINE \"INBOX\"\r\n");
  talk.open(7, 12);
  talk.say("+ idling\r\n");
  talk.session().act(0, uids("1"), talk.now());
  EXPECT_EQ(talk.heard(), "");

  SessionSettings with = wanting(moving);
  with.folders[0].kind = FolderKind::outbound;
  with.folders[0].due = uids("4");
  Talk outbound(with);
  EXPECT_EQ(outbound.log_in(all), "p2 EXAMINE \"INBOX\"\r\n");
  EXPECT_EQ(outbound.open(7, 12), "p3 IDLE\r\n");
}

TEST(ImapActions, DoesWhatAnEarlierConnectionLeft) {
  SessionSettings with = wanting(moving);
  with.folders[0].due = uids("4,9");
  Talk talk(with);
  talk.log_in(all);
  EXPECT_EQ(talk.say("* OK [UIDVALIDITY 7] is\r\n* OK [UIDNEXT 12] is\r\n@ OK [READ-WRITE] done\r\n"),
            "p3 UID MOVE 4,9 \"foo\"\r\n");
  EXPECT_EQ(talk.say("@ OK done\r\n"), "p4 IDLE\r\n");

  // Those UIDs mean other messages now, or none.
  Talk other(with);
  other.log_in(all);
  EXPECT_EQ(other.say("* OK [UIDVALIDITY 8] is\r\n* OK [UIDNEXT 1] is\r\n@ OK [READ-WRITE] done\r\n"), "p3 IDLE\r\n");
}

TEST(ImapActions, TellsOnceWhatTheServerRefuses) {
  SessionSettings with = wanting(moving);
  with.folders[0].due = uids("4");
  Talk talk(with);
  talk.log_in(all + std::string(" NAMESPACE"));
  talk.say("* NAMESPACE ((\"INBOX.\" \".\")) NIL NIL\r\n@ OK done\r\n");
  EXPECT_EQ(talk.say("* OK [UIDVALIDITY 7] is\r\n* OK [UIDNEXT 12] is\r\n@ OK [READ-WRITE] done\r\n"),
            "p4 UID MOVE 4 \"foo\"\r\n");
  EXPECT_EQ(talk.say("@ NO [TRYCREATE] no such mailbox\r\n"), "p5 UID MOVE 4 \"INBOX.foo\"\r\n");
  EXPECT_EQ(talk.say("@ NO [TRYCREATE] no such mailbox\r\n"), "p6 IDLE\r\n");
  ASSERT_EQ(talk.told<Trouble>().size(), 1U);
  EXPECT_EQ(talk.told<Trouble>()[0].reason,
            "doing what `when_taken` says in the folder \"INBOX\": the server refused: [TRYCREATE] no such mailbox");
  EXPECT_TRUE(talk.told<Acted>().empty());
  talk.say("+ idling\r\n");
  talk.session().act(0, uids("5"), talk.now());
  EXPECT_EQ(talk.heard(), "");

  Talk read_only(with);
  read_only.log_in(all);
  EXPECT_EQ(read_only.say("* OK [UIDVALIDITY 7] is\r\n* OK [UIDNEXT 12] is\r\n@ OK [READ-ONLY] done\r\n"),
            "p3 IDLE\r\n");
  EXPECT_EQ(read_only.told<Trouble>().size(), 1U);
}

TEST(ImapActions, ActsInBetweenWhileMuchIsRead) {
  SessionSettings with = wanting(removing);
  with.folders[0].place.uid = 0;
  with.batch_messages = 1;
  Talk talk(with);
  talk.session().allow(1, talk.now());
  talk.log_in(all);
  talk.say("* OK [UIDVALIDITY 7] is\r\n* OK [UIDNEXT 12] is\r\n@ OK [READ-WRITE] done\r\n");
  EXPECT_NE(talk.say(listed(10, 1) + listed(11, 1) + "@ OK done\r\n").find("UID FETCH 10 "), std::string::npos);
  talk.session().act(0, uids("1000:1511"), talk.now());
  EXPECT_EQ(talk.heard(), "");
  EXPECT_NE(talk.say(body(10, "x") + "@ OK done\r\n").find("STORE 1000:1511"), std::string::npos);
  talk.session().allow(1, talk.now());
  EXPECT_NE(talk.say("@ OK done\r\n").find("EXPUNGE 1000:1511"), std::string::npos);
  EXPECT_NE(talk.say("@ OK done\r\n").find("UID FETCH 11 "), std::string::npos);
}

TEST(ImapActions, GoesToTheFolderWhereSomethingIsToBeDone) {
  SessionSettings with = wanting(moving);
  with.folders.push_back({"Shop", FolderKind::inbound, {3, 9, 1, 0}});
  Talk talk(with);
  talk.log_in(all);
  talk.say("* OK [UIDVALIDITY 3] is\r\n* OK [UIDNEXT 10] is\r\n@ OK [READ-WRITE] done\r\n");
  EXPECT_NE(talk.say("* OK [UIDVALIDITY 7] is\r\n* OK [UIDNEXT 12] is\r\n@ OK [READ-WRITE] done\r\n").find("IDLE"),
            std::string::npos);
  talk.say("+ idling\r\n");
  talk.session().act(1, uids("9"), talk.now());
  EXPECT_EQ(talk.heard(), "DONE\r\n");
  talk.say("@ OK done\r\n");
  EXPECT_NE(talk.say("@ OK done\r\n").find("SELECT \"Shop\""), std::string::npos);
  EXPECT_NE(
      talk.say("* OK [UIDVALIDITY 3] is\r\n* OK [UIDNEXT 10] is\r\n@ OK [READ-WRITE] done\r\n").find("UID MOVE 9"),
      std::string::npos);
  EXPECT_NE(talk.say("@ OK done\r\n").find("SELECT \"INBOX\""), std::string::npos);
}

// RFC 7162, section 3.2.5.1: the command and the answer, with our names.
TEST(ImapActions, ForgetsWhatHasVanished) {
  SessionSettings with = wanting(moving);
  with.folders[0].place = {67890007, 541, 1, 20050715194045000};
  with.folders[0].due = uids("41,117,540:541");
  Talk talk(with);
  talk.log_in(all + std::string(" ENABLE QRESYNC"));
  EXPECT_EQ(talk.say("* ENABLED QRESYNC\r\n@ OK done\r\n"),
            "p3 SELECT \"INBOX\" (QRESYNC (67890007 20050715194045000))\r\n");
  EXPECT_EQ(talk.say("* OK [UIDVALIDITY 67890007] is\r\n* OK [UIDNEXT 542] is\r\n"
                     "* OK [HIGHESTMODSEQ 20060115205545359] is\r\n"
                     "* VANISHED (EARLIER) 41,43:116,118,120:211,214:540\r\n"
                     "* 49 FETCH (UID 117 FLAGS (\\Seen \\Answered) MODSEQ (90060115194045001))\r\n"
                     "@ OK [READ-WRITE] done\r\n"),
            "p4 UID MOVE 117,541 \"foo\"\r\n");
  EXPECT_EQ(talk.told<Acted>().at(0).uids, uids("41,43:116,118,120:211,214:540"));
}

}  // namespace
}  // namespace patchbay::imap
