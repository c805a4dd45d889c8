#include "form.hpp"

#include <gtest/gtest.h>

namespace patchbay::imap {
namespace {

FormRule rule() {
  FormRule made{"form@rossi.example"};
  made.name = Finder("Nome");
  made.email = Finder("E-mail:");
  made.phone = Finder("/Tel(?:efono)?\\.?[ :]+([+0-9 ]+)/");
  made.message = Finder("Messaggio");
  return made;
}

TEST(ImapForm, ReadsWhatStandsBehindLabels) {
  const auto found = rule().read(
      "Nuovo contatto dal sito\n\nNome: Kasia Nowak\n* e-mail : kasia@c.example\nTel. +48 601 234 567\n"
      "Messaggio:\nBuongiorno,\n\nnome e cognome?\nGrazie\n");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->name, "Kasia Nowak");
  EXPECT_EQ(found->email, "kasia@c.example");
  EXPECT_EQ(found->phone, "+48 601 234 567");
  EXPECT_EQ(found->message, "Buongiorno,\n\nnome e cognome?\nGrazie");
}

TEST(ImapForm, ReadsWhatStandsBelowLabelsAndEndsAMessageAtTheNextLabel) {
  const auto found = rule().read("NOME\n\nKasia\n\nMessaggio: Ciao\na tutti\n\nE-mail\nNome");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->name, "Kasia");
  EXPECT_EQ(found->email, "") << "what follows is another label";
  EXPECT_EQ(found->phone, "");
  EXPECT_EQ(found->message, "Ciao\na tutti");
}

TEST(ImapForm, ReadsNothingWhereNobodySaysWhoTheyAre) {
  EXPECT_FALSE(rule().read("Messaggio: Ciao"));
  EXPECT_FALSE(rule().read("Nomenclatura: x"));
  EXPECT_FALSE(rule().read(""));
}

TEST(ImapForm, IsToldBySenderAndSubject) {
  FormRule one = rule();
  EXPECT_TRUE(one.is_about("form@rossi.example", "anything"));
  EXPECT_FALSE(one.is_about("xform@rossi.example", "anything"));
  one.from = "@rossi.example";
  one.subject = compiled("^contatto").expression;
  EXPECT_TRUE(one.is_about("form@rossi.example", "Contatto dal sito"));
  EXPECT_FALSE(one.is_about("form@rossi.example", "Re: contatto"));
  EXPECT_FALSE(one.is_about("form@notrossi.example", "Contatto"));
}

TEST(ImapForm, SaysWhatIsWrongWithAPattern) {
  EXPECT_EQ(Finder("Nome").error(), "");
  EXPECT_EQ(Finder("/Nome (.*)/").error(), "");
  EXPECT_EQ(Finder("/Nome/").error(), "a regular expression without a group");
  EXPECT_EQ(Finder("/Nome (.*/").error(), "missing ): Nome (.*");
  EXPECT_EQ(Finder(":").error(), "a label without letters");
  EXPECT_EQ(compiled("(?=x)").error, "invalid perl operator: (?=") << "nothing that needs to try again and again";
}

}  // namespace
}  // namespace patchbay::imap
