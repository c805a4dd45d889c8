// Italian certified mail as it lies in a mailbox. The shapes are those of the technical rules (annex to the decree of 2
// November 2005) and of RFC 6109.
#include "mapping.hpp"

#include <gtest/gtest.h>

namespace patchbay::imap {
namespace {

Owner pec() {
  Owner made{"pec", "info@pec.rossi.example", {}, {}};
  made.post = Owner::Post::certified;
  return made;
}

Mapped mapped(const std::string& bytes, const Owner& owner, Box box = Box::inbound) {
  Mail mail;
  mail.bytes = bytes;
  mail.whole_size = bytes.size();
  mail.box = box;
  return map_mail(mail, owner);
}

std::string certificate(const std::string& kind, const std::string& sender, const std::string& more = "") {
  return "Content-Type: application/xml; name=\"daticert.xml\"\r\nContent-Disposition: inline; "
         "filename=\"daticert.xml\"\r\n\r\n<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<postacert tipo=\"" +
         kind + "\" errore=\"nessuno\"><intestazione><mittente>" + sender +
         "</mittente><destinatari tipo=\"certificato\">kasia@pec.c.example</destinatari><oggetto>Ordine</oggetto>"
         "</intestazione><dati><gestore-emittente>Gestore S.p.A.</gestore-emittente><data "
         "zona=\"+0200\"><giorno>21/09/2025"
         "</giorno><ora>15:16:38</ora></data><identificativo>opec1@pec.gestore.example</identificativo>"
         "<msgid>&lt;m1@rossi.example&gt;</msgid>" +
         more + "</dati></postacert>\r\n";
}

std::string in_parts(const std::string& header, const std::vector<std::string>& parts) {
  std::string mail = header + "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n";
  for (const std::string& part : parts) mail += "--b\r\n" + part + "\r\n";
  return mail + "--b--\r\n";
}

std::string envelope(const std::string& transport, const std::string& from = "kasia@pec.c.example") {
  return in_parts(
      "From: \"Per conto di: kasia@pec.c.example\" <posta-certificata@pec.gestore.example>\r\nReply-To: " + from +
          "\r\nTo: info@pec.rossi.example\r\nSubject: POSTA CERTIFICATA: Ordine\r\nMessage-ID: "
          "<opec1@pec.gestore.example>\r\n"
          "X-Riferimento-Message-ID: <k1@c.example>\r\nX-Trasporto: " +
          transport + "\r\n",
      {"Content-Type: text/plain\r\n\r\nMessaggio di posta certificata\r\n",
       certificate("posta-certificata", "Kasia@pec.c.example"),
       "Content-Type: message/rfc822; name=\"postacert.eml\"\r\nContent-Disposition: inline; "
       "filename=\"postacert.eml\"\r\n"
       "\r\nFrom: Kasia <" +
           from +
           ">\r\nTo: info@pec.rossi.example\r\nSubject: Ordine\r\nMessage-ID: <k1@c.example>\r\n"
           "Content-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\n\r\nIn allegato l'ordine.\r\n"
           "--i\r\nContent-Type: application/pdf; name=ordine.pdf\r\n\r\n%PDF\r\n--i--\r\n"});
}

std::string receipt(const std::string& kind, const std::string& more = "") {
  return in_parts("From: posta-certificata@pec.gestore.example\r\nTo: info@pec.rossi.example\r\nSubject: " + kind +
                      ": Ordine\r\nMessage-ID: <r-" + kind + "@pec.gestore.example>\r\nX-Ricevuta: " + kind +
                      "\r\nX-Riferimento-Message-ID: <m1@rossi.example>\r\n",
                  {"Content-Type: text/plain\r\n\r\nRicevuta\r\n", certificate(kind, "info@pec.rossi.example", more),
                   "Content-Type: message/rfc822; name=\"postacert.eml\"\r\n\r\nFrom: "
                   "info@pec.rossi.example\r\nSubject: Ordine\r\n\r\nx\r\n"});
}

TEST(ImapPecMapping, OpensAnEnvelope) {
  const Mapped all = mapped(envelope("posta-certificata"), pec());
  ASSERT_TRUE(all.interaction);
  const Interaction& message = *all.interaction;
  EXPECT_EQ(message.subject, "Ordine");
  EXPECT_EQ(message.text, "In allegato l'ordine.");
  EXPECT_EQ(message.participants.at(0).identifiers.at(0).value, "kasia@pec.c.example");
  EXPECT_EQ(message.participants.at(0).identifiers.at(0).trust, Trust::attested);
  ASSERT_EQ(message.attachments.size(), 1U);
  EXPECT_EQ(message.attachments[0].name, "ordine.pdf");
  EXPECT_EQ(message.content["labels"], Json({"certified"}));
  EXPECT_EQ(message.content["certificate"]["provider"], "Gestore S.p.A.");
  EXPECT_EQ(message.content["message_id"], "k1@c.example");
  EXPECT_TRUE(message.external_id.starts_with("opec1@pec.gestore.example/")) << message.external_id;
  EXPECT_NE(message.original.find("daticert.xml"), std::string::npos);

  // Whoever answers it answers the envelope.
  const Mapped answer = mapped(
      "From: info@pec.rossi.example\r\nTo: kasia@pec.c.example\r\nMessage-ID: <m2@rossi.example>\r\nIn-Reply-To: "
      "<opec1@pec.gestore.example>\r\n\r\nGrazie",
      pec(), Box::outbound);
  EXPECT_EQ(answer.interaction->conversation, message.conversation);
}

TEST(ImapPecMapping, BelievesNoSenderThatNobodyVouchesFor) {
  const auto believed = [](const std::string& mail, const Owner& owner) {
    return mapped(mail, owner).interaction->participants.at(0).identifiers.at(0).trust == Trust::attested;
  };
  EXPECT_TRUE(believed(envelope("posta-certificata"), pec()));
  EXPECT_FALSE(believed(envelope("posta-certificata"), {"support", "support@rossi.example", {}, {}}))
      << "anybody can write an envelope";
  EXPECT_FALSE(believed(envelope("errore"), pec()));
  EXPECT_EQ(mapped(envelope("errore"), pec()).interaction->content["labels"],
            Json({"uncertified", "unverified_sender"}));
  EXPECT_FALSE(believed(envelope("posta-certificata", "marek@c.example"), pec())) << "the certificate names another";
}

TEST(ImapPecMapping, TellsWhatBecameOfACertifiedMessage) {
  const std::string sent =
      mapped(
          "From: info@pec.rossi.example\r\nTo: kasia@pec.c.example\r\nMessage-ID: <m1@rossi.example>\r\n"
          "Subject: Ordine\r\n\r\nEcco",
          pec(), Box::outbound)
          .interaction->external_id;
  struct Case {
    const char* kind;
    const char* more;
    Receipt receipt;
  };
  for (const Case& c :
       {Case{"accettazione", "", Receipt::sent}, Case{"non-accettazione", "", Receipt::failed},
        Case{"avvenuta-consegna", "<consegna>kasia@pec.c.example</consegna>", Receipt::delivered},
        Case{"errore-consegna", "<errore-esteso>5.2.2 - Gestore - casella piena</errore-esteso>", Receipt::failed},
        Case{"rilevazione-virus", "", Receipt::failed}}) {
    const Mapped all = mapped(receipt(c.kind, c.more), pec());
    ASSERT_EQ(all.facts.size(), 1U) << c.kind;
    EXPECT_EQ(all.facts[0].kind, FactKind::receipt) << c.kind;
    EXPECT_EQ(all.facts[0].receipt, c.receipt) << c.kind;
    EXPECT_EQ(all.facts[0].target, sent) << c.kind;
    EXPECT_EQ(all.facts[0].content["recipient"], "kasia@pec.c.example") << c.kind;
    EXPECT_EQ(all.interaction->content["labels"], Json({"certified_receipt"})) << c.kind;
    EXPECT_EQ(all.interaction->conversation, "") << c.kind;
    EXPECT_TRUE(all.interaction->attachments.empty()) << c.kind;
  }
  const Mapped warning = mapped(receipt("preavviso-errore-consegna"), pec());
  EXPECT_TRUE(warning.facts.empty()) << "it may still arrive";
  EXPECT_EQ(warning.interaction->content["reports"][0]["action"], "delayed");
}

TEST(ImapPecMapping, BelievesReceiptsInACertifiedMailboxAlone) {
  const Owner ordinary{"support", "info@pec.rossi.example", {}, {}};
  EXPECT_TRUE(mapped(receipt("avvenuta-consegna"), ordinary).facts.empty());
  Owner another = pec();
  another.address = "else@pec.rossi.example";
  EXPECT_TRUE(mapped(receipt("avvenuta-consegna"), another).facts.empty()) << "of a message that is not the business's";
  // One that a stranger sends comes in an envelope.
  const std::string forged = in_parts("From: posta-certificata@pec.gestore.example\r\nX-Trasporto: errore\r\n",
                                      {"Content-Type: message/rfc822\r\n\r\n" + receipt("avvenuta-consegna")});
  EXPECT_TRUE(mapped(forged, pec()).facts.empty());
}

TEST(ImapPecMapping, LeavesABrokenEnvelopeAsItIs) {
  const Mapped all = mapped("From: a@a.example\r\nSubject: s\r\nX-Trasporto: posta-certificata\r\n\r\nhello", pec());
  ASSERT_TRUE(all.interaction);
  EXPECT_EQ(all.interaction->text, "hello");
  EXPECT_FALSE(all.interaction->content.contains("certificate"));
}

}  // namespace
}  // namespace patchbay::imap
