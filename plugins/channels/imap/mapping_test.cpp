#include "mapping.hpp"

#include <gtest/gtest.h>

namespace patchbay::imap {
namespace {

using namespace std::chrono_literals;

const Owner owner{"support", "support@rossi.example", {"@shop.rossi.example"}, {}};

Mapped mapped(std::string_view bytes, Box box = Box::inbound, const Owner& of = owner) {
  Mail mail;
  mail.bytes = bytes;
  mail.box = box;
  mail.whole_size = bytes.size();
  mail.came_in = std::chrono::sys_seconds{1'772'400'000s};  // 2026-03-01T21:20:00Z
  return map_mail(mail, of);
}
Interaction interaction(std::string_view bytes, Box box = Box::inbound, const Owner& of = owner) {
  Mapped all = mapped(bytes, box, of);
  EXPECT_TRUE(all.interaction) << (all.quarantined ? all.quarantined->reason : "nothing at all");
  return all.interaction.value_or(Interaction{});
}
std::string people(const Interaction& of) {
  static const char* const roles[] = {"author", "recipient", "copy", "on_behalf_of", "mentioned", "agent"};
  std::string all;
  for (const Participant& one : of.participants) {
    all += roles[static_cast<int>(one.role)];
    if (one.party == Party::business) all += "!";
    for (const Identifier& identifier : one.identifiers)
      all += " " + identifier.kind + "=" + identifier.value + (identifier.trust == Trust::claimed ? "?" : "");
    all += "\n";
  }
  return all;
}

// RFC 5322, appendix A.1.1, with the mailbox's owner as the recipient.
TEST(ImapMapping, ReadsAMessage) {
  const Interaction message = interaction(
      "From: John Doe <jdoe@machine.example>\r\nTo: Mary Smith <support@rossi.example>\r\nSubject: Saying Hello\r\n"
      "Date: Fri, 21 Nov 1997 09:55:06 -0600\r\nMessage-ID: <1234@local.machine.example>\r\n\r\n"
      "This is a message just to say hello.\r\nSo, \"Hello\".\r\n");
  EXPECT_EQ(message.direction, Direction::inbound);
  EXPECT_EQ(message.account, "support");
  EXPECT_EQ(message.subject, "Saying Hello");
  EXPECT_EQ(message.text, "This is a message just to say hello.\nSo, \"Hello\".");
  EXPECT_EQ(message.occurred_at, TimePoint{880'127'706s});  // 1997-11-21T15:55:06Z
  EXPECT_TRUE(message.external_id.starts_with("1234@local.machine.example/")) << message.external_id;
  EXPECT_EQ(message.conversation, "467a3668286081b2d71c719e289c6fb9");  // of its SHA-256
  EXPECT_EQ(message.in_reply_to, "");
  EXPECT_EQ(
      people(message),
      "author email=jdoe@machine.example name=John Doe?\nrecipient! email=support@rossi.example name=Mary Smith?\n");
  EXPECT_EQ(message.original_type, "message/rfc822");
}

TEST(ImapMapping, TellsWhoIsInAMessage) {
  EXPECT_EQ(people(interaction("From: Boss <boss@a.example>\nSender: Kasia <kasia@a.example>\n"
                               "To: undisclosed-recipients:;\nCc: A Group: Ed <ed@b.example>, joe@b.example;\n"
                               "Reply-To: desk@a.example\n\nhello")),
            "author email=kasia@a.example name=Kasia?\non_behalf_of email=boss@a.example name=Boss?\n"
            "copy email=ed@b.example name=Ed?\ncopy email=joe@b.example\nmentioned email=desk@a.example?\n"
            "recipient! email=support@rossi.example\n");
  // A list names itself as the sender, and nobody's secretary.
  EXPECT_EQ(people(interaction("From: a@a.example\nSender: list-bounces@l.example\nList-Id: <l.example>\n"
                               "To: support@rossi.example\n\nhello")),
            "author email=a@a.example\nrecipient! email=support@rossi.example\n");
  EXPECT_EQ(people(interaction("From: Big Bug bug@a.example\nTo: support@rossi.example\n\nhello")),
            "author email=bug@a.example name=Big Bug?\nrecipient! email=support@rossi.example\n");
  EXPECT_EQ(people(interaction("Subject: from nobody\n\nhello")),
            "author name=(unknown sender)?\nrecipient! email=support@rossi.example\n");
  EXPECT_EQ(people(interaction("From: =?utf-8?q?Zo=C3=AB?= <zoe@k\xC3\xB6ln.example>\nTo: support@rossi.example\n\n")),
            "author email=zoe@köln.example name=Zoë?\nrecipient! email=support@rossi.example\n");
}

// Each word is a whole of its own (RFC 2047, section 2), padding included.
TEST(ImapMapping, ReadsPaddedWordsInARow) {
  const Interaction message = interaction(
      "From: =?UTF-8?B?S2FzaWEg?= =?UTF-8?B?Tm93YQ==?= =?utf-8?b?aw=?= <k@c.example>\n"
      "Subject: =?UTF-8?B?TXlTdXJ2ZXk=?=\n =?UTF-8?B?LmNvbTogIFk=?=\n =?UTF-8?Q?=21?=\n\nx");
  EXPECT_EQ(message.subject, "MySurvey.com:  Y!");
  EXPECT_TRUE(people(message).starts_with("author email=k@c.example name=Kasia Nowak?\n")) << people(message);
}

TEST(ImapMapping, ReadsPastAnEmptyLineBeforeTheHeader) {
  EXPECT_EQ(interaction("\r\nFrom: a@a.example\r\nSubject: s\r\n\r\nx").subject, "s");
}

TEST(ImapMapping, KnowsWhatTheBusinessWrote) {
  const std::string mail = "From: Anna <anna@shop.rossi.example>\nTo: k@c.example\n\nhello";
  EXPECT_EQ(interaction(mail).direction, Direction::outbound);  // a colleague's copy
  EXPECT_EQ(people(interaction(mail)),
            "author! email=anna@shop.rossi.example name=Anna?\nrecipient email=k@c.example\n");
  EXPECT_EQ(interaction("From: me@elsewhere.example\nTo: k@c.example\n\nhello", Box::outbound).direction,
            Direction::outbound);
  // Who only says so is not believed.
  const Interaction forged = interaction("Authentication-Results: mx.example; dmarc=fail header.from=x\n" + mail);
  EXPECT_EQ(forged.direction, Direction::inbound);
  EXPECT_EQ(forged.content["authentication"]["dmarc"], "fail");
  EXPECT_EQ(forged.content["labels"], Json({"unverified_sender"}));
  EXPECT_EQ(people(forged),
            "author email=anna@shop.rossi.example? name=Anna?\nrecipient email=k@c.example?\n"
            "recipient! email=support@rossi.example?\n");
  // An address of the business with a detail is the business's (RFC 5233).
  EXPECT_EQ(people(interaction("From: k@c.example\nTo: Support+order-17@rossi.example\n\nhello")),
            "author email=k@c.example\nrecipient! email=Support+order-17@rossi.example\n");
}

TEST(ImapMapping, FindsTheAuthorBehindAListThatWritesItselfIntoFrom) {
  const std::string list = "List-Id: <l.example>\nList-Post: <mailto:talk@l.example>\n";
  EXPECT_EQ(people(interaction("From: Kasia via Talk <talk@l.example>\nReply-To: Kasia <k@c.example>\n" + list +
                               "To: talk@l.example\n\nhello")),
            "author email=k@c.example? name=Kasia?\nrecipient email=talk@l.example?\n"
            "recipient! email=support@rossi.example?\n");
  EXPECT_EQ(people(interaction("From: k@c.example\nReply-To: talk@l.example\n" + list + "To: talk@l.example\n\nhello")),
            "author email=k@c.example\nrecipient email=talk@l.example\nrecipient! email=support@rossi.example\n");
}

TEST(ImapMapping, BelievesNoAddressThatTheServerDoubts) {
  struct Case {
    const char* results;
    bool is_believed;
  };
  for (const Case& c : {
           Case{"mx.example; dmarc=pass (p=NONE) header.from=a.example; spf=fail", true},
           Case{"mx.example; spf=pass smtp.mailfrom=a.example; dmarc=fail (p=reject) header.from=a.example", false},
           Case{"mx.example; spf=fail smtp.mailfrom=a.example", false},
           Case{"mx.example; spf=fail smtp.mailfrom=a.example; dkim=fail; dkim=pass header.d=a.example", true},
           Case{"mx.example; spf=softfail; dkim=none", true},
           Case{"spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=a.example; dmarc=fail action=oreject", false},
           Case{"mx.example; none", true},
       }) {
    const Interaction message =
        interaction("Authentication-Results: " + std::string(c.results) + "\nFrom: a@a.example\n\nhello");
    EXPECT_EQ(message.participants.at(0).identifiers.at(0).trust, c.is_believed ? Trust::attested : Trust::claimed)
        << c.results;
  }
}

TEST(ImapMapping, HearsOnTheServerThatReceivedTheMessage) {
  const auto is_believed = [](const std::string& results, const Owner& of) {
    const Interaction message = interaction(results + "From: a@a.example\n\nhello", Box::inbound, of);
    return message.participants.at(0).identifiers.at(0).trust == Trust::attested;
  };
  // What is below the topmost may have been written by anybody, or by a server that the message only passed.
  const std::string passed = "Authentication-Results: mx.rossi.example; dmarc=pass header.from=a.example\n";
  const std::string failed = "Authentication-Results: MX.rossi.example 1; dmarc=fail header.from=a.example\n";
  const std::string elsewhere = "Authentication-Results: list.example; dmarc=fail header.from=a.example\n";
  EXPECT_TRUE(is_believed(passed + elsewhere, owner));
  EXPECT_FALSE(is_believed(elsewhere + passed, owner));
  EXPECT_FALSE(is_believed(passed + failed, owner)) << "the same server, with a part of its results";
  const Owner picky{"support", "support@rossi.example", {}, {"mx.rossi.example"}};
  EXPECT_TRUE(is_believed(elsewhere, picky));
  EXPECT_TRUE(is_believed(elsewhere + passed, picky));
  EXPECT_FALSE(is_believed(elsewhere + failed, picky));
  const Interaction shown = interaction(elsewhere + passed + "From: a@a.example\n\nhello", Box::inbound, picky);
  EXPECT_EQ(shown.content["authentication"], Json({{"dmarc", "pass"}}));
}

TEST(ImapMapping, FollowsThreads) {
  const std::string head = "From: a@a.example\n";
  const Interaction first = interaction(head + "Message-ID: <a@x>\n\nhello");
  EXPECT_FALSE(first.content.contains("joined_by"));
  const Interaction third =
      interaction(head + "Message-ID: <c@x>\nIn-Reply-To: <b@x>\nReferences: <a@x>\n\t<b@x>\n\nhi");
  EXPECT_EQ(third.conversation, first.conversation);
  EXPECT_EQ(third.in_reply_to, "b@x");
  EXPECT_EQ(third.content["joined_by"], "references");
  EXPECT_EQ(third.content["references"], Json({"a@x", "b@x"}));
  EXPECT_NE(interaction(head + "Message-ID: <d@x>\nReferences: <a@x>\nSubject: Fwd: s\n\nhi").conversation,
            first.conversation);
  EXPECT_EQ(interaction(head + "To: support+pb1.0123456789abcdef0123456789abcdef@rossi.example\n\nhi").conversation,
            "0123456789abcdef0123456789abcdef");
  EXPECT_EQ(interaction(head + "To: else+pb1.0123456789abcdef0123456789abcdef@c.example\n\nhi").conversation, "");
}

TEST(ImapMapping, TellsApartMessagesOfOneId) {
  const auto id = [](const std::string& mail) { return interaction(mail).external_id; };
  const std::string mail = "Message-ID: <1@x>\nFrom: a@a.example\nSubject: s\n";
  EXPECT_EQ(id(mail + "\nhello"), id("Received: from y\n" + mail + "X-Folder: Sent\n\nhello"));  // a copy
  EXPECT_NE(id(mail + "\nhello"), id("Message-ID: <1@x>\nFrom: b@b.example\nSubject: s\n\nhello"));
  EXPECT_NE(id("From: a@a.example\n\none"), id("From: a@a.example\n\ntwo"));
  EXPECT_TRUE(id("From: a@a.example\n\none").starts_with("sha256:"));
}

// Receipts name a message by its Message-ID alone; nobody else may give a message that name.
TEST(ImapMapping, CallsWhatTheBusinessWroteByItsMessageId) {
  const std::string mail = "From: support@rossi.example\nMessage-ID: <s@x>\nSubject: s\nTo: k@c.example\n\nhello";
  const auto id = [&](const std::string& results, Box box) { return interaction(results + mail, box).external_id; };
  EXPECT_EQ(id("", Box::outbound), "s@x/own");
  EXPECT_EQ(id("", Box::inbound), "s@x/own") << "a copy";
  EXPECT_EQ(id("Authentication-Results: mx; dmarc=pass\n", Box::inbound), "s@x/own");
  for (const char* const results : {"dmarc=fail", "spf=softfail; dkim=none; dmarc=none", "spf=fail"})
    EXPECT_NE(id("Authentication-Results: mx; " + std::string(results) + "\n", Box::inbound), "s@x/own") << results;
}

TEST(ImapMapping, PrefersPlainTextAndReadsHtmlWhereThereIsNone) {
  const std::string alternative =
      "From: a@a.example\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n\n"
      "--b\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\n";
  const std::string html = "\n--b\nContent-Type: text/html; charset=utf-8\n\n<p>rich <b>text</b></p>\n--b--\n";
  EXPECT_EQ(interaction(alternative + "plain =E8 =80 text" + html).text, "plain è € text");
  EXPECT_EQ(interaction(alternative + " " + html).text, "rich text");
  EXPECT_TRUE(interaction(alternative + "x" + html).attachments.empty());
}

TEST(ImapMapping, HandsOverAttachmentsAndImagesInTheText) {
  const Interaction message = interaction(
      "From: a@a.example\nContent-Type: multipart/mixed; boundary=m\n\n--m\n"
      "Content-Type: multipart/related; boundary=r\n\n--r\nContent-Type: text/html\n\n<img src=\"cid:1@x\">see\n"
      "--r\nContent-Type: image/png\nContent-ID: <1@x>\nContent-Transfer-Encoding: base64\n\niVBORw==\n--r--\n"
      "--m\nContent-Type: application/pdf; name*0*=utf-8''fattura%20n; name*1*=%C2%BA1.pdf\n"
      "Content-Disposition: attachment\nContent-Transfer-Encoding: base64\n\nJVBERg==\n"
      "--m\nContent-Type: message/rfc822\n\nFrom: b@b.example\nSubject: inner\n\ninner text\n--m--\n");
  EXPECT_EQ(message.text, "see");
  ASSERT_EQ(message.attachments.size(), 3U);
  EXPECT_EQ(message.attachments[0].media_type, "image/png");
  EXPECT_EQ(message.attachments[0].data, "\x89PNG");
  EXPECT_EQ(message.content["inline"], Json::parse(R"([{"attachment":0,"content_id":"1@x"}])"));
  EXPECT_EQ(message.attachments[1].name, "fattura nº1.pdf");
  EXPECT_EQ(message.attachments[1].data, "%PDF");
  EXPECT_EQ(message.attachments[2].name, "inner.eml");
  EXPECT_NE(message.attachments[2].data.find("inner text"), std::string::npos);
  EXPECT_EQ(message.content["labels"], Json({"forwarded"}));
}

// The report is the one of RFC 3464, appendix E.3, cut to what is read.
TEST(ImapMapping, TellsWhatBecameOfASentMessageForEachRecipient) {
  const std::string sent =
      "From: support@rossi.example\nDate: Wed, 1 Jan 2025 10:00:00 +0000\nSubject: s\nMessage-ID: <s@x>\n";
  const Mapped report = mapped(
      "From: Mail Delivery Subsystem <MAILER-DAEMON@cs.utk.example>\nMessage-ID: <r@x>\nAuto-Submitted: auto-replied\n"
      "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nSome failed.\n\n"
      "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; cs.utk.edu\n\n"
      "Original-Recipient: rfc822;arathib@vnet.example\nFinal-Recipient: rfc822;arathib@vnet.example\nAction: failed\n"
      "Status: 5.0.0 (permanent failure)\nDiagnostic-Code: smtp; 550 'arathib@vnet.example' is not a\n registered "
      "user\n\n"
      "Final-Recipient: rfc822;wsnell@sdcc13.example\nAction: delayed\nStatus: 4.0.0\n\n"
      "--b\nContent-Type: message/rfc822\n\n" +
      sent + "\nhello\n--b--\n");
  ASSERT_TRUE(report.interaction);
  EXPECT_EQ(report.interaction->content["labels"], Json({"auto_reply", "delivery_report"}));
  EXPECT_EQ(report.interaction->content["reports"].size(), 2U);
  ASSERT_EQ(report.facts.size(), 1U);
  const Fact& failed = report.facts[0];
  EXPECT_EQ(failed.receipt, Receipt::failed);
  EXPECT_EQ(failed.target, interaction(sent + "\nhello", Box::outbound).external_id);
  EXPECT_EQ(failed.content["recipient"], "arathib@vnet.example");
  EXPECT_EQ(failed.content["status"], "5.0.0");
  EXPECT_EQ(failed.content["diagnostic"], "550 'arathib@vnet.example' is not a registered user");
}

TEST(ImapMapping, KnowsReportsInFreeWords) {
  const Mapped exim = mapped(
      "From: Mail Delivery System <Mailer-Daemon@mx.example>\nX-Failed-Recipients: a@c.example, b@c.example\n"
      "Message-ID: <r@x>\nIn-Reply-To: <s@x>\n\nA message that you sent could not be delivered");
  EXPECT_EQ(exim.interaction->content["labels"], Json({"delivery_report"}));
  EXPECT_EQ(
      exim.interaction->content["reports"],
      Json::parse(R"([{"recipient":"a@c.example","action":"failed"},{"recipient":"b@c.example","action":"failed"}])"));
  EXPECT_TRUE(exim.facts.empty()) << "it does not say of which message";
  EXPECT_EQ(exim.interaction->conversation, "");
  const Interaction qmail =
      interaction("Return-Path: <>\nFrom: MAILER-DAEMON@mx.example\nSubject: failure notice\n\nHi.");
  EXPECT_EQ(qmail.content["labels"], Json({"delivery_report"}));
  EXPECT_FALSE(interaction("Return-Path: <>\nFrom: a@a.example\n\nAway").content.contains("labels"));
}

TEST(ImapMapping, SaysWhatKindOfMailItIs) {
  struct Case {
    const char* header;
    Json labels;
  };
  for (const Case& c :
       {Case{"Auto-Submitted: auto-generated", {"auto_reply"}}, Case{"Auto-Submitted: no", nullptr},
        Case{"List-Id: <l.example>\nPrecedence: list", {"list"}}, Case{"Precedence: bulk", {"bulk"}},
        Case{"Subject: WG: Bestellung", {"forwarded"}}, Case{"Content-Type: text/calendar", {"calendar"}}})
    EXPECT_EQ(interaction("From: a@a.example\n" + std::string(c.header) + "\n\nx").content.value("labels", Json()),
              c.labels)
        << c.header;
}

TEST(ImapMapping, SaysWhatAnInvitationWants) {
  const Interaction invited =
      interaction("From: a@a.example\nContent-Type: text/calendar; method=request\n\nBEGIN:VCALENDAR\n");
  EXPECT_EQ(invited.content["calendar"], Json({{"method", "REQUEST"}}));
}

TEST(ImapMapping, TellsTheLanguageOfWhatWasWrittenNow) {
  const Interaction message = interaction(
      "From: a@a.example\nContent-Type: text/plain; charset=utf-8\n\n"
      "Buongiorno, vorrei sapere quando arriva il mio ordine di martedì scorso.\n-- \nKasia\ntel. +48 601 234 567\n"
      "ul. Długa 5, 00-238 Warszawa\n\nOn Monday Rossi wrote:\n> Good morning, your order has left our house.\n");
  EXPECT_EQ(message.language, "it");
  EXPECT_EQ(message.content["signature_mentions"],
            Json::parse(R"({"phones":["+48 601 234 567"],"postal_addresses":["ul. Długa 5, 00-238 Warszawa"]})"));
  EXPECT_EQ(people(message), "author email=a@a.example\nrecipient! email=support@rossi.example\n")
      << "what a signature mentions is nobody's identifier";
  EXPECT_EQ(interaction("From: a@a.example\n\nok").language, "");
}

TEST(ImapMapping, TakesWhoFilledInAFormForTheAuthor) {
  Owner site = owner;
  FormRule rule{"form@shop.rossi.example"};
  rule.subject = compiled("^new contact").expression;
  rule.name = Finder("Name");
  rule.email = Finder("E-mail");
  rule.phone = Finder("Phone");
  rule.message = Finder("Message");
  site.forms.push_back(rule);
  const std::string from =
      "From: Shop <form@shop.rossi.example>\nReply-To: kasia@c.example\nTo: support@rossi.example\n";
  const std::string text =
      "\n\nName: Kasia Nowak\nE-mail: kasia@c.example\nPhone: +48 601 234 567\nMessage:\nHello\n\nthere\n";
  const Interaction filled = interaction(from + "Message-ID: <f@x>\nSubject: New contact" + text, Box::inbound, site);
  EXPECT_EQ(
      people(filled),
      "author email=kasia@c.example phone=+48 601 234 567 name=Kasia Nowak?\nrecipient! email=support@rossi.example\n");
  EXPECT_EQ(filled.direction, Direction::inbound);
  EXPECT_EQ(filled.text, "Hello\n\nthere");
  EXPECT_EQ(filled.content["form"]["name"], "Kasia Nowak");
  EXPECT_TRUE(filled.external_id.starts_with("f@x/") && filled.external_id != "f@x/own") << filled.external_id;

  EXPECT_EQ(interaction(from + "Subject: Invoice" + text, Box::inbound, site).direction, Direction::outbound);
  const Interaction empty = interaction(from + "Subject: New contact\n\nno labels", Box::inbound, site);
  EXPECT_EQ(empty.direction, Direction::outbound);
  EXPECT_FALSE(empty.content.contains("form"));
  // Who forges the form's mail, or is not to be believed, claims.
  const std::string claimed = "author email=kasia@c.example? phone=+48 601 234 567? name=Kasia Nowak?\n";
  EXPECT_TRUE(people(interaction("Authentication-Results: mx; dmarc=fail\n" + from + "Subject: New contact" + text,
                                 Box::inbound, site))
                  .starts_with(claimed));
  site.forms.front().belief = FormRule::Belief::claimed;
  EXPECT_TRUE(people(interaction(from + "Subject: New contact" + text, Box::inbound, site)).starts_with(claimed));
}

TEST(ImapMapping, TakesTheServersTimeForOneThatCannotBe) {
  const TimePoint came_in{1'772'400'000s};
  for (const char* const date : {"Date: Fri, 01 Jan 2100 00:00:00 +0000\n", "Date: yesterday\n", ""})
    EXPECT_EQ(interaction("From: a@a.example\n" + std::string(date) + "\nx").occurred_at, came_in) << date;
}

TEST(ImapMapping, PutsWhatIsNoMailIntoTheQuarantine) {
  std::string bomb = "Content-Type: multipart/mixed; boundary=b\n\n";
  for (int i = 0; i < 5'000; ++i) bomb += "--b\n\n";
  const Mapped all = mapped(bomb);
  EXPECT_FALSE(all.interaction);
  ASSERT_TRUE(all.quarantined);
  EXPECT_EQ(all.quarantined->reason, "reading a message: expected at most 2000 MIME parts, found more");
  EXPECT_EQ(all.quarantined->bytes, bomb);
  EXPECT_TRUE(mapped("\n\nno header at all").quarantined);
}

}  // namespace
}  // namespace patchbay::imap
