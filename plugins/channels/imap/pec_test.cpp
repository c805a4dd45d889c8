// The shapes are those of the technical rules (annex to the decree of 2 November 2005) and of RFC 6109.
#include "pec.hpp"

#include <gtest/gtest.h>

namespace patchbay::imap {
namespace {

std::string receipt(const std::string& kind, const std::string& error, const std::string& more) {
  return R"(<?xml version="1.0" encoding="UTF-8"?>
<postacert tipo=")" +
         kind + R"(" errore=")" + error + R"(">
 <intestazione>
  <mittente>info@pec.rossi.example</mittente>
  <destinatari tipo="certificato">kasia@pec.c.example</destinatari>
  <destinatari tipo="esterno">marek@c.example</destinatari>
  <risposte>info@pec.rossi.example</risposte>
  <oggetto>Preventivo n&#186; 17 &amp; altro</oggetto>
 </intestazione>
 <dati>
  <gestore-emittente>Gestore S.p.A.</gestore-emittente>
  <data zona="+0200"><giorno>21/09/2025</giorno><ora>15:16:38</ora></data>
  <identificativo>opec1.20250921151638.00001@pec.gestore.example</identificativo>
  <msgid>&lt;m1@rossi.example&gt;</msgid>)" +
         more + R"(
 </dati>
</postacert>)";
}

TEST(ImapPec, ReadsACertificate) {
  const auto found = read_certificate(
      receipt("avvenuta-consegna", "nessuno", "<ricevuta tipo=\"completa\"/><consegna>kasia@pec.c.example</consegna>"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->kind, "avvenuta-consegna");
  EXPECT_EQ(found->sender, "info@pec.rossi.example");
  EXPECT_EQ(found->subject, "Preventivo nº 17 & altro");
  EXPECT_EQ(found->message_id, "m1@rossi.example");
  EXPECT_EQ(found->delivered_to, "kasia@pec.c.example");
  EXPECT_EQ(shown(*found), Json::parse(R"({"kind":"avvenuta-consegna","provider":"Gestore S.p.A.","receipt":"completa",
                "id":"opec1.20250921151638.00001@pec.gestore.example","message_id":"m1@rossi.example",
                "sender":"info@pec.rossi.example","at":"21/09/2025 15:16:38 +0200","recipients":[
                {"address":"kasia@pec.c.example","certified":true},{"address":"marek@c.example","certified":false}]})"));
}

TEST(ImapPec, TellsWhatBecameOfAMessage) {
  struct Case {
    const char* kind;
    const char* action;
    std::size_t reports;
  };
  for (const Case& c : {Case{"accettazione", "accepted", 2}, Case{"non-accettazione", "failed", 2},
                        Case{"presa-in-carico", "relayed", 2}, Case{"avvenuta-consegna", "delivered", 2},
                        Case{"errore-consegna", "failed", 2}, Case{"preavviso-errore-consegna", "delayed", 2},
                        Case{"rilevazione-virus", "failed", 2}, Case{"posta-certificata", "", 0}}) {
    const auto reports = read_receipt(read_certificate(receipt(c.kind, "nessuno", "")).value());
    ASSERT_EQ(reports.size(), c.reports) << c.kind;
    for (const RecipientReport& one : reports) EXPECT_EQ(one.action, c.action) << c.kind;
  }
  const auto failed = read_receipt(
      read_certificate(receipt("errore-consegna", "no-dest",
                               "<consegna>kasia@pec.c.example</consegna>"
                               "<errore-esteso>5.1.1 - Gestore S.p.A. - indirizzo non valido</errore-esteso>"))
          .value());
  ASSERT_EQ(failed.size(), 1U);
  EXPECT_EQ(failed.front().recipient, "kasia@pec.c.example");
  EXPECT_EQ(failed.front().status, "5.1.1");
  EXPECT_EQ(failed.front().diagnostic, "5.1.1 - Gestore S.p.A. - indirizzo non valido");
}

TEST(ImapPec, ReadsNoOtherAndNoHostileXml) {
  EXPECT_FALSE(read_certificate(""));
  EXPECT_FALSE(read_certificate("<other/>"));
  EXPECT_FALSE(read_certificate("<postacert tipo='x'>"));
  EXPECT_FALSE(read_certificate("<!DOCTYPE postacert [<!ENTITY a 'aaaa'>]><postacert tipo='x'>&a;</postacert>"));
  EXPECT_FALSE(read_certificate("<!DOCTYPE postacert [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><postacert/>"));
  EXPECT_TRUE(read_certificate("<!DOCTYPE postacert SYSTEM 'postacert.dtd'><postacert tipo='x'/>")) << "is not fetched";
  std::string deep = "<postacert>";
  for (int i = 0; i < 100; ++i) deep += "<a>";
  for (int i = 0; i < 100; ++i) deep += "</a>";
  EXPECT_FALSE(read_certificate(deep + "</postacert>"));
  EXPECT_FALSE(read_certificate("<postacert>" + std::string(300'000, ' ') + "</postacert>"));
}

}  // namespace
}  // namespace patchbay::imap
